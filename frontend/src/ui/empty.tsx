import type { ReactNode } from "react";

/** Nothing to show: what belongs here, why it is empty, and what to do. Never sample numbers. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-2 p-4 text-muted">
      <p className="max-w-prose">{children}</p>
      {action}
    </div>
  );
}
