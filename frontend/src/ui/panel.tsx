"use client";

import { useId, type ReactNode } from "react";
import { useLive } from "@/live/store";
import { Age } from "./age";
import { cn } from "./cn";

interface PanelProps {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
  /** Whether it shows live values: then its head says so when they are old. */
  isLive?: boolean;
}

/** A titled part of a page. */
export function Panel({ title, actions, children, className, isLive = false }: PanelProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={cn("flex min-w-0 flex-col rounded-md border border-line bg-panel", isLive && "stale-edge", className)}>
      <header className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-2 py-1">
        <h2 id={id} className="text-[0.8125rem] font-semibold">
          {title}
        </h2>
        {isLive && <StaleMark />}
        <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>
      </header>
      {children}
    </section>
  );
}

/** «STALE 12 s», only while what is shown is old. */
export function StaleMark() {
  const isOld = useLive((state) => state.header !== null && state.link.phase !== "live");
  const heardAtMs = useLive((state) => (state.link.phase === "live" ? 0 : state.link.heardAtMs));
  if (!isOld) return null;
  return (
    <strong className="rounded bg-warn px-1.5 text-[0.6875rem] font-semibold text-chip-ink">
      STALE <Age sinceMs={heardAtMs} />
    </strong>
  );
}

/** The head of a page: its one first heading. */
export function PageHead({ title, sentence, children }: { title: string; sentence?: string; children?: ReactNode }) {
  return (
    <div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h1 className="text-lg leading-tight font-semibold">{title}</h1>
        <div className="ml-auto flex flex-wrap items-center gap-2">{children}</div>
      </div>
      {sentence && <p className="text-muted">{sentence}</p>}
    </div>
  );
}
