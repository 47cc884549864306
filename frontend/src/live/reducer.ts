import type { AccountState, AlertState, Outcome, OutcomeUpdate, PastReplicationState, ReplicationState, ServerMessage, ShortSaleTaskState, SystemState } from "@/api/schema";
import { freshnessOf, keyedAccounts, rowsOf } from "./rows";
import { share } from "./share";
import { ALERTS_MAX, FEED_MAX, INFERRED_MAX, LOGS_MAX, type FeedEntry, type LiveState, type MasterAct } from "./state";

const UNKNOWN: Outcome = "unknown";

/** What a batch of messages made of the state. `isBehind`: events were missed, the lists have to be asked for again. */
export interface Reduced {
  state: LiveState;
  isBehind: boolean;
}

/** Applies messages in order. Pure: the same state object comes back when nothing that is shown has changed. */
export function reduce(state: LiveState, messages: readonly ServerMessage[]): Reduced {
  let next = state;
  let isBehind = false;
  for (const message of messages) {
    if (message.type === "state_update") {
      if (isNewBoot(next, message.data)) next = { ...next, feed: [], alerts: [], inferred: [], logs: [], acknowledgedAlert: 0, lastSeq: null };
      if (next.lastSeq === null || message.seq !== next.lastSeq) isBehind = true;
      next = snapshot(next, message.data);
      next = message.seq === next.lastSeq ? next : { ...next, lastSeq: message.seq };
    } else if (message.type !== "reply" && message.type !== "error") {
      if (next.lastSeq !== null && message.seq !== next.lastSeq + 1) {
        isBehind = true;
        next = { ...next, lateEvents: next.lateEvents + Math.max(0, message.seq - next.lastSeq - 1) };
      }
      next = { ...event(next, message), lastSeq: message.seq };
    }
  }
  return { state: next, isBehind };
}

function isNewBoot(state: LiveState, system: SystemState): boolean {
  return state.header !== null && state.header.boot_id !== system.boot_id;
}

function event(state: LiveState, message: Exclude<ServerMessage, { type: "state_update" | "reply" | "error" }>): LiveState {
  switch (message.type) {
    case "order_replicated":
      return withReplication(state, message.data, "placed");
    case "order_replaced":
      return withReplication(state, message.data, "replaced");
    case "order_cancelled":
      return withReplication(state, message.data, "cancelled");
    case "replication_update":
      return withOutcome(state, message.data);
    case "short_sale_task_update":
      return withTask(state, message.data);
    case "alert":
      return { ...state, alerts: [message.data, ...state.alerts].slice(0, ALERTS_MAX) };
    case "action_queued":
    case "queued_actions_available":
    case "actions_replayed":
      // The queue itself is asked for: its ages and the master's states are those of the moment.
      return { ...state, queueChanges: state.queueChanges + 1 };
    case "multiplier_inferred":
      return { ...state, inferred: [message.data, ...state.inferred].slice(0, INFERRED_MAX) };
    case "log_entries":
      return { ...state, logs: [...state.logs, ...message.data.entries].slice(-LOGS_MAX) };
    default: {
      const never: never = message;
      return never;
    }
  }
}

function feedEntry(replication: ReplicationState, act: MasterAct): FeedEntry {
  const results = replication.follower_results;
  return { ...replication, act, unknownIds: Object.keys(results).filter((id) => results[id]?.outcome === UNKNOWN) };
}

function withReplication(state: LiveState, replication: ReplicationState, act: MasterAct): LiveState {
  const index = state.feed.findIndex((entry) => entry.master_order_id === replication.master_order_id);
  const known = index < 0 ? undefined : state.feed[index];
  if (known === undefined) return { ...state, feed: [feedEntry(replication, act), ...state.feed].slice(0, FEED_MAX) };
  // A later act of the master changes the line where it stands: its time stays the one at which the order was placed.
  const results = { ...known.follower_results, ...replication.follower_results };
  const merged = feedEntry({ ...replication, occurred_at: known.occurred_at, follower_results: results }, act);
  return { ...state, feed: state.feed.with(index, share(known, merged)) };
}

function withOutcome(state: LiveState, update: OutcomeUpdate): LiveState {
  const index = state.feed.findIndex((entry) => entry.master_order_id === update.master_order_id);
  const known = state.feed[index];
  if (known === undefined) return state;
  const before = known.follower_results[update.follower_id];
  const result = share(before, update.result);
  if (result === before) return state;
  const { act, ...replication } = known;
  const entry = feedEntry({ ...replication, follower_results: { ...known.follower_results, [update.follower_id]: result } }, act);
  return { ...state, feed: state.feed.with(index, entry) };
}

function withTask(state: LiveState, task: ShortSaleTaskState): LiveState {
  const index = state.shortTasks.findIndex((one) => one.task_id === task.task_id);
  const known = state.shortTasks[index];
  if (known === undefined) return { ...state, shortTasks: [...state.shortTasks, task] };
  return { ...state, shortTasks: state.shortTasks.with(index, share(known, task)) };
}

/** The lists as the server has them: repairs what a gap or a restart left out. Newer events that came meanwhile stay. */
export function withLists(state: LiveState, replications: readonly PastReplicationState[], alerts: readonly AlertState[]): LiveState {
  const today = replications.filter((one) => one.trading_day === state.header?.daily_restart.trading_day);
  const actById = new Map(state.feed.map((entry) => [entry.master_order_id, entry.act]));
  const listed = new Set(today.map((one) => one.master_order_id));
  const newest = today[0]?.occurred_at ?? "";
  const newer = state.feed.filter((entry) => !listed.has(entry.master_order_id) && entry.occurred_at > newest);
  const fetched = today.map(({ trading_day: _day, decided_us: _us, ...one }) => feedEntry(one, actById.get(one.master_order_id) ?? "placed"));
  const newestAlert = alerts[0]?.number ?? 0;
  const newerAlerts = state.alerts.filter((alert) => alert.number > newestAlert);
  return {
    ...state,
    feed: share(state.feed, [...newer, ...fetched].slice(0, FEED_MAX)),
    alerts: share(state.alerts, [...newerAlerts, ...alerts].slice(0, ALERTS_MAX)),
  };
}

function snapshot(state: LiveState, system: SystemState): LiveState {
  const { master, followers, server_time: _time, history_rows_waiting: historyRowsWaiting, short_sale_tasks: tasks, ...header } = system;
  const accounts = keyedAccounts(master, followers);
  const rows = rowsOf(state.rows, accounts);
  const next: LiveState = {
    ...state,
    header: share(state.header, header),
    loadedBuildId: state.loadedBuildId ?? system.build_id,
    historyRowsWaiting,
    shortTasks: share(state.shortTasks, tasks),
    master: share(state.master, master === null ? null : withoutPositions(master)),
    followerIds: share(state.followerIds, followers.map((one) => one.follower_id)),
    followers: share(state.followers, Object.fromEntries(followers.map((one) => [one.follower_id, withoutPositions(one)]))),
    freshness: share(state.freshness, freshnessOf(accounts)),
    symbols: rows === state.rows ? state.symbols : share(state.symbols, Object.keys(rows).sort()),
    rows,
  };
  return isEqualState(state, next) ? state : next;
}

function withoutPositions<T extends AccountState>({ positions, ...account }: T): Omit<T, "positions"> & { heldCount: number } {
  return { ...account, heldCount: positions.filter((position) => position.quantity !== 0).length };
}

function isEqualState(before: LiveState, after: LiveState): boolean {
  return (Object.keys(after) as (keyof LiveState)[]).every((name) => before[name] === after[name]);
}
