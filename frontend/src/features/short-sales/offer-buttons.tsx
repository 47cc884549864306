"use client";

import { useState } from "react";
import { toast } from "sonner";
import { api, ask } from "@/api/client";
import type { LocateOfferState, ShortSaleTaskState } from "@/api/schema";
import { useFetched } from "@/api/use-fetched";
import { useLive } from "@/live/store";
import { duration, money, price, shares } from "@/words/numbers";
import { Button } from "@/ui/button";
import { useCommand } from "@/ui/command";
import { Confirm } from "@/ui/dialog";
import { Complaint } from "@/ui/notice";

/** The reason of a blacklist entry that a rejected offer made. */
const REJECTED = "locate_rejected";

/** Seconds that an offer still stands, by the server's own clock. */
export function secondsLeft(offer: LocateOfferState): number {
  return Math.max(0, (Date.parse(offer.expires_at) - Date.parse(offer.made_at)) / 1_000 - offer.age_s);
}

/** An offer in figures: price per share, shares, total, route, time left. */
export function OfferFigures({ offer }: { offer: LocateOfferState }) {
  return (
    <p>
      <span className="whitespace-nowrap">
        {price(offer.price)} × {shares(offer.shares)} = <strong>{money(offer.total_cost)}</strong>
      </span>{" "}
      <span className="text-muted">
        at {offer.route} · <span className="whitespace-nowrap">{duration(secondsLeft(offer))} left</span>
      </span>
    </p>
  );
}

/** Takes an offer, after a look at the total, or leaves it. Both rely on what is shown: not while that is old. */
export function OfferButtons({ task, offer }: { task: ShortSaleTaskState; offer: LocateOfferState }) {
  const isLive = useLive((state) => state.link.phase === "live");
  const [asking, setAsking] = useState<"accept" | "reject" | null>(null);
  const command = useCommand();
  const path = { task_id: task.task_id };
  // Just the offer that was looked at: the server refuses when it shows another price meanwhile.
  const accept = async () => {
    await command.run(() => ask((signal) => api.POST("/api/short-sales/tasks/{task_id}/offer/accept", { params: { path }, body: { price: offer.price }, signal })), `Accepted: ${shares(offer.shares)} ${task.symbol} are being located for ${task.follower}.`);
  };
  const reject = async () => {
    const wasDone = await command.run(() => ask((signal) => api.POST("/api/short-sales/tasks/{task_id}/offer/reject", { params: { path }, signal })));
    if (wasDone) toast.success(`Rejected. ${task.symbol} is on ${task.follower}'s blacklist now.`, { action: { label: "Undo", onClick: () => void unlist(task) }, duration: 10_000 });
  };
  return (
    <div className="flex flex-col gap-1">
      <div className="flex flex-wrap gap-2">
        <Button disabled={!isLive} title={isLive ? undefined : "What is shown is old."} isBusy={command.isSending && asking !== "accept"} onClick={() => setAsking("reject")} aria-label={`Reject the offer of ${task.symbol} for ${task.follower}`}>
          Reject…
        </Button>
        <Button kind="main" disabled={!isLive} title={isLive ? undefined : "What is shown is old."} onClick={() => setAsking("accept")} aria-label={`Accept the offer of ${task.symbol} for ${task.follower}`}>
          Accept…
        </Button>
      </div>
      <Complaint>{command.sentence}</Complaint>
      <Confirm isOpen={asking === "accept"} onClose={() => setAsking(null)} title={`Pay ${money(offer.total_cost)} for locates?`} confirmWord={`Accept, ${money(offer.total_cost)}`} onConfirm={accept}>
        <p className="text-ink">
          {task.follower} borrows {shares(offer.shares)} {task.symbol} at {offer.route} for {price(offer.price)} a share. Then it sells {shares(task.quantity)} short.
        </p>
        <Limit followerId={task.follower_id} />
        <p>What a locate costs is not given back.</p>
      </Confirm>
      <Confirm isOpen={asking === "reject"} onClose={() => setAsking(null)} title={`Reject the offer of ${task.symbol}?`} confirmWord="Reject" onConfirm={reject}>
        <p>
          Nothing is bought, and the short sale ends. {task.symbol} goes on {task.follower}&apos;s blacklist: no order in it is copied there until you take it off.
        </p>
      </Confirm>
    </div>
  );
}

/** What the follower's settings allow, beside what is asked for. */
function Limit({ followerId }: { followerId: string }) {
  const follower = useFetched(() => ask((signal) => api.GET("/api/followers/{id}", { params: { path: { id: followerId } }, signal })));
  if (follower.value === null) return null;
  return <p>Its limit is {price(follower.value.max_locate_price)} a share: that is why it was not taken by itself.</p>;
}

/** Takes the symbol off the blacklist again; an entry that was there for another reason stays. */
async function unlist(task: ShortSaleTaskState): Promise<void> {
  const listed = await ask((signal) => api.GET("/api/blacklist", { params: { query: { follower_id: task.follower_id } }, signal }));
  const entry = listed.kind === "done" ? listed.value.find((one) => one.symbol === task.symbol && one.reason === REJECTED) : undefined;
  if (entry === undefined) {
    toast.error(listed.kind === "done" ? `${task.symbol} is not on ${task.follower}'s blacklist for that reason.` : listed.sentence);
    return;
  }
  const answer = await ask((signal) => api.DELETE("/api/blacklist/{id}", { params: { path: { id: entry.id } }, signal }));
  if (answer.kind === "done") toast.success(`${task.symbol} is off ${task.follower}'s blacklist again. The short sale stays ended.`);
  else toast.error(answer.sentence);
}
