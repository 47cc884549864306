import type { AccountState, AlertState, FollowerOutcome, FollowerState, LocateOfferState, Outcome, PastReplicationState, PositionState, QueuedActionState, ReplicationState, ShortSaleTaskState, StateUpdate, SystemState, WorkingOrder } from "@/api/schema";

/** Frames as the program sends them. */

export function position(symbol: string, quantity: number, more: Partial<PositionState> = {}): PositionState {
  return { symbol, quantity, avg_price: "10.5", realized_pl: "0", unrealized_pl: "0", target: null, drift_state: null, multiplier: null, multiplier_source: null, ...more };
}

export function order(orderId: number, symbol: string, more: Partial<WorkingOrder> = {}): WorkingOrder {
  return { order_id: orderId, symbol, side: "BUY", quantity: 100, leaves_quantity: 100, filled_quantity: 0, type: "Limit", price: "10.25", stop_price: null, status: "NEW", is_copy: true, ...more };
}

export function account(accountId: string, more: Partial<AccountState> = {}): AccountState {
  return {
    account_id: accountId, broker_id: "SIM", state: "ready", reason: "Logged in.", since: "2026-11-23T14:30:00Z", is_current: true, latency_ms: 1.5,
    positions: [], working_orders: [], buying_power: "100000", buying_power_overnight: null, realized_pl: "0", unrealized_pl: "0", budgets: null, ...more,
  };
}

export function follower(id: string, more: Partial<FollowerState> = {}): FollowerState {
  return { ...account(`ACCT-${id}`), follower_id: id, name: `Follower ${id}`, enabled: true, order_route: "SMAT", base_multiplier: "0.5", multipliers: {}, blacklist: [], queued_actions: 0, ...more };
}

export function system(more: Partial<SystemState> = {}): SystemState {
  return {
    boot_id: "boot-1", build_id: "1.0", server_time: "2026-11-23T15:00:00Z", mode: "copying", mode_reason: "The master's orders are copied.",
    started_at: "2026-11-23T14:30:00Z", master: account("MASTER"), followers: [follower("f1"), follower("f2")], history_rows_waiting: 0,
    daily_restart: { trading_day: "2026-11-23", next_restart_at: "2026-11-24T08:00:00Z", last_restart_at: null, last_result: "" }, short_sale_tasks: [], ...more,
  };
}

export function update(seq: number, more: Partial<SystemState> = {}): StateUpdate {
  // Through JSON: nothing of one frame is an object of another.
  return JSON.parse(JSON.stringify({ type: "state_update", seq, data: system(more) })) as StateUpdate;
}

export function outcome(word: Outcome, more: Partial<FollowerOutcome> = {}): FollowerOutcome {
  return { outcome: word, success: word !== "skipped", order_id: 7, quantity: 50, filled_quantity: 0, reason: "", sent_us: 120, acked_us: 2_400, ...more };
}

export function replication(masterOrderId: number, more: Partial<ReplicationState> = {}): ReplicationState {
  return {
    occurred_at: "2026-11-23T15:00:00.208Z", master_order_id: masterOrderId, symbol: "AAPL", side: "BUY", quantity: 100, type: "Limit", price: "23.2",
    stop_price: null, trail_amount: null, time_in_force: "DAY", reason: "", follower_results: { f1: outcome("working"), f2: outcome("skipped", { reason: "AAPL is on the blacklist." }) }, ...more,
  };
}

export function alert(number: number, more: Partial<AlertState> = {}): AlertState {
  return { number, raised_at: "2026-11-23T15:00:00Z", level: "warn", message: "Something is odd.", follower_id: null, ...more };
}

export function shortTask(id: string, more: Partial<ShortSaleTaskState> = {}): ShortSaleTaskState {
  return {
    task_id: id, status: "locating", symbol: "GME", follower: "Follower f1", follower_id: "f1", master_order_id: 101, quantity: 250, max_sell: 20, deficit: 230,
    located_quantity: 0, cost: "0", error: "", offer: null, created_at: "2026-11-23T15:00:00Z", updated_at: "2026-11-23T15:00:01Z", ...more,
  };
}

export function offer(more: Partial<LocateOfferState> = {}): LocateOfferState {
  return { price: "0.3", shares: 300, total_cost: "90", route: "SAGE", age_s: 10, made_at: "2026-11-23T15:00:00Z", expires_at: "2026-11-23T15:02:00Z", ...more };
}

export function queued(id: string, more: Partial<QueuedActionState> = {}): QueuedActionState {
  return {
    action_id: id, follower_id: "f1", action_type: "order_submit", master_order_id: 101, new_quantity: null, new_price: null, state: "waiting", reason: "offline",
    text: "It was offline.", error: "", warning: "", queued_at: "2026-11-23T15:00:00Z", age_s: 65, symbol: "AAPL", side: "SELL", quantity: 200, type: "Limit", price: "201.2",
    stop_price: null, master_quantity: 400, master_filled_quantity: 0, master_status: "NEW", ...more,
  };
}

export function pastReplication(masterOrderId: number, more: Partial<PastReplicationState> = {}): PastReplicationState {
  return { ...replication(masterOrderId), trading_day: "2026-11-23", decided_us: 55, ...more };
}
