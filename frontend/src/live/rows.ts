import type { AccountState, FollowerState, PositionState } from "@/api/schema";
import { MASTER, type Freshness, type MatrixCell, type MatrixRow } from "./state";

export type Rows = Readonly<Record<string, MatrixRow>>;

/** An account as it came, and the key of its column. */
export type KeyedAccount = readonly [string, AccountState];

export function keyedAccounts(master: AccountState | null, followers: readonly FollowerState[]): KeyedAccount[] {
  const keyed = followers.map((one): KeyedAccount => [one.follower_id, one]);
  return master === null ? keyed : [[MASTER, master], ...keyed];
}

export function freshnessOf(accounts: readonly KeyedAccount[]): Record<string, Freshness> {
  return Object.fromEntries(
    accounts.map(([key, account]): [string, Freshness] => {
      if (account.is_current) return [key, "current"];
      return [key, account.positions.length > 0 ? "old" : "unknown"];
    }),
  );
}

/**
 * Symbols that an account holds or works, and those that one with a result has closed today. Made of `before`'s cells and
 * rows wherever they are equal, and `before` itself when all of them are: thousands of cells come each second, few are new.
 */
export function rowsOf(before: Rows, accounts: readonly KeyedAccount[]): Rows {
  const rows: Record<string, MatrixRow> = {};
  const master = accounts.find(([key]) => key === MASTER)?.[1];
  const masters = new Map(master?.positions.map((position) => [position.symbol, position.quantity]));
  const rowOf = (symbol: string): MatrixRow => (rows[symbol] ??= { symbol, cells: {}, isWorking: false });
  for (const [key, account] of accounts) {
    for (const position of account.positions) {
      const masterQuantity = key !== MASTER && master?.is_current === true ? (masters.get(position.symbol) ?? 0) : null;
      const known = before[position.symbol]?.cells[key];
      rowOf(position.symbol).cells[key] = known !== undefined && isDrawnAlike(known, position, masterQuantity) ? known : cellOf(position, masterQuantity);
    }
    for (const order of account.working_orders) rowOf(order.symbol).isWorking = true;
  }
  return keepRows(before, rows);
}

function cellOf({ quantity, target, drift_state: state, multiplier, multiplier_source: source }: PositionState, masterQuantity: number | null): MatrixCell {
  const drift = target === null ? null : quantity - target;
  return { quantity, target, drift, state, multiplier, source, masterQuantity };
}

function isDrawnAlike(cell: MatrixCell, position: PositionState, masterQuantity: number | null): boolean {
  return (
    cell.quantity === position.quantity &&
    cell.target === position.target &&
    cell.state === position.drift_state &&
    cell.multiplier === position.multiplier &&
    cell.source === position.multiplier_source &&
    cell.masterQuantity === masterQuantity
  );
}

function keepRows(before: Rows, rows: Record<string, MatrixRow>): Rows {
  const symbols = Object.keys(rows);
  let isSame = symbols.length === Object.keys(before).length;
  for (const symbol of symbols) {
    const [known, row] = [before[symbol], rows[symbol]];
    if (known !== undefined && row !== undefined && isSameRow(known, row)) rows[symbol] = known;
    else isSame = false;
  }
  return isSame ? before : rows;
}

function isSameRow(known: MatrixRow, row: MatrixRow): boolean {
  if (known.isWorking !== row.isWorking) return false;
  const keys = Object.keys(row.cells);
  return keys.length === Object.keys(known.cells).length && keys.every((key) => row.cells[key] === known.cells[key]);
}
