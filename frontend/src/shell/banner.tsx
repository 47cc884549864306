"use client";

import { CircleAlert, RefreshCw, TriangleAlert } from "lucide-react";
import { troublesOf, type Trouble } from "@/live/needs";
import { retryNow, useDerived, useLive } from "@/live/store";
import { LINK_WORDS } from "@/words/connection";
import { Age } from "@/ui/age";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";

/** Only there when something is abnormal; it stays while pages change. */
export function Banner() {
  return (
    <div role="region" aria-label="Warnings">
      <LinkBanner />
      <VersionBanner />
      <TroubleBanner />
    </div>
  );
}

function Line({ tone, children }: { tone: Trouble["tone"]; children: React.ReactNode }) {
  const Icon = tone === "error" ? CircleAlert : TriangleAlert;
  return (
    <div className={cn("flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5 font-medium", tone === "error" ? "bg-error text-chip-ink" : "bg-warn text-chip-ink")}>
      <Icon aria-hidden className="size-4 shrink-0" />
      {children}
    </div>
  );
}

function LinkBanner() {
  const phase = useLive((state) => state.link.phase);
  const hasState = useLive((state) => state.header !== null);
  const heardAtMs = useLive((state) => (state.link.phase === "live" ? 0 : state.link.heardAtMs));
  if (phase === "live" || (!hasState && (phase === "connecting" || phase === "syncing"))) return null;
  const word = LINK_WORDS[phase];
  return (
    <Line tone={phase === "stale" ? "warn" : "error"}>
      <span>
        {word.sentence} {hasState && <>Last heard <Age sinceMs={heardAtMs} /> ago. </>}
        {word.next}
      </span>
      {(phase === "down" || phase === "signed_out") && (
        <Button className="ml-auto" onClick={retryNow}>
          <RefreshCw aria-hidden /> Try now
        </Button>
      )}
    </Line>
  );
}

function VersionBanner() {
  const isOther = useLive((state) => state.header !== null && state.loadedBuildId !== null && state.header.build_id !== state.loadedBuildId);
  if (!isOther) return null;
  return (
    <Line tone="warn">
      <span>The program is another version than this page.</span>
      <Button className="ml-auto" onClick={() => window.location.reload()}>
        Reload the page
      </Button>
    </Line>
  );
}

function TroubleBanner() {
  const troubles = useDerived(troublesOf);
  const isLive = useLive((state) => state.link.phase === "live");
  if (!isLive) return null;
  return troubles.map((trouble) => (
    <Line key={trouble.sentence} tone={trouble.tone}>
      <span>{trouble.sentence}</span>
    </Line>
  ));
}
