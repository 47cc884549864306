"use client";

import { useState } from "react";
import { api, ask } from "@/api/client";
import type { ActionResultState } from "@/api/schema";
import { useFetched } from "@/api/use-fetched";
import { useFollowerNames, useLive } from "@/live/store";
import { Empty } from "@/ui/empty";
import { useQueryValue } from "@/ui/link";
import { Complaint } from "@/ui/notice";
import { PageHead, Panel } from "@/ui/panel";
import { FollowerQueue } from "./follower-queue";

/** Ages and the master's states are those of the moment of asking. */
const AGAIN_MS = 3_000;

export interface ToldResult extends ActionResultState {
  /** What it was, as it stood in the list. */
  text: string;
}

/** What followers missed while they were offline. Nothing of it is sent until the user chooses. */
export function QueuePage() {
  const [wanted, setWanted] = useQueryValue("follower");
  const followerIds = useLive((state) => state.followerIds);
  const names = useFollowerNames();
  const changes = useLive((state) => state.queueChanges);
  const counts = useLive((state) => state.followerIds.map((id) => state.followers[id]?.queued_actions ?? 0).join(" "));
  const queues = useFetched(() => ask((signal) => api.GET("/api/queued-actions", { signal })), `${changes} ${counts}`, AGAIN_MS);
  const [results, setResults] = useState<Record<string, readonly ToldResult[]>>({});
  const follower = followerIds.includes(wanted) ? wanted : "";
  const actionsById = new Map((queues.value ?? []).map((queue) => [queue.follower_id, queue.actions]));
  const shown = followerIds.filter((id) => (follower === "" || id === follower) && ((actionsById.get(id)?.length ?? 0) > 0 || (results[id]?.length ?? 0) > 0));
  return (
    <div className="flex flex-col gap-3">
      <PageHead title="Queue" sentence="What followers missed while they were offline. Nothing is sent until you choose; it is kept until the program ends.">
        <label className="flex items-center gap-2">
          Follower
          <select value={follower} onChange={(event) => setWanted(event.target.value)} className="min-h-7 rounded border border-edge bg-page px-2">
            <option value="">All</option>
            {followerIds.map((id) => (
              <option key={id} value={id}>
                {names[id] ?? id}
              </option>
            ))}
          </select>
        </label>
      </PageHead>
      <Complaint>{queues.sentence}</Complaint>
      {shown.map((id) => (
        <FollowerQueue key={id} id={id} actions={actionsById.get(id) ?? []} results={results[id] ?? []} onResults={(told) => setResults((before) => ({ ...before, [id]: told }))} onChanged={queues.reload} />
      ))}
      {queues.value !== null && shown.length === 0 && (
        <Panel title="Nothing waits" isLive>
          <Empty>When a follower is offline while the master acts, what it missed stands here, for you to replay or discard.</Empty>
        </Panel>
      )}
    </div>
  );
}
