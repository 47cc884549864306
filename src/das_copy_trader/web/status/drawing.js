// Drawing: from the server's values to elements. Text is set as text, never as HTML.
const STATES = {
  ready: ["ok", "Ready"], degraded: ["warn", "Order server lost"], connecting: ["warn", "Connecting"],
  logging_in: ["warn", "Logging in"], syncing: ["warn", "Syncing"], login_refused: ["error", "Login refused"],
  disconnected: ["error", "Disconnected"],
};
const OUTCOME_TONES = {
  pending: "ok", working: "ok", partially_filled: "ok", filled: "ok", replaced: "ok", cancelled: "ok", queued: "warn",
  skipped: "warn", waiting_for_position: "warn", short_task: "warn", unknown: "error", failed: "error", rejected: "error",
};
const WORST_FIRST = ["error", "warn", "ok"];

export function chip(place, tone, word) {
  if (place.dataset.tone !== tone) place.dataset.tone = tone;
  const text = place.querySelector(".word");
  if (text.textContent !== word) text.textContent = word;
}

function make(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== "") made.textContent = text;
  return made;
}

function makeChip(tone, word) {
  const made = make("span", "chip");
  made.dataset.tone = tone;
  const mark = make("span", "mark");
  mark.setAttribute("aria-hidden", "true");
  made.append(mark, make("span", "word", word));
  return made;
}

export const words = (text) => text.replaceAll("_", " ");
const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour12: false });
const signed = (number) => (number > 0 ? `+${number.toLocaleString("en-US")}` : number < 0 ? `−${Math.abs(number).toLocaleString("en-US")}` : "0");
const minus = (text) => String(text).replace(/^-/, "−");

function accountsOf(state) {
  const followers = state.followers.map((one) => ({ ...one, title: one.name }));
  return state.master ? [{ ...state.master, title: "Master", isMaster: true }, ...followers] : followers;
}

export function drawAccounts(place, state) {
  const accounts = accountsOf(state);
  if (!accounts.length) {
    place.replaceChildren(make("p", "empty", "No account is configured yet. Configure the master and the followers first (PUT /api/master, POST /api/followers)."));
    return;
  }
  place.replaceChildren(...accounts.map((account) => {
    const card = make("article", "card");
    const head = make("h3");
    const [tone, word] = state.mode === "stopped" ? ["off", "Stopped"] : STATES[account.state] || ["off", account.state];
    head.append(make("span", "", account.title), makeChip(tone, word));
    const facts = [`${account.account_id} @ ${account.broker_id}`];
    if (!account.isMaster) {
      facts.push(`× ${account.base_multiplier}`, account.order_route);
      if (!account.enabled) facts.push("DISABLED");
      if (account.blacklist.length) facts.push(`not ${account.blacklist.join(", ")}`);
    }
    if (account.latency_ms !== null) facts.push(`${account.latency_ms.toFixed(1)} ms`);
    if (account.buying_power !== null) facts.push(`BP ${account.buying_power}`);
    card.append(head, make("p", "facts", facts.join(" · ")), make("p", "reason", account.reason));
    if (account.since) card.append(make("p", "facts", `since ${clock(account.since)}`));
    return card;
  }));
}

function table(place, headings, rows, empty) {
  const head = make("tr");
  head.append(...headings.map(([text, className]) => {
    const cell = make("th", className, text);
    cell.scope = "col";
    return cell;
  }));
  place.tHead.replaceChildren(head);
  if (!rows.length) {
    const cell = make("td", "empty text", empty);
    cell.colSpan = headings.length;
    const row = make("tr");
    row.append(cell);
    rows = [row];
  }
  place.tBodies[0].replaceChildren(...rows);
}

export function drawPositions(place, state) {
  const accounts = accountsOf(state);
  const symbols = [...new Set(accounts.flatMap((account) => account.positions.filter((one) => one.quantity).map((one) => one.symbol)))].sort();
  const rows = symbols.map((symbol) => {
    const row = make("tr");
    row.append(make("td", "", symbol));
    for (const account of accounts) {
      const position = account.positions.find((one) => one.symbol === symbol);
      const text = position ? signed(position.quantity) : account.is_current ? "0" : "n/a";
      const cell = make("td", account.is_current ? "" : "old", account.is_current ? text : `${text} old`);
      if (position && position.quantity) cell.title = `average ${minus(position.avg_price)}`;
      row.append(cell);
    }
    return row;
  });
  table(place, [["Symbol", ""], ...accounts.map((account) => [account.isMaster ? "Master" : `${account.title} × ${account.base_multiplier}`, ""])], rows, "No account holds a position.");
}

export function drawOrders(place, state) {
  const rows = accountsOf(state).flatMap((account) => account.working_orders.map((order) => {
    const row = make("tr");
    const price = [order.price, order.stop_price && `stop ${order.stop_price}`].filter(Boolean).join(" ") || "market";
    row.append(
      make("td", "", account.title), make("td", "text", `${order.side} ${order.symbol}`), make("td", "", signed(order.leaves_quantity).replace("+", "")),
      make("td", "", order.quantity.toLocaleString("en-US")), make("td", "text", order.type || "?"), make("td", "", price),
      make("td", "text", order.is_copy ? "copy" : "own"),
    );
    return row;
  }));
  table(place, [["Account", ""], ["Order", "text"], ["Left", ""], ["Of", ""], ["Type", "text"], ["Price", ""], ["", "text"]], rows, "No order is working.");
}

export function drawReplications(place, replications) {
  if (!replications.length) {
    place.replaceChildren(make("li", "empty", "Nothing has been copied yet. The master's orders appear here the moment they are placed."));
    return;
  }
  place.replaceChildren(...replications.slice(0, 100).map(drawReplication));
}

function drawReplication(replication) {
  const results = Object.entries(replication.follower_results);
  const tones = results.map(([, result]) => OUTCOME_TONES[result.outcome] || "warn");
  const item = make("li");
  item.dataset.tone = WORST_FIRST.find((tone) => tones.includes(tone)) || "warn";
  const price = replication.price || replication.stop_price || "";
  const sent = results.filter(([, result]) => result.success).length;
  item.append(
    make("time", "", clock(replication.occurred_at)),
    make("span", "what", `${replication.side} ${replication.quantity} ${replication.symbol} ${replication.type || ""} ${price}`.trim()),
    make("span", "muted", `  #${replication.master_order_id} · ${sent}/${results.length}${replication.note ? ` · ${replication.note}` : ""}${replication.reason ? ` · ${replication.reason}` : ""}`),
  );
  const list = make("ul");
  for (const [follower, result] of results) {
    const line = make("li");
    const latency = result.sent_us === null ? "" : ` sent ${(result.sent_us / 1000).toFixed(2)} ms`;
    const acked = result.acked_us === null ? "" : `, ack ${(result.acked_us / 1000).toFixed(1)} ms`;
    line.append(
      make("strong", "", follower), ` ${words(result.outcome)} ${result.quantity || ""}`,
      make("span", "muted", `${latency}${acked}${result.reason ? ` · ${result.reason}` : ""}`),
    );
    list.append(line);
  }
  item.append(list);
  return item;
}

export function drawAlert(alert) {
  const item = make("li");
  item.dataset.tone = { info: "ok", warn: "warn", error: "error" }[alert.level] || "warn";
  item.append(make("time", "", clock(alert.raised_at)), make("strong", "", `${alert.level.toUpperCase()} `), alert.message);
  return item;
}
