"use client";

import { X } from "lucide-react";
import { AlertDialog as RadixAlert, Dialog as RadixDialog } from "radix-ui";
import { useRef, useState, type ReactNode } from "react";
import { Button } from "./button";
import { cn } from "./cn";

const OVERLAY = "fixed inset-0 z-40 bg-black/60";
const CONTENT =
  "fixed top-1/2 left-1/2 z-50 flex max-h-[90dvh] w-[min(40rem,calc(100vw-1rem))] -translate-x-1/2 -translate-y-1/2 flex-col overflow-hidden rounded-lg border border-edge bg-panel shadow-2xl";

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  sentence?: string;
  children: ReactNode;
  footer?: ReactNode;
  className?: string;
}

/** A window over the page. Escape and the cross close it; the focus stays inside and goes back afterwards. */
export function Dialog({ isOpen, onClose, title, sentence, children, footer, className }: DialogProps) {
  return (
    <RadixDialog.Root open={isOpen} onOpenChange={(open) => (open ? undefined : onClose())}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className={OVERLAY} />
        <RadixDialog.Content className={cn(CONTENT, className)} {...(sentence ? {} : { "aria-describedby": undefined })}>
          <header className="flex items-start gap-3 border-b border-line px-4 py-3">
            <div className="min-w-0">
              <RadixDialog.Title className="text-base font-semibold">{title}</RadixDialog.Title>
              {sentence && <RadixDialog.Description className="text-muted">{sentence}</RadixDialog.Description>}
            </div>
            <RadixDialog.Close asChild>
              <Button kind="quiet" size="icon" aria-label="Close" className="ml-auto">
                <X aria-hidden />
              </Button>
            </RadixDialog.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-auto p-4">{children}</div>
          {footer && <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">{footer}</footer>}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

interface ConfirmProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  confirmWord: string;
  /** Done once, however often it is pressed; the dialog closes when it has ended. */
  onConfirm: () => Promise<void>;
}

/** Asks before something that cannot be taken back. The focus begins on Cancel. */
export function Confirm({ isOpen, onClose, title, children, confirmWord, onConfirm }: ConfirmProps) {
  const inFlight = useRef(false);
  const [isBusy, setBusy] = useState(false);
  const confirm = async () => {
    if (inFlight.current) return;
    inFlight.current = true;
    setBusy(true);
    await onConfirm();
    inFlight.current = false;
    setBusy(false);
    onClose();
  };
  return (
    <RadixAlert.Root open={isOpen} onOpenChange={(open) => (open || isBusy ? undefined : onClose())}>
      <RadixAlert.Portal>
        <RadixAlert.Overlay className={OVERLAY} />
        <RadixAlert.Content className={CONTENT}>
          <RadixAlert.Title className="px-4 pt-4 text-base font-semibold">{title}</RadixAlert.Title>
          <RadixAlert.Description asChild>
            <div className="min-h-0 overflow-auto px-4 py-3 text-muted">{children}</div>
          </RadixAlert.Description>
          <footer className="flex justify-end gap-2 border-t border-line px-4 py-3">
            <RadixAlert.Cancel asChild>
              <Button size="normal" disabled={isBusy}>
                Cancel
              </Button>
            </RadixAlert.Cancel>
            <Button kind="danger" size="normal" isBusy={isBusy} onClick={() => void confirm()}>
              {confirmWord}
            </Button>
          </footer>
        </RadixAlert.Content>
      </RadixAlert.Portal>
    </RadixAlert.Root>
  );
}
