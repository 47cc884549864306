"use client";

import { useEffect, useRef, useState } from "react";
import { useLook } from "@/live/look";
import { needsOf } from "@/live/needs";
import type { LiveState } from "@/live/state";
import { live } from "@/live/store";
import { alertText } from "@/words/alert";
import { LINK_WORDS } from "@/words/connection";
import { MODE_WORDS } from "@/words/mode";
import { announce, takeVoice } from "./sound";

const PAUSE_MS = 5_000;

function nameOf(state: LiveState, followerId: string | null): string {
  return followerId === null ? "" : `${state.followers[followerId]?.name ?? followerId}: `;
}

/** What became different and is worth saying; [polite, alarming]. Numbers are never said. */
function changesBetween(before: LiveState, after: LiveState): [string, string] {
  let polite = "";
  let alarm = "";
  if (before.header !== null && after.header !== null && before.header.mode !== after.header.mode) polite = `${MODE_WORDS[after.header.mode].word}. ${MODE_WORDS[after.header.mode].sentence}`;
  if (before.link.phase !== after.link.phase && after.header !== null) {
    if (after.link.phase === "live") polite = "Live again.";
    else if (before.link.phase === "live") alarm = LINK_WORDS[after.link.phase].sentence;
  }
  const newest = after.alerts[0];
  if (newest !== undefined && newest !== before.alerts[0] && newest.level === "error" && before.header !== null) alarm = `${nameOf(after, newest.follower_id)}${alertText(newest)}`;
  return [polite, alarm];
}

/** Says changes to those who do not see them, at most one sentence in five seconds, and by sound if it is on. */
export function Announcer() {
  const [polite, setPolite] = useState("");
  const [alarm, setAlarm] = useState("");
  const isSoundOn = useLook((look) => look.sound);
  const nextAtMs = useRef(0);
  useEffect(() => {
    if (!isSoundOn) return;
    return takeVoice();
  }, [isSoundOn]);
  useEffect(
    () =>
      live.subscribe((after, before) => {
        const now = performance.now();
        const [quiet, loud] = changesBetween(before, after);
        if (before.link.phase === "live" && (after.link.phase === "stale" || after.link.phase === "down")) announce("lost");
        else if (loud) announce("error");
        else if (before.feed !== after.feed || before.shortTasks !== after.shortTasks || before.master !== after.master || before.followers !== after.followers) {
          if (needsOf(after).length > needsOf(before).length) announce("needs");
        }
        if (loud) setAlarm(loud);
        if (quiet && now >= nextAtMs.current) {
          nextAtMs.current = now + PAUSE_MS;
          setPolite(quiet);
        }
      }),
    [],
  );
  return (
    <div className="sr-only">
      <p aria-live="polite" role="status">
        {polite}
      </p>
      <p aria-live="assertive">{alarm}</p>
    </div>
  );
}
