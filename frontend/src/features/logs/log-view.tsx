"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { memo, useEffect, useRef, useState } from "react";
import type { LogEntry } from "@/api/schema";
import { exactTime, shares } from "@/words/numbers";
import { logWord } from "@/words/log";
import { Button } from "@/ui/button";
import { StateChip } from "@/ui/chip";
import { SwitchField } from "@/ui/fields";
import { Scroller } from "@/ui/scroller";
import { sourceOf } from "./log-lines";

const ROW_PX = 24;
/** This near to the end counts as being there. */
const END_PX = 40;

/** The lines, of which only those in sight are drawn. It follows the end until it is scrolled away from there. */
export function LogView({ lines }: { lines: readonly LogEntry[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  const lastTop = useRef(0);
  const [seen, setSeen] = useState(0);
  const last = lines.at(-1)?.number ?? 0;
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => lines[index]?.number ?? index,
    overscan: 10,
  });
  useEffect(() => {
    if (isFollowing && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: "end" });
  }, [isFollowing, lines, virtual]);
  const stopFollowing = () => {
    setSeen(last);
    setFollowing(false);
  };
  const onScroll = () => {
    const element = scroller.current;
    if (element === null || !isFollowing) return;
    // Only a person moves it up: what follows the end moves it down.
    const isUp = element.scrollTop < lastTop.current;
    lastTop.current = element.scrollTop;
    if (isUp && element.scrollHeight - element.scrollTop - element.clientHeight > END_PX) stopFollowing();
  };
  const newLines = isFollowing ? 0 : lines.filter((line) => line.number > seen).length;
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <Scroller
        label="Log lines"
        ref={scroller}
        onScroll={onScroll}
        className="min-h-0 flex-1 [contain:strict]"
      >
        <ol className="relative w-full" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            return (
              line && (
                <li key={item.key} ref={virtual.measureElement} data-index={item.index} aria-setsize={lines.length} aria-posinset={item.index + 1} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${item.start}px)` }}>
                  <Line line={line} />
                </li>
              )
            );
          })}
        </ol>
      </Scroller>
      <div className="flex min-h-9 flex-wrap items-center gap-3 border-t border-line px-2 py-1">
        <SwitchField label="Follow the newest line" checked={isFollowing} onChange={(checked) => (checked ? setFollowing(true) : stopFollowing())} />
        {newLines > 0 && (
          <Button onClick={() => setFollowing(true)}>
            <ArrowDown aria-hidden /> {shares(newLines)} new
          </Button>
        )}
      </div>
    </div>
  );
}

const Line = memo(function Line({ line }: { line: LogEntry }) {
  return (
    <div className="grid min-h-6 grid-cols-[auto_1fr] items-start gap-x-3 border-b border-line px-2 py-0.5 md:grid-cols-[5.5rem_5.5rem_13rem_1fr]">
      <span className="text-muted">{exactTime(line.time)}</span>
      <span>
        <StateChip word={logWord(line.level)} className="h-4.5" />
      </span>
      <span className="truncate text-muted max-md:col-span-2" title={line.logger}>
        {sourceOf(line.logger)}
      </span>
      <span className="min-w-0 break-words whitespace-pre-wrap max-md:col-span-2">{line.message}</span>
    </div>
  );
});
