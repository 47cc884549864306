"use client";

import { useState, type ReactNode } from "react";
import { api, ask, type Answer } from "@/api/client";
import type { DasServerView, FollowerView, MasterView } from "@/api/schema";
import { useFetched } from "@/api/use-fetched";
import { live, useLive } from "@/live/store";
import { Button } from "@/ui/button";
import { useQueryValue } from "@/ui/link";
import { Complaint } from "@/ui/notice";
import { PageHead, Panel } from "@/ui/panel";
import { CheckStep } from "./check-step";
import { StartStep } from "./start-step";
import { STEPS, StepNav, type StepId } from "./step-nav";
import { WelcomeStep } from "./welcome-step";

export interface MasterSlot {
  master: MasterView | null;
  servers: readonly DasServerView[];
  onSaved: () => void;
}

export interface FollowerSlot {
  servers: readonly DasServerView[];
  onSaved: () => void;
}

interface SetupPageProps {
  masterForm: (slot: MasterSlot) => ReactNode;
  followerForm: (slot: FollowerSlot) => ReactNode;
}

interface Accounts {
  master: MasterView | null;
  followers: FollowerView[];
  servers: DasServerView[];
}

/** The master; null where there is none yet, which the state tells without asking. */
async function fetchMaster(): Promise<Answer<MasterView | null>> {
  if (live.getState().master === null) return { kind: "done", value: null };
  return ask((signal) => api.GET("/api/master", { signal }));
}

async function loadAccounts(): Promise<Answer<Accounts>> {
  if (live.getState().header === null) return { kind: "unknown", sentence: "" }; // asked again as soon as the state is there
  const [master, followers, servers] = await Promise.all([
    fetchMaster(),
    ask((signal) => api.GET("/api/followers", { signal })),
    ask((signal) => api.GET("/api/das-servers", { signal })),
  ]);
  if (followers.kind !== "done") return followers;
  if (servers.kind !== "done") return servers;
  return master.kind === "done" ? { kind: "done", value: { master: master.value, followers: followers.value, servers: servers.value } } : master;
}

/** The first run, step by step. Each step can be come back to, and stands in the address. */
export function SetupPage({ masterForm, followerForm }: SetupPageProps) {
  const [wanted, setWanted] = useQueryValue("step");
  const masterAccount = useLive((state) => (state.header === null ? null : (state.master?.account_id ?? "")));
  const accounts = useFetched(loadAccounts, masterAccount);
  const [added, setAdded] = useState(0);
  const step: StepId = STEPS.find((one) => one.id === wanted)?.id ?? "welcome";
  const value = accounts.value;
  const go = (id: StepId) => {
    setWanted(id === "welcome" ? "" : id);
    document.getElementById("main")?.scrollTo({ top: 0 });
  };
  return (
    <div className="flex max-w-5xl flex-col gap-3">
      <PageHead title="Set-up" sentence="From nothing to the first copied order. Nothing is sent before the last step." />
      <StepNav step={step} hasMaster={value?.master !== null && value !== null} followerCount={value?.followers.length ?? 0} onGo={go} />
      <Complaint>{accounts.sentence}</Complaint>
      {value !== null && step === "welcome" && <WelcomeStep onNext={() => go("master")} />}
      {value !== null && step === "master" && (
        <>
          {masterForm({ master: value.master, servers: value.servers, onSaved: accounts.reload })}
          <Onward isReady={value.master !== null} whyNot="Save the master first." word="Next: followers" onNext={() => go("followers")} />
        </>
      )}
      {value !== null && step === "followers" && (
        <>
          {value.followers.length > 0 && (
            <Panel title="Followers so far">
              <ul className="pad flex flex-col gap-1">
                {value.followers.map((follower) => (
                  <li key={follower.id}>
                    <strong>{follower.name}</strong> <span className="text-muted">account {follower.account_id}, {follower.base_multiplier} shares for one of the master</span>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          <div key={added}>
            {followerForm({
              servers: value.servers,
              onSaved: () => {
                setAdded(added + 1);
                accounts.reload();
              },
            })}
          </div>
          <Onward isReady={value.followers.length > 0} whyNot="Add at least one follower first." word="Next: check" onNext={() => go("check")} />
        </>
      )}
      {value !== null && step === "check" && (
        <>
          <CheckStep master={value.master} followers={value.followers} />
          <Onward isReady={value.master !== null} whyNot="There is no master yet." word="Next: start" onNext={() => go("start")} />
        </>
      )}
      {value !== null && step === "start" && <StartStep followerCount={value.followers.length} />}
    </div>
  );
}

function Onward({ isReady, whyNot, word, onNext }: { isReady: boolean; whyNot: string; word: string; onNext: () => void }) {
  return (
    <div className="flex items-center gap-3">
      <Button kind={isReady ? "main" : "plain"} size="normal" disabled={!isReady} onClick={onNext}>
        {word}
      </Button>
      {!isReady && <span className="text-muted">{whyNot}</span>}
    </div>
  );
}
