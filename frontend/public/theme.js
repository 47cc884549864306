// Runs before the first paint, so that a light or a compact page never flashes dark or wide.
(function () {
  var root = document.documentElement;
  try {
    var kept = JSON.parse(localStorage.getItem("das-look") || "{}");
    root.dataset.theme = kept.theme === "light" ? "light" : "dark";
    root.dataset.density = kept.density === "comfortable" ? "comfortable" : "compact";
    root.dataset.palette = kept.palette === "classic" ? "classic" : "clear";
  } catch {
    root.dataset.theme = "dark";
    root.dataset.density = "compact";
    root.dataset.palette = "clear";
  }
})();
