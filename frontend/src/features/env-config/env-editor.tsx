"use client";

import { useId, useMemo, useRef } from "react";

/** What is wrong with the text, and in which line; null where it belongs to none. */
export interface EnvFault {
  line: number | null;
  sentence: string;
}

/** «line 3» of the server's complaints. */
export function faultsOf(fields: Record<string, string>): EnvFault[] {
  return Object.entries(fields)
    .map(([field, sentence]): EnvFault => {
      const match = /^line (\d+)$/.exec(field);
      return match ? { line: Number(match[1]), sentence } : { line: null, sentence: `${field}: ${sentence}` };
    })
    .sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
}

interface EnvEditorProps {
  text: string;
  onChange: (text: string) => void;
  faults: readonly EnvFault[];
}

/** The text with the numbers of its lines; those that are wrong are marked, and named below. */
export function EnvEditor({ text, onChange, faults }: EnvEditorProps) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLPreElement>(null);
  const wrong = useMemo(() => new Set(faults.map((fault) => fault.line)), [faults]);
  const count = text.split("\n").length;
  const goTo = (line: number) => {
    const element = area.current;
    if (element === null) return;
    const lines = text.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    element.focus();
    element.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  };
  return (
    <div className="pad flex flex-col gap-2">
      <label htmlFor={id} className="font-medium">
        Stored content
      </label>
      <p id={`${id}-hint`} className="max-w-prose text-muted">
        One setting a line, as KEY=value. A line that begins with # is a remark. Secrets are masked: a mask that stays means «unchanged».
      </p>
      <div className="flex max-h-96 min-h-40 overflow-hidden rounded border border-edge bg-page font-mono leading-5">
        <pre ref={numbers} aria-hidden className="shrink-0 overflow-hidden border-r border-line px-2 py-1 text-right text-muted select-none">
          {Array.from({ length: count }, (_, index) => (
            <div key={index} className={wrong.has(index + 1) ? "font-bold text-error" : undefined}>
              {wrong.has(index + 1) ? `! ${index + 1}` : index + 1}
            </div>
          ))}
        </pre>
        <textarea
          id={id}
          ref={area}
          value={text}
          onChange={(event) => onChange(event.target.value)}
          onScroll={(event) => {
            if (numbers.current !== null) numbers.current.scrollTop = event.currentTarget.scrollTop;
          }}
          wrap="off"
          rows={Math.min(24, Math.max(8, count + 1))}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={faults.length > 0 || undefined}
          aria-describedby={`${id}-hint${faults.length > 0 ? ` ${id}-faults` : ""}`}
          className="min-h-40 flex-1 resize-none bg-page px-2 py-1 text-ink outline-offset-[-2px]"
        />
      </div>
      {faults.length > 0 && (
        <div id={`${id}-faults`} role="alert">
          <ul className="flex flex-col gap-1 text-error">
            {faults.map(({ line, sentence }) => (
              <li key={`${line} ${sentence}`}>
                {line === null ? (
                  sentence
                ) : (
                  <button type="button" onClick={() => goTo(line)} className="min-h-6 text-left underline underline-offset-2">
                    Line {line}: {sentence}
                  </button>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
