import { CircleAlert } from "lucide-react";

/** What went wrong, in the place where it was asked for. */
export function Complaint({ children }: { children: string }) {
  if (!children) return null;
  return (
    <p role="alert" className="flex items-start gap-2 rounded border border-error p-2 text-ink">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-error" />
      <span className="max-w-prose">{children}</span>
    </p>
  );
}
