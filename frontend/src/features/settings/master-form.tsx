"use client";

import { useState, type FormEvent } from "react";
import type { DasServerView, MasterView } from "@/api/schema";
import { api, ask } from "@/api/client";
import { useLive } from "@/live/store";
import { Button } from "@/ui/button";
import { useCommand } from "@/ui/command";
import { ConnectionTest } from "@/ui/connection-test";
import { Complaint } from "@/ui/notice";
import { Panel } from "@/ui/panel";
import { accountBody, accountDraft, complaintsOf, EMPTY_ACCOUNT, testBody, whyNoTest } from "./account-form";
import { AccountFields } from "./account-fields";

/** The account whose orders are copied. It can be changed only while copying is stopped. */
export function MasterForm({ master, servers, onSaved }: { master: MasterView | null; servers: readonly DasServerView[]; onSaved: () => void }) {
  const [draft, setDraft] = useState(master === null ? EMPTY_ACCOUNT : accountDraft(master));
  const [own, setOwn] = useState<Record<string, string>>({});
  const command = useCommand();
  const isRunning = useLive((state) => state.header !== null && state.header.mode !== "stopped");
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const complaints = complaintsOf(draft);
    setOwn(complaints);
    if (Object.keys(complaints).length > 0) return;
    const wasDone = await command.run(() => ask((signal) => api.PUT("/api/master", { body: accountBody(draft), signal })), "The master is saved.");
    if (wasDone) {
      setDraft({ ...draft, password: "" });
      onSaved();
    }
  };
  return (
    <Panel title="Master">
      <form onSubmit={(event) => void save(event)} className="pad flex flex-col gap-3" noValidate>
        {isRunning && <p className="text-warn">The master can be changed only while copying is stopped.</p>}
        {master?.overridden_by_env && <p className="text-muted">DAS_SERVERS says how this broker is reached: its host, port, user and password are taken from there.</p>}
        <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          <AccountFields draft={draft} onChange={(change) => setDraft({ ...draft, ...change })} errors={{ ...command.fields, ...own }} hasPassword={master?.has_password ?? false} servers={servers} isDisabled={isRunning} />
        </div>
        <Complaint>{command.sentence}</Complaint>
        <div>
          <Button type="submit" kind="main" size="normal" isBusy={command.isSending} disabled={isRunning}>
            {master === null ? "Add the master" : "Save the master"}
          </Button>
        </div>
      </form>
      <div className="pad border-t border-line">
        <ConnectionTest name="the master" bodyOf={() => testBody(draft, null)} whyNot={whyNoTest(draft, master?.has_password ?? false, servers)} />
      </div>
    </Panel>
  );
}
