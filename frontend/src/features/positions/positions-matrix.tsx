"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useMemo, useRef } from "react";
import { useLook } from "@/live/look";
import { MASTER, type Freshness } from "@/live/state";
import { useLive } from "@/live/store";
import { AccountHead, ResultCell, BuyingPowerCell } from "./account-head";
import { MatrixRowView } from "./matrix-row";

const SYMBOL_WIDTH = 112;
const MASTER_WIDTH = 112;
const FOLLOWER_WIDTH = 148;
const HEAD_HEIGHT = 44;
const SCROLLBAR_HEIGHT = 16;
const LEAST_ROWS = 3;
const FOOT_ROWS = 2;
const OVERSCAN_ROWS = 8;
const OVERSCAN_COLUMNS = 2;
const FIRST_RECT = { width: 1_000, height: 320 };

/** A real table whose rows and columns exist only where they can be seen. Its head and first column stay. */
export const PositionsMatrix = memo(function PositionsMatrix({ symbols }: { symbols: readonly string[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const followerIds = useLive((state) => state.followerIds);
  const freshness = useLive((state) => state.freshness);
  const rowHeight = useLook((look) => (look.density === "compact" ? 24 : 32));
  const rows = useVirtualizer({ count: symbols.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: OVERSCAN_ROWS, initialRect: FIRST_RECT });
  const columns = useVirtualizer({ horizontal: true, count: followerIds.length, getScrollElement: () => scroller.current, estimateSize: () => FOLLOWER_WIDTH, overscan: OVERSCAN_COLUMNS, initialRect: FIRST_RECT });
  const shownRows = rows.getVirtualItems();
  const shownColumns = columns.getVirtualItems();
  const firstColumn = shownColumns[0]?.index ?? 0;
  const lastColumn = shownColumns[shownColumns.length - 1]?.index ?? -1;
  const ids = useMemo(() => followerIds.slice(firstColumn, lastColumn + 1), [followerIds, firstColumn, lastColumn]);
  const left = firstColumn * FOLLOWER_WIDTH;
  const right = Math.max(0, followerIds.length - 1 - lastColumn) * FOLLOWER_WIDTH;
  const above = (shownRows[0]?.index ?? 0) * rowHeight;
  const below = Math.max(0, symbols.length - 1 - (shownRows[shownRows.length - 1]?.index ?? -1)) * rowHeight;
  const columnCount = ids.length + 4;
  return (
    <div ref={scroller} role="region" aria-label="Positions by symbol and account" tabIndex={0} className="min-h-0 shrink overflow-auto [contain:strict]" style={{ height: HEAD_HEIGHT + SCROLLBAR_HEIGHT + (Math.max(LEAST_ROWS, symbols.length) + FOOT_ROWS) * rowHeight }}>
      <table className="table-fixed border-separate border-spacing-0" aria-rowcount={symbols.length + 3} style={{ width: SYMBOL_WIDTH + MASTER_WIDTH + followerIds.length * FOLLOWER_WIDTH }}>
        <colgroup>
          <col style={{ width: SYMBOL_WIDTH }} />
          <col style={{ width: MASTER_WIDTH }} />
          <col style={{ width: left }} />
          {ids.map((id) => (
            <col key={id} style={{ width: FOLLOWER_WIDTH }} />
          ))}
          <col style={{ width: right }} />
        </colgroup>
        <thead>
          <tr>
            <th scope="col" className="sticky top-0 left-0 z-20 border-b border-line bg-panel px-2 text-left font-semibold text-muted">
              Symbol
            </th>
            <AccountHead id={MASTER} />
            <td aria-hidden className="sticky top-0 bg-panel" />
            {ids.map((id) => (
              <AccountHead key={id} id={id} />
            ))}
            <td aria-hidden className="sticky top-0 bg-panel" />
          </tr>
        </thead>
        <tbody>
          <Spacer height={above} columns={columnCount} />
          {shownRows.map(({ index }) => {
            const symbol = symbols[index];
            return symbol === undefined ? null : <MatrixRowView key={symbol} index={index} symbol={symbol} ids={ids} freshness={freshness} />;
          })}
          <Spacer height={below} columns={columnCount} />
          {symbols.length === 0 && (
            <tr>
              <td colSpan={columnCount} className="px-2 py-3 text-muted">
                No account holds or works a symbol that fits here.
              </td>
            </tr>
          )}
        </tbody>
        <MatrixFoot ids={ids} freshness={freshness} />
      </table>
    </div>
  );
});

function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden style={{ height }}>
      <td colSpan={columns} />
    </tr>
  );
}

const FOOT_HEAD = "row-height sticky left-0 z-20 border-t border-line bg-panel px-2 text-left font-semibold whitespace-nowrap text-muted";

const MatrixFoot = memo(function MatrixFoot({ ids, freshness }: { ids: readonly string[]; freshness: Readonly<Record<string, Freshness>> }) {
  return (
    <tfoot className="sticky bottom-0 z-10 bg-panel">
      <tr>
        <th scope="row" className={FOOT_HEAD}>
          P&amp;L day
        </th>
        <ResultCell id={MASTER} freshness={freshness[MASTER] ?? "unknown"} />
        <td aria-hidden />
        {ids.map((id) => (
          <ResultCell key={id} id={id} freshness={freshness[id] ?? "unknown"} />
        ))}
      </tr>
      <tr>
        <th scope="row" className={FOOT_HEAD}>
          Buying power
        </th>
        <BuyingPowerCell id={MASTER} freshness={freshness[MASTER] ?? "unknown"} />
        <td aria-hidden />
        {ids.map((id) => (
          <BuyingPowerCell key={id} id={id} freshness={freshness[id] ?? "unknown"} />
        ))}
      </tr>
    </tfoot>
  );
});
