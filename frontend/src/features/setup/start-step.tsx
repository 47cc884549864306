"use client";

import { Play } from "lucide-react";
import { api, ask } from "@/api/client";
import { useLive } from "@/live/store";
import { CONNECTION_WORDS } from "@/words/connection";
import { MODE_WORDS } from "@/words/mode";
import { Button } from "@/ui/button";
import { StateChip } from "@/ui/chip";
import { useCommand } from "@/ui/command";
import { Link } from "@/ui/link";
import { Complaint } from "@/ui/notice";
import { Panel } from "@/ui/panel";

/** Starting waits for each account's first try. */
const START_LIMIT_MS = 120_000;

/** Connects everything and copies from then on. */
export function StartStep({ followerCount }: { followerCount: number }) {
  const mode = useLive((state) => state.header?.mode ?? null);
  const hasMaster = useLive((state) => state.master !== null);
  const followerIds = useLive((state) => state.followerIds);
  const command = useCommand();
  const start = () => command.run(() => ask((signal) => api.POST("/api/start", { signal }), START_LIMIT_MS), "Copying has started.");
  const isStopped = mode === "stopped";
  return (
    <Panel title="Start copying" isLive>
      <div className="pad flex flex-col gap-3">
        <p className="max-w-prose">
          {followerCount === 0
            ? "There is no follower yet: starting connects the master, and nothing is copied."
            : "Starting connects all accounts. From the moment the master is ready, each of its new orders is copied. Orders and positions that are there already are not."}
        </p>
        <ul className="flex flex-col gap-2">
          <Line id={null} />
          {followerIds.map((id) => (
            <Line key={id} id={id} />
          ))}
        </ul>
        <Complaint>{command.sentence}</Complaint>
        <div className="flex flex-wrap items-center gap-3">
          {isStopped && (
            <Button kind="main" size="normal" isBusy={command.isSending} disabled={!hasMaster} onClick={() => void start()}>
              <Play aria-hidden /> Start copying
            </Button>
          )}
          {mode !== null && !isStopped && (
            <>
              <StateChip word={MODE_WORDS[mode]} className="h-6 text-xs" />
              <span>{MODE_WORDS[mode].sentence}</span>
              <Link href="/" className="inline-flex min-h-8 items-center font-semibold text-accent underline underline-offset-2">
                To the dashboard
              </Link>
            </>
          )}
        </div>
      </div>
    </Panel>
  );
}

function Line({ id }: { id: string | null }) {
  const name = useLive((state) => (id === null ? "Master" : (state.followers[id]?.name ?? id)));
  const state = useLive((all) => (id === null ? all.master : all.followers[id])?.state ?? "disconnected");
  const reason = useLive((all) => (id === null ? all.master : all.followers[id])?.reason ?? "");
  return (
    <li className="grid items-center gap-2 sm:grid-cols-[10rem_9rem_1fr]">
      <strong className="truncate">{name}</strong>
      <StateChip word={CONNECTION_WORDS[state]} className="w-fit" />
      <span className="text-muted">{reason}</span>
    </li>
  );
}
