import type { ComponentProps } from "react";
import { cn } from "./cn";

/** A head cell. `isNumber` puts it over right-aligned numbers. */
export function Th({ isNumber = false, className, scope = "col", ...rest }: { isNumber?: boolean } & ComponentProps<"th">) {
  return <th scope={scope} className={cn("row-height px-2 font-semibold text-muted", isNumber ? "text-right" : "text-left", className)} {...rest} />;
}

export function Td({ isNumber = false, className, ...rest }: { isNumber?: boolean } & ComponentProps<"td">) {
  return <td className={cn("row-height px-2", isNumber && "text-right whitespace-nowrap", className)} {...rest} />;
}

/** A table of the usual kind; the head stays while it scrolls. */
export function Table({ className, ...rest }: ComponentProps<"table">) {
  return (
    <table
      className={cn(
        "w-full border-separate border-spacing-0 [&_tbody_td]:border-b [&_tbody_td]:border-line [&_tbody_th]:border-b [&_tbody_th]:border-line [&_thead_th]:sticky [&_thead_th]:top-0 [&_thead_th]:z-10 [&_thead_th]:border-b [&_thead_th]:border-line [&_thead_th]:bg-panel",
        className,
      )}
      {...rest}
    />
  );
}
