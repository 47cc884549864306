/** Exact sums of decimal strings: money is never a float here. */

interface Scaled {
  units: bigint;
  places: number;
}

function parse(text: string): Scaled | null {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text.trim());
  if (!match) return null;
  const fraction = match[3] ?? "";
  const exponent = Number(match[4] ?? "0");
  let units = BigInt(`${match[2]}${fraction}`);
  let places = fraction.length - exponent;
  if (places < 0) {
    units *= 10n ** BigInt(-places);
    places = 0;
  }
  return { units: match[1] === "-" ? -units : units, places };
}

function toText({ units, places }: Scaled): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const sign = units < 0n ? "-" : "";
  return places === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-places)}`;
}

/** The exact sum; null when one of the parts is unknown or no number. */
export function sum(parts: readonly (string | null)[]): string | null {
  let total: Scaled = { units: 0n, places: 0 };
  for (const part of parts) {
    const value = part === null ? null : parse(part);
    if (value === null) return null;
    const places = Math.max(total.places, value.places);
    const lift = ({ units, places: own }: Scaled) => units * 10n ** BigInt(places - own);
    total = { units: lift(total) + lift(value), places };
  }
  return toText(total);
}

/** -1, 0 or 1; 0 for what is no number. */
export function signOf(text: string | null): -1 | 0 | 1 {
  const value = text === null ? null : parse(text);
  if (value === null || value.units === 0n) return 0;
  return value.units < 0n ? -1 : 1;
}

/** Rounded half away from zero to `places`. */
export function toPlaces(text: string, places: number): string | null {
  const value = parse(text);
  if (value === null) return null;
  if (value.places <= places) return toText({ units: value.units * 10n ** BigInt(places - value.places), places });
  const divisor = 10n ** BigInt(value.places - places);
  const size = value.units < 0n ? -value.units : value.units;
  const rounded = (size + divisor / 2n) / divisor;
  return toText({ units: value.units < 0n ? -rounded : rounded, places });
}
