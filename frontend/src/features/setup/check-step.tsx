"use client";

import type { FollowerView, MasterView } from "@/api/schema";
import { ConnectionTest } from "@/ui/connection-test";
import { Panel } from "@/ui/panel";

/** Tries each account as it is stored. Passing is not needed to go on. */
export function CheckStep({ master, followers }: { master: MasterView | null; followers: readonly FollowerView[] }) {
  return (
    <>
      <p className="max-w-prose text-muted">A test looks for the address, logs in and reads the lists. It sends no order. You can go on without it: accounts that do not answer are tried again by themselves.</p>
      {master !== null && (
        <Panel title={`Master, account ${master.account_id}`}>
          <div className="pad">
            <ConnectionTest name="the master" bodyOf={() => ({})} />
          </div>
        </Panel>
      )}
      {followers.map((follower) => (
        <Panel key={follower.id} title={`${follower.name}, account ${follower.account_id}`}>
          <div className="pad">
            <ConnectionTest name={follower.name} bodyOf={() => ({ follower_id: follower.id })} />
          </div>
        </Panel>
      ))}
    </>
  );
}
