"use client";

import { AccountsTable } from "@/features/followers/accounts-table";
import { AlertsList } from "@/features/alerts/alerts-list";
import { OrdersTable } from "@/features/positions/orders-table";
import { PositionsPanel } from "@/features/positions/positions-panel";
import { ReplicationsFeed } from "@/features/replications/replications-feed";
import { ShortSalesList } from "@/features/short-sales/short-sales-list";
import { useLive } from "@/live/store";
import { Tabs } from "@/ui/tabs";

/** What the trader looks at all day: who holds what, and what became of each order. */
export function Dashboard() {
  const alertCount = useLive((state) => state.alerts.filter((alert) => alert.number > state.acknowledgedAlert && alert.level !== "info").length);
  const orderCount = useLive((state) => (state.master?.working_orders.length ?? 0) + state.followerIds.reduce((sum, id) => sum + (state.followers[id]?.working_orders.length ?? 0), 0));
  const shortCount = useLive((state) => state.shortTasks.length);
  return (
    <div className="flex flex-col gap-2 lg:h-full lg:min-h-[34rem]">
      <h1 className="sr-only">Dashboard</h1>
      <PositionsPanel />
      <section aria-label="Activity" className="stale-edge flex min-h-56 flex-1 flex-col overflow-hidden rounded-md border border-line bg-panel">
        <Tabs
          label="Activity"
          className="flex min-h-0 flex-1 flex-col"
          tabs={[
            { id: "replications", title: "Replications", content: <ReplicationsFeed /> },
            { id: "orders", title: "Working orders", count: orderCount, content: <OrdersTable /> },
            { id: "shorts", title: "Short sales", count: shortCount, content: <ShortSalesList /> },
            { id: "accounts", title: "Accounts", content: <AccountsTable /> },
            { id: "alerts", title: "Alerts", count: alertCount, content: <AlertsList /> },
          ]}
        />
      </section>
    </div>
  );
}
