"use client";

import { useState } from "react";
import { useFollowerNames, useLive } from "@/live/store";
import { ALL_OUTCOMES, OUTCOME_WORDS } from "@/words/outcome";
import { Button } from "@/ui/button";
import { INPUT } from "@/ui/fields";
import { useQueryValue } from "@/ui/link";
import { PageHead, Panel } from "@/ui/panel";
import { cn } from "@/ui/cn";
import { HistoryList } from "./history-list";
import type { HistoryFilter } from "./history-filter";
import { StoryDialog, storyOf } from "./story-dialog";

const FIELD = cn(INPUT, "min-h-6");

/** Every order that was copied, on any day. The filters, and the story that is open, stand in the address. */
export function HistoryPage() {
  const [symbol, setSymbol] = useQueryValue("symbol");
  const [follower, setFollower] = useQueryValue("follower");
  const [outcome, setOutcome] = useQueryValue("outcome");
  const [from, setFrom] = useQueryValue("from");
  const [to, setTo] = useQueryValue("to");
  const [order, setOrder] = useQueryValue("order");
  const [open, setOpen] = useQueryValue("explain");
  const [asked, setAsked] = useState(0);
  const followerIds = useLive((state) => state.followerIds);
  const names = useFollowerNames();
  const filter: HistoryFilter = { symbol, follower, outcome, from, to, order };
  return (
    <div className="flex flex-col gap-3">
      <PageHead title="History" sentence="What the master did on any day, and what became of it on each follower." />
      <Panel title="Orders" actions={<Button onClick={() => setAsked(asked + 1)}>Look again</Button>}>
        <div role="search" aria-label="Filters of the orders" className="flex flex-wrap items-end gap-3 border-b border-line px-2 py-1.5">
          <TypedFilter label="Symbol" value={symbol} onChange={setSymbol} className="w-28" isFirst />
          <label className="flex flex-col gap-0.5">
            Follower
            <select value={follower} onChange={(event) => setFollower(event.target.value)} className={cn(FIELD, "w-36")}>
              <option value="">Every follower</option>
              {follower !== "" && !followerIds.includes(follower) && <option value={follower}>{follower}</option>}
              {followerIds.map((id) => (
                <option key={id} value={id}>
                  {names[id] ?? id}
                </option>
              ))}
            </select>
          </label>
          <label className="flex flex-col gap-0.5">
            Outcome
            <select value={outcome} onChange={(event) => setOutcome(event.target.value)} className={cn(FIELD, "w-36")}>
              <option value="">Every outcome</option>
              {ALL_OUTCOMES.map((one) => (
                <option key={one} value={one}>
                  {OUTCOME_WORDS[one].word}
                </option>
              ))}
            </select>
          </label>
          <label className="flex flex-col gap-0.5">
            From
            <input type="date" value={from} max={to || undefined} onChange={(event) => setFrom(event.target.value)} className={cn(FIELD, "w-36")} />
          </label>
          <label className="flex flex-col gap-0.5">
            To, included
            <input type="date" value={to} min={from || undefined} onChange={(event) => setTo(event.target.value)} className={cn(FIELD, "w-36")} />
          </label>
          <TypedFilter label="Master order" value={order} onChange={setOrder} className="w-28" />
        </div>
        <HistoryList key={`${JSON.stringify(filter)} ${asked}`} filter={filter} />
      </Panel>
      <StoryDialog story={storyOf(open)} onClose={() => setOpen("")} />
    </div>
  );
}

/** A filter that is typed: it holds after Enter, or when the field is left, so that half a word is never looked for. */
function TypedFilter({ label, value, onChange, className, isFirst = false }: { label: string; value: string; onChange: (value: string) => void; className?: string; isFirst?: boolean }) {
  const [draft, setDraft] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setDraft(value);
  }
  const apply = () => {
    if (draft.trim() !== value) onChange(draft.trim());
  };
  return (
    <label className="flex flex-col gap-0.5">
      {label}
      <input
        type="search"
        data-filter={isFirst || undefined}
        value={draft}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => (event.target.value === "" ? onChange("") : setDraft(event.target.value))}
        onBlur={apply}
        onKeyDown={(event) => {
          if (event.key === "Enter") apply();
        }}
        className={cn(FIELD, className)}
      />
    </label>
  );
}
