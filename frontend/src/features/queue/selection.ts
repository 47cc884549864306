import type { QueuedActionState } from "@/api/schema";
import { price, shares } from "@/words/numbers";
import { termsOf } from "@/words/orders";
import { ACTION_TITLES } from "@/words/queue";

/** Whether it can be sent, if the user wants that. */
export function canReplay(action: QueuedActionState): boolean {
  return action.state === "waiting";
}

/** Whether it can be dropped; what is on its way, or is done by itself, cannot. */
export function canDiscard(action: QueuedActionState): boolean {
  return action.state === "waiting" || action.state === "obsolete";
}

/** The ticked ones that are still there and fit, in the list's order: the master's. */
export function chosen(actions: readonly QueuedActionState[], ticked: ReadonlySet<string>, fits: (action: QueuedActionState) => boolean): QueuedActionState[] {
  return actions.filter((action) => ticked.has(action.action_id) && fits(action));
}

/** An action in a few words: «SELL 200 AAPL LMT 201.20», «Replace 101 to 300 at 24.10». */
export function actionText(action: QueuedActionState): string {
  if (action.action_type === "order_submit") return `${action.side} ${shares(action.quantity)} ${action.symbol} ${termsOf(action)}`;
  const what = `${ACTION_TITLES[action.action_type]} ${action.side} ${action.symbol}, master order ${action.master_order_id}`;
  if (action.action_type === "order_cancel") return what;
  const quantity = action.new_quantity === null ? "" : ` to ${shares(action.new_quantity)}`;
  return `${what}${quantity}${action.new_price === null ? "" : ` at ${price(action.new_price)}`}`;
}

/** A status in a trader's words. A triggered order works on as its child. */
const STATUS_WORDS: Record<string, string> = {
  PENDING_NEW: "being sent",
  HELD: "held",
  NEW: "working",
  PARTIALLY_FILLED: "partly filled",
  FILLED: "filled",
  TRIGGERED: "working",
  CANCELED: "cancelled",
  REJECTED: "rejected",
  CLOSED: "closed",
  UNKNOWN: "unknown",
};

/** The master's order as it is now. */
export function masterText(action: QueuedActionState): string {
  // A parent order stays «triggered» when its child has filled it.
  if (action.master_quantity > 0 && action.master_filled_quantity >= action.master_quantity) return `filled, ${shares(action.master_quantity)} shares`;
  const status = action.state === "obsolete" && STATUS_WORDS[action.master_status] === "working" ? "ended" : (STATUS_WORDS[action.master_status] ?? action.master_status);
  const filled = action.master_filled_quantity > 0 ? `, ${shares(action.master_filled_quantity)} of ${shares(action.master_quantity)} filled` : `, ${shares(action.master_quantity)} shares`;
  return `${status}${filled}`;
}
