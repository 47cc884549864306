"use client";

import { useLive } from "@/live/store";
import { LINK_WORDS } from "@/words/connection";
import { Age } from "@/ui/age";
import { StateChip } from "@/ui/chip";

/** Whether what the page shows is live, and since when not. */
export function FeedChip() {
  const phase = useLive((state) => state.link.phase);
  const heardAtMs = useLive((state) => (state.link.phase === "live" ? 0 : state.link.heardAtMs));
  return (
    <span className="inline-flex items-center gap-1.5" data-testid="feed">
      <span className="text-muted">Feed</span>
      <StateChip word={LINK_WORDS[phase]}>
        {phase !== "live" && heardAtMs > 0 && <Age sinceMs={heardAtMs} />}
      </StateChip>
    </span>
  );
}
