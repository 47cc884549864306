"use client";

import { useNow } from "@/live/clock";
import { duration } from "@/words/numbers";

/** How long ago, on the monotonic clock. Only this text renders as time passes. */
export function Age({ sinceMs }: { sinceMs: number }) {
  const now = useNow();
  return <span>{duration(Math.max(0, now - sinceMs) / 1_000)}</span>;
}
