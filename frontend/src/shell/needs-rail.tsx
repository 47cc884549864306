"use client";

import { CircleHelp, HandCoins, KeyRound, Layers, Sparkles, TriangleAlert } from "lucide-react";
import { needsOf, type Need } from "@/live/needs";
import { OfferButtons, OfferFigures } from "@/features/short-sales/offer-buttons";
import { useDerived, useLive } from "@/live/store";
import { Link } from "@/ui/link";

const ICONS = { setup: Sparkles, login: KeyRound, unknown: CircleHelp, alert: TriangleAlert, offer: HandCoins, queue: Layers };
const SHOWN_MAX = 20;

/** What waits for the user; the same list as long as nothing in it changes. */
export function useNeeds(): Need[] {
  return useDerived(needsOf);
}

/** Everything that waits for the user, each with its way to do it. */
export function NeedsRail() {
  const needs = useNeeds();
  return (
    <aside aria-labelledby="needs-title" className="shrink-0 border-line bg-panel p-2 max-xl:border-t xl:w-60 xl:border-l">
      <h2 id="needs-title" className="mb-2 text-[0.8125rem] font-semibold">
        Needs you{needs.length > 0 && ` (${needs.length})`}
      </h2>
      {needs.length === 0 && <p className="text-muted">Nothing waits for you.</p>}
      <ul className="flex flex-col gap-2">
        {needs.slice(0, SHOWN_MAX).map((need) => {
          const Icon = ICONS[need.kind];
          return (
            <li key={need.key} className="rounded border border-edge bg-raised p-2">
              <h3 className="flex items-center gap-1.5 font-semibold">
                <Icon aria-hidden className="size-4 shrink-0 text-warn" /> {need.title}
              </h3>
              <p className="my-1 break-words text-muted">{need.sentence}</p>
              {need.taskId !== undefined ? (
                <OfferNeed taskId={need.taskId} />
              ) : (
                <Link href={need.href} className="inline-flex min-h-6 items-center font-semibold text-accent underline underline-offset-2">
                  {need.action}
                </Link>
              )}
            </li>
          );
        })}
      </ul>
      {needs.length > SHOWN_MAX && <p className="mt-2 text-muted">and {needs.length - SHOWN_MAX} more</p>}
    </aside>
  );
}

/** A locate offer is decided about where it is shown. */
function OfferNeed({ taskId }: { taskId: string }) {
  const task = useLive((state) => state.shortTasks.find((one) => one.task_id === taskId));
  if (task === undefined || task.offer === null) return null;
  return (
    <div className="flex flex-col gap-1.5">
      <OfferFigures offer={task.offer} />
      <OfferButtons task={task} offer={task.offer} />
    </div>
  );
}
