import type { Outcome, operations } from "@/api/schema";
import { ALL_OUTCOMES } from "@/words/outcome";

/** What is looked for; all of it as it stands in the address, empty where it does not matter. */
export interface HistoryFilter {
  symbol: string;
  follower: string;
  outcome: string;
  /** The first and the last day, here: 2026-11-23. */
  from: string;
  to: string;
  order: string;
}

type Query = NonNullable<operations["get_replications_api_replications_get"]["parameters"]["query"]>;

export function isOutcome(text: string): text is Outcome {
  return (ALL_OUTCOMES as readonly string[]).includes(text);
}

/** The moment at which a day begins here; `later` days on. Null when it is no day. */
function beginOf(day: string, later = 0): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!match) return null;
  const begin = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + later);
  return Number.isNaN(begin.getTime()) ? null : begin.toISOString();
}

/** The server's words for it. What cannot be understood is left out. */
export function queryOf(filter: HistoryFilter, limit: number, cursor: string | null): Query {
  const query: Query = { limit };
  const symbol = filter.symbol.trim().toUpperCase();
  if (symbol) query.symbol = symbol;
  if (filter.follower) query.follower = filter.follower;
  if (isOutcome(filter.outcome)) query.outcome = filter.outcome;
  if (/^\d{1,15}$/.test(filter.order.trim())) query.master_order_id = Number(filter.order.trim());
  const from = beginOf(filter.from);
  if (from !== null) query.from = from;
  const to = beginOf(filter.to, 1);
  if (to !== null) query.to = to;
  if (cursor !== null) query.cursor = cursor;
  return query;
}
