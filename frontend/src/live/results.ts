import { sum } from "./decimal";
import type { Account } from "./state";

const resultByAccount = new WeakMap<Account, string | null>();

/** Profit and loss of an account today, realised and open; null where the platform does not tell a part. Worked out once for each state of it. */
export function dayResult(account: Account | undefined | null): string | null {
  if (!account) return null;
  let result = resultByAccount.get(account);
  if (result === undefined) resultByAccount.set(account, (result = sum([account.realized_pl, account.unrealized_pl])));
  return result;
}
