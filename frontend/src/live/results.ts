import type { AccountState } from "@/api/schema";
import { sum } from "./decimal";

/** Profit and loss of an account today, realised and open; null where the platform does not tell a part. */
export function dayResult(account: AccountState | undefined | null): string | null {
  if (!account) return null;
  return sum([account.realized_pl, account.unrealized_pl]);
}
