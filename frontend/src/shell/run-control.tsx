"use client";

import { Play, Square } from "lucide-react";
import { useState } from "react";
import { api, ask } from "@/api/client";
import type { LiveState } from "@/live/state";
import { live, useLive } from "@/live/store";
import { CONNECTION_WORDS } from "@/words/connection";
import { shares, timeOfDay } from "@/words/numbers";
import { termsOf } from "@/words/orders";
import { Button } from "@/ui/button";
import { StateChip } from "@/ui/chip";
import { useCommand } from "@/ui/command";
import { Dialog } from "@/ui/dialog";
import { Complaint } from "@/ui/notice";

/** Starting waits for each account's first try. */
const START_LIMIT_MS = 120_000;

interface LeftOrder {
  key: string;
  name: string;
  text: string;
}

/** Start and Stop. Stop is one click and works while the page is stale: it goes over a request of its own. */
export function RunControl() {
  const mode = useLive((state) => state.header?.mode ?? null);
  const startedAt = useLive((state) => state.header?.started_at ?? null);
  const hasMaster = useLive((state) => state.master !== null);
  const start = useCommand();
  const stop = useCommand();
  const [isProgressOpen, setProgressOpen] = useState(false);
  const [left, setLeft] = useState<LeftOrder[] | null>(null);
  const onStart = async () => {
    setProgressOpen(true);
    const wasDone = await start.run(() => ask((signal) => api.POST("/api/start", { signal }), START_LIMIT_MS));
    if (wasDone) whenSettled(() => setProgressOpen(false));
  };
  const onStop = async () => {
    setProgressOpen(false);
    const working = workingCopies();
    const wasDone = await stop.run(() => ask((signal) => api.POST("/api/stop", { signal }), 15_000), "Stopped. Nothing is sent any more.");
    if (!wasDone || working.length > 0) setLeft(working);
  };
  const isStopped = mode === "stopped";
  return (
    <>
      {mode !== null && isStopped && (
        <Button kind="main" size="normal" isBusy={start.isSending} disabled={!hasMaster} onClick={() => void onStart()} title={hasMaster ? undefined : "Add the master account first."}>
          <Play aria-hidden /> Start
        </Button>
      )}
      {mode !== null && !isStopped && startedAt !== null && <span className="hidden text-muted sm:inline">since {timeOfDay(startedAt)}</span>}
      {mode !== null && !isStopped && start.isSending && !isProgressOpen && (
        <Button size="normal" onClick={() => setProgressOpen(true)}>
          Progress
        </Button>
      )}
      {(mode === null || !isStopped) && (
        <Button kind="danger" size="normal" isBusy={stop.isSending} onClick={() => void onStop()}>
          <Square aria-hidden /> Stop
        </Button>
      )}
      <StartProgress isOpen={isProgressOpen} isSending={start.isSending} sentence={start.sentence} onClose={() => setProgressOpen(false)} />
      <Dialog
        isOpen={left !== null}
        onClose={() => setLeft(null)}
        title={stop.sentence ? "Stopping did not answer" : "Stopped, with copies still working"}
        sentence={stop.sentence ? "Try again, and look at the platforms themselves." : "Nothing is sent any more, cancels included. These copies still work at their brokers: cancel them in DAS Trader Pro, or start again."}
      >
        <Complaint>{stop.sentence}</Complaint>
        <ul className="mt-2 flex flex-col gap-1">
          {(left ?? []).map((order) => (
            <li key={order.key}>
              <strong>{order.name}</strong> {order.text}
            </li>
          ))}
        </ul>
      </Dialog>
    </>
  );
}

function isSettled({ header, master, followerIds, followers }: LiveState): boolean {
  if (header?.mode === "stopped") return true;
  return master?.state === "ready" && followerIds.every((id) => followers[id]?.state === "ready" || followers[id]?.enabled === false);
}

/** Calls once, as soon as the state shows that every account is ready, or that all was stopped again. */
function whenSettled(act: () => void): void {
  if (isSettled(live.getState()) && live.getState().header?.mode !== "stopped") {
    act();
    return;
  }
  let wasStarted = false;
  const leave = live.subscribe((state) => {
    wasStarted ||= state.header?.mode !== "stopped";
    if (!wasStarted || !isSettled(state)) return;
    leave();
    act();
  });
}

function workingCopies(): LeftOrder[] {
  const { followerIds, followers } = live.getState();
  return followerIds.flatMap((id) => {
    const follower = followers[id];
    return (follower?.working_orders ?? [])
      .filter((order) => order.is_copy)
      .map((order) => ({ key: `${id}-${order.order_id}`, name: follower?.name ?? id, text: `${order.side} ${shares(order.leaves_quantity)} ${order.symbol} ${termsOf(order)}` }));
  });
}

function StartProgress({ isOpen, isSending, sentence, onClose }: { isOpen: boolean; isSending: boolean; sentence: string; onClose: () => void }) {
  const followerIds = useLive((state) => state.followerIds);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Connecting the accounts"
      sentence={isSending ? "Copying begins as soon as the master is ready; followers join as they become ready." : "The first try of every account is over."}
      footer={
        <Button size="normal" onClick={onClose}>
          {isSending ? "Go on in the background" : "Close"}
        </Button>
      }
    >
      <Complaint>{sentence}</Complaint>
      <ul className="flex flex-col gap-2">
        <ProgressLine id={null} />
        {followerIds.map((id) => (
          <ProgressLine key={id} id={id} />
        ))}
      </ul>
    </Dialog>
  );
}

function ProgressLine({ id }: { id: string | null }) {
  const name = useLive((state) => (id === null ? "Master" : (state.followers[id]?.name ?? id)));
  const state = useLive((all) => (id === null ? all.master : all.followers[id])?.state ?? "disconnected");
  const reason = useLive((all) => (id === null ? all.master : all.followers[id])?.reason ?? "");
  return (
    <li className="grid grid-cols-[8rem_8rem_1fr] items-center gap-2">
      <strong className="truncate">{name}</strong>
      <StateChip word={CONNECTION_WORDS[state]} className="w-fit" />
      <span className="text-muted">{reason}</span>
    </li>
  );
}
