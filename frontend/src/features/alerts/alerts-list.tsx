"use client";

import { useMemo } from "react";
import type { AlertState } from "@/api/schema";
import { acknowledgeAlerts, useLive } from "@/live/store";
import { ALERT_WORDS, alertText } from "@/words/alert";
import { timeOfDay } from "@/words/numbers";
import { Button } from "@/ui/button";
import { StateChip } from "@/ui/chip";
import { cn } from "@/ui/cn";
import { Empty } from "@/ui/empty";
import { useMore } from "@/ui/more";
import { Scroller } from "@/ui/scroller";

interface Group {
  key: string;
  newest: AlertState;
  first: AlertState;
  count: number;
}

/** Equal alerts as one line, the newest first. */
export function groupAlerts(alerts: readonly AlertState[]): Group[] {
  const groups = new Map<string, Group>();
  for (const alert of alerts) {
    const key = `${alert.level} ${alert.follower_id ?? ""} ${alert.message}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { key, newest: alert, first: alert, count: 1 });
    else {
      group.first = alert;
      group.count += 1;
    }
  }
  return [...groups.values()];
}

/** What a person must know of. Seen ones stay, greyed. */
export function AlertsList() {
  const alerts = useLive((state) => state.alerts);
  const acknowledged = useLive((state) => state.acknowledgedAlert);
  const groups = useMemo(() => groupAlerts(alerts), [alerts]);
  const { shown, more } = useMore(groups.length);
  const newest = alerts[0]?.number ?? 0;
  if (groups.length === 0) return <Empty>Warnings and errors stand here. There has been none since the program started.</Empty>;
  return (
    <>
      <div className="flex items-center gap-2 border-b border-line px-2 py-1">
        <span className="text-muted">Equal ones are one line with a count.</span>
        <Button className="ml-auto" disabled={newest <= acknowledged} onClick={() => acknowledgeAlerts(newest)}>
          I have seen these
        </Button>
      </div>
      <Scroller label="Alerts" className="min-h-0 flex-1">
        <ul>
          {groups.slice(0, shown).map((group) => (
            <AlertLine key={group.key} group={group} isSeen={group.newest.number <= acknowledged} />
          ))}
        </ul>
        {more}
      </Scroller>
    </>
  );
}

function AlertLine({ group: { newest, first, count }, isSeen }: { group: Group; isSeen: boolean }) {
  const name = useLive((state) => (newest.follower_id === null ? "" : (state.followers[newest.follower_id]?.name ?? newest.follower_id)));
  return (
    <li className={cn("lazy-line flex items-start gap-3 border-b border-line px-2 py-1", isSeen && "text-muted")}>
      <span className="w-32 shrink-0 text-muted">
        {count > 1 && `${timeOfDay(first.raised_at)} to `}
        {timeOfDay(newest.raised_at)}
      </span>
      <StateChip word={ALERT_WORDS[newest.level]} className="h-4.5 shrink-0" />
      {count > 1 && <strong className="shrink-0">{count} times</strong>}
      <p className="min-w-0 break-words">
        {name && <strong>{name}: </strong>}
        {alertText(newest)}
      </p>
    </li>
  );
}
