"use client";

import type { ComponentProps } from "react";
import { cn } from "./cn";

/** A part that scrolls by itself, for those without a mouse too. */
export function Scroller({ label, className, children, ...rest }: { label: string } & ComponentProps<"div">) {
  return (
    <div role="region" aria-label={label} tabIndex={0} className={cn("min-w-0 overflow-auto", className)} {...rest}>
      {children}
    </div>
  );
}
