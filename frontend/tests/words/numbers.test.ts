import { describe, expect, it } from "vitest";
import { decimal, directionOf, duration, latency, milliseconds, money, multiplier, price, profit, shares, signedShares } from "@/words/numbers";
import { termsOf } from "@/words/orders";
import { capacityText } from "@/words/short-task";

describe("numbers", () => {
  it("show shares with thousands, a sign and a true minus", () => {
    expect([1_000, -400, 0].map(signedShares)).toEqual(["+1,000", "−400", "0"]);
    expect(shares(-12_345)).toBe("−12,345");
    expect([5, -5, 0].map(directionOf)).toEqual(["LONG", "SHORT", "FLAT"]);
  });

  it("show money with two places, and profit always with its sign", () => {
    expect(money("212400")).toBe("212,400.00");
    expect(money("123456789012345678.9")).toBe("123,456,789,012,345,678.90");
    expect(["1284.2", "-84", "0", null].map(profit)).toEqual(["+1,284.20", "−84.00", "0.00", "n/a"]);
  });

  it("lose no digit of a price or a multiplier", () => {
    expect(["23.2", "244", "0.0425", "201.90", "-1.5"].map(price)).toEqual(["23.20", "244.00", "0.0425", "201.90", "−1.50"]);
    expect(["0.50", "1", "2.500000", "10"].map(multiplier)).toEqual(["×0.5", "×1", "×2.5", "×10"]);
    expect(decimal("no number")).toBe("no number");
  });

  it("show times in the unit that reads best", () => {
    expect([120, 3_100, 120_000, 2_500_000, null].map(latency)).toEqual(["120 µs", "3.1 ms", "120 ms", "2.5 s", "n/a"]);
    expect([0, 12.34, null].map(milliseconds)).toEqual(["< 1 ms", "12.3 ms", "n/a"]);
    expect([0.4, 12, 200, 7_500, -1].map(duration)).toEqual(["0.4 s", "12 s", "3 m 20 s", "2 h 5 m", "0 s"]);
  });

  it("say that a symbol is easy to borrow, and do not count to a billion", () => {
    expect([null, 0, 1_200, 1_000_000_000].map(capacityText)).toEqual(["n/a", "0", "1,200", "any number, easy to borrow"]);
  });

  it("show an order's terms shortly, and say when they are not known", () => {
    expect(termsOf({ type: "StopLimit", price: "10.1", stop_price: "10" })).toBe("STP LMT stop 10.00 10.10");
    expect(termsOf({ type: "TrailingStop", price: null, stop_price: null, trail_amount: "0.25" })).toBe("TRAIL trail 0.25");
    expect(termsOf({ type: null, price: null, stop_price: null })).toBe("type unknown");
  });
});
