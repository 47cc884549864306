import { CheckCheck, CircleSlash, Hourglass, LoaderCircle, Search, Send, X } from "lucide-react";
import type { ShortTaskStatus } from "@/api/schema";
import { shares, UNKNOWN } from "./numbers";
import type { Word } from "./word";

/** Where a short sale is on its way. */
export const SHORT_TASK_WORDS: Record<ShortTaskStatus, Word> = {
  pending: { word: "Waits", tone: "busy", icon: Hourglass, sentence: "The short sale waits for its turn.", next: "Wait a moment." },
  checking: { word: "Checking", tone: "busy", icon: Search, sentence: "It is being looked up how many shares can be sold short now.", next: "Wait a moment." },
  locating: { word: "Locating", tone: "busy", icon: LoaderCircle, sentence: "Shares to borrow are being looked for.", next: "Wait, or decide about the offer if one is shown." },
  placing_order: { word: "Ordering", tone: "busy", icon: Send, sentence: "The shares are there; the order is being placed.", next: "Wait a moment." },
  completed: { word: "Done", tone: "ok", icon: CheckCheck, sentence: "The order was placed.", next: "Nothing to do." },
  failed: { word: "Failed", tone: "error", icon: X, sentence: "The short sale was given up.", next: "Read the reason." },
  cancelled: { word: "Cancelled", tone: "off", icon: CircleSlash, sentence: "The short sale was cancelled; what was located is kept.", next: "Nothing to do." },
};

const OVER: readonly ShortTaskStatus[] = ["completed", "failed", "cancelled"];

/** Whether nothing more happens to it. */
export function isOver(status: ShortTaskStatus): boolean {
  return OVER.includes(status);
}

/** Platforms tell a size beyond every order's where a share can be sold short without a locate. */
const NO_BOUND_FROM = 100_000_000;

/** How many shares can be sold short now. */
export function capacityText(most: number | null): string {
  if (most === null) return UNKNOWN;
  return most >= NO_BOUND_FROM ? "any number, easy to borrow" : shares(most);
}

/** The steps of every short sale, in their order. */
export const SHORT_STEPS = ["Capacity", "Locate", "Offer", "Order"] as const;

/** The step that a task stands at; 4 when all are behind it. */
export function shortStepOf(status: ShortTaskStatus, hasOffer: boolean): number {
  switch (status) {
    case "pending":
    case "checking":
      return 0;
    case "locating":
      return hasOffer ? 2 : 1;
    case "placing_order":
      return 3;
    case "completed":
    case "failed":
    case "cancelled":
      return 4;
  }
}
