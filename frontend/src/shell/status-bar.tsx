"use client";

import { useLive } from "@/live/store";
import { CONNECTION_WORDS } from "@/words/connection";
import { MODE_WORDS } from "@/words/mode";
import { milliseconds } from "@/words/numbers";
import { StateChip } from "@/ui/chip";
import { FeedChip } from "./feed-chip";
import { LookMenu } from "./look-menu";
import { RunControl } from "./run-control";

/** The one line that is always there: what the whole does, who is ready, whether it is live, and how to stop it. */
export function StatusBar({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }) {
  const mode = useLive((state) => state.header?.mode ?? null);
  return (
    <header className="sticky top-0 z-30 flex min-h-11 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line bg-panel px-3 py-1">
      <span data-testid="mode">{mode === null ? <span className="text-muted">No state yet</span> : <StateChip word={MODE_WORDS[mode]} className="h-6 text-xs" />}</span>
      <MasterPart />
      <FollowersPart />
      <FeedChip />
      <div className="ml-auto flex items-center gap-2">
        <LookMenu onPalette={onPalette} onHelp={onHelp} />
        <RunControl />
      </div>
    </header>
  );
}

function MasterPart() {
  const state = useLive((all) => all.master?.state ?? null);
  const latency = useLive((all) => all.master?.latency_ms ?? null);
  if (state === null) return null;
  return (
    <span className="inline-flex items-center gap-1.5">
      <span className="text-muted">Master</span>
      <StateChip word={CONNECTION_WORDS[state]} />
      {latency !== null && <span className="hidden text-muted lg:inline">{milliseconds(latency)}</span>}
    </span>
  );
}

function FollowersPart() {
  const total = useLive((state) => state.followerIds.length);
  const ready = useLive((state) => state.followerIds.filter((id) => state.followers[id]?.state === "ready").length);
  if (total === 0) return null;
  return (
    <span>
      <span className="text-muted">Followers</span> <strong>{`${ready}/${total}`}</strong> <span className="text-muted">ready</span>
    </span>
  );
}
