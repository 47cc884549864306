import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { AlertLevel } from "@/api/schema";
import type { Word } from "./word";

export const ALERT_WORDS: Record<AlertLevel, Word> = {
  info: { word: "Note", tone: "off", icon: Info, sentence: "Something happened that you may want to know.", next: "Nothing to do." },
  warn: { word: "Warning", tone: "warn", icon: TriangleAlert, sentence: "Something is not as it should be.", next: "Read it; it may need you." },
  error: { word: "Error", tone: "error", icon: CircleAlert, sentence: "Something went wrong.", next: "Read it; it needs you." },
};
