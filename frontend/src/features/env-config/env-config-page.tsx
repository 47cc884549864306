"use client";

import { api, ask } from "@/api/client";
import { useFetched } from "@/api/use-fetched";
import { dayAndTime } from "@/words/numbers";
import { Complaint } from "@/ui/notice";
import { PageHead, Panel } from "@/ui/panel";
import { EnvForm } from "./env-form";
import { SettingsTable } from "./settings-table";

/** The settings that are stored in the program, and what is in force. */
export function EnvConfigPage() {
  const config = useFetched(() => ask((signal) => api.GET("/api/env-config", { signal })));
  const state = config.value;
  return (
    <div className="flex flex-col gap-3">
      <PageHead title="Env config" sentence="Settings of the program. What the environment sets goes first, then what is stored here, then the default." />
      <Complaint>{config.sentence}</Complaint>
      {state !== null && (
        <>
          {state.warnings.length > 0 && (
            <ul className="rounded border border-warn p-2">
              {state.warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          )}
          <Panel title={state.updated_at === null ? "Nothing is stored yet" : `Stored ${dayAndTime(state.updated_at)}`}>
            <EnvForm key={state.updated_at ?? ""} content={state.content} onSaved={config.reload} />
          </Panel>
          <Panel title="In force now">
            <SettingsTable settings={state.settings} />
          </Panel>
        </>
      )}
    </div>
  );
}
