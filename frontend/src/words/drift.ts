import { Ban, CircleCheck, CircleHelp, Hourglass, TriangleAlert } from "lucide-react";
import type { DriftState } from "@/api/schema";
import type { Word } from "./word";

/** How a follower's position stands to what it should be. */
export const DRIFT_WORDS: Record<DriftState, Word> = {
  in_step: { word: "in step", tone: "ok", icon: CircleCheck, sentence: "It holds what it should.", next: "Nothing to do." },
  settling: { word: "settling", tone: "off", icon: Hourglass, sentence: "It differs, but an order works or a short sale is on its way, or it is too early to tell.", next: "Wait a moment." },
  drift: { word: "drift", tone: "warn", icon: TriangleAlert, sentence: "It differs from the target, and nothing works that would change it.", next: "Look at its replications for the reason." },
  excluded: { word: "excluded", tone: "off", icon: Ban, sentence: "The symbol is on this follower's blacklist.", next: "Take it off there to copy it again." },
  unknown: { word: "unknown", tone: "off", icon: CircleHelp, sentence: "The master or the follower is not in step with its platform.", next: "Wait until both are ready." },
};

const SOURCES: Record<string, string> = { user_override: "override", auto_inferred: "inferred", base: "base" };

/** Where a multiplier comes from. */
export function sourceWord(source: string | null): string {
  return source === null ? "base" : (SOURCES[source] ?? source.replaceAll("_", " "));
}
