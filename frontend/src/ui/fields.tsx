"use client";

import { Switch as RadixSwitch } from "radix-ui";
import { useId, type ComponentProps, type ReactNode } from "react";
import { cn } from "./cn";

export const INPUT =
  "min-h-7 w-full rounded border border-edge bg-page px-2 text-ink placeholder:text-muted disabled:opacity-60 aria-invalid:border-error";

interface FrameProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  className?: string;
}

interface FieldProps extends FrameProps, Omit<ComponentProps<"input">, "className"> {}

/** A labelled input; the hint and the error belong to it for those who hear the page as well. */
export function TextField({ label, hint, error, className, id, ...rest }: FieldProps) {
  const own = useId();
  const fieldId = id ?? own;
  const hintId = `${fieldId}-hint`;
  const errorId = `${fieldId}-error`;
  const described = [hint ? hintId : null, error ? errorId : null].filter(Boolean).join(" ");
  return (
    <div className={cn("flex flex-col gap-1", className)}>
      <label htmlFor={fieldId} className="font-medium">
        {label}
      </label>
      <input id={fieldId} className={INPUT} aria-invalid={error ? true : undefined} aria-describedby={described || undefined} autoComplete="off" spellCheck={false} {...rest} />
      {hint && (
        <p id={hintId} className="text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={errorId} className="text-error">
          {error}
        </p>
      )}
    </div>
  );
}

interface SelectProps extends FrameProps, Omit<ComponentProps<"select">, "className"> {}

/** The browser's own list: it works with every keyboard, reader and phone. */
export function SelectField({ label, hint, error, className, children, id, ...rest }: SelectProps) {
  const own = useId();
  const fieldId = id ?? own;
  const hintId = `${fieldId}-hint`;
  const errorId = `${fieldId}-error`;
  const described = [hint ? hintId : null, error ? errorId : null].filter(Boolean).join(" ");
  return (
    <div className={cn("flex flex-col gap-1", className)}>
      <label htmlFor={fieldId} className="font-medium">
        {label}
      </label>
      <select id={fieldId} className={INPUT} aria-invalid={error ? true : undefined} aria-describedby={described || undefined} {...rest}>
        {children}
      </select>
      {hint && (
        <p id={hintId} className="text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={errorId} className="text-error">
          {error}
        </p>
      )}
    </div>
  );
}

interface SwitchProps {
  label: string;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  /** The label is there for readers alone: the place says it to those who see it. */
  isLabelHidden?: boolean;
}

/** On or off, in words as well. */
export function SwitchField({ label, hint, checked, onChange, disabled, isLabelHidden = false }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <RadixSwitch.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="group inline-flex h-6 w-12 shrink-0 items-center rounded-full border border-edge bg-page px-0.5 data-[state=checked]:bg-accent disabled:opacity-60"
      >
        <RadixSwitch.Thumb className="size-4.5 rounded-full bg-edge transition-transform group-data-[state=checked]:translate-x-6 group-data-[state=checked]:bg-accent-ink" />
      </RadixSwitch.Root>
      <span className="w-6 pt-0.5 text-muted" aria-hidden>
        {checked ? "on" : "off"}
      </span>
      <div className={cn("pt-0.5", isLabelHidden && "sr-only")}>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

/** A filter for a list; `/` leads to it. */
export function FilterField({ label, ...rest }: { label: string } & Omit<ComponentProps<"input">, "className">) {
  return <input type="search" data-filter aria-label={label} placeholder={label} autoComplete="off" spellCheck={false} className={cn(INPUT, "min-h-6 w-36")} {...rest} />;
}
