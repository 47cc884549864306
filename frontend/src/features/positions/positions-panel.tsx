"use client";

import { useCallback, useState } from "react";
import type { LiveState } from "@/live/state";
import { useDerived, useLive } from "@/live/store";
import { Empty } from "@/ui/empty";
import { FilterField } from "@/ui/fields";
import { Link, useQueryValue } from "@/ui/link";
import { Panel } from "@/ui/panel";
import { PositionsMatrix } from "./positions-matrix";

type View = "all" | "open" | "drift" | "working";

const VIEWS: readonly { id: View; title: string }[] = [
  { id: "all", title: "All" },
  { id: "open", title: "Open" },
  { id: "drift", title: "Drift" },
  { id: "working", title: "Working" },
];

function isIn(state: LiveState, symbol: string, view: View): boolean {
  const row = state.rows[symbol];
  if (row === undefined) return false;
  if (view === "working") return row.isWorking;
  if (view === "drift") return Object.values(row.cells).some((cell) => cell.state === "drift");
  return view === "all" || Object.values(row.cells).some((cell) => cell.quantity !== 0);
}

/** Who holds what: symbol by account, the master first. */
export function PositionsPanel() {
  const [view, setView] = useState<View>("all");
  const [filter, setFilter] = useQueryValue("symbol");
  const hasMaster = useLive((state) => state.master !== null);
  const hasState = useLive((state) => state.header !== null);
  const select = useCallback((state: LiveState) => state.symbols.filter((symbol) => symbol.includes(filter.trim().toUpperCase()) && isIn(state, symbol, view)), [filter, view]);
  const symbols = useDerived(select);
  const actions = (
    <>
      <div role="group" aria-label="Which symbols" className="flex">
        {VIEWS.map(({ id, title }) => (
          <button key={id} type="button" aria-pressed={view === id} onClick={() => setView(id)} className="min-h-6 rounded px-2 text-muted hover:bg-raised aria-pressed:bg-raised aria-pressed:font-semibold aria-pressed:text-ink">
            {title}
          </button>
        ))}
      </div>
      <FilterField label="Filter symbols" value={filter} onChange={(event) => setFilter(event.target.value)} />
    </>
  );
  return (
    <Panel title="Positions" isLive actions={actions} className="max-h-[45dvh] min-h-40 shrink-0 overflow-hidden">
      {!hasState && <Empty>The first state has not come yet.</Empty>}
      {hasState && !hasMaster && (
        <Empty action={<Link href="/settings/" className="font-semibold text-accent underline">Add the master account</Link>}>
          Positions of the master and its followers stand here side by side. There is no master account yet.
        </Empty>
      )}
      {hasState && hasMaster && <PositionsMatrix symbols={symbols} />}
    </Panel>
  );
}
