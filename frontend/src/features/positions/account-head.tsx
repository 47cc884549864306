"use client";

import { memo } from "react";
import { dayResult } from "@/live/results";
import { MASTER, type Freshness, type LiveState } from "@/live/state";
import { useLive } from "@/live/store";
import { CONNECTION_WORDS } from "@/words/connection";
import { money, multiplier } from "@/words/numbers";
import { StateChip } from "@/ui/chip";
import { Link } from "@/ui/link";
import { Profit } from "@/ui/profit";
import { Old } from "./old";

function accountOf(state: LiveState, id: string) {
  return id === MASTER ? state.master : state.followers[id];
}

/** A column's head: whose it is, how it copies, and whether it is connected. It leads to the account's card. */
export const AccountHead = memo(function AccountHead({ id }: { id: string }) {
  const isMaster = id === MASTER;
  const name = useLive((state) => (isMaster ? "Master" : (state.followers[id]?.name ?? id)));
  const base = useLive((state) => (isMaster ? null : (state.followers[id]?.base_multiplier ?? null)));
  const isEnabled = useLive((state) => isMaster || (state.followers[id]?.enabled ?? false));
  const connection = useLive((state) => accountOf(state, id)?.state ?? "disconnected");
  const href = isMaster ? "/settings/" : `/management/?follower=${encodeURIComponent(id)}`;
  return (
    <th scope="col" className="sticky top-0 z-10 border-b border-line bg-panel px-2 py-1 text-right align-top font-semibold">
      <Link href={href} className="inline-flex max-w-full items-center justify-end gap-1 hover:underline">
        <span className="truncate">{name}</span>
        {base !== null && <span className="font-normal text-muted">{multiplier(base)}</span>}
      </Link>
      <span className="flex justify-end">{isEnabled ? <StateChip word={CONNECTION_WORDS[connection]} className="h-4" /> : <StateChip word={{ ...CONNECTION_WORDS.disconnected, word: "Off" }} className="h-4" />}</span>
    </th>
  );
});

const FOOT = "row-height border-t border-line bg-panel px-2 text-right whitespace-nowrap";

export const ResultCell = memo(function ResultCell({ id, freshness }: { id: string; freshness: Freshness }) {
  const value = useLive((state) => dayResult(accountOf(state, id)));
  return (
    <td className={FOOT}>
      {freshness === "old" && <Old />}
      <Profit value={value} unknownBecause="The platform does not tell it." />
    </td>
  );
});

export const BuyingPowerCell = memo(function BuyingPowerCell({ id, freshness }: { id: string; freshness: Freshness }) {
  const value = useLive((state) => accountOf(state, id)?.buying_power ?? null);
  return (
    <td className={FOOT} title={value === null ? "The platform has not told it." : undefined}>
      {freshness === "old" && value !== null && <Old />}
      {value === null ? <span className="text-muted">n/a</span> : money(value)}
    </td>
  );
});
