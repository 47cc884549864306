"use client";

import { useState, type ReactNode } from "react";
import { shares } from "@/words/numbers";
import { Button } from "./button";

const STEP = 100;

/** How many lines of a long list are drawn: some at first, and more by the button that stands below them. */
export function useMore(total: number): { shown: number; more: ReactNode } {
  const [shown, setShown] = useState(STEP);
  const more = total > shown && (
    <Button className="m-2" onClick={() => setShown(shown + STEP)}>
      Show {Math.min(STEP, total - shown)} more of {shares(total - shown)}
    </Button>
  );
  return { shown, more };
}
