"use client";

import { useEffect, useRef, useState } from "react";
import { api, ask, type Answer } from "@/api/client";
import type { FollowerOutcome, PastReplicationState } from "@/api/schema";
import { useLive } from "@/live/store";
import { dayAndTime, latency, shares } from "@/words/numbers";
import { termsOf } from "@/words/orders";
import { OUTCOME_WORDS, severityOf } from "@/words/outcome";
import { Button } from "@/ui/button";
import { StateChip } from "@/ui/chip";
import { Empty } from "@/ui/empty";
import { Link } from "@/ui/link";
import { Complaint } from "@/ui/notice";
import { Scroller } from "@/ui/scroller";
import { Table, Td, Th } from "@/ui/table";
import { queryOf, type HistoryFilter } from "./history-filter";

const PAGE = 50;
/** Up to this many followers stand by name in a line. */
const NAMED_MAX = 8;

interface PageOf {
  rows: PastReplicationState[];
  next: string | null;
}

async function pageOf(filter: HistoryFilter, cursor: string | null): Promise<Answer<PageOf>> {
  return ask(async (signal) => {
    const { data, error, response } = await api.GET("/api/replications", { params: { query: queryOf(filter, PAGE, cursor) }, signal });
    return { ...(data === undefined ? {} : { data: { rows: data, next: response.headers.get("x-next-cursor") } }), error, response };
  }, 15_000);
}

/** One page, and as many older ones as are asked for. Another filter is another list. */
export function HistoryList({ filter }: { filter: HistoryFilter }) {
  const [rows, setRows] = useState<readonly PastReplicationState[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [sentence, setSentence] = useState("");
  const first = useRef(filter);
  const take = (answer: Answer<PageOf>) => {
    setAsking(false);
    setSentence(answer.kind === "done" ? "" : answer.sentence);
    if (answer.kind !== "done") return;
    setRows((before) => [...(before ?? []), ...answer.value.rows]);
    setNext(answer.value.next);
  };
  useEffect(() => {
    let isWanted = true;
    void pageOf(first.current, null).then((answer) => {
      if (isWanted) take(answer);
    });
    return () => {
      isWanted = false;
    };
  }, []);
  const more = async () => {
    setAsking(true);
    take(await pageOf(filter, next));
  };
  return (
    <>
      {sentence && (
        <div className="pad">
          <Complaint>{sentence}</Complaint>
        </div>
      )}
      {rows?.length === 0 && <Empty>No order fits. Every order of the master is kept here as soon as it was copied.</Empty>}
      {rows !== null && rows.length > 0 && (
        <Scroller label="Orders found">
          <Table>
            <thead>
              <tr>
                <Th>Time</Th>
                <Th>Order</Th>
                <Th>Followers</Th>
                <Th isNumber className="whitespace-nowrap">
                  Decided in
                </Th>
                <Th>
                  <span className="sr-only">Story</span>
                </Th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={`${row.trading_day} ${row.master_order_id}`} row={row} />
              ))}
            </tbody>
          </Table>
        </Scroller>
      )}
      {next !== null && (
        <div className="pad">
          <Button size="normal" isBusy={isAsking} onClick={() => void more()}>
            Older orders
          </Button>
        </div>
      )}
    </>
  );
}

function Row({ row }: { row: PastReplicationState }) {
  const results = Object.entries(row.follower_results).sort(([, one], [, other]) => severityOf(one.outcome) - severityOf(other.outcome));
  const story = `${row.trading_day}/${row.master_order_id}`;
  return (
    <tr className="hover:bg-raised">
      <Th scope="row" className="whitespace-nowrap text-ink">
        {dayAndTime(row.occurred_at)}
      </Th>
      <Td className="whitespace-nowrap">
        <strong>{row.side}</strong> {shares(row.quantity)} <strong>{row.symbol}</strong> <span className="text-muted">{termsOf(row)}</span>
      </Td>
      <Td>
        <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
          {results.slice(0, NAMED_MAX).map(([id, result]) => (
            <Part key={id} id={id} result={result} />
          ))}
          {results.length > NAMED_MAX && <span className="text-muted">and {results.length - NAMED_MAX} more</span>}
          {results.length === 0 && <span className="text-muted">{row.reason || "none"}</span>}
        </span>
      </Td>
      <Td isNumber>{latency(row.decided_us)}</Td>
      <Td isNumber>
        <StoryLink story={story} orderId={row.master_order_id} />
      </Td>
    </tr>
  );
}

function StoryLink({ story, orderId }: { story: string; orderId: number }) {
  return (
    <Link href={explaining(story)} scroll={false} className="inline-flex min-h-6 items-center font-semibold text-accent underline underline-offset-2" aria-label={`Explain order ${orderId}`}>
      Explain
    </Link>
  );
}

/** The present address with a story open, so that the filters stay. */
function explaining(story: string): string {
  const query = new URLSearchParams(typeof window === "undefined" ? "" : window.location.search);
  query.set("explain", story);
  return `/history/?${query}`;
}

function Part({ id, result }: { id: string; result: FollowerOutcome }) {
  const name = useLive((state) => state.followers[id]?.name ?? id);
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap" title={result.reason}>
      <span className="text-muted">{name}</span>
      <StateChip word={OUTCOME_WORDS[result.outcome]} className="h-4.5" />
      {result.quantity > 0 && <span>{shares(result.quantity)}</span>}
    </span>
  );
}
