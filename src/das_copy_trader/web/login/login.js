"use strict";

const form = document.getElementById("form");
const answer = document.getElementById("answer");
const button = form.querySelector("button");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  answer.textContent = "";
  try {
    const response = await fetch("/api/auth", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: form.elements.token.value }),
    });
    if (response.ok) {
      if (location.pathname === "/login") location.replace("/");
      else location.reload();
      return;
    }
    answer.textContent = (await response.json()).detail;
  } catch {
    answer.textContent = "The program does not answer. Is it still running?";
  }
  button.disabled = false;
  form.elements.token.select();
});
