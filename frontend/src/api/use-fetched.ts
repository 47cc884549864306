"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import type { Answer } from "./client";

export interface Fetched<T> {
  /** What came last; null before the first answer. */
  value: T | null;
  /** Why there is no answer, or none any more. */
  sentence: string;
  reload: () => void;
}

/** Asks once, again when `trigger` is another value, and every `everyMs` where that is given. Late answers to old questions are dropped. */
export function useFetched<T>(call: () => Promise<Answer<T>>, trigger: unknown = null, everyMs?: number): Fetched<T> {
  const [value, setValue] = useState<T | null>(null);
  const [sentence, setSentence] = useState("");
  const latest = useRef(call);
  const asked = useRef(0);
  useEffect(() => {
    latest.current = call;
  });
  const reload = useCallback(() => {
    asked.current += 1;
    const mine = asked.current;
    void latest.current().then((answer) => {
      if (mine !== asked.current) return;
      if (answer.kind === "done") setValue(answer.value);
      setSentence(answer.kind === "done" ? "" : answer.sentence);
    });
  }, []);
  useEffect(() => {
    reload();
    if (everyMs === undefined) return;
    const timer = window.setInterval(reload, everyMs);
    return () => window.clearInterval(timer);
  }, [reload, trigger, everyMs]);
  return { value, sentence, reload };
}
