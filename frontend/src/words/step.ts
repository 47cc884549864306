import { CircleCheck, CircleDashed, CircleX } from "lucide-react";
import type { StepKind, StepName } from "@/api/schema";
import type { Word } from "./word";

/** The steps of a connection test. */
export const CONNECTION_STEP_TITLES: Record<StepName, string> = {
  address: "Port open",
  login: "Login",
  lists: "Orders and positions",
  order_server: "Order server",
  buying_power: "Buying power",
  other_clients: "Other programs",
};

const WENT_WELL: Word = { word: "Passed", tone: "ok", icon: CircleCheck, sentence: "This step went well.", next: "Nothing to do." };
const WENT_WRONG: Word = { word: "Failed", tone: "error", icon: CircleX, sentence: "This step failed.", next: "Read the reason." };
const NOT_TOLD: Word = { word: "Not told", tone: "off", icon: CircleDashed, sentence: "This step was not reached, or its end could not be told.", next: "Read the remark." };

/** How a step of a connection test went; null: it was not reached, or could not be told. */
export function stepWord(ok: boolean | null): Word {
  if (ok === null) return NOT_TOLD;
  return ok ? WENT_WELL : WENT_WRONG;
}

/** The steps between a master's order and the end of its copies. */
export const STORY_TITLES: Record<StepKind, string> = {
  seen: "Seen",
  master_replaced: "Master replaced",
  master_cancelled: "Master ended",
  decided: "Decided",
  sent: "Sent",
  held: "Held back",
  replace_sent: "Replace sent",
  cancel_sent: "Cancel sent",
  changed: "Changed",
  replayed: "Replayed",
  day_ended: "Day ended",
  gap: "Gap",
};
