"use client";

import { useState } from "react";
import { toast } from "sonner";
import { api, ask } from "@/api/client";
import type { BlacklistView } from "@/api/schema";
import { useFetched } from "@/api/use-fetched";
import { useLive } from "@/live/store";
import { timeOfDay } from "@/words/numbers";
import { Button } from "@/ui/button";
import { Tag } from "@/ui/chip";
import { useCommand } from "@/ui/command";
import { Empty } from "@/ui/empty";
import { FilterField } from "@/ui/fields";
import { useQueryValue } from "@/ui/link";
import { Complaint } from "@/ui/notice";
import { PageHead, Panel } from "@/ui/panel";
import { Scroller } from "@/ui/scroller";
import { Table, Td, Th } from "@/ui/table";
import { BlacklistForm } from "./blacklist-form";

/** Symbols that are not copied, per follower. */
export function BlacklistPage() {
  const [wanted, setWanted] = useQueryValue("follower");
  const [filter, setFilter] = useState("");
  const followerIds = useLive((state) => state.followerIds);
  const followers = useLive((state) => state.followers);
  const held = JSON.stringify(followerIds.map((id) => [id, followers[id]?.blacklist]));
  const listed = useFetched(() => ask((signal) => api.GET("/api/blacklist", { signal })), held);
  const follower = followerIds.includes(wanted) ? wanted : "";
  const rows = (listed.value ?? []).filter((row) => (follower === "" || row.follower_id === follower) && row.symbol.includes(filter.trim().toUpperCase()));
  return (
    <div className="flex flex-col gap-3">
      <PageHead title="Blacklist" sentence="No order and no short sale is copied for these symbols. Cancels of copies that already work still go through.">
        <FilterField label="Filter symbols" value={filter} onChange={(event) => setFilter(event.target.value)} />
        <label className="flex items-center gap-2">
          Follower
          <select value={follower} onChange={(event) => setWanted(event.target.value)} className="min-h-7 rounded border border-edge bg-page px-2">
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
      {followerIds.length > 0 && <BlacklistForm key={follower} chosen={follower} onAdded={listed.reload} />}
      <Panel title="Excluded symbols" isLive>
        {rows.length === 0 ? (
          <Empty>{followerIds.length === 0 ? "There is no follower yet." : "None: every symbol is copied."}</Empty>
        ) : (
          <Scroller label="List of excluded symbols">
            <Table>
              <thead>
                <tr>
                  <Th>Follower</Th>
                  <Th>Symbol</Th>
                  <Th>Reason</Th>
                  <Th>Closing orders</Th>
                  <Th>Since</Th>
                  <Th>
                    <span className="sr-only">Remove</span>
                  </Th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <BlacklistRow key={row.id} row={row} onChanged={listed.reload} />
                ))}
              </tbody>
            </Table>
          </Scroller>
        )}
      </Panel>
    </div>
  );
}

function BlacklistRow({ row, onChanged }: { row: BlacklistView; onChanged: () => void }) {
  const name = useLive((state) => state.followers[row.follower_id]?.name ?? row.follower_id);
  const command = useCommand();
  const undo = async () => {
    const { follower_id, symbol, reason, allow_closing } = row;
    const answer = await ask((signal) => api.POST("/api/blacklist", { body: { follower_id, symbol, reason, allow_closing }, signal }));
    if (answer.kind !== "done") toast.error(answer.sentence);
    onChanged();
  };
  const remove = async () => {
    if (await command.run(() => ask((signal) => api.DELETE("/api/blacklist/{id}", { params: { path: { id: row.id } }, signal })))) {
      onChanged();
      toast.success(`${row.symbol} is copied to ${name} again.`, { action: { label: "Undo", onClick: () => void undo() }, duration: 10_000 });
    }
  };
  return (
    <tr>
      <Th scope="row" className="text-ink">
        {name}
      </Th>
      <Td className="font-semibold">{row.symbol}</Td>
      <Td>{row.reason === "locate_rejected" ? "a locate offer was rejected" : row.reason || <span className="text-muted">none given</span>}</Td>
      <Td>{row.allow_closing ? <Tag>still copied</Tag> : <span className="text-muted">not copied either</span>}</Td>
      <Td>{timeOfDay(row.created_at)}</Td>
      <Td isNumber>
        <Button onClick={() => void remove()} isBusy={command.isSending} aria-label={`Remove ${row.symbol} from the blacklist of ${name}`}>
          Remove
        </Button>
        {command.sentence && (
          <p role="alert" className="text-error">
            {command.sentence}
          </p>
        )}
      </Td>
    </tr>
  );
}
