import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { AlertLevel, AlertState } from "@/api/schema";
import type { Word } from "./word";

export const ALERT_WORDS: Record<AlertLevel, Word> = {
  info: { word: "Note", tone: "off", icon: Info, sentence: "Something happened that you may want to know.", next: "Nothing to do." },
  warn: { word: "Warning", tone: "warn", icon: TriangleAlert, sentence: "Something is not as it should be.", next: "Read it; it may need you." },
  error: { word: "Error", tone: "error", icon: CircleAlert, sentence: "Something went wrong.", next: "Read it; it needs you." },
};

/** What an alert says, to stand after its follower's name: the id, with which the server's own sentence begins, is left out. */
export function alertText({ follower_id: id, message }: AlertState): string {
  if (id === null || !message.startsWith(id)) return message;
  const rest = /^:? (.+)$/s.exec(message.slice(id.length));
  return rest?.[1] ?? message;
}
