import { Bug, CircleAlert, Info, OctagonX, TriangleAlert } from "lucide-react";
import type { Word } from "./word";

export const LOG_LEVELS = ["debug", "info", "warning", "error", "critical"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How grave a line of the log is. */
export const LOG_WORDS: Record<LogLevel, Word> = {
  debug: { word: "Debug", tone: "off", icon: Bug, sentence: "A detail, for whoever looks for a cause.", next: "Nothing to do." },
  info: { word: "Info", tone: "off", icon: Info, sentence: "Something happened as it should.", next: "Nothing to do." },
  warning: { word: "Warning", tone: "warn", icon: TriangleAlert, sentence: "Something is not as it should be.", next: "Read it." },
  error: { word: "Error", tone: "error", icon: CircleAlert, sentence: "Something went wrong.", next: "Read it." },
  critical: { word: "Critical", tone: "error", icon: OctagonX, sentence: "Something went badly wrong.", next: "Read it at once." },
};

/** 0 is the least grave; a level that is not known counts as «info». */
export function gravityOf(level: string): number {
  const index = (LOG_LEVELS as readonly string[]).indexOf(level);
  return index < 0 ? 1 : index;
}

export function logWord(level: string): Word {
  return LOG_WORDS[LOG_LEVELS[gravityOf(level)] ?? "info"];
}
