import { Bot, CircleSlash, Layers, LoaderCircle } from "lucide-react";
import type { ActionState, ActionType } from "@/api/schema";
import type { Word } from "./word";

/** What can be done with something that a follower missed. */
export const ACTION_WORDS: Record<ActionState, Word> = {
  waiting: { word: "Waits", tone: "warn", icon: Layers, sentence: "Nothing is sent until you choose.", next: "Replay or discard it." },
  replaying: { word: "Replaying", tone: "busy", icon: LoaderCircle, sentence: "It was sent; the platform has not answered yet.", next: "Wait a moment." },
  obsolete: { word: "Obsolete", tone: "off", icon: CircleSlash, sentence: "The master's order has ended, so it is never sent.", next: "Discard it." },
  automatic: { word: "By itself", tone: "off", icon: Bot, sentence: "It concerns a copy that works at the follower, and is done as soon as the follower is back.", next: "Nothing to decide." },
};

/** What the follower missed. */
export const ACTION_TITLES: Record<ActionType, string> = {
  order_submit: "Order",
  order_cancel: "Cancel",
  order_replace: "Replace",
};
