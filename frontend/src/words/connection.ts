import { CircleCheck, CircleDashed, CircleOff, KeyRound, LoaderCircle, LogIn, Unplug } from "lucide-react";
import type { ConnectionState } from "@/api/schema";
import type { LinkPhase } from "@/live/state";
import type { Word } from "./word";

/** The states of an account's connection to its platform. */
export const CONNECTION_WORDS: Record<ConnectionState, Word> = {
  disconnected: { word: "Offline", tone: "off", icon: CircleOff, sentence: "There is no connection to this account's platform.", next: "Press Start, or look at the reason on the health page." },
  connecting: { word: "Connecting", tone: "busy", icon: LoaderCircle, sentence: "The platform is being called.", next: "Wait a moment. If it lasts, check host and port." },
  logging_in: { word: "Logging in", tone: "busy", icon: LogIn, sentence: "The platform answers and checks user and password.", next: "Wait a moment." },
  syncing: { word: "Syncing", tone: "busy", icon: CircleDashed, sentence: "Orders and positions are being read.", next: "Wait a moment." },
  ready: { word: "Ready", tone: "ok", icon: CircleCheck, sentence: "Orders and positions are complete, and orders can be sent.", next: "Nothing to do." },
  degraded: { word: "No orders", tone: "warn", icon: Unplug, sentence: "The platform answers, but it lost its order server.", next: "In DAS Trader Pro, look at the order server's light and log in again." },
  login_refused: { word: "Login refused", tone: "error", icon: KeyRound, sentence: "The platform does not accept user, password or account.", next: "Correct them on the settings page. The next try waits long, so that the account is not locked." },
};

/** The states of this page's own connection to the program. */
export const LINK_WORDS: Record<LinkPhase, Word> = {
  connecting: { word: "Connecting", tone: "busy", icon: LoaderCircle, sentence: "This page is calling the program.", next: "Wait a moment." },
  syncing: { word: "Loading", tone: "busy", icon: CircleDashed, sentence: "This page waits for the first state.", next: "Wait a moment." },
  live: { word: "Live", tone: "ok", icon: CircleCheck, sentence: "What this page shows is what holds now.", next: "Nothing to do." },
  stale: { word: "Stale", tone: "warn", icon: Unplug, sentence: "Nothing has come for more than three seconds: what this page shows is old.", next: "Look at the platforms themselves until it is live again." },
  down: { word: "Disconnected", tone: "error", icon: CircleOff, sentence: "The program does not answer: what this page shows is old.", next: "Check that the program runs. This page tries again by itself." },
  signed_out: { word: "Signed out", tone: "error", icon: KeyRound, sentence: "The program does not know this browser.", next: "Open the link that the program printed when it started." },
};
