/** Structural sharing: whatever did not change stays the same object, so that nothing that shows it renders again. */

/** What names an item of a list, the most telling first. A wrong match costs identity, never correctness. */
const KEYS = ["task_id", "action_id", "offer_id", "order_id", "master_order_id", "number", "follower_id", "symbol", "id"] as const;

function keyOf(item: unknown): string | null {
  if (typeof item !== "object" || item === null) return null;
  const record = item as Record<string, unknown>;
  for (const key of KEYS) {
    const value = record[key];
    if (typeof value === "string" || typeof value === "number") return `${key}:${value}`;
  }
  return null;
}

function byKeys(items: readonly unknown[]): Map<string, unknown> {
  const byKey = new Map<string, unknown>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== null) byKey.set(key, item);
  }
  return byKey;
}

function shareList(previous: readonly unknown[], next: readonly unknown[]): readonly unknown[] {
  let byKey: Map<string, unknown> | null = null;
  let isSame = previous.length === next.length;
  const shared = next.map((item, index) => {
    const key = keyOf(item);
    let before = previous[index];
    // Most often it stands where it stood.
    if (key !== null && keyOf(before) !== key) before = (byKey ??= byKeys(previous)).get(key);
    const kept = share(before, item);
    if (kept !== previous[index]) isSame = false;
    return kept;
  });
  return isSame ? previous : shared;
}

function shareRecord(previous: Record<string, unknown>, next: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(next);
  let isSame = names.length === Object.keys(previous).length;
  // A copy of `next`, and not an object to which each name is added: that one would take several times the memory.
  const shared = { ...next };
  for (const name of names) {
    const kept = share(previous[name], next[name]);
    if (kept !== previous[name] || !(name in previous)) isSame = false;
    if (kept !== next[name]) shared[name] = kept;
  }
  return isSame ? previous : shared;
}

/** A selector whose result stays the same object as long as it is equal. */
export function keeping<S, T>(select: (state: S) => T): (state: S) => T {
  let kept: T | undefined;
  return (state) => (kept = share(kept, select(state)));
}

/** `next`, made of `previous`'s parts wherever they are equal; `previous` itself when all of it is. */
export function share<T>(previous: unknown, next: T): T {
  if (Object.is(previous, next)) return next;
  if (typeof previous !== "object" || typeof next !== "object" || previous === null || next === null) return next;
  if (Array.isArray(previous) !== Array.isArray(next)) return next;
  if (Array.isArray(next)) return shareList(previous as unknown[], next) as T;
  return shareRecord(previous as Record<string, unknown>, next as Record<string, unknown>) as T;
}
