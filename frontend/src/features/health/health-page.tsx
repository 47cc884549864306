"use client";

import type { AccountHealth } from "@/api/schema";
import { api, ask } from "@/api/client";
import { useFetched } from "@/api/use-fetched";
import { useLive } from "@/live/store";
import { CONNECTION_WORDS, LINK_WORDS } from "@/words/connection";
import { MODE_WORDS } from "@/words/mode";
import { duration, milliseconds, shares, timeOfDay, UNKNOWN } from "@/words/numbers";
import { StateChip } from "@/ui/chip";
import { Complaint } from "@/ui/notice";
import { PageHead, Panel } from "@/ui/panel";

const EVERY_MS = 2_000;

/** How every connection does, and the program itself. */
export function HealthPage() {
  const { value: health, sentence } = useFetched(() => ask((signal) => api.GET("/api/health", { signal })), null, EVERY_MS);
  const phase = useLive((state) => state.link.phase);
  return (
    <div className="flex flex-col gap-3">
      <PageHead title="Health" sentence="Read again every two seconds." />
      <Complaint>{sentence}</Complaint>
      {health && (
        <Panel title="The program">
          <dl className="pad grid grid-cols-2 gap-x-4 gap-y-1.5 sm:grid-cols-3 xl:grid-cols-6">
            <Fact name="Copying">
              <StateChip word={MODE_WORDS[health.mode]} />
            </Fact>
            <Fact name="This page">
              <StateChip word={LINK_WORDS[phase]} />
            </Fact>
            <Fact name="Needs a look">{health.ok ? "nothing" : "yes, see below"}</Fact>
            <Fact name="Runs since">{duration(health.uptime_s)}</Fact>
            <Fact name="Pages connected">{`${shares(health.websocket_clients)}${health.websocket_clients_dropped > 0 ? `, ${shares(health.websocket_clients_dropped)} dropped for not reading` : ""}`}</Fact>
            <Fact name="History not yet stored">{`${shares(health.history_rows_waiting)} rows`}</Fact>
          </dl>
          <p className="px-2 pb-2 text-muted">{health.mode_reason}</p>
        </Panel>
      )}
      <div className="grid gap-2 md:grid-cols-2 2xl:grid-cols-3">
        {health?.accounts.map((account) => <AccountCard key={`${account.role}-${account.id}`} account={account} />)}
      </div>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-muted">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function seconds(value: number | null): string {
  return value === null ? UNKNOWN : duration(value);
}

function AccountCard({ account }: { account: AccountHealth }) {
  const name = useLive((state) => (account.role === "master" ? "Master" : (state.followers[account.id]?.name ?? account.id)));
  const word = CONNECTION_WORDS[account.state];
  const { pacing } = account;
  return (
    <Panel title={name} actions={<StateChip word={word} />}>
      <div className="pad flex flex-col gap-2">
        <p>
          {account.reason || word.sentence} <span className="text-muted">{account.state === "ready" ? "" : word.next}</span>
        </p>
        <dl className="grid grid-cols-2 gap-x-4 gap-y-1.5 sm:grid-cols-3">
          <Fact name="Account">{account.account_id}</Fact>
          <Fact name="Address">{account.address}</Fact>
          <Fact name="Since">{timeOfDay(account.since)}</Fact>
          <Fact name="Last heard">{account.last_received_age_s === null ? UNKNOWN : `${duration(account.last_received_age_s)} ago`}</Fact>
          <Fact name="Round trip, half below">{milliseconds(account.round_trip_p50_ms)}</Fact>
          <Fact name="Round trip, 95 % below">{milliseconds(account.round_trip_p95_ms)}</Fact>
          <Fact name="Tries">{shares(account.attempts)}</Fact>
          <Fact name="Reconnects">{shares(account.reconnects)}</Fact>
          <Fact name="Next try in">{seconds(account.retry_in_s)}</Fact>
          <Fact name="Orders today">{shares(account.orders_today)}</Fact>
          <Fact name="Rows of other accounts">{shares(account.foreign_rows_ignored)}</Fact>
          <Fact name="Lines not understood">{shares(account.unknown_lines + account.malformed_lines)}</Fact>
        </dl>
        {pacing && (
          <p className="text-muted">
            The platform still takes {shares(pacing.orders_left)} orders this second, {shares(pacing.cancels_left)} cancels and {shares(pacing.replaces_left)} replaces this minute.{" "}
            {pacing.waiting > 0 ? <strong className="text-warn">{shares(pacing.waiting)} commands wait for that.</strong> : "Nothing waits."}
          </p>
        )}
        {account.last_lines_not_understood.length > 0 && (
          <details>
            <summary className="min-h-6">Last lines not understood</summary>
            <ul className="overflow-x-auto text-muted">
              {account.last_lines_not_understood.map((line, index) => (
                <li key={`${index}-${line}`}>
                  <code>{line}</code>
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </Panel>
  );
}
