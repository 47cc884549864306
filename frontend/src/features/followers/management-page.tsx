"use client";

import { useFollowerNames, useLive } from "@/live/store";
import { Empty } from "@/ui/empty";
import { Link, useQueryValue } from "@/ui/link";
import { PageHead } from "@/ui/panel";
import { FollowerCard } from "./follower-card";

/** One card per follower: whether it copies, how much, and how it stands. */
export function ManagementPage() {
  const [wanted, setWanted] = useQueryValue("follower");
  const followerIds = useLive((state) => state.followerIds);
  const names = useFollowerNames();
  const shown = followerIds.includes(wanted) ? [wanted] : followerIds;
  return (
    <div className="flex flex-col gap-3">
      <PageHead title="Management" sentence="Every change holds from the master's next order on.">
        <label className="flex items-center gap-2">
          Follower
          <select value={followerIds.includes(wanted) ? wanted : ""} onChange={(event) => setWanted(event.target.value)} className="min-h-7 rounded border border-edge bg-page px-2">
            <option value="">All</option>
            {followerIds.map((id) => (
              <option key={id} value={id}>
                {names[id] ?? id}
              </option>
            ))}
          </select>
        </label>
      </PageHead>
      {followerIds.length === 0 && (
        <Empty action={<Link href="/settings/?follower=new" className="font-semibold text-accent underline">Add a follower</Link>}>
          Each follower has a card here. There is none yet.
        </Empty>
      )}
      <div className="grid gap-2 md:grid-cols-2 2xl:grid-cols-3">
        {shown.map((id) => (
          <FollowerCard key={id} id={id} />
        ))}
      </div>
    </div>
  );
}
