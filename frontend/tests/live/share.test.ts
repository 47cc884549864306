import { describe, expect, it } from "vitest";
import { keeping, share } from "@/live/share";

/** A small repeatable source of numbers. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function made(next: () => number, depth: number): unknown {
  const kind = Math.floor(next() * (depth > 0 ? 6 : 4));
  if (kind === 0) return Math.floor(next() * 3);
  if (kind === 1) return next() < 0.5 ? "a" : "b";
  if (kind === 2) return null;
  if (kind === 3) return next() < 0.5;
  if (kind === 4) return Array.from({ length: Math.floor(next() * 4) }, () => made(next, depth - 1));
  return Object.fromEntries(["symbol", "order_id", "x"].slice(Math.floor(next() * 3)).map((name) => [name, made(next, depth - 1)]));
}

describe("share", () => {
  it("always equals the new value, and is the old one when both are equal", () => {
    const next = numbers(7);
    for (let round = 0; round < 3_000; round += 1) {
      const [before, after] = [made(next, 4), made(next, 4)];
      expect(share(before, after)).toEqual(after);
      expect(share(before, structuredClone(before))).toBe(before);
    }
  });

  it("finds an item of a list by its name when it moved", () => {
    const before = [{ symbol: "A", q: { n: 1 } }, { symbol: "B", q: { n: 2 } }];
    const after = share(before, [{ symbol: "B", q: { n: 2 } }]);
    expect(after[0]).toBe(before[1]);
  });

  it("keeps a selector's result while it is equal", () => {
    const select = keeping((state: { list: number[] }) => state.list.map((one) => one * 2));
    const first = select({ list: [1, 2] });
    expect(select({ list: [1, 2] })).toBe(first);
    expect(select({ list: [1, 3] })).not.toBe(first);
  });
});
