// The status page: what every account shows, what was copied, and two buttons. It computes no trading number.
import { drawAccounts, drawAlert, drawOrders, drawPositions, drawReplications, chip } from "./drawing.js";

const STALE_AFTER_MS = 3000;
const SILENT_AFTER_MS = 10000;
const KEPT = 200;
const MODES = {
  stopped: ["off", "Stopped"], connecting: ["warn", "Connecting"], copying: ["ok", "Copying"],
  paused: ["warn", "Paused"], killed: ["error", "Killed"],
};

const element = (id) => document.getElementById(id);
const view = { state: null, socket: null, heardAt: 0, attempt: 0, timer: 0, replications: new Map(), boot: null, busy: false };

function connect() {
  clearTimeout(view.timer);
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
  view.socket = socket;
  view.heardAt = performance.now();
  socket.onmessage = (message) => {
    view.heardAt = performance.now();
    view.attempt = 0;
    take(JSON.parse(message.data));
  };
  socket.onclose = () => {
    if (view.socket === socket) reconnectLater();
  };
}

function reconnectLater() {
  view.socket = null;
  const wait = Math.min(10000, 500 * 2 ** view.attempt) * (0.7 + 0.6 * Math.random());
  view.attempt += 1;
  view.timer = setTimeout(connect, wait);
  showFeed();
}

function take(frame) {
  switch (frame.type) {
    case "state_update":
      if (view.boot !== frame.data.boot_id) {
        view.boot = frame.data.boot_id;
        loadHistory();
      }
      view.state = frame.data;
      showState();
      break;
    case "order_replicated":
      keep(frame.data);
      break;
    case "order_cancelled":
      keep(frame.data, "Cancelled by the master");
      break;
    case "order_replaced":
      keep(frame.data, "Replaced by the master");
      break;
    case "replication_update": {
      const known = view.replications.get(frame.data.master_order_id);
      if (known) known.follower_results[frame.data.follower_id] = frame.data.result;
      showReplications();
      break;
    }
    case "alert":
      showAlert(frame.data);
      break;
  }
  showFeed();
}

function keep(replication, note = "") {
  const known = view.replications.get(replication.master_order_id);
  const first = known ? known.occurred_at : replication.occurred_at;
  view.replications.set(replication.master_order_id, { ...replication, occurred_at: first, note: note || known?.note || "" });
  if (view.replications.size > KEPT) view.replications.delete(view.replications.keys().next().value);
  showReplications();
}

async function loadHistory() {
  const [replications, alerts] = await Promise.all([ask("GET", "/api/replications?limit=100"), ask("GET", "/api/alerts?limit=50")]);
  if (replications.ok) {
    const notes = view.replications;
    view.replications = new Map();
    for (const one of replications.body.reverse()) {
      view.replications.set(one.master_order_id, { ...one, note: notes.get(one.master_order_id)?.note || "" });
    }
    showReplications();
  }
  if (alerts.ok) {
    element("alerts").replaceChildren();
    for (const alert of alerts.body.reverse()) showAlert(alert);
  }
}

async function ask(method, path) {
  try {
    const response = await fetch(path, { method, signal: AbortSignal.timeout(60000) });
    if (response.status === 401) banner("This browser is not signed in: open the link that the program printed.");
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch {
    return { ok: false, status: 0, body: { detail: "The program does not answer." } };
  }
}

async function command(path, doing, done) {
  if (view.busy) return;
  view.busy = true;
  showButtons();
  element("announcer").textContent = doing;
  const answer = await ask("POST", path);
  view.busy = false;
  element("announcer").textContent = answer.ok ? done : answer.body.detail;
  if (!answer.ok) showAlert({ level: "error", message: answer.body.detail, raised_at: new Date().toISOString() });
  showButtons();
}

function showState() {
  const { state } = view;
  chip(element("mode"), ...(MODES[state.mode] || ["off", state.mode]));
  element("mode-reason").textContent = state.mode_reason;
  document.title = `${(MODES[state.mode] || ["", state.mode])[1]} · DAS Copy Trader`;
  drawAccounts(element("accounts"), state);
  drawPositions(element("positions"), state);
  drawOrders(element("orders"), state);
  showButtons();
}

function showButtons() {
  const isStopped = !view.state || view.state.mode === "stopped";
  element("start").disabled = view.busy || !isStopped || isStale();
  // Stop stays usable even while the feed is stale.
  element("stop").disabled = isStopped && !isStale();
}

function showReplications() {
  drawReplications(element("replications"), [...view.replications.values()].reverse());
}

function showAlert(alert) {
  const list = element("alerts");
  list.querySelector(".empty")?.remove();
  list.prepend(drawAlert(alert));
  while (list.children.length > KEPT) list.lastChild.remove();
}

function isStale() {
  return !view.state || !view.socket || performance.now() - view.heardAt > STALE_AFTER_MS;
}

function showFeed() {
  const age = performance.now() - view.heardAt;
  const stale = isStale();
  document.body.classList.toggle("stale", stale && Boolean(view.state));
  if (!stale) chip(element("feed"), "ok", "Feed live");
  else if (!view.socket) chip(element("feed"), "error", "Feed down");
  else chip(element("feed"), view.state ? "error" : "warn", view.state ? `Feed stale ${Math.round(age / 1000)} s` : "Feed connecting");
  if (stale && view.state) {
    banner(`What is shown is ${Math.round(age / 1000)} s old and may no longer be true. Stop still works. Reconnecting …`);
  } else if (!stale) {
    banner("");
  }
  showButtons();
}

function banner(text) {
  const place = element("banner");
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
}

function watch() {
  if (view.socket && performance.now() - view.heardAt > SILENT_AFTER_MS) {
    const silent = view.socket;
    reconnectLater();
    silent.close();
  }
  showFeed();
}

element("start").addEventListener("click", () => command("/api/start", "Starting …", "Started."));
element("stop").addEventListener("click", () => command("/api/stop", "Stopping …", "Stopped: nothing is sent any more."));
addEventListener("online", () => { if (!view.socket) connect(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && !view.socket) connect(); });
setInterval(watch, 1000);
drawReplications(element("replications"), []);
connect();
