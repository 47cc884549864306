import { Ban, CheckCheck, CircleDashed, CircleHelp, CircleSlash, Clock, Hourglass, Layers, LoaderCircle, Replace, TriangleAlert, X } from "lucide-react";
import type { Outcome } from "@/api/schema";
import type { Word } from "./word";

/** What became of a master's order on one follower. */
export const OUTCOME_WORDS: Record<Outcome, Word> = {
  pending: { word: "Sent", tone: "busy", icon: LoaderCircle, sentence: "The copy was sent; the platform has not answered yet.", next: "Wait a moment." },
  working: { word: "Working", tone: "busy", icon: Clock, sentence: "The copy works at the follower's platform.", next: "Nothing to do." },
  partially_filled: { word: "Partly filled", tone: "busy", icon: CircleDashed, sentence: "A part is filled; the rest works.", next: "Nothing to do." },
  filled: { word: "Filled", tone: "ok", icon: CheckCheck, sentence: "The copy is filled.", next: "Nothing to do." },
  cancelled: { word: "Cancelled", tone: "off", icon: CircleSlash, sentence: "The copy was cancelled.", next: "Nothing to do." },
  replaced: { word: "Replaced", tone: "ok", icon: Replace, sentence: "The copy was changed as the master's order was.", next: "Nothing to do." },
  rejected: { word: "Rejected", tone: "error", icon: X, sentence: "The follower's platform or broker refused the copy.", next: "Read the reason; buying power and the account's permissions are the commonest." },
  skipped: { word: "Skipped", tone: "warn", icon: Ban, sentence: "The order was not copied to this follower, on purpose.", next: "The reason says which setting decided it." },
  queued: { word: "Queued", tone: "warn", icon: Layers, sentence: "The follower was offline. Nothing is sent until you choose.", next: "Replay or discard it on the queue page." },
  waiting_for_position: { word: "Waits", tone: "busy", icon: Hourglass, sentence: "There is nothing to close yet: the copied entry still works.", next: "Nothing to do: the exit follows the fills." },
  short_task: { word: "Short task", tone: "busy", icon: Hourglass, sentence: "The short sale is being prepared: capacity, then locate, then the order.", next: "An offer that needs you is shown under «Needs you»." },
  unknown: { word: "Unknown", tone: "error", icon: CircleHelp, sentence: "No answer came, so it is not known whether the order lives. It is never sent again.", next: "It is read back by itself. If it stays, look at the follower's platform." },
  failed: { word: "Failed", tone: "error", icon: TriangleAlert, sentence: "The copy could not be sent.", next: "Read the reason." },
};

/** Outcomes from worst to best: a line shows its worst first. */
const WORST_FIRST: readonly Outcome[] = [
  "unknown", "failed", "rejected", "queued", "skipped", "waiting_for_position", "short_task", "pending", "partially_filled", "working", "cancelled", "replaced", "filled",
];

/** 0 is the worst. */
export function severityOf(outcome: Outcome): number {
  return WORST_FIRST.indexOf(outcome);
}

export const ALL_OUTCOMES: readonly Outcome[] = WORST_FIRST;
