"use client";

import type { WorkingOrder } from "@/api/schema";
import { MASTER, type LiveState } from "@/live/state";
import { useDerived } from "@/live/store";
import { shares } from "@/words/numbers";
import { termsOf } from "@/words/orders";
import { Tag } from "@/ui/chip";
import { Empty } from "@/ui/empty";
import { useMore } from "@/ui/more";
import { Scroller } from "@/ui/scroller";
import { Table, Td, Th } from "@/ui/table";

interface Line {
  id: string;
  account: string;
  isMaster: boolean;
  order: WorkingOrder;
}

function linesOf(state: LiveState): Line[] {
  const accounts = [[MASTER, "Master", state.master] as const, ...state.followerIds.map((id) => [id, state.followers[id]?.name ?? id, state.followers[id] ?? null] as const)];
  return accounts.flatMap(([id, account, owner]) => (owner?.working_orders ?? []).map((order): Line => ({ id: `${id}:${order.order_id}`, account, isMaster: id === MASTER, order })));
}

/** Orders that can still fill, on every account. */
export function OrdersTable() {
  const lines = useDerived(linesOf);
  const { shown, more } = useMore(lines.length);
  if (lines.length === 0) return <Empty>Orders that can still fill stand here, the master&apos;s and the copies. None works now.</Empty>;
  return (
    <Scroller label="Working orders" className="min-h-0 flex-1">
      <Table>
        <thead>
          <tr>
            <Th>Account</Th>
            <Th>Side</Th>
            <Th isNumber>Left</Th>
            <Th isNumber>Of</Th>
            <Th>Symbol</Th>
            <Th>Terms</Th>
            <Th>Status</Th>
            <Th>From</Th>
            <Th isNumber>Order</Th>
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, shown).map(({ id, account, isMaster, order }) => (
            <tr key={id}>
              <Td className={isMaster ? "font-semibold" : ""}>{account}</Td>
              <Td>{order.side}</Td>
              <Td isNumber>{shares(order.leaves_quantity)}</Td>
              <Td isNumber>{shares(order.quantity)}</Td>
              <Td className="font-semibold">{order.symbol}</Td>
              <Td className="whitespace-nowrap">{termsOf(order)}</Td>
              <Td>{order.status.replaceAll("_", " ").toLowerCase()}</Td>
              <Td>{isMaster ? "" : <Tag>{order.is_copy ? "copy" : "by hand"}</Tag>}</Td>
              <Td isNumber>{order.order_id}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
      {more}
    </Scroller>
  );
}
