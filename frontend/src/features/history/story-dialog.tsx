"use client";

import type { Explanation, ToldStep } from "@/api/schema";
import { api, ask } from "@/api/client";
import { useFetched } from "@/api/use-fetched";
import { useLive } from "@/live/store";
import { exactTime, latency, shares } from "@/words/numbers";
import { termsOf } from "@/words/orders";
import { OUTCOME_WORDS } from "@/words/outcome";
import { STORY_TITLES } from "@/words/step";
import { StateChip, Tag } from "@/ui/chip";
import { Dialog } from "@/ui/dialog";
import { Complaint } from "@/ui/notice";

export interface StoryKey {
  day: string;
  orderId: number;
}

/** «2026-11-23/101» of the address; null when it names no order. */
export function storyOf(text: string): StoryKey | null {
  const match = /^(\d{4}-\d{2}-\d{2})\/(\d{1,15})$/.exec(text);
  return match?.[1] === undefined ? null : { day: match[1], orderId: Number(match[2]) };
}

/** What was seen, decided, sent and answered for one order, in order. */
export function StoryDialog({ story, onClose }: { story: StoryKey | null; onClose: () => void }) {
  return (
    <Dialog isOpen={story !== null} onClose={onClose} title={story === null ? "" : `Master order ${story.orderId}, ${story.day}`} sentence="What was seen, decided, sent and answered, in order." className="w-[min(64rem,calc(100vw-1rem))]">
      {story !== null && <Story key={`${story.day} ${story.orderId}`} story={story} />}
    </Dialog>
  );
}

function Story({ story }: { story: StoryKey }) {
  const told = useFetched(() => ask((signal) => api.GET("/api/replications/{day}/{master_order_id}/explain", { params: { path: { day: story.day, master_order_id: story.orderId } }, signal })));
  if (told.value === null) return told.sentence ? <Complaint>{told.sentence}</Complaint> : <p className="text-muted">Asking…</p>;
  return <ToldStory told={told.value} />;
}

function ToldStory({ told: { replication, steps, conclusions, is_complete: isComplete } }: { told: Explanation }) {
  return (
    <div className="flex flex-col gap-4">
      <p>
        <strong>{replication.side}</strong> {shares(replication.quantity)} <strong>{replication.symbol}</strong> {termsOf(replication)}
        {replication.decided_us !== null && <span className="text-muted"> · decided in {latency(replication.decided_us)}</span>}
        {replication.reason && <span className="text-muted"> · {replication.reason}</span>}
      </p>
      <section aria-labelledby="story-ends">
        <h3 id="story-ends" className="mb-1 font-semibold">
          How each follower stands
        </h3>
        <ul className="flex flex-col gap-1">
          {Object.entries(replication.follower_results).map(([id, result]) => (
            <li key={id} className="grid items-start gap-x-3 sm:grid-cols-[9rem_7rem_1fr]">
              <Name id={id} />
              <span>
                <StateChip word={OUTCOME_WORDS[result.outcome]} className="h-4.5" />
              </span>
              <span>
                {withoutName(conclusions[id] ?? "", id) || result.reason || OUTCOME_WORDS[result.outcome].sentence}{" "}
                <span className="text-muted">
                  {result.sent_us !== null && `Written in ${latency(result.sent_us)}. `}
                  {result.acked_us !== null && `Answered after ${latency(result.acked_us)}.`}
                </span>
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="story-steps">
        <h3 id="story-steps" className="mb-1 font-semibold">
          Step by step
        </h3>
        {!isComplete && <p className="mb-1 text-warn">Not every step is known: this order came before steps were kept, or there were more than could be.</p>}
        <ol className="flex flex-col">
          {steps.map((step, index) => (
            <StepLine key={index} step={step} />
          ))}
        </ol>
      </section>
    </div>
  );
}

function Name({ id }: { id: string }) {
  const name = useLive((state) => state.followers[id]?.name ?? id);
  return <strong className="truncate">{name}</strong>;
}

/** A sentence without the id that it begins with: the name stands there already. */
function withoutName(sentence: string, id: string): string {
  const rest = sentence.startsWith(`${id}: `) ? sentence.slice(id.length + 2) : sentence;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

function StepLine({ step }: { step: ToldStep }) {
  return (
    <li className="grid items-start gap-x-3 border-b border-line py-1 sm:grid-cols-[6rem_8rem_1fr]">
      <span className="text-muted">{exactTime(step.at)}</span>
      <span>
        <Tag>{STORY_TITLES[step.kind]}</Tag>
      </span>
      <div className="min-w-0">
        <p>
          {step.follower_id !== null && <Name id={step.follower_id} />} {withoutName(step.sentence, step.follower_id ?? "")}
        </p>
        {step.line && <code className="block break-all text-muted">{step.line}</code>}
      </div>
    </li>
  );
}
