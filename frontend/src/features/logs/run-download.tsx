"use client";

import { useState } from "react";
import { api, ask } from "@/api/client";
import type { LogRun } from "@/api/schema";
import { useFetched } from "@/api/use-fetched";
import { bytes } from "@/words/numbers";
import { LinkButton } from "@/ui/button";

/** The log file of one start of the program: this one's, or an earlier one's. */
export function RunDownload({ bootId }: { bootId: string }) {
  const [chosen, setChosen] = useState("");
  const runs = useFetched(() => ask((signal) => api.GET("/api/logs/runs", { signal })), bootId);
  const kept = runs.value ?? [];
  if (kept.length === 0) return null;
  const run = kept.find((one) => one.name === chosen) ?? kept[0];
  return (
    <>
      <label className="flex items-center gap-1">
        Log file
        <select value={run?.name ?? ""} onChange={(event) => setChosen(event.target.value)} className="min-h-6 rounded border border-edge bg-page px-1">
          {kept.map((one) => (
            <option key={one.name} value={one.name}>
              {titleOf(one)}
            </option>
          ))}
        </select>
      </label>
      <LinkButton href={`/api/logs/download?run=${encodeURIComponent(run?.name ?? "")}`} download>
        Download log
      </LinkButton>
    </>
  );
}

function titleOf(run: LogRun): string {
  return `${run.name.replace("T", " ")}, ${bytes(run.size_bytes)}${run.is_current ? " (this run)" : ""}`;
}
