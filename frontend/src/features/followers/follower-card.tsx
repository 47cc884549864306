"use client";

import { memo, useId, useState, type FormEvent } from "react";
import { api, ask } from "@/api/client";
import { dayResult } from "@/live/results";
import { useLive } from "@/live/store";
import { CONNECTION_WORDS } from "@/words/connection";
import { milliseconds, money, shares } from "@/words/numbers";
import { Button } from "@/ui/button";
import { StateChip } from "@/ui/chip";
import { useCommand } from "@/ui/command";
import { INPUT, SwitchField } from "@/ui/fields";
import { Link } from "@/ui/link";
import { Complaint } from "@/ui/notice";
import { Panel } from "@/ui/panel";
import { Profit } from "@/ui/profit";

/** A follower's card. What it shows is the server's state: a change shows when it holds. */
export const FollowerCard = memo(function FollowerCard({ id }: { id: string }) {
  const follower = useLive((state) => state.followers[id]);
  const toggle = useCommand();
  if (follower === undefined) return null;
  const path = { params: { path: { id } } };
  const setEnabled = (enabled: boolean) => void toggle.run(() => ask((signal) => api.PATCH("/api/followers/{id}/toggle", { ...path, body: { enabled }, signal })), enabled ? `${follower.name} is on.` : `${follower.name} is off.`);
  const query = `?follower=${encodeURIComponent(id)}`;
  return (
    <Panel title={follower.name} isLive actions={<StateChip word={CONNECTION_WORDS[follower.state]} />}>
      <div className="pad flex flex-col gap-3">
        <p className="text-muted">
          Account {follower.account_id} at {follower.broker_id}, route {follower.order_route}. {follower.reason}
        </p>
        <div className="flex flex-wrap items-start gap-x-6 gap-y-2">
          <div className="pt-0.5">
            <SwitchField label="Copying" checked={follower.enabled} onChange={setEnabled} disabled={toggle.isSending} />
          </div>
          <MultiplierForm key={follower.base_multiplier} id={id} name={follower.name} value={follower.base_multiplier} />
        </div>
        <Complaint>{toggle.sentence}</Complaint>
        <dl className="grid grid-cols-[auto_1fr_auto_1fr] gap-x-3 gap-y-1 [&_dd]:text-right [&_dt]:text-muted">
          <dt>P&amp;L day</dt>
          <dd>
            <Profit value={dayResult(follower)} unknownBecause="The platform does not tell it." />
          </dd>
          <dt>P&amp;L open</dt>
          <dd>
            <Profit value={follower.unrealized_pl} unknownBecause="The platform does not tell it." />
          </dd>
          <dt>Buying power</dt>
          <dd>{money(follower.buying_power)}</dd>
          <dt>Round trip</dt>
          <dd>{milliseconds(follower.latency_ms)}</dd>
          <dt>Positions</dt>
          <dd>{shares(follower.heldCount)}</dd>
          <dt>Working orders</dt>
          <dd>{shares(follower.working_orders.length)}</dd>
        </dl>
        <p className="flex flex-wrap gap-x-4 gap-y-1">
          <CardLink href={`/multipliers/${query}`}>Own multipliers: {Object.keys(follower.multipliers).length}</CardLink>
          <CardLink href={`/blacklist/${query}`}>Blacklist: {follower.blacklist.length}</CardLink>
          <CardLink href={`/?by=${encodeURIComponent(id)}`}>Its replications</CardLink>
          <CardLink href={`/settings/${query}`}>Settings</CardLink>
        </p>
      </div>
    </Panel>
  );
});

function CardLink({ href, children }: { href: string; children: React.ReactNode }) {
  return (
    <Link href={href} className="inline-flex min-h-6 items-center text-accent underline underline-offset-2">
      {children}
    </Link>
  );
}

/** The base multiplier: Enter saves, Escape puts back what holds. */
function MultiplierForm({ id, name, value }: { id: string; name: string; value: string }) {
  const [text, setText] = useState(value);
  const command = useCommand();
  const inputId = useId();
  const errorId = `${inputId}-error`;
  const error = command.fields.base_multiplier ?? command.sentence;
  const save = (event: FormEvent) => {
    event.preventDefault();
    const call = () => ask((signal) => api.PATCH("/api/followers/{id}/multiplier", { params: { path: { id } }, body: { base_multiplier: text.trim() }, signal }));
    void command.run(call, `${name} now copies ×${text.trim()}.`);
  };
  return (
    <form onSubmit={save} className="flex flex-col gap-1">
      <div className="flex items-center gap-2">
        <label htmlFor={inputId} className="font-medium">
          Multiplier
        </label>
        <input
          id={inputId}
          inputMode="decimal"
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === "Escape" && setText(value)}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? errorId : undefined}
          className={`${INPUT} w-20! text-right`}
        />
        <Button type="submit" isBusy={command.isSending} disabled={text.trim() === value || text.trim() === ""}>
          Save
        </Button>
        {text.trim() !== value && <span className="text-muted">now {value}</span>}
      </div>
      {error && (
        <p id={errorId} role="alert" className="text-error">
          {error}
        </p>
      )}
    </form>
  );
}
