"use client";

import { ChevronDown, ChevronRight } from "lucide-react";
import { memo, useId, useState } from "react";
import type { FollowerOutcome, Outcome } from "@/api/schema";
import type { FeedEntry } from "@/live/state";
import { useLive } from "@/live/store";
import { exactTime, latency, shares } from "@/words/numbers";
import { termsOf } from "@/words/orders";
import { OUTCOME_WORDS, severityOf } from "@/words/outcome";
import { StateChip, Tag } from "@/ui/chip";
import { cn } from "@/ui/cn";

/** Up to this many followers stand by name in the line; beyond, outcomes are counted. */
const NAMED_MAX = 6;

type Result = readonly [string, FollowerOutcome];

/** One master order: worst outcome first, reasons when it is opened. */
export const ReplicationLine = memo(function ReplicationLine({ entry }: { entry: FeedEntry }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const results = Object.entries(entry.follower_results);
  const times = results.flatMap(([, result]) => (typeof result.sent_us === "number" ? [result.sent_us] : []));
  const slowest = times.length > 0 ? Math.max(...times) : null;
  const sent = results.filter(([, result]) => result.success).length;
  return (
    <li className="lazy-line border-b border-line">
      <button type="button" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)} className="flex min-h-[var(--row)] w-full flex-wrap items-center gap-x-3 gap-y-1 px-2 py-0.5 text-left -outline-offset-2 hover:bg-raised">
        {isOpen ? <ChevronDown aria-hidden className="size-3.5 shrink-0" /> : <ChevronRight aria-hidden className="size-3.5 shrink-0" />}
        <span className="text-muted">{exactTime(entry.occurred_at)}</span>
        <span className="min-w-44">
          <strong>{entry.side}</strong> {shares(entry.quantity)} <strong>{entry.symbol}</strong> <span className="text-muted">{termsOf(entry)}</span>
        </span>
        {entry.act !== "placed" && <Tag>{entry.act === "replaced" ? "master replaced" : "master cancelled"}</Tag>}
        <span className="flex flex-1 flex-wrap items-center gap-x-3 gap-y-1">{results.length <= NAMED_MAX ? worstFirst(results).map((result) => <Named key={result[0]} result={result} />) : <Counted results={results} />}</span>
        <span className="text-muted" title="Followers that the order went to, of all, and how long after the master's line the last of them was written to">
          {sent}/{results.length} sent{slowest !== null && ` in ${latency(slowest)}`}
        </span>
      </button>
      <div id={id} hidden={!isOpen}>
        {isOpen && <Details entry={entry} results={worstFirst(results)} />}
      </div>
    </li>
  );
});

function worstFirst(results: readonly Result[]): Result[] {
  return results.toSorted(([, one], [, other]) => severityOf(one.outcome) - severityOf(other.outcome));
}

function Named({ result: [id, outcome] }: { result: Result }) {
  const name = useLive((state) => state.followers[id]?.name ?? id);
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap">
      <span className="text-muted">{name}</span>
      <StateChip word={OUTCOME_WORDS[outcome.outcome]} className="h-4.5" />
      {outcome.quantity > 0 && <span>{quantityOf(outcome)}</span>}
    </span>
  );
}

function Counted({ results }: { results: readonly Result[] }) {
  const counts = new Map<Outcome, number>();
  for (const [, { outcome }] of results) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].sort(([one], [other]) => severityOf(one) - severityOf(other)).map(([outcome, count]) => (
    <span key={outcome} className="inline-flex items-center gap-1">
      <strong>{count}</strong>
      <StateChip word={OUTCOME_WORDS[outcome]} className="h-4.5" />
    </span>
  ));
}

function quantityOf(outcome: FollowerOutcome): string {
  return outcome.filled_quantity > 0 && outcome.filled_quantity !== outcome.quantity ? `${shares(outcome.filled_quantity)} of ${shares(outcome.quantity)}` : shares(outcome.quantity);
}

function Details({ entry, results }: { entry: FeedEntry; results: readonly Result[] }) {
  return (
    <div className="bg-page px-7 py-1.5">
      <p className="text-muted">
        Master order {entry.master_order_id}
        {entry.time_in_force && ` · ${entry.time_in_force.replaceAll("_", " ").toLowerCase()}`}
        {entry.reason && ` · ${entry.reason}`}
      </p>
      <ul className="mt-1 flex flex-col gap-1.5">
        {results.map((result) => (
          <DetailLine key={result[0]} result={result} />
        ))}
      </ul>
    </div>
  );
}

function DetailLine({ result: [id, outcome] }: { result: Result }) {
  const name = useLive((state) => state.followers[id]?.name ?? id);
  const word = OUTCOME_WORDS[outcome.outcome];
  const isGood = word.tone === "ok" || word.tone === "busy";
  return (
    <li className="grid gap-x-3 sm:grid-cols-[9rem_8rem_1fr]">
      <strong className="truncate">{name}</strong>
      <span>
        <StateChip word={word} className="h-4.5" />
      </span>
      <div className={cn(isGood && "text-muted")}>
        <p>
          {outcome.reason || word.sentence} {!isGood && <span className="text-muted">{word.next}</span>}
        </p>
        <p className="text-muted">
          {outcome.order_id !== null && `Order ${outcome.order_id} · `}
          {outcome.quantity > 0 && `${quantityOf(outcome)} shares · `}
          {outcome.sent_us === null || outcome.sent_us === undefined ? "nothing was sent" : `written in ${latency(outcome.sent_us)}`}
          {outcome.acked_us !== null && outcome.acked_us !== undefined && ` · platform's answer after ${latency(outcome.acked_us)}`}
        </p>
      </div>
    </li>
  );
}
