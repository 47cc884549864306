"use client";

import { useId, useState, type FormEvent } from "react";
import { toast } from "sonner";
import { api, ask, type Answer } from "@/api/client";
import type { MultiplierView } from "@/api/schema";
import { useFetched } from "@/api/use-fetched";
import { useFollowerNames, useLive } from "@/live/store";
import { sourceWord } from "@/words/drift";
import { multiplier, timeOfDay } from "@/words/numbers";
import { Button } from "@/ui/button";
import { useCommand } from "@/ui/command";
import { Empty } from "@/ui/empty";
import { FilterField, INPUT, SelectField, TextField } from "@/ui/fields";
import { useQueryValue } from "@/ui/link";
import { Complaint } from "@/ui/notice";
import { PageHead, Panel } from "@/ui/panel";
import { Scroller } from "@/ui/scroller";
import { Table, Td, Th } from "@/ui/table";

/** A symbol's own multiplier on a follower. */
function setMultiplier(followerId: string, symbol: string, text: string): Promise<Answer<unknown>> {
  const path = { follower_id: followerId, symbol: symbol.trim().toUpperCase() };
  return ask((signal) => api.PUT("/api/multipliers/{follower_id}/{symbol}", { params: { path }, body: { multiplier: text.trim() }, signal }));
}

async function loadAll(ids: readonly string[]): Promise<Answer<MultiplierView[]>> {
  const answers = await Promise.all(ids.map((id) => ask((signal) => api.GET("/api/multipliers/{follower_id}", { params: { path: { follower_id: id } }, signal }))));
  const all: MultiplierView[] = [];
  for (const answer of answers) {
    if (answer.kind !== "done") return answer;
    all.push(...answer.value);
  }
  return { kind: "done", value: all };
}

/** Which multiplier holds where, and where it comes from. */
export function MultipliersPage() {
  const [wanted, setWanted] = useQueryValue("follower");
  const [filter, setFilter] = useState("");
  const followerIds = useLive((state) => state.followerIds);
  const followers = useLive((state) => state.followers);
  const ids = followerIds.includes(wanted) ? [wanted] : followerIds;
  const held = JSON.stringify(ids.map((id) => [id, followers[id]?.multipliers]));
  const listed = useFetched(() => loadAll(ids), held);
  const rows = (listed.value ?? []).filter((row) => row.symbol.includes(filter.trim().toUpperCase()) && followerIds.includes(row.follower_id));
  return (
    <div className="flex flex-col gap-3">
      <PageHead title="Multipliers" sentence="A symbol's own multiplier goes before the follower's base multiplier, and holds from the master's next order on.">
        <FilterField label="Filter symbols" value={filter} onChange={(event) => setFilter(event.target.value)} />
        <label className="flex items-center gap-2">
          Follower
          <select value={followerIds.includes(wanted) ? wanted : ""} onChange={(event) => setWanted(event.target.value)} className="min-h-7 rounded border border-edge bg-page px-2">
            <option value="">All</option>
            {followerIds.map((id) => (
              <option key={id} value={id}>
                {followers[id]?.name ?? id}
              </option>
            ))}
          </select>
        </label>
      </PageHead>
      <Complaint>{listed.sentence}</Complaint>
      {followerIds.length > 0 && <AddForm key={ids[0]} ids={followerIds} first={ids[0] ?? ""} />}
      <Panel title="Symbols with a multiplier of their own" isLive>
        {rows.length === 0 ? (
          <Empty>{followerIds.length === 0 ? "There is no follower yet." : "None: every symbol is copied with its follower's base multiplier."}</Empty>
        ) : (
          <Scroller label="Multipliers">
            <Table>
              <thead>
                <tr>
                  <Th>Follower</Th>
                  <Th>Symbol</Th>
                  <Th isNumber>Base</Th>
                  <Th isNumber>Own multiplier</Th>
                  <Th>Source</Th>
                  <Th>Since</Th>
                  <Th>
                    <span className="sr-only">Remove</span>
                  </Th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <MultiplierRow key={`${row.follower_id} ${row.symbol} ${row.multiplier}`} row={row} onChanged={listed.reload} />
                ))}
              </tbody>
            </Table>
          </Scroller>
        )}
      </Panel>
    </div>
  );
}

/** Enter saves, Escape puts back what holds. */
function MultiplierRow({ row, onChanged }: { row: MultiplierView; onChanged: () => void }) {
  const name = useLive((state) => state.followers[row.follower_id]?.name ?? row.follower_id);
  const base = useLive((state) => state.followers[row.follower_id]?.base_multiplier ?? null);
  const [text, setText] = useState(row.multiplier);
  const command = useCommand();
  const errorId = useId();
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== row.multiplier && (await command.run(() => setMultiplier(row.follower_id, row.symbol, text), `${row.symbol} on ${name}: ×${text.trim()}.`))) onChanged();
  };
  const remove = async () => {
    const path = { follower_id: row.follower_id, symbol: row.symbol };
    if (await command.run(() => ask((signal) => api.DELETE("/api/multipliers/{follower_id}/{symbol}", { params: { path }, signal })))) {
      onChanged();
      toast.success(`${row.symbol} on ${name} is copied with the base multiplier again.`, { action: { label: "Undo", onClick: () => void setMultiplier(row.follower_id, row.symbol, row.multiplier).then(onChanged) }, duration: 10_000 });
    }
  };
  return (
    <tr>
      <Th scope="row" className="text-ink">
        {name}
      </Th>
      <Td className="font-semibold">{row.symbol}</Td>
      <Td isNumber>{base === null ? "" : multiplier(base)}</Td>
      <Td isNumber>
        <form onSubmit={(event) => void save(event)} className="flex items-center justify-end gap-1">
          <input
            aria-label={`Multiplier of ${row.symbol} on ${name}`}
            inputMode="decimal"
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => event.key === "Escape" && setText(row.multiplier)}
            aria-invalid={command.sentence ? true : undefined}
            aria-describedby={command.sentence ? errorId : undefined}
            className={`${INPUT} min-h-6! w-24! text-right`}
          />
          <Button type="submit" isBusy={command.isSending} disabled={text.trim() === row.multiplier || text.trim() === ""} aria-label={`Save the multiplier of ${row.symbol} on ${name}`}>
            Save
          </Button>
        </form>
        {command.sentence && (
          <p id={errorId} role="alert" className="text-error">
            {command.fields.multiplier ?? command.sentence}
          </p>
        )}
      </Td>
      <Td>{sourceWord(row.source)}</Td>
      <Td>{timeOfDay(row.updated_at)}</Td>
      <Td isNumber>
        <Button onClick={() => void remove()} isBusy={command.isSending} aria-label={`Remove the multiplier of ${row.symbol} on ${name}`}>
          Remove
        </Button>
      </Td>
    </tr>
  );
}

function AddForm({ ids, first }: { ids: readonly string[]; first: string }) {
  const names = useFollowerNames();
  const [follower, setFollower] = useState(first);
  const [symbol, setSymbol] = useState("");
  const [text, setText] = useState("");
  const command = useCommand();
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const name = names[follower] ?? follower;
    if (await command.run(() => setMultiplier(follower, symbol, text), `${symbol.trim().toUpperCase()} on ${name}: ×${text.trim()}.`)) {
      setSymbol("");
      setText("");
    }
  };
  return (
    <Panel title="Set a multiplier">
      <form onSubmit={(event) => void save(event)} className="pad flex flex-wrap items-start gap-3" noValidate>
        <SelectField label="On follower" value={follower} onChange={(event) => setFollower(event.target.value)}>
          {ids.map((id) => (
            <option key={id} value={id}>
              {names[id] ?? id}
            </option>
          ))}
        </SelectField>
        <TextField label="Symbol" className="w-28" value={symbol} onChange={(event) => setSymbol(event.target.value)} />
        <TextField label="Multiplier" inputMode="decimal" className="w-28" value={text} error={command.fields.multiplier} onChange={(event) => setText(event.target.value)} />
        <Button type="submit" kind="main" size="normal" className="mt-5 min-h-7!" isBusy={command.isSending} disabled={symbol.trim() === "" || text.trim() === ""}>
          Set
        </Button>
        {command.sentence && !command.fields.multiplier && <Complaint>{command.sentence}</Complaint>}
      </form>
    </Panel>
  );
}
