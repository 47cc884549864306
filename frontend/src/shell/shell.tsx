"use client";

import { lazy, Suspense, useCallback, useEffect, useState, type ReactNode } from "react";
import { Toaster } from "sonner";
import { recallLook, useLook } from "@/live/look";
import { connect, useLive } from "@/live/store";
import { MODE_WORDS } from "@/words/mode";
import { useForgetfulAddress, useGo, usePath } from "@/ui/link";
import { Announcer } from "./announcer";
import { Banner } from "./banner";
import { Help } from "./help";
import { Nav } from "./nav";
import { NeedsRail, useNeeds } from "./needs-rail";
import { useShortcuts } from "./shortcuts";
import { StatusBar } from "./status-bar";

const Palette = lazy(() => import("./palette"));

/** What is around every page: the status bar, the warnings, the pages, what needs the user. */
export function Shell({ children }: { children: ReactNode }) {
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const isStale = useLive((state) => state.header !== null && state.link.phase !== "live");
  const theme = useLook((look) => look.theme);
  const go = useGo();
  useForgetfulAddress();
  const openPalette = useCallback(() => setPaletteOpen(true), []);
  const openHelp = useCallback(() => setHelpOpen(true), []);
  useShortcuts({ go, openPalette, openHelp });
  useEffect(() => {
    recallLook();
    return connect();
  }, []);
  return (
    <div data-stale={isStale} className="flex min-h-dvh flex-col lg:h-dvh">
      <a href="#main" className="sr-only focus:not-sr-only focus:fixed focus:top-1 focus:left-1 focus:z-50 focus:rounded focus:bg-accent focus:px-3 focus:py-2 focus:text-accent-ink">
        To the page&apos;s content
      </a>
      <StatusBar onPalette={openPalette} onHelp={openHelp} />
      <Banner />
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <Nav />
        <div className="flex min-h-0 min-w-0 flex-1 flex-col xl:flex-row">
          <main id="main" tabIndex={0} className="min-h-0 min-w-0 flex-1 p-2 -outline-offset-2 lg:overflow-auto">
            {children}
          </main>
          <NeedsRail />
        </div>
      </div>
      <Announcer />
      <TabTitle />
      <Suspense fallback={null}>{isPaletteOpen && <Palette isOpen onClose={() => setPaletteOpen(false)} go={go} />}</Suspense>
      <Help isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
      <Toaster expand theme={theme} position="bottom-right" containerAriaLabel="What was done" toastOptions={{ duration: 5_000 }} />
    </div>
  );
}

/** «(2) Copying · DAS Copy Trader»: how many things wait for the user, and what the whole does. */
function TabTitle() {
  const count = useNeeds().length;
  const mode = useLive((state) => state.header?.mode ?? null);
  const isLive = useLive((state) => state.link.phase === "live");
  const path = usePath();
  useEffect(() => {
    const word = mode === null ? "" : `${isLive ? MODE_WORDS[mode].word : "Not live"} · `;
    const title = `${count > 0 ? `(${count}) ` : ""}${word}DAS Copy Trader`;
    const claim = () => {
      if (document.title !== title) document.title = title;
    };
    claim();
    // A page's own title comes with its markup, and on a slow machine after ours.
    const observer = new MutationObserver(claim);
    observer.observe(document.head, { childList: true, subtree: true, characterData: true });
    return () => observer.disconnect();
  }, [count, mode, isLive, path]);
  return null;
}
