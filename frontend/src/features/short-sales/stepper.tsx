import { Check, ChevronRight, Circle, CircleDot, Minus, X } from "lucide-react";
import type { ShortSaleTaskState } from "@/api/schema";
import { isOver, SHORT_STEPS, shortStepOf } from "@/words/short-task";
import { cn } from "@/ui/cn";

export type StepState = "done" | "passed" | "current" | "ahead" | "not needed" | "failed";

// A check would say that there was an offer, which is not known of what lies behind.
const ICONS = { done: Check, passed: Minus, current: CircleDot, ahead: Circle, "not needed": Minus, failed: X };

/** How each of the steps stands. Where it ended early is told by what it had worked out by then. */
export function stepStates(task: ShortSaleTaskState): StepState[] {
  const needsNone = task.deficit === 0 && task.located_quantity === 0;
  const failedAt = task.max_sell === null ? 0 : task.deficit !== null && task.located_quantity < task.deficit ? 1 : 3;
  const hasFailed = task.status === "failed" || task.status === "cancelled";
  const at = hasFailed ? failedAt : shortStepOf(task.status, task.offer !== null);
  return SHORT_STEPS.map((step, index): StepState => {
    if (needsNone && (step === "Locate" || step === "Offer")) return "not needed";
    if (index === at) return hasFailed ? "failed" : "current";
    if (index > at) return "ahead";
    // An offer is shown only when the price is above the limit: most locates go by without one.
    return step === "Offer" ? "passed" : "done";
  });
}

/** Capacity ▸ Locate ▸ Offer ▸ Order. */
export function Stepper({ task }: { task: ShortSaleTaskState }) {
  const states = stepStates(task);
  return (
    <ol aria-label="Steps" className="flex flex-wrap items-center gap-x-1 gap-y-0.5">
      {SHORT_STEPS.map((step, index) => {
        const state = states[index] ?? "ahead";
        const Icon = ICONS[state];
        return (
          <li key={step} aria-current={state === "current" && !isOver(task.status) ? "step" : undefined} className="inline-flex items-center gap-1">
            {index > 0 && <ChevronRight aria-hidden className="size-3 text-muted" />}
            <span className={cn("inline-flex items-center gap-1 rounded px-1", state === "current" && "bg-raised font-semibold text-accent", state === "failed" && "font-semibold text-error", (state === "ahead" || state === "not needed" || state === "passed") && "text-muted")}>
              <Icon aria-hidden className="size-3" />
              {step}
              <span className="sr-only">, {state}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
