"use client";

import { memo } from "react";
import { dayResult } from "@/live/results";
import { MASTER } from "@/live/state";
import { useLive } from "@/live/store";
import { CONNECTION_WORDS } from "@/words/connection";
import { milliseconds, money, multiplier, timeOfDay } from "@/words/numbers";
import { StateChip } from "@/ui/chip";
import { Link } from "@/ui/link";
import { Profit } from "@/ui/profit";
import { Scroller } from "@/ui/scroller";
import { Table, Td, Th } from "@/ui/table";

/** Every account's connection in one line. */
export function AccountsTable() {
  const followerIds = useLive((state) => state.followerIds);
  const hasMaster = useLive((state) => state.master !== null);
  return (
    <Scroller label="Accounts" className="min-h-0 flex-1">
      <Table>
        <thead>
          <tr>
            <Th>Account</Th>
            <Th>Number</Th>
            <Th>Connection</Th>
            <Th>Since</Th>
            <Th>Why</Th>
            <Th isNumber>Round trip</Th>
            <Th isNumber>Multiplier</Th>
            <Th isNumber>P&amp;L day</Th>
            <Th isNumber>Buying power</Th>
          </tr>
        </thead>
        <tbody>
          {hasMaster && <AccountLine id={MASTER} />}
          {followerIds.map((id) => (
            <AccountLine key={id} id={id} />
          ))}
        </tbody>
      </Table>
    </Scroller>
  );
}

const AccountLine = memo(function AccountLine({ id }: { id: string }) {
  const account = useLive((state) => (id === MASTER ? state.master : state.followers[id]));
  const follower = useLive((state) => state.followers[id]);
  if (!account) return null;
  const href = id === MASTER ? "/settings/" : `/management/?follower=${encodeURIComponent(id)}`;
  return (
    <tr>
      <Th scope="row" className="text-ink">
        <Link href={href} className="hover:underline">
          {follower?.name ?? "Master"}
        </Link>
        {follower?.enabled === false && <span className="font-normal text-muted"> (off)</span>}
      </Th>
      <Td>{account.account_id}</Td>
      <Td>
        <StateChip word={CONNECTION_WORDS[account.state]} />
      </Td>
      <Td>{timeOfDay(account.since)}</Td>
      <Td className="text-muted">{account.reason}</Td>
      <Td isNumber>{milliseconds(account.latency_ms)}</Td>
      <Td isNumber>{follower ? multiplier(follower.base_multiplier) : ""}</Td>
      <Td isNumber>
        <Profit value={dayResult(account)} unknownBecause="The platform does not tell it." />
      </Td>
      <Td isNumber>{money(account.buying_power)}</Td>
    </tr>
  );
});
