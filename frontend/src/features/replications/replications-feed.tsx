"use client";

import { useMemo } from "react";
import type { Outcome } from "@/api/schema";
import type { FeedEntry } from "@/live/state";
import { useFollowerNames, useLive } from "@/live/store";
import { ALL_OUTCOMES, OUTCOME_WORDS } from "@/words/outcome";
import { shares } from "@/words/numbers";
import { Empty } from "@/ui/empty";
import { FilterField } from "@/ui/fields";
import { useQueryValue } from "@/ui/link";
import { useMore } from "@/ui/more";
import { Scroller } from "@/ui/scroller";
import { ReplicationLine } from "./replication-line";

function isOutcome(text: string): text is Outcome {
  return (ALL_OUTCOMES as readonly string[]).includes(text);
}

function fits(entry: FeedEntry, symbol: string, outcome: string, follower: string): boolean {
  if (symbol && !entry.symbol.includes(symbol)) return false;
  if (!outcome && !follower) return true;
  return Object.entries(entry.follower_results).some(([id, result]) => (!follower || id === follower) && (!outcome || result.outcome === outcome));
}

/** What the master did, newest first, and what became of it on every follower. The filters stand in the address. */
export function ReplicationsFeed() {
  const [symbol, setSymbol] = useQueryValue("order");
  const [outcome, setOutcome] = useQueryValue("outcome");
  const [follower, setFollower] = useQueryValue("by");
  const isEmpty = useLive((state) => state.feed.length === 0);
  if (isEmpty) return <Empty>Every order of the master stands here, with what became of it on each follower. None has been placed since the program started.</Empty>;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-2 py-1">
        <FilterField label="Symbol" value={symbol} onChange={(event) => setSymbol(event.target.value)} />
        <select aria-label="Outcome" value={outcome} onChange={(event) => setOutcome(event.target.value)} className="min-h-6 rounded border border-edge bg-page px-1">
          <option value="">Every outcome</option>
          {ALL_OUTCOMES.map((one) => (
            <option key={one} value={one}>
              {OUTCOME_WORDS[one].word}
            </option>
          ))}
        </select>
        <FollowerSelect value={follower} onChange={setFollower} />
        {isOutcome(outcome) && <span className="text-muted">{OUTCOME_WORDS[outcome].sentence}</span>}
        <LateEvents />
      </div>
      <Lines symbol={symbol.trim().toUpperCase()} outcome={outcome} follower={follower} />
    </>
  );
}

function FollowerSelect({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const followerIds = useLive((state) => state.followerIds);
  const names = useFollowerNames();
  return (
    <select aria-label="Follower" value={value} onChange={(event) => onChange(event.target.value)} className="min-h-6 max-w-40 rounded border border-edge bg-page px-1">
      <option value="">Every follower</option>
      {followerIds.map((id) => (
        <option key={id} value={id}>
          {names[id]}
        </option>
      ))}
    </select>
  );
}

function LateEvents() {
  const late = useLive((state) => state.lateEvents);
  if (late === 0) return null;
  return <span className="ml-auto text-muted">{shares(late)} events were fetched late</span>;
}

/** Alone with what changes by every event: what is around it stays. */
function Lines({ symbol, outcome, follower }: { symbol: string; outcome: string; follower: string }) {
  const feed = useLive((state) => state.feed);
  const entries = useMemo(() => feed.filter((entry) => fits(entry, symbol, outcome, follower)), [feed, symbol, outcome, follower]);
  const { shown, more } = useMore(entries.length);
  return (
    <Scroller label="Replications" className="min-h-0 flex-1">
      <ol className="flex flex-col">
        {entries.slice(0, shown).map((entry) => (
          <ReplicationLine key={entry.master_order_id} entry={entry} />
        ))}
      </ol>
      {entries.length === 0 && <Empty>No order fits these filters.</Empty>}
      {more}
    </Scroller>
  );
}
