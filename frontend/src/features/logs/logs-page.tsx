"use client";

import { useMemo } from "react";
import { toast } from "sonner";
import { api, ask } from "@/api/client";
import { useFetched } from "@/api/use-fetched";
import { useLive } from "@/live/store";
import { shares } from "@/words/numbers";
import { LOG_LEVELS, LOG_WORDS } from "@/words/log";
import { Button, LinkButton } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { FilterField } from "@/ui/fields";
import { useQueryValue } from "@/ui/link";
import { Complaint } from "@/ui/notice";
import { PageHead, Panel } from "@/ui/panel";
import { asText, fits, joined, LINES_MAX, sourceOf } from "./log-lines";
import { LogView } from "./log-view";
import { RunDownload } from "./run-download";

const SELECT = "min-h-6 max-w-52 rounded border border-edge bg-page px-1";
const FETCHED_MAX = 2_000;

/** What the program did, line by line. The filters stand in the address. */
export function LogsPage() {
  const [level, setLevel] = useQueryValue("level");
  const [source, setSource] = useQueryValue("source");
  const [text, setText] = useQueryValue("text");
  const bootId = useLive((state) => state.header?.boot_id ?? "");
  const late = useLive((state) => state.lateEvents);
  const told = useLive((state) => state.logs);
  const fetched = useFetched(() => ask((signal) => api.GET("/api/logs", { params: { query: { limit: FETCHED_MAX } }, signal })), `${bootId} ${late}`);
  const lines = useMemo(() => joined(fetched.value ?? [], told), [fetched.value, told]);
  const shown = useMemo(() => lines.filter((entry) => fits(entry, { level: level || "debug", source, text })), [lines, level, source, text]);
  const sources = useMemo(() => [...new Set(lines.map((entry) => entry.logger))].sort(), [lines]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(asText(shown));
      toast.success(`${shares(shown.length)} lines are copied.`);
    } catch {
      toast.error("This browser does not let the page copy. Download the log instead.");
    }
  };
  return (
    <div className="flex flex-col gap-3 lg:h-full">
      <PageHead title="Logs" sentence="What the program did. Passwords and the access token are never in it.">
        <RunDownload bootId={bootId} />
        <LinkButton href="/api/diagnostics" download>
          Download diagnostics
        </LinkButton>
      </PageHead>
      <Complaint>{fetched.sentence}</Complaint>
      <Panel
        title="Lines"
        isLive
        className="min-h-96 flex-1 overflow-hidden"
        actions={
          <>
            <label className="flex items-center gap-1">
              From level
              <select value={level || "debug"} onChange={(event) => setLevel(event.target.value === "debug" ? "" : event.target.value)} className={SELECT}>
                {LOG_LEVELS.map((one) => (
                  <option key={one} value={one}>
                    {LOG_WORDS[one].word}
                  </option>
                ))}
              </select>
            </label>
            <label className="flex items-center gap-1">
              Source
              <select value={source} onChange={(event) => setSource(event.target.value)} className={SELECT}>
                <option value="">All</option>
                {source !== "" && !sources.includes(source) && <option value={source}>{sourceOf(source)}</option>}
                {sources.map((one) => (
                  <option key={one} value={one}>
                    {sourceOf(one)}
                  </option>
                ))}
              </select>
            </label>
            <FilterField label="Text" value={text} onChange={(event) => setText(event.target.value)} />
            <Button disabled={shown.length === 0} onClick={() => void copy()}>
              Copy {shares(shown.length)}
            </Button>
          </>
        }
      >
        {shown.length > 0 ? <LogView lines={shown} /> : <Empty>{lines.length === 0 ? "No line has been written since the program started." : `None of ${shares(lines.length)} lines fits these filters.`}</Empty>}
      </Panel>
      <p className="text-muted">The page keeps the newest {shares(LINES_MAX)} lines; the log file has them all.</p>
    </div>
  );
}
