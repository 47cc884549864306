"use client";

import { useRef, useState } from "react";
import { toast } from "sonner";
import type { Answer } from "@/api/client";

export interface Command {
  isSending: boolean;
  /** What the server said against it, or that no answer came; empty when there is nothing to say. */
  sentence: string;
  /** Complaints about single fields, by name. */
  fields: Record<string, string>;
  /** Runs it once, however often it is asked for meanwhile. True when it was done. */
  run: (call: () => Promise<Answer<unknown>>, done?: string) => Promise<boolean>;
  forget: () => void;
}

interface Outcome {
  sentence: string;
  fields: Record<string, string>;
}

const NOTHING: Outcome = { sentence: "", fields: {} };

/** One thing that a user can have done by the server: locked while it is on its way, with an answer in words. */
export function useCommand(): Command {
  const inFlight = useRef(false);
  const [isSending, setSending] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>(NOTHING);
  const run = async (call: () => Promise<Answer<unknown>>, done?: string) => {
    // A ref and not the state: a second key press comes before the page has rendered the first.
    if (inFlight.current) return false;
    inFlight.current = true;
    setSending(true);
    setOutcome(NOTHING);
    const answer = await call();
    inFlight.current = false;
    setSending(false);
    if (answer.kind === "done") {
      if (done) toast.success(done);
      return true;
    }
    setOutcome({ sentence: answer.sentence, fields: answer.kind === "refused" ? answer.fields : {} });
    return false;
  };
  return { isSending, ...outcome, run, forget: () => setOutcome(NOTHING) };
}
