"use client";

import { memo, useState } from "react";
import type { DriftState } from "@/api/schema";
import { MASTER, type Freshness, type MatrixCell } from "@/live/state";
import { useLive } from "@/live/store";
import { cn } from "@/ui/cn";
import { Old } from "./old";
import { DRIFT_WORDS, sourceWord } from "@/words/drift";
import { directionOf, multiplier, signedShares } from "@/words/numbers";

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
  return (
    <CellView
      quantity={cell?.quantity ?? 0}
      target={cell?.target ?? null}
      state={cell?.state ?? null}
      sentence={cell === undefined ? "" : arithmeticOf(cell)}
      freshness={freshness}
      isMaster={isMaster}
    />
  );
}

/** How the target comes about: «master −400 × 2 (base) = −800; has −600, 200 short of it». */
function arithmeticOf(cell: MatrixCell): string {
  if (cell.target === null || cell.masterQuantity === null || cell.multiplier === null) return "";
  const how = `master ${signedShares(cell.masterQuantity)} ${multiplier(cell.multiplier)} (${sourceWord(cell.source)}) = ${signedShares(cell.target)}; has ${signedShares(cell.quantity)}`;
  return cell.drift ? `${how}, difference ${signedShares(cell.drift)}` : how;
}

interface CellViewProps {
  quantity: number;
  target: number | null;
  state: DriftState | null;
  sentence: string;
  freshness: Freshness;
  isMaster: boolean;
}

const CellView = memo(function CellView({ quantity, target, state, sentence, freshness, isMaster }: CellViewProps) {
  const [first] = useState(quantity);
  const isUnknown = freshness === "unknown" && quantity === 0;
  return (
    <td title={sentence || undefined} className={cn("row-height overflow-hidden border-b border-line px-2 text-right whitespace-nowrap group-hover:bg-raised", isMaster && "font-semibold")}>
      {state !== null && state !== "in_step" && state !== "unknown" && <DriftMark state={state} />} {freshness === "old" && <Old />}
      {isUnknown ? (
        <span className="text-muted" title="There is no connection to this account.">
          n/a
        </span>
      ) : (
        <span key={quantity} className={cn("rounded px-0.5", quantity !== first && "flash", quantity === 0 && "text-muted")}>
          {signedShares(quantity)}
          {target !== null && target !== quantity && <span className="font-normal text-muted"> / {signedShares(target)}</span>}
        </span>
      )}
    </td>
  );
});

function DriftMark({ state }: { state: DriftState }) {
  const { icon: Icon, word, sentence, tone } = DRIFT_WORDS[state];
  return (
    <span title={sentence} className={cn("inline-flex items-center gap-0.5 text-[0.6875rem]", tone === "warn" ? "font-semibold text-warn" : "text-muted")}>
      <Icon aria-hidden className="size-3" />
      {word}
    </span>
  );
}
