/** A server in place of the network: answers by method and path, and remembers what was asked. Import it first of all. */

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

type Reply = unknown | ((asked: Asked) => unknown);

/** An answer other than 200. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly errors: { field: string; message: string }[] = [],
  ) {}
}

/** An answer with headers. */
export class WithHeaders {
  constructor(
    readonly body: unknown,
    readonly headers: Record<string, string>,
  ) {}
}

let replies = new Map<string, Reply>();
let all: Asked[] = [];

globalThis.fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
  const request = new Request(input, init);
  const url = new URL(request.url);
  const text = await request.text();
  const asked: Asked = { method: request.method, path: url.pathname, query: url.searchParams, body: text === "" ? null : JSON.parse(text) };
  all.push(asked);
  const key = `${asked.method} ${asked.path}`;
  if (!replies.has(key)) return json({ detail: `Nothing is served at ${key}.` }, 404);
  const reply = replies.get(key);
  const told: unknown = typeof reply === "function" ? (reply as (asked: Asked) => unknown)(asked) : reply;
  if (told instanceof Refusal) return json({ detail: told.detail, errors: told.errors }, told.status);
  if (told instanceof WithHeaders) return json(told.body, 200, told.headers);
  return json(told, 200);
};

function json(body: unknown, status: number, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

/** Serve these, «GET /api/x», and nothing else; what was asked before is forgotten. */
export function serve(answers: Record<string, Reply>): void {
  replies = new Map(Object.entries(answers));
  all = [];
}

/** What was asked of this method and path, in order. */
export function asked(method: string, path: string): Asked[] {
  return all.filter((one) => one.method === method && one.path === path);
}
