import { useSyncExternalStore } from "react";

/** One timer for all clocks of the page; it runs only while one is shown. Monotonic milliseconds, in steps of a quarter second. */
const listeners = new Set<() => void>();
const STEP_MS = 250;
let timer: number | null = null;
let now = 0;

function tick(): void {
  now = performance.now();
  for (const listener of [...listeners]) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(tick, STEP_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      window.clearInterval(timer);
      timer = null;
    }
  };
}

/** The time now, for leaf components that show an age. 0 before the first tick. */
export function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => now,
    () => 0,
  );
}

/** Clocks that are shown at present. */
export function clockCount(): number {
  return listeners.size;
}
