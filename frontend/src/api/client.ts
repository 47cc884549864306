import createClient from "openapi-fetch";
import type { paths } from "./schema";

/** Typed calls of the backend that served this page. Nothing else is ever called. */
export const api = createClient<paths>({ baseUrl: typeof window === "undefined" ? "http://localhost" : window.location.origin });

/** What a call came to: done, refused with the server's sentence, or unknown because no answer came. */
export type Answer<T> =
  | { kind: "done"; value: T }
  | { kind: "refused"; status: number; sentence: string; fields: Record<string, string> }
  | { kind: "unknown"; sentence: string };

interface RawAnswer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

interface ProblemLike {
  detail?: unknown;
  errors?: unknown;
}

const NO_ANSWER = "No answer came, so it is not known whether it was done. The page shows what holds as soon as the server tells.";

/** Waits for a call for `limitMs`. A late or missing answer is «unknown», never «failed», and is never sent again by itself. */
export async function ask<T>(call: (signal: AbortSignal) => Promise<RawAnswer<T>>, limitMs = 5_000): Promise<Answer<T>> {
  let raw: RawAnswer<T>;
  try {
    raw = await call(AbortSignal.timeout(limitMs));
  } catch {
    return { kind: "unknown", sentence: NO_ANSWER };
  }
  if (raw.response.ok) return { kind: "done", value: raw.data as T };
  const problem: ProblemLike = typeof raw.error === "object" && raw.error !== null ? raw.error : {};
  const sentence = typeof problem.detail === "string" ? problem.detail : `The server answered ${raw.response.status}.`;
  return { kind: "refused", status: raw.response.status, sentence, fields: fieldsOf(problem.errors) };
}

function fieldsOf(errors: unknown): Record<string, string> {
  const fields: Record<string, string> = {};
  if (!Array.isArray(errors)) return fields;
  for (const one of errors as unknown[]) {
    if (typeof one !== "object" || one === null || !("field" in one) || !("message" in one)) continue;
    fields[String(one.field).replace(/^body\./, "")] = String(one.message);
  }
  return fields;
}
