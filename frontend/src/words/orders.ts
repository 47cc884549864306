import { decimal, price } from "./numbers";

interface Terms {
  type: string | null;
  price: string | null;
  stop_price: string | null;
  trail_amount?: string | null;
}

const SHORT_TYPES: Record<string, string> = {
  Market: "MKT", Limit: "LMT", Stop: "STP", StopLimit: "STP LMT", StopLimitExtended: "STP LMT ext", TrailingStop: "TRAIL",
};

/** An order's type and prices in a few characters: LMT 23.20. */
export function termsOf(order: Terms): string {
  const words = [order.type === null ? "type unknown" : (SHORT_TYPES[order.type] ?? order.type)];
  if (order.stop_price !== null) words.push(`stop ${price(order.stop_price)}`);
  if (order.trail_amount !== null && order.trail_amount !== undefined) words.push(`trail ${decimal(order.trail_amount)}`);
  if (order.price !== null) words.push(price(order.price));
  return words.join(" ");
}
