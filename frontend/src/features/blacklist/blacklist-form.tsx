"use client";

import { useState, type FormEvent } from "react";
import { api, ask } from "@/api/client";
import { useFollowerNames, useLive } from "@/live/store";
import { Button } from "@/ui/button";
import { SwitchField, TextField } from "@/ui/fields";
import { Panel } from "@/ui/panel";

/** «tsla, GME  brk.b» as symbols, each once. */
export function symbolsIn(text: string): string[] {
  return [...new Set(text.toUpperCase().split(/[\s,;]+/).filter(Boolean))];
}

interface Result {
  key: string;
  isDone: boolean;
  sentence: string;
}

/** Several symbols on several followers at once. Each pair gets its own result. */
export function BlacklistForm({ chosen, onAdded }: { chosen: string; onAdded: () => void }) {
  const followerIds = useLive((state) => state.followerIds);
  const names = useFollowerNames();
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [allowClosing, setAllowClosing] = useState(false);
  const [picked, setPicked] = useState<readonly string[]>(chosen ? [chosen] : []);
  const [isSending, setSending] = useState(false);
  const [results, setResults] = useState<readonly Result[]>([]);
  const symbols = symbolsIn(text);
  const pairs = symbols.flatMap((symbol) => picked.map((id) => [id, symbol] as const));
  const toggle = (id: string) => setPicked(picked.includes(id) ? picked.filter((one) => one !== id) : [...picked, id]);
  const add = async (event: FormEvent) => {
    event.preventDefault();
    if (isSending || pairs.length === 0) return;
    setSending(true);
    const told: Result[] = [];
    for (const [id, symbol] of pairs) {
      const body = { follower_id: id, symbol, reason: reason.trim(), allow_closing: allowClosing };
      const answer = await ask((signal) => api.POST("/api/blacklist", { body, signal }));
      const name = names[id] ?? id;
      told.push({ key: `${id} ${symbol}`, isDone: answer.kind === "done", sentence: answer.kind === "done" ? `${symbol} is not copied to ${name} any more.` : `${symbol} on ${name}: ${answer.sentence}` });
    }
    setResults(told);
    setSending(false);
    if (told.every((one) => one.isDone)) setText("");
    onAdded();
  };
  return (
    <Panel title="Exclude symbols">
      <form onSubmit={(event) => void add(event)} className="pad flex flex-col gap-3" noValidate>
        <div className="flex flex-wrap items-start gap-3">
          <TextField label="Symbols" className="w-64" placeholder="TSLA, GME" value={text} onChange={(event) => setText(event.target.value)} />
          <TextField label="Reason" className="w-64" value={reason} onChange={(event) => setReason(event.target.value)} hint="For yourself; it stands in the list." />
        </div>
        <fieldset className="flex flex-wrap gap-x-4 gap-y-1">
          <legend className="mb-1 font-medium">On followers</legend>
          {followerIds.map((id) => (
            <label key={id} className="flex min-h-6 items-center gap-1.5">
              <input type="checkbox" checked={picked.includes(id)} onChange={() => toggle(id)} className="size-4 accent-accent" />
              {names[id] ?? id}
            </label>
          ))}
          <Button onClick={() => setPicked(picked.length === followerIds.length ? [] : followerIds)}>{picked.length === followerIds.length ? "None" : "All"}</Button>
        </fieldset>
        <SwitchField label="Still copy closing orders" hint="Bounded by what the follower holds." checked={allowClosing} onChange={setAllowClosing} />
        <div>
          <Button type="submit" kind="main" size="normal" isBusy={isSending} disabled={pairs.length === 0}>
            {pairs.length > 1 ? `Exclude, ${pairs.length} entries` : "Exclude"}
          </Button>
        </div>
        {results.length > 0 && (
          <ul role="status" className="flex flex-col gap-1">
            {results.map((result) => (
              <li key={result.key} className={result.isDone ? "text-muted" : "text-error"}>
                {result.sentence}
              </li>
            ))}
          </ul>
        )}
      </form>
    </Panel>
  );
}
