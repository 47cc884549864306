import type { LucideIcon } from "lucide-react";

/** How a state looks: its colour and, because colour alone says nothing to many, its icon and its word. */
export type Tone = "ok" | "busy" | "warn" | "error" | "off";

/** A state in words: what it is called, what it means, and what to do about it. */
export interface Word {
  word: string;
  tone: Tone;
  icon: LucideIcon;
  sentence: string;
  next: string;
}
