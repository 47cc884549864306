import { describe, expect, it } from "vitest";
import openapi from "../../openapi.json";
import { ALERT_WORDS } from "@/words/alert";
import { CONNECTION_WORDS, LINK_WORDS } from "@/words/connection";
import { DRIFT_WORDS } from "@/words/drift";
import { MODE_WORDS } from "@/words/mode";
import { LOG_WORDS } from "@/words/log";
import { ALL_OUTCOMES, OUTCOME_WORDS, severityOf } from "@/words/outcome";
import { ACTION_TITLES, ACTION_WORDS } from "@/words/queue";
import { isOver, SHORT_TASK_WORDS, shortStepOf } from "@/words/short-task";
import { CONNECTION_STEP_TITLES, stepWord, STORY_TITLES } from "@/words/step";
import type { Word } from "@/words/word";

const schemas = openapi.components.schemas as unknown as Record<string, { enum?: string[] }>;

describe("words", () => {
  it.each([
    ["ConnectionState", CONNECTION_WORDS],
    ["Mode", MODE_WORDS],
    ["Outcome", OUTCOME_WORDS],
    ["AlertLevel", ALERT_WORDS],
    ["DriftState", DRIFT_WORDS],
    ["ShortTaskStatus", SHORT_TASK_WORDS],
    ["ActionState", ACTION_WORDS],
  ] as [string, Record<string, Word>][])("say every %s of the program", (name, words) => {
    expect(Object.keys(words).sort()).toEqual([...(schemas[name]?.enum ?? [])].sort());
  });

  it.each([
    ["StepName", CONNECTION_STEP_TITLES],
    ["StepKind", STORY_TITLES],
    ["ActionType", ACTION_TITLES],
  ] as [string, Record<string, string>][])("name every %s of the program", (name, titles) => {
    expect(Object.keys(titles).sort()).toEqual([...(schemas[name]?.enum ?? [])].sort());
  });

  it("tell steps that passed, failed and were not told apart", () => {
    expect([true, false, null].map((ok) => stepWord(ok).word)).toEqual(["Passed", "Failed", "Not told"]);
  });

  it("let a short sale be over exactly when no step is left", () => {
    for (const status of Object.keys(SHORT_TASK_WORDS) as (keyof typeof SHORT_TASK_WORDS)[]) expect(isOver(status)).toBe(shortStepOf(status, false) === 4);
  });

  it("are whole: a word, a sentence, what to do", () => {
    for (const words of [CONNECTION_WORDS, LINK_WORDS, MODE_WORDS, OUTCOME_WORDS, ALERT_WORDS, DRIFT_WORDS, SHORT_TASK_WORDS, ACTION_WORDS, LOG_WORDS] as Record<string, Word>[]) {
      for (const { word, sentence, next, icon } of Object.values(words)) {
        expect(word.length).toBeLessThan(16);
        expect(sentence.endsWith(".")).toBe(true);
        expect(next.endsWith(".")).toBe(true);
        expect(icon).toBeDefined();
      }
    }
  });

  it("differ within a table, so that none stands for two states", () => {
    for (const words of [CONNECTION_WORDS, LINK_WORDS, MODE_WORDS, OUTCOME_WORDS]) {
      const texts = Object.values(words).map((one) => one.word);
      expect(new Set(texts).size).toBe(texts.length);
    }
  });

  it("rank every outcome", () => {
    expect([...ALL_OUTCOMES].sort()).toEqual(Object.keys(OUTCOME_WORDS).sort());
    expect(severityOf("unknown")).toBeLessThan(severityOf("filled"));
  });
});
