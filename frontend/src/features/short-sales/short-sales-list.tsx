"use client";

import { useMemo } from "react";
import { api, ask } from "@/api/client";
import type { ShortSaleTaskState } from "@/api/schema";
import { useFetched } from "@/api/use-fetched";
import { useLive } from "@/live/store";
import { isOver } from "@/words/short-task";
import { Empty } from "@/ui/empty";
import { useMore } from "@/ui/more";
import { Complaint } from "@/ui/notice";
import { Scroller } from "@/ui/scroller";
import { TaskCard } from "./task-card";

/** What is on its way first, oldest at the top; below it what has ended today, newest first. */
export function inOrder(active: readonly ShortSaleTaskState[], today: readonly ShortSaleTaskState[]): ShortSaleTaskState[] {
  const live = new Set(active.map((task) => task.task_id));
  const ended = today.filter((task) => isOver(task.status) && !live.has(task.task_id)).toReversed();
  return [...active, ...ended];
}

/** Every short sale of today. */
export function ShortSalesList() {
  const active = useLive((state) => state.shortTasks);
  const boot = useLive((state) => state.header?.boot_id ?? "");
  // Only what is over has to be asked for, so only when the tasks that are on their way are others.
  const onTheirWay = active.map((task) => task.task_id).join(" ");
  const today = useFetched(() => ask((signal) => api.GET("/api/short-sales/tasks/all", { signal })), `${boot} ${onTheirWay}`);
  const tasks = useMemo(() => inOrder(active, today.value ?? []), [active, today.value]);
  const { shown, more } = useMore(tasks.length);
  if (tasks.length === 0 && !today.sentence) return <Empty>When the master sells short, each follower&apos;s capacity is looked up and missing shares are located first. Each such sale stands here. There was none today.</Empty>;
  return (
    <Scroller label="Short sales" className="min-h-0 flex-1">
      <Complaint>{today.sentence}</Complaint>
      <ul>
        {tasks.slice(0, shown).map((task) => (
          <TaskCard key={task.task_id} task={task} />
        ))}
      </ul>
      {more}
    </Scroller>
  );
}
