import type { ConnectionState } from "@/api/schema";
import type { LiveState } from "./state";

/** Something that waits for the user, and the page where it is done. */
export interface Need {
  key: string;
  kind: "setup" | "login" | "unknown" | "alert" | "offer" | "queue";
  title: string;
  sentence: string;
  href: string;
  action: string;
  /** The short sale whose locate offer waits. */
  taskId?: string;
}

const REFUSED: ConnectionState = "login_refused";

const needsByState = new WeakMap<LiveState, Need[]>();

/** Everything that waits, the most pressing first. Several look at each state, and it is worked out once. */
export function needsOf(state: LiveState): Need[] {
  let needs = needsByState.get(state);
  if (needs === undefined) needsByState.set(state, (needs = workOut(state)));
  return needs;
}

function workOut(state: LiveState): Need[] {
  if (state.header === null) return [];
  const needs: Need[] = [];
  if (state.master === null) {
    needs.push({ key: "setup-master", kind: "setup", title: "No master account", sentence: "Say which account's orders are to be copied.", href: "/setup/", action: "Set it up" });
  } else if (state.followerIds.length === 0) {
    needs.push({ key: "setup-followers", kind: "setup", title: "No follower", sentence: "Add an account that the orders are copied to.", href: "/setup/", action: "Go on with the set-up" });
  }
  for (const task of state.shortTasks) {
    if (task.offer === null) continue;
    needs.push({ key: `offer-${task.task_id}`, kind: "offer", title: `${task.follower}: locate offer`, sentence: `Short ${task.quantity} ${task.symbol}.`, href: "/", action: "Look at the short sale", taskId: task.task_id });
  }
  for (const entry of state.feed) {
    for (const followerId of entry.unknownIds) {
      const result = entry.follower_results[followerId];
      if (result === undefined) continue;
      const name = state.followers[followerId]?.name ?? followerId;
      needs.push({
        key: `unknown-${entry.master_order_id}-${followerId}`,
        kind: "unknown",
        title: `${name}: order unknown`,
        sentence: `${entry.side} ${result.quantity} ${entry.symbol}. ${result.reason}`,
        href: "/health/",
        action: "Look at the connection",
      });
    }
  }
  for (const id of state.followerIds) {
    const follower = state.followers[id];
    const count = follower?.queued_actions ?? 0;
    if (follower === undefined || count === 0) continue;
    const sentence = follower.state === "ready" ? "It is back. Nothing is sent until you choose." : "It is offline. Nothing is sent until it is back and you choose.";
    needs.push({ key: `queue-${id}`, kind: "queue", title: `${follower.name}: queue (${count})`, sentence, href: `/queue/?follower=${encodeURIComponent(id)}`, action: "Open the queue" });
  }
  if (state.master?.state === REFUSED) needs.push(refusal("master", "Master", state.master.reason, "/settings/"));
  for (const id of state.followerIds) {
    const follower = state.followers[id];
    if (follower?.state === REFUSED) needs.push(refusal(id, follower.name, follower.reason, `/settings/?follower=${encodeURIComponent(id)}`));
  }
  return needs;
}

function refusal(id: string, name: string, reason: string, href: string): Need {
  return { key: `login-${id}`, kind: "login", title: `${name}: login refused`, sentence: reason, href, action: "Correct the login" };
}

export interface Trouble {
  tone: "warn" | "error";
  sentence: string;
}

/** What is abnormal about the whole, in one sentence each, for the banner. */
export function troublesOf(state: LiveState): Trouble[] {
  const { header } = state;
  if (header === null || header.mode === "stopped") return [];
  const troubles: Trouble[] = [];
  if (header.mode === "connecting") troubles.push({ tone: "warn", sentence: `Nothing is copied yet: ${header.mode_reason}` });
  if (header.mode === "paused" || header.mode === "killed") troubles.push({ tone: "error", sentence: header.mode_reason });
  if (state.master !== null && state.master.state !== "ready") troubles.push({ tone: "error", sentence: `The master is not ready: ${state.master.reason}` });
  const away = state.followerIds.flatMap((id) => {
    const follower = state.followers[id];
    return follower !== undefined && follower.enabled && follower.state !== "ready" ? [follower.name] : [];
  });
  if (away.length > 0) troubles.push({ tone: "warn", sentence: `Not ready: ${listed(away)}. Nothing is sent to ${away.length === 1 ? "it" : "them"}.` });
  return troubles;
}

function listed(names: string[]): string {
  return names.length <= 4 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}
