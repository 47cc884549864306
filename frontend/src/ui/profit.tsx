import { signOf } from "@/live/decimal";
import { profit } from "@/words/numbers";

/** Profit or loss: coloured text that always has its sign. */
export function Profit({ value, unknownBecause }: { value: string | null; unknownBecause?: string }) {
  if (value === null) return <span title={unknownBecause} className="text-muted">n/a</span>;
  const sign = signOf(value);
  return <span className={sign > 0 ? "text-gain" : sign < 0 ? "text-loss" : ""}>{profit(value)}</span>;
}
