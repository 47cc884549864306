import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "./cn";

const styles = cva(
  "inline-flex items-center justify-center gap-1.5 whitespace-nowrap rounded border font-medium disabled:cursor-not-allowed aria-disabled:cursor-not-allowed [&_svg]:size-3.5 [&_svg]:shrink-0",
  {
    variants: {
      kind: {
        plain: "border-edge bg-raised text-ink hover:bg-line disabled:border-line disabled:text-muted aria-disabled:border-line aria-disabled:text-muted",
        main: "border-accent bg-accent text-accent-ink hover:brightness-110 disabled:border-line disabled:bg-raised disabled:text-muted",
        danger: "border-danger bg-danger text-white hover:brightness-110 disabled:border-line disabled:bg-raised disabled:text-muted",
        quiet: "border-transparent bg-transparent text-ink hover:bg-raised disabled:text-muted",
      },
      size: { small: "min-h-6 px-2 text-[length:var(--text)]", normal: "min-h-8 px-3 text-[0.8125rem]", icon: "size-7 p-0" },
    },
    defaultVariants: { kind: "plain", size: "small" },
  },
);

export interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof styles> {
  /** It was pressed and no answer came yet: it cannot be pressed again. */
  isBusy?: boolean;
}

interface LinkButtonProps extends ComponentProps<"a">, VariantProps<typeof styles> {}

/** A button that is a link: a download, or another place. */
export function LinkButton({ kind, size, className, children, ...rest }: LinkButtonProps) {
  return (
    <a className={cn(styles({ kind, size }), className)} {...rest}>
      {children}
    </a>
  );
}

export function Button({ kind, size, className, isBusy = false, children, disabled, type = "button", ...rest }: ButtonProps) {
  return (
    <button type={type} className={cn(styles({ kind, size }), className)} disabled={disabled || isBusy} aria-busy={isBusy || undefined} {...rest}>
      {isBusy && <LoaderCircle aria-hidden className="animate-spin" />}
      {children}
    </button>
  );
}
