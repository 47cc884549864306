"use client";

import { api, ask, type Answer } from "@/api/client";
import type { MasterView } from "@/api/schema";
import { useFetched } from "@/api/use-fetched";
import { live, useLive } from "@/live/store";
import { cn } from "@/ui/cn";
import { Link, useGo, useQueryValue } from "@/ui/link";
import { Complaint } from "@/ui/notice";
import { PageHead } from "@/ui/panel";
import { FollowerForm } from "./follower-form";
import { MasterForm } from "./master-form";

const NEW = "new";

/** The master; null where there is none yet, which is no error and is known without asking. */
async function fetchMaster(): Promise<Answer<MasterView | null>> {
  const { header, master } = live.getState();
  if (header === null) return { kind: "unknown", sentence: "" }; // asked again as soon as the state is there
  if (master === null) return { kind: "done", value: null };
  const answer = await ask((signal) => api.GET("/api/master", { signal }));
  return answer.kind === "refused" && answer.status === 404 ? { kind: "done", value: null } : (answer as Answer<MasterView>);
}

interface Loaded {
  master: MasterView | null;
}

async function loadMaster(): Promise<Answer<Loaded>> {
  const answer = await fetchMaster();
  return answer.kind === "done" ? { kind: "done", value: { master: answer.value } } : answer;
}

/** The accounts: one at a time, chosen on the left, kept in the address. */
export function SettingsPage() {
  const [chosen] = useQueryValue("follower");
  const go = useGo();
  const followerIds = useLive((state) => state.followerIds);
  const masterAccount = useLive((state) => (state.header === null ? null : (state.master?.account_id ?? "")));
  const master = useFetched(loadMaster, masterAccount);
  const followers = useFetched(() => ask((signal) => api.GET("/api/followers", { signal })), followerIds);
  const servers = useFetched(() => ask((signal) => api.GET("/api/das-servers", { signal })));
  const follower = followers.value?.find((one) => one.id === chosen) ?? null;
  return (
    <div className="flex flex-col gap-3">
      <PageHead title="Settings" sentence="The account that is copied, and those it is copied to." />
      <Complaint>{master.sentence || followers.sentence || servers.sentence}</Complaint>
      <div className="flex flex-col gap-3 md:flex-row md:items-start">
        <nav aria-label="Accounts" className="flex shrink-0 flex-col rounded-md border border-line bg-panel p-1 md:w-44">
          <AccountLink href="/settings/" isHere={chosen === ""} title="Master" remark={master.value?.master ? master.value.master.account_id : "none yet"} />
          {followers.value?.map((one) => (
            <AccountLink key={one.id} href={`/settings/?follower=${encodeURIComponent(one.id)}`} isHere={chosen === one.id} title={one.name} remark={one.account_id} />
          ))}
          <AccountLink href={`/settings/?follower=${NEW}`} isHere={chosen === NEW} title="Add a follower" remark="" />
        </nav>
        <div className="min-w-0 flex-1">
          {chosen === "" && master.value && <MasterForm key={master.value.master?.account_id ?? NEW} master={master.value.master} servers={servers.value ?? []} onSaved={master.reload} />}
          {chosen === NEW && <FollowerForm key={NEW} follower={null} servers={servers.value ?? []} onSaved={(id) => go(`/settings/?follower=${encodeURIComponent(id)}`)} onDeleted={() => undefined} />}
          {follower && <FollowerForm key={follower.id} follower={follower} servers={servers.value ?? []} onSaved={followers.reload} onDeleted={() => go("/settings/")} />}
          {chosen !== "" && chosen !== NEW && followers.value !== null && follower === null && <p className="text-muted">There is no follower {chosen}.</p>}
        </div>
      </div>
    </div>
  );
}

function AccountLink({ href, isHere, title, remark }: { href: string; isHere: boolean; title: string; remark: string }) {
  return (
    <Link href={href} aria-current={isHere ? "page" : undefined} className={cn("flex min-h-8 items-center justify-between gap-2 rounded px-2 hover:bg-raised", isHere && "bg-raised font-semibold text-accent")}>
      <span className="truncate">{title}</span>
      <span className="truncate font-normal text-muted">{remark}</span>
    </Link>
  );
}
