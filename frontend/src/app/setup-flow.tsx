"use client";

import { FollowerForm } from "@/features/settings/follower-form";
import { MasterForm } from "@/features/settings/master-form";
import { SetupPage } from "@/features/setup/setup-page";

/** The first run: the set-up's steps around the same forms that the settings page has. */
export function SetupFlow() {
  return (
    <SetupPage
      masterForm={({ master, servers, onSaved }) => <MasterForm key={master?.account_id ?? "new"} master={master} servers={servers} onSaved={onSaved} />}
      followerForm={({ servers, onSaved }) => <FollowerForm follower={null} servers={servers} onSaved={onSaved} onDeleted={() => undefined} />}
    />
  );
}
