"use client";

import { memo, useState } from "react";
import { MASTER, type Freshness, type MatrixCell } from "@/live/state";
import { useLive } from "@/live/store";
import { cn } from "@/ui/cn";
import { Tag } from "@/ui/chip";
import { directionOf, signedShares } from "@/words/numbers";

interface RowProps {
  index: number;
  symbol: string;
  ids: readonly string[];
  freshness: Readonly<Record<string, Freshness>>;
}

/** One symbol over all accounts. The row subscribes once; its cells render only when what they draw changes. */
export const MatrixRowView = memo(function MatrixRowView({ index, symbol, ids, freshness }: RowProps) {
  const row = useLive((state) => state.rows[symbol]);
  if (row === undefined) return null;
  const direction = directionOf(row.cells[MASTER]?.quantity ?? 0);
  return (
    <tr aria-rowindex={index + 2} className="group">
      <th scope="row" className="row-height sticky left-0 z-10 border-b border-line bg-panel px-2 text-left font-semibold group-hover:bg-raised">
        <span className="flex items-center justify-between gap-2">
          <span>{symbol}</span>
          {direction !== "FLAT" && <span className="text-[0.6875rem] font-normal text-muted">{direction}</span>}
        </span>
      </th>
      <Cell cell={row.cells[MASTER]} freshness={freshness[MASTER] ?? "unknown"} isMaster />
      <td aria-hidden />
      {ids.map((id) => (
        <Cell key={id} cell={row.cells[id]} freshness={freshness[id] ?? "unknown"} />
      ))}
      <td aria-hidden />
    </tr>
  );
});

interface CellProps {
  cell: MatrixCell | undefined;
  freshness: Freshness;
  isMaster?: boolean;
}

function Cell({ cell, freshness, isMaster = false }: CellProps) {
  const quantity = cell?.quantity ?? 0;
  return <CellView quantity={quantity} isExcluded={cell?.isExcluded ?? false} freshness={freshness} isMaster={isMaster} />;
}

interface CellViewProps {
  quantity: number;
  isExcluded: boolean;
  freshness: Freshness;
  isMaster: boolean;
}

const CellView = memo(function CellView({ quantity, isExcluded, freshness, isMaster }: CellViewProps) {
  const [first] = useState(quantity);
  const isUnknown = freshness === "unknown" && quantity === 0;
  return (
    <td className={cn("row-height border-b border-line px-2 text-right whitespace-nowrap group-hover:bg-raised", isMaster && "font-semibold")}>
      {isExcluded && <Tag title="The symbol is on this follower's blacklist.">excluded</Tag>}{" "}
      {isUnknown ? (
        <span className="text-muted" title="There is no connection to this account.">
          n/a
        </span>
      ) : (
        <span key={quantity} className={cn("rounded px-0.5", quantity !== first && "flash", quantity === 0 && "text-muted")}>
          {signedShares(quantity)}
        </span>
      )}
      {freshness === "old" && <span className="ml-1 text-muted">old</span>}
    </td>
  );
});
