import type { AccountState } from "@/api/schema";
import { sum } from "./decimal";

/** Profit and loss of an account's positions today, realised and open; null where the platform does not tell a part. */
export function dayResult(account: AccountState | undefined | null): string | null {
  if (!account || (account.positions.length === 0 && !account.is_current)) return null;
  return sum(account.positions.flatMap((position) => [position.realized_pl, position.quantity === 0 ? "0" : position.unrealized_pl]));
}

/** The open part alone. */
export function openResult(account: AccountState | undefined | null): string | null {
  if (!account || (account.positions.length === 0 && !account.is_current)) return null;
  return sum(account.positions.map((position) => (position.quantity === 0 ? "0" : position.unrealized_pl)));
}
