import { describe, expect, it } from "vitest";
import { signOf, sum, toPlaces } from "@/live/decimal";

describe("decimal", () => {
  it("adds exactly where floats do not", () => {
    expect(sum(["0.1", "0.2"])).toBe("0.3");
    expect(sum(["9007199254740993", "0.01"])).toBe("9007199254740993.01");
    expect(sum(["1.50", "-1.5"])).toBe("0.00");
    expect(sum([])).toBe("0");
  });

  it("does not know a sum with an unknown part", () => {
    expect(sum(["1", null])).toBeNull();
    expect(sum(["1", "NaN"])).toBeNull();
  });

  it("rounds half away from zero", () => {
    expect(["1.005", "-1.005", "2", "1E+2", "0.0049"].map((text) => toPlaces(text, 2))).toEqual(["1.01", "-1.01", "2.00", "100.00", "0.00"]);
  });

  it("tells the sign", () => {
    expect(["-0.01", "0.00", "3", null].map(signOf)).toEqual([-1, 0, 1, 0]);
  });
});
