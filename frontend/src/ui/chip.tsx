import type { ReactNode } from "react";
import type { Tone, Word } from "@/words/word";
import { cn } from "./cn";

/** A calm page: only what is abnormal is loud. */
const TONES: Record<Tone, string> = {
  ok: "bg-ok/20 text-ok",
  busy: "bg-busy/20 text-busy",
  warn: "bg-warn text-chip-ink",
  error: "bg-error text-chip-ink",
  off: "bg-off/20 text-off",
};

/** A state: a filled chip with the shape of its icon and its word, so that colour is never alone. */
export function StateChip({ word, children, className }: { word: Word; children?: ReactNode; className?: string }) {
  const Icon = word.icon;
  return (
    <span title={`${word.sentence} ${word.next}`} className={cn("chip inline-flex h-5 items-center gap-1 rounded px-1.5 text-[0.6875rem] leading-none font-semibold whitespace-nowrap", TONES[word.tone], className)}>
      <Icon aria-hidden className="size-3 shrink-0" strokeWidth={2.5} />
      {word.word}
      {children}
    </span>
  );
}

/** A plain remark that is no state: a word in a thin frame. */
export function Tag({ children, title }: { children: ReactNode; title?: string }) {
  return (
    <span title={title} className="inline-flex h-4.5 items-center rounded border border-edge px-1 text-[0.6875rem] leading-none whitespace-nowrap text-muted">
      {children}
    </span>
  );
}
