"use client";

import { useState, type ComponentProps, type FormEvent } from "react";
import type { DasServerView, FollowerView } from "@/api/schema";
import { api, ask } from "@/api/client";
import { Button } from "@/ui/button";
import { useCommand } from "@/ui/command";
import { ConnectionTest } from "@/ui/connection-test";
import { Confirm } from "@/ui/dialog";
import { SelectField, SwitchField, TextField } from "@/ui/fields";
import { Complaint } from "@/ui/notice";
import { Panel } from "@/ui/panel";
import { accountBody, complaintsOf, EMPTY_FOLLOWER, followerDraft, testBody, whyNoTest, type FollowerDraft } from "./account-form";
import { AccountFields } from "./account-fields";

interface FollowerFormProps {
  /** null: a new one. */
  follower: FollowerView | null;
  servers: readonly DasServerView[];
  onSaved: (id: string) => void;
  onDeleted: () => void;
}

function followerBody(draft: FollowerDraft) {
  return {
    ...accountBody(draft),
    id: draft.id.trim(),
    name: draft.name.trim(),
    base_multiplier: draft.base_multiplier.trim(),
    max_locate_price: draft.max_locate_price.trim(),
    locate_retry_timeout: Number(draft.locate_retry_timeout),
    auto_accept_locates: draft.auto_accept_locates,
    enabled: draft.enabled,
    guard_closing: draft.guard_closing,
    replace_quantity: draft.replace_quantity,
    auto_accept_max_price: draft.auto_accept_max_price.trim(),
    locate_cap_per_order: draft.locate_cap_per_order.trim(),
    locate_cap_per_symbol_day: draft.locate_cap_per_symbol_day.trim(),
    locate_cap_per_day: draft.locate_cap_per_day.trim(),
    price_inquiries: draft.price_inquiries,
  };
}

function complaintsOfFollower(draft: FollowerDraft): Record<string, string> {
  const complaints = complaintsOf(draft);
  if (draft.name.trim() === "") complaints.name = "This is needed.";
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(draft.id.trim())) complaints.id = "Letters, digits and _ . - only, the first a letter or digit.";
  if (!/^\d+$/.test(draft.locate_retry_timeout)) complaints.locate_retry_timeout = "Whole seconds, from 1 to 3600.";
  return complaints;
}

type LocateField = "max_locate_price" | "locate_retry_timeout" | "auto_accept_max_price" | "locate_cap_per_order" | "locate_cap_per_symbol_day" | "locate_cap_per_day";

interface LocateFieldsProps {
  draft: FollowerDraft;
  onChange: (part: Partial<FollowerDraft>) => void;
  text: (name: LocateField) => Pick<ComponentProps<"input">, "value" | "onChange"> & { error: string | undefined };
}

/** What short sales may spend on locates. */
function LocateFields({ draft, onChange, text }: LocateFieldsProps) {
  return (
    <fieldset className="flex flex-col gap-3 border-t border-line pt-3">
      <legend className="sr-only">Locates for short sales</legend>
      <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        <TextField label="Most for a locate, $ a share" inputMode="decimal" hint="Dearer ones become an offer that you accept or reject." {...text("max_locate_price")} />
        <TextField label="Try locates for, seconds" inputMode="numeric" {...text("locate_retry_timeout")} />
        <TextField label="Most locate dollars, one order" inputMode="decimal" {...text("locate_cap_per_order")} />
        <TextField label="Most locate dollars, one symbol a day" inputMode="decimal" {...text("locate_cap_per_symbol_day")} />
        <TextField label="Most locate dollars a day" inputMode="decimal" {...text("locate_cap_per_day")} />
        <TextField label="Accept without asking up to, $ a share" inputMode="decimal" disabled={!draft.auto_accept_locates} {...text("auto_accept_max_price")} />
      </div>
      <SwitchField label="Accept locate offers without asking" checked={draft.auto_accept_locates} onChange={(auto_accept_locates) => onChange({ auto_accept_locates })} />
      <SwitchField label="Ask routes for prices first" hint="Some versions of DAS crash of it. Off: only routes that make offers are used." checked={draft.price_inquiries} onChange={(price_inquiries) => onChange({ price_inquiries })} />
    </fieldset>
  );
}

/** An account that orders are copied to. */
export function FollowerForm({ follower, servers, onSaved, onDeleted }: FollowerFormProps) {
  const [draft, setDraft] = useState(follower === null ? EMPTY_FOLLOWER : followerDraft(follower));
  const [own, setOwn] = useState<Record<string, string>>({});
  const [isAsking, setAsking] = useState(false);
  const command = useCommand();
  const removal = useCommand();
  const change = (part: Partial<FollowerDraft>) => setDraft((before) => ({ ...before, ...part }));
  const errors = { ...command.fields, ...own };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const complaints = complaintsOfFollower(draft);
    setOwn(complaints);
    if (Object.keys(complaints).length > 0) return;
    const body = followerBody(draft);
    const call =
      follower === null
        ? () => ask((signal) => api.POST("/api/followers", { body, signal }))
        : () => ask((signal) => api.PUT("/api/followers/{id}", { params: { path: { id: follower.id } }, body, signal }));
    if (await command.run(call, `${body.name} is saved.`)) {
      change({ password: "" });
      onSaved(body.id);
    }
  };
  const remove = async () => {
    if (follower === null) return;
    const wasDone = await removal.run(() => ask((signal) => api.DELETE("/api/followers/{id}", { params: { path: { id: follower.id } }, signal })), `${follower.name} is removed.`);
    if (wasDone) onDeleted();
  };
  const text = (name: "id" | "name" | "base_multiplier" | LocateField) => ({
    value: draft[name],
    error: errors[name],
    onChange: (event: { target: { value: string } }) => change({ [name]: event.target.value }),
  });
  return (
    <Panel title={follower === null ? "New follower" : `Follower ${follower.name}`}>
      <form onSubmit={(event) => void save(event)} className="pad flex flex-col gap-3" noValidate>
        {follower?.overridden_by_env && <p className="text-muted">DAS_SERVERS says how this broker is reached: its host, port, user and password are taken from there.</p>}
        <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          <TextField label="Name" hint="As it stands on the screen." {...text("name")} />
          <TextField label="Id" hint="Short and for ever, such as f1." disabled={follower !== null} {...text("id")} />
          <AccountFields draft={draft} onChange={change} errors={errors} hasPassword={follower?.has_password ?? false} servers={servers} />
          <TextField label="Multiplier" inputMode="decimal" hint="Shares of this follower for one of the master." {...text("base_multiplier")} />
          <SelectField label="A replace's quantity means" hint="What this platform takes it for." value={draft.replace_quantity} onChange={(event) => change({ replace_quantity: event.target.value === "open" ? "open" : "total" })}>
            <option value="total">the order&apos;s total</option>
            <option value="open">what is to work from now on</option>
          </SelectField>
        </div>
        <LocateFields draft={draft} onChange={change} text={text} />
        <SwitchField label="Copy to this follower" checked={draft.enabled} onChange={(enabled) => change({ enabled })} />
        <SwitchField label="Closing orders never open" hint="A sale is bounded by what the follower holds, a cover by what it is short." checked={draft.guard_closing} onChange={(guard_closing) => change({ guard_closing })} />
        <Complaint>{command.sentence || removal.sentence}</Complaint>
        <div className="flex gap-2">
          <Button type="submit" kind="main" size="normal" isBusy={command.isSending}>
            {follower === null ? "Add the follower" : "Save the follower"}
          </Button>
          {follower !== null && (
            <Button kind="danger" size="normal" className="ml-auto" onClick={() => setAsking(true)}>
              Remove…
            </Button>
          )}
        </div>
      </form>
      <div className="pad border-t border-line">
        <ConnectionTest name={follower?.name ?? "the new follower"} bodyOf={() => testBody(draft, follower?.id ?? null)} whyNot={whyNoTest(draft, follower?.has_password ?? false, servers)} />
      </div>
      <Confirm isOpen={isAsking} onClose={() => setAsking(false)} title={`Remove ${follower?.name ?? ""}?`} confirmWord="Remove" onConfirm={remove}>
        <p>Nothing more is copied to it. Its own multipliers and its blacklist go along. What it holds and what works at its broker stays there.</p>
      </Confirm>
    </Panel>
  );
}
