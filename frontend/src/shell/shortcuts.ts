"use client";

import { useEffect } from "react";
import { look } from "@/live/look";
import { ROUTES } from "./routes";

export interface ShortcutActs {
  go: (href: string) => void;
  openPalette: () => void;
  openHelp: () => void;
}

/** Every shortcut, for the page that explains them. None of them sends an order. */
export const SHORTCUTS: readonly (readonly [string, string])[] = [
  ["Ctrl+K", "Command palette"],
  ["?", "These shortcuts"],
  ["/", "To the page's filter"],
  ["Esc", "Closes a window, leaves a field as it was"],
  ...ROUTES.map((route) => [`Alt+Shift+${route.letter}`, route.title] as const),
];

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName));
}

/** Listens for the shortcuts as long as the shell is there. */
export function useShortcuts({ go, openPalette, openHelp }: ShortcutActs): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        openPalette();
      } else if (event.altKey && event.shiftKey && !event.ctrlKey) {
        const route = ROUTES.find((one) => event.code === `Key${one.letter}`);
        if (route === undefined) return;
        event.preventDefault();
        go(route.href);
      } else if (look.getState().singleKeys && !isTyping(event.target) && !event.ctrlKey && !event.altKey && !event.metaKey) {
        if (document.querySelector('[role="dialog"], [role="alertdialog"]') !== null) return;
        if (event.key === "?") openHelp();
        if (event.key === "/") {
          const filter = document.querySelector<HTMLInputElement>("[data-filter]");
          if (filter === null) return;
          event.preventDefault();
          filter.focus();
        }
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [go, openPalette, openHelp]);
}
