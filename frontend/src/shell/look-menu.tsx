"use client";

import { Command, Keyboard, Moon, Rows3, Rows4, Sun, Volume2, VolumeX } from "lucide-react";
import { changeLook, useLook } from "@/live/look";
import { Button } from "@/ui/button";
import { play } from "./sound";

/** How the page looks and sounds, one click each. */
export function LookMenu({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }) {
  const { theme, density, sound } = useLook((look) => look);
  const isDark = theme === "dark";
  const isCompact = density === "compact";
  const toggleSound = () => {
    changeLook({ sound: !sound });
    if (!sound) play("needs");
  };
  return (
    <div role="group" aria-label="Look and sound" className="flex items-center">
      <Button kind="quiet" size="icon" aria-label="Command palette" title="Command palette (Ctrl+K)" onClick={onPalette}>
        <Command aria-hidden />
      </Button>
      <Button kind="quiet" size="icon" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" className="hidden sm:inline-flex" onClick={onHelp}>
        <Keyboard aria-hidden />
      </Button>
      <Button kind="quiet" size="icon" aria-label={isDark ? "Light page" : "Dark page"} title={isDark ? "Light page" : "Dark page"} onClick={() => changeLook({ theme: isDark ? "light" : "dark" })}>
        {isDark ? <Sun aria-hidden /> : <Moon aria-hidden />}
      </Button>
      <Button kind="quiet" size="icon" aria-label={isCompact ? "Roomier rows" : "Denser rows"} title={isCompact ? "Roomier rows" : "Denser rows"} className="hidden sm:inline-flex" onClick={() => changeLook({ density: isCompact ? "comfortable" : "compact" })}>
        {isCompact ? <Rows3 aria-hidden /> : <Rows4 aria-hidden />}
      </Button>
      <Button kind="quiet" size="icon" aria-pressed={sound} aria-label="Sound on alerts" title={sound ? "Sound is on" : "Enable sound"} onClick={toggleSound}>
        {sound ? <Volume2 aria-hidden /> : <VolumeX aria-hidden />}
      </Button>
    </div>
  );
}
