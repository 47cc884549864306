import { CircleCheck, CircleOff, CirclePause, LoaderCircle, OctagonX } from "lucide-react";
import type { Mode } from "@/api/schema";
import type { Word } from "./word";

/** What the whole is doing. */
export const MODE_WORDS: Record<Mode, Word> = {
  stopped: { word: "Stopped", tone: "off", icon: CircleOff, sentence: "Nothing is copied and nothing is sent.", next: "Press Start to connect all accounts and copy." },
  connecting: { word: "Connecting", tone: "busy", icon: LoaderCircle, sentence: "Copying begins as soon as the master is ready.", next: "Wait for the master, or look at its reason." },
  copying: { word: "Copying", tone: "ok", icon: CircleCheck, sentence: "The master's orders are copied to every follower that is on and ready.", next: "Nothing to do." },
  paused: { word: "Paused", tone: "warn", icon: CirclePause, sentence: "No new entries are copied. Cancels and guarded exits still are.", next: "Resume when you are ready." },
  killed: { word: "Killed", tone: "error", icon: OctagonX, sentence: "Everything new is refused, and working copies were cancelled.", next: "Look at positions, then release." },
};
