"use client";

import { Link, usePath } from "@/ui/link";
import { cn } from "@/ui/cn";
import { useLive } from "@/live/store";
import { shares } from "@/words/numbers";
import { ROUTES } from "./routes";

/** The pages. On a narrow screen a row that scrolls sideways. */
export function Nav() {
  const path = usePath();
  return (
    <nav aria-label="Pages" className="flex shrink-0 overflow-x-auto border-b border-line bg-panel p-1 lg:w-36 lg:flex-col lg:overflow-visible lg:border-r lg:border-b-0 lg:p-2">
      {ROUTES.map(({ href, title, icon: Icon, letter }) => {
        const isHere = path === href;
        return (
          <Link
            key={href}
            href={href}
            aria-current={isHere ? "page" : undefined}
            title={`${title} (Alt+Shift+${letter})`}
            className={cn("flex min-h-8 items-center gap-2 rounded px-2 text-[0.8125rem] whitespace-nowrap text-ink hover:bg-raised", isHere && "bg-raised font-semibold text-accent")}
          >
            <Icon aria-hidden className="size-4" />
            {title}
            {href === "/queue/" && <QueueCount />}
          </Link>
        );
      })}
    </nav>
  );
}

/** How many actions wait in all queues. */
function QueueCount() {
  const count = useLive((state) => state.followerIds.reduce((sum, id) => sum + (state.followers[id]?.queued_actions ?? 0), 0));
  if (count === 0) return null;
  return <span className="ml-auto rounded bg-warn px-1.5 text-[0.6875rem] font-semibold text-chip-ink">{shares(count)}</span>;
}
