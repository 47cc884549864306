"use client";

import { useState } from "react";
import { toast } from "sonner";
import { api, ask } from "@/api/client";
import type { EnvConfigPreview } from "@/api/schema";
import { Button } from "@/ui/button";
import { useCommand } from "@/ui/command";
import { Complaint } from "@/ui/notice";
import { EnvEditor, faultsOf } from "./env-editor";
import { diffOf, isChanged } from "./line-diff";
import { ReviewDialog } from "./review-dialog";

/** Write, have it checked, look at what changes, store. */
export function EnvForm({ content, onSaved }: { content: string; onSaved: () => void }) {
  const [text, setText] = useState(content);
  const [preview, setPreview] = useState<EnvConfigPreview | null>(null);
  const check = useCommand();
  const save = useCommand();
  const lines = diffOf(content, text);
  const faults = faultsOf({ ...check.fields, ...save.fields });
  const change = (next: string) => {
    setText(next);
    check.forget();
    save.forget();
  };
  const review = () =>
    check.run(async () => {
      const answer = await ask((signal) => api.POST("/api/env-config/check", { body: { content: text }, signal }));
      if (answer.kind === "done") setPreview(answer.value);
      return answer;
    });
  const store = async () => {
    const wasDone = await save.run(async () => {
      const answer = await ask((signal) => api.PUT("/api/env-config", { body: { content: text }, signal }));
      if (answer.kind === "done") toast.success(resultOf(answer.value.applied, answer.value.restart_required));
      return answer;
    });
    setPreview(null);
    if (wasDone) onSaved();
  };
  return (
    <>
      <EnvEditor text={text} onChange={change} faults={faults} />
      <div className="pad flex flex-col gap-2 border-t border-line">
        {faults.length === 0 && <Complaint>{check.sentence || save.sentence}</Complaint>}
        <div className="flex flex-wrap gap-2">
          <Button kind="main" size="normal" isBusy={check.isSending} disabled={!isChanged(lines)} onClick={() => void review()}>
            Check and review…
          </Button>
          <Button size="normal" disabled={!isChanged(lines)} onClick={() => change(content)}>
            Put back what is stored
          </Button>
        </div>
      </div>
      <ReviewDialog preview={preview} lines={lines} isSending={save.isSending} onStore={() => void store()} onClose={() => setPreview(null)} />
    </>
  );
}

function resultOf(applied: readonly string[], restart: readonly string[]): string {
  const parts = ["Stored."];
  if (applied.length > 0) parts.push(`In force now: ${applied.join(", ")}.`);
  if (restart.length > 0) parts.push(`After a restart of the program: ${restart.join(", ")}.`);
  return parts.join(" ");
}
