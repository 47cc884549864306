import type { LogEntry } from "@/api/schema";
import { gravityOf } from "@/words/log";

/** Lines that are kept on the page. */
export const LINES_MAX = 5_000;

/** Fetched lines and those that came since, each once, oldest first. */
export function joined(fetched: readonly LogEntry[], told: readonly LogEntry[]): readonly LogEntry[] {
  const last = fetched.at(-1)?.number ?? 0;
  const newer = told.filter((entry) => entry.number > last);
  return newer.length === 0 ? fetched : [...fetched, ...newer].slice(-LINES_MAX);
}

export interface LogFilter {
  /** This level and above. */
  level: string;
  /** The beginning of a logger's name; empty: all. */
  source: string;
  /** Words in any case; empty: all. */
  text: string;
}

export function fits(entry: LogEntry, filter: LogFilter): boolean {
  if (gravityOf(entry.level) < gravityOf(filter.level)) return false;
  if (filter.source && entry.logger !== filter.source) return false;
  const wanted = filter.text.trim().toLowerCase();
  return wanted === "" || `${entry.logger} ${entry.message}`.toLowerCase().includes(wanted);
}

/** Where a line comes from, without the part that all have alike. */
export function sourceOf(logger: string): string {
  return logger.replace(/^das_copy_trader\./, "");
}

export function asText(entries: readonly LogEntry[]): string {
  return entries.map((entry) => `${entry.time} ${entry.level.toUpperCase().padEnd(8)} ${entry.logger} ${entry.message}`).join("\n");
}
