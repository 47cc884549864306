"use client";

import { memo } from "react";
import type { QueuedActionState } from "@/api/schema";
import { duration, timeOfDay } from "@/words/numbers";
import { ACTION_WORDS } from "@/words/queue";
import { StateChip } from "@/ui/chip";
import { cn } from "@/ui/cn";
import { Td, Th } from "@/ui/table";
import { actionText, canDiscard, masterText } from "./selection";

interface ActionRowProps {
  action: QueuedActionState;
  isTicked: boolean;
  onTick: (isOn: boolean) => void;
}

/** One thing that was missed. */
export const ActionRow = memo(function ActionRow({ action, isTicked, onTick }: ActionRowProps) {
  const text = actionText(action);
  return (
    <tr className={cn(action.state === "obsolete" && "text-muted")}>
      <Td className="align-top">
        <label className="inline-flex size-6 items-center justify-center">
          <span className="sr-only">{text}</span>
          <input type="checkbox" checked={isTicked} disabled={!canDiscard(action)} onChange={(event) => onTick(event.target.checked)} className="size-4 accent-accent" />
        </label>
      </Td>
      <Td className="align-top whitespace-nowrap text-muted">{timeOfDay(action.queued_at)}</Td>
      <Th scope="row" className="align-top whitespace-nowrap text-inherit">
        {text}
      </Th>
      <Td isNumber className="align-top">
        {duration(action.age_s)}
      </Td>
      <Td className="align-top">
        <StateChip word={ACTION_WORDS[action.state]} className="h-4.5" />
      </Td>
      <Td className="align-top">{masterText(action)}</Td>
      <Td className="min-w-60 align-top">
        <span className="text-muted">{action.text}</span> {action.warning && <span className="text-warn">{action.warning}</span>}
        {action.error && <p className="text-error">{action.error}</p>}
      </Td>
    </tr>
  );
});
