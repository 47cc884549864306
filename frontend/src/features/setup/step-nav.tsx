import { Check } from "lucide-react";
import { cn } from "@/ui/cn";

export type StepId = "welcome" | "master" | "followers" | "check" | "start";

export const STEPS: readonly { id: StepId; title: string }[] = [
  { id: "welcome", title: "Welcome" },
  { id: "master", title: "Master" },
  { id: "followers", title: "Followers" },
  { id: "check", title: "Check" },
  { id: "start", title: "Start" },
];

interface StepNavProps {
  step: StepId;
  hasMaster: boolean;
  followerCount: number;
  onGo: (id: StepId) => void;
}

/** Where one is, and what is done. */
export function StepNav({ step, hasMaster, followerCount, onGo }: StepNavProps) {
  const isDone: Record<StepId, boolean> = { welcome: step !== "welcome", master: hasMaster, followers: followerCount > 0, check: false, start: false };
  return (
    <nav aria-label="Steps of the set-up">
      <ol className="flex flex-wrap gap-1">
        {STEPS.map(({ id, title }, index) => (
          <li key={id}>
            <button
              type="button"
              aria-current={step === id ? "step" : undefined}
              onClick={() => onGo(id)}
              className={cn("inline-flex min-h-8 items-center gap-1.5 rounded border border-line px-3 hover:bg-raised", step === id && "border-accent bg-raised font-semibold text-accent")}
            >
              {isDone[id] ? <Check aria-hidden className="size-3.5" /> : <span className="text-muted">{index + 1}</span>}
              {title}
              {isDone[id] && <span className="sr-only">, done</span>}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
