"use client";

import { memo, useState } from "react";
import { api, ask } from "@/api/client";
import type { ShortSaleTaskState } from "@/api/schema";
import { money, shares, timeOfDay, UNKNOWN } from "@/words/numbers";
import { capacityText, isOver, SHORT_TASK_WORDS } from "@/words/short-task";
import { Button } from "@/ui/button";
import { StateChip } from "@/ui/chip";
import { cn } from "@/ui/cn";
import { useCommand } from "@/ui/command";
import { Confirm } from "@/ui/dialog";
import { Complaint } from "@/ui/notice";
import { OfferButtons, OfferFigures } from "./offer-buttons";
import { Stepper } from "./stepper";

/** Locates are bought in lots of this. */
const LOT = 100;

/** Shares as whole lots of locates. */
export function lotsOf(deficit: number): number {
  return Math.ceil(deficit / LOT) * LOT;
}

/** One short sale of one follower: where it stands, what it needs and has, and what it cost so far. */
export const TaskCard = memo(function TaskCard({ task }: { task: ShortSaleTaskState }) {
  const [isAsking, setAsking] = useState(false);
  const command = useCommand();
  const isEnded = isOver(task.status);
  const cancel = async () => {
    await command.run(() => ask((signal) => api.POST("/api/short-sales/tasks/{task_id}/cancel", { params: { path: { task_id: task.task_id } }, signal })), `The short sale of ${task.symbol} on ${task.follower} is cancelled.`);
  };
  return (
    <li className={cn("lazy-line flex flex-col gap-1 border-b border-line px-2 py-1.5", isEnded && "text-muted")}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="text-muted">{timeOfDay(task.created_at)}</span>
        <h3 className="font-semibold">
          {task.follower}: short {shares(task.quantity)} {task.symbol}
        </h3>
        <StateChip word={SHORT_TASK_WORDS[task.status]} className="h-4.5" />
        <Stepper task={task} />
        {!isEnded && (
          <Button className="ml-auto" isBusy={command.isSending} onClick={() => setAsking(true)} aria-label={`Cancel the short sale of ${task.symbol} on ${task.follower}`}>
            Cancel…
          </Button>
        )}
      </div>
      <dl className="flex flex-wrap gap-x-5 gap-y-0.5 [&_dt]:text-muted [&>div]:flex [&>div]:gap-1.5">
        <Figure term="Needs" value={shares(task.quantity)} />
        <Figure term="Can be sold short" value={capacityText(task.max_sell)} />
        <Figure term="Missing" value={task.deficit === null ? UNKNOWN : task.deficit > 0 ? `${shares(task.deficit)}, ${shares(lotsOf(task.deficit))} in lots` : "0"} />
        <Figure term="Located" value={shares(task.located_quantity)} />
        <Figure term="Cost so far" value={money(task.cost)} />
        <Figure term="Master order" value={String(task.master_order_id)} />
      </dl>
      {task.error && <p className={isEnded ? undefined : "text-muted"}>{task.error}</p>}
      {task.offer !== null && !isEnded && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 rounded border border-edge bg-raised p-2">
          <strong>Locate offer</strong>
          <OfferFigures offer={task.offer} />
          <OfferButtons task={task} offer={task.offer} />
        </div>
      )}
      <Complaint>{command.sentence}</Complaint>
      {(!isEnded || isAsking) && (
        <Confirm isOpen={isAsking} onClose={() => setAsking(false)} title={`Cancel this short sale of ${task.symbol}?`} confirmWord="Cancel the short sale" onConfirm={cancel}>
          <p>An open locate order is cancelled, an offer is left. Shares that were located already are kept and can be used by a later short sale today.</p>
        </Confirm>
      )}
    </li>
  );
});

function Figure({ term, value }: { term: string; value: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{value}</dd>
    </div>
  );
}
