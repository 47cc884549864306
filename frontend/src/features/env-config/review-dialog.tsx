"use client";

import type { EnvConfigPreview } from "@/api/schema";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Dialog } from "@/ui/dialog";
import { Scroller } from "@/ui/scroller";
import type { DiffLine } from "./line-diff";

const MARKS: Record<DiffLine["kind"], string> = { same: " ", gone: "−", new: "+" };
const WORDS: Record<DiffLine["kind"], string> = { same: "", gone: "removed: ", new: "added: " };

interface ReviewDialogProps {
  /** null: nothing to review, the dialog is closed. */
  preview: EnvConfigPreview | null;
  lines: readonly DiffLine[];
  isSending: boolean;
  onStore: () => void;
  onClose: () => void;
}

/** What would change, before it is stored. */
export function ReviewDialog({ preview, lines, isSending, onStore, onClose }: ReviewDialogProps) {
  return (
    <Dialog
      isOpen={preview !== null}
      onClose={onClose}
      title="Store these settings?"
      sentence="They were checked and can be used."
      footer={
        <>
          <Button size="normal" onClick={onClose} disabled={isSending}>
            Back
          </Button>
          <Button kind="main" size="normal" isBusy={isSending} onClick={onStore}>
            Store and apply
          </Button>
        </>
      }
    >
      {preview !== null && (
        <div className="flex flex-col gap-3">
          <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
            <dt className="text-muted">In force at once</dt>
            <dd>{preview.applied.join(", ") || "nothing"}</dd>
            <dt className="text-muted">After a restart of the program</dt>
            <dd>{preview.restart_required.join(", ") || "nothing"}</dd>
          </dl>
          {preview.warnings.length > 0 && (
            <ul className="rounded border border-warn p-2">
              {preview.warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          )}
          <Scroller label="What changes" className="max-h-80 rounded border border-edge bg-page py-1 font-mono">
            <ol>
              {lines.map((line, index) => (
                <li key={index} className={cn("grid grid-cols-[3rem_1.5rem_1fr] px-2", line.kind === "gone" && "bg-raised text-loss", line.kind === "new" && "bg-raised text-gain", line.kind === "same" && "text-muted")}>
                  <span className="text-right">{line.number}</span>
                  <span aria-hidden className="text-center font-bold">
                    {MARKS[line.kind]}
                  </span>
                  <span className="break-all whitespace-pre-wrap">
                    <span className="sr-only">{WORDS[line.kind]}</span>
                    {line.text}
                  </span>
                </li>
              ))}
            </ol>
          </Scroller>
        </div>
      )}
    </Dialog>
  );
}
