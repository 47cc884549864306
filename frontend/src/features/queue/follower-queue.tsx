"use client";

import { useState } from "react";
import { api, ask } from "@/api/client";
import type { QueuedActionState } from "@/api/schema";
import { useLive } from "@/live/store";
import { CONNECTION_WORDS } from "@/words/connection";
import { OUTCOME_WORDS } from "@/words/outcome";
import { Button } from "@/ui/button";
import { StateChip } from "@/ui/chip";
import { useCommand } from "@/ui/command";
import { Confirm } from "@/ui/dialog";
import { Complaint } from "@/ui/notice";
import { Panel } from "@/ui/panel";
import { Scroller } from "@/ui/scroller";
import { Table, Th } from "@/ui/table";
import { ActionRow } from "./action-row";
import type { ToldResult } from "./queue-page";
import { actionText, canDiscard, canReplay, chosen } from "./selection";

interface FollowerQueueProps {
  id: string;
  actions: readonly QueuedActionState[];
  results: readonly ToldResult[];
  onResults: (results: readonly ToldResult[]) => void;
  onChanged: () => void;
}

type Act = "replay" | "discard";

/** One follower's queue. What is not ticked stays as it is. */
export function FollowerQueue({ id, actions, results, onResults, onChanged }: FollowerQueueProps) {
  const name = useLive((state) => state.followers[id]?.name ?? id);
  const connection = useLive((state) => state.followers[id]?.state ?? "disconnected");
  const isLive = useLive((state) => state.link.phase === "live");
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState<Act | null>(null);
  const command = useCommand();
  const replayed = chosen(actions, ticked, canReplay);
  const discarded = chosen(actions, ticked, canDiscard);
  const open = actions.filter(canReplay);
  const obsolete = actions.filter((action) => action.state === "obsolete");
  const tick = (ids: readonly string[], isOn: boolean) => {
    const next = new Set(ticked);
    for (const one of ids) {
      if (isOn) next.add(one);
      else next.delete(one);
    }
    setTicked(next);
  };
  const act = async (what: Act) => {
    const picked = what === "replay" ? replayed : discarded;
    const body = { action_ids: picked.map((action) => action.action_id) };
    const path = { follower_id: id };
    await command.run(async () => {
      const answer =
        what === "replay"
          ? await ask((signal) => api.POST("/api/queued-actions/{follower_id}/replay", { params: { path }, body, signal }), 15_000)
          : await ask((signal) => api.POST("/api/queued-actions/{follower_id}/discard", { params: { path }, body, signal }), 15_000);
      if (answer.kind === "done") {
        const textById = new Map(picked.map((action) => [action.action_id, actionText(action)]));
        onResults(answer.value.results.map((result): ToldResult => ({ ...result, text: textById.get(result.action_id) ?? result.action_id })));
        setTicked(new Set());
      }
      return answer;
    });
    onChanged();
  };
  const whyNot = !isLive ? "What is shown is old." : connection !== "ready" ? `${name} is not ready: nothing can be sent to it now.` : "";
  return (
    <Panel
      title={name}
      isLive
      actions={
        <>
          <StateChip word={CONNECTION_WORDS[connection]} />
          <Button disabled={open.length === 0} onClick={() => tick(open.map((action) => action.action_id), true)}>
            Tick all that wait
          </Button>
          {obsolete.length > 0 && <Button onClick={() => tick(obsolete.map((action) => action.action_id), true)}>Tick the obsolete</Button>}
          <Button disabled={ticked.size === 0} onClick={() => setTicked(new Set())}>
            Untick all
          </Button>
        </>
      }
    >
      {actions.length > 0 && (
        <Scroller label={`Queue of ${name}`}>
          <Table>
            <thead>
              <tr>
                <Th>
                  <span className="sr-only">Chosen</span>
                </Th>
                <Th>Missed</Th>
                <Th>Action</Th>
                <Th isNumber>Age</Th>
                <Th>State</Th>
                <Th>Master&apos;s order now</Th>
                <Th>Why, and what to look at</Th>
              </tr>
            </thead>
            <tbody>
              {actions.map((action) => (
                <ActionRow key={action.action_id} action={action} isTicked={ticked.has(action.action_id)} onTick={(isOn) => tick([action.action_id], isOn)} />
              ))}
            </tbody>
          </Table>
        </Scroller>
      )}
      <Results results={results} />
      {actions.length > 0 && (
        <div className="pad flex flex-col gap-2 border-t border-line">
          <Complaint>{command.sentence}</Complaint>
          <div className="flex flex-wrap items-center gap-2">
            <Button kind="main" size="normal" disabled={replayed.length === 0 || whyNot !== ""} isBusy={command.isSending && asking === null} onClick={() => setAsking("replay")}>
              Replay {replayed.length} selected…
            </Button>
            <Button size="normal" disabled={discarded.length === 0 || !isLive} onClick={() => setAsking("discard")}>
              Discard {discarded.length} selected…
            </Button>
            <span className="text-muted">{whyNot || "What is not ticked stays. Replaying passes all checks again, for this follower only, in the master's order."}</span>
          </div>
        </div>
      )}
      <Confirm isOpen={asking === "replay"} onClose={() => setAsking(null)} title={`Send ${replayed.length} to ${name}?`} confirmWord={`Replay ${replayed.length}`} onConfirm={() => act("replay")}>
        <Listed actions={replayed} />
        <p className="mt-2">Blacklist, multiplier and limits are looked at again, as they are now. Each gets its own result.</p>
      </Confirm>
      <Confirm isOpen={asking === "discard"} onClose={() => setAsking(null)} title={`Discard ${discarded.length} of ${name}?`} confirmWord={`Discard ${discarded.length}`} onConfirm={() => act("discard")}>
        <Listed actions={discarded} />
        <p className="mt-2">They are never sent. What the follower holds then differs from what it should, until you align it by hand.</p>
      </Confirm>
    </Panel>
  );
}

function Listed({ actions }: { actions: readonly QueuedActionState[] }) {
  return (
    <ul className="flex flex-col gap-0.5 text-ink">
      {actions.map((action) => (
        <li key={action.action_id}>
          {actionText(action)}
          {action.warning && <span className="text-warn"> {action.warning}</span>}
        </li>
      ))}
    </ul>
  );
}

/** What came of each line that was chosen last. */
function Results({ results }: { results: readonly ToldResult[] }) {
  if (results.length === 0) return null;
  return (
    <ul role="status" aria-label="Results" className="pad flex flex-col gap-1 border-t border-line">
      {results.map((result) => (
        <li key={result.action_id} className="flex flex-wrap items-center gap-2">
          <span>{result.text}:</span>
          {result.outcome !== null && <StateChip word={OUTCOME_WORDS[result.outcome]} className="h-4.5" />}
          {!result.success && <span className="text-error">{result.error || "It was not done."}</span>}
          {result.success && result.outcome === null && <span>discarded</span>}
        </li>
      ))}
    </ul>
  );
}
