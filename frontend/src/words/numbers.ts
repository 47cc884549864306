import { signOf, toPlaces } from "@/live/decimal";

const MINUS = "−";
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** What is unknown is not zero. */
export const UNKNOWN = "n/a";

/** Shares without a sign: 1,000. */
export function shares(quantity: number): string {
  return `${quantity < 0 ? MINUS : ""}${grouped.format(Math.abs(quantity))}`;
}

/** Shares with their sign: +1,000, −400, 0. */
export function signedShares(quantity: number): string {
  return quantity > 0 ? `+${shares(quantity)}` : shares(quantity);
}

/** A decimal string with thousands and a true minus; all its digits, or rounded to `places`. */
export function decimal(text: string | null, places?: number): string {
  if (text === null) return UNKNOWN;
  const rounded = places === undefined ? text : toPlaces(text, places);
  const match = rounded === null ? null : /^(-?)(\d+)(\.\d+)?$/.exec(rounded);
  if (!match) return text;
  return `${match[1] ? MINUS : ""}${grouped.format(BigInt(match[2] ?? "0"))}${match[3] ?? ""}`;
}

/** Money with two places and no currency sign: 212,400.00. */
export function money(text: string | null): string {
  return decimal(text, 2);
}

/** Profit or loss: two places and always a sign. */
export function profit(text: string | null): string {
  const plain = money(text);
  return text !== null && signOf(text) > 0 ? `+${plain}` : plain;
}

/** A price: at least two places, at most six, no digits lost that a broker would show. */
export function price(text: string | null): string {
  if (text === null) return UNKNOWN;
  const match = /^(-?\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return decimal(text);
  const fraction = (match[2] ?? "").replace(/0+$/, "").padEnd(2, "0");
  return decimal(`${match[1]}.${fraction}`);
}

/** A multiplier without trailing zeros: ×0.5. */
export function multiplier(text: string): string {
  const plain = /^\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, "") : text;
  return `×${plain}`;
}

/** Microseconds in the unit that reads best. */
export function latency(microseconds: number | null | undefined): string {
  if (microseconds === null || microseconds === undefined) return UNKNOWN;
  if (microseconds < 1_000) return `${Math.round(microseconds)} µs`;
  if (microseconds < 100_000) return `${(microseconds / 1_000).toFixed(1)} ms`;
  if (microseconds < 1_000_000) return `${Math.round(microseconds / 1_000)} ms`;
  return `${(microseconds / 1_000_000).toFixed(1)} s`;
}

/** A round trip, which the platform's answers tell to about a millisecond. */
export function milliseconds(value: number | null): string {
  if (value !== null && value < 1) return "< 1 ms";
  return value === null ? UNKNOWN : latency(value * 1_000);
}

/** How long: 0.4 s, 12 s, 3 m 20 s, 2 h 5 m. */
export function duration(seconds: number): string {
  if (seconds < 0) return "0 s";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} m`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** The time of day here: 10:32:14. */
export function timeOfDay(iso: string | null): string {
  return iso === null ? UNKNOWN : CLOCK.format(new Date(iso));
}

const DAY = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" });

/** The day and the time of day here: 2026-11-23 10:32:14. */
export function dayAndTime(iso: string): string {
  return `${DAY.format(new Date(iso))} ${timeOfDay(iso)}`;
}

/** The size of a file: 412 kB. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  return count < 1_000_000 ? `${Math.round(count / 1_000)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

/** With thousandths: 10:32:14.208. */
export function exactTime(iso: string): string {
  const at = new Date(iso);
  return `${CLOCK.format(at)}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** What a quantity is: a word, because a colour alone says nothing. */
export function directionOf(quantity: number): "LONG" | "SHORT" | "FLAT" {
  if (quantity === 0) return "FLAT";
  return quantity > 0 ? "LONG" : "SHORT";
}
