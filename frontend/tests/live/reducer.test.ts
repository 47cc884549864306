import { describe, expect, it } from "vitest";
import type { ServerMessage } from "@/api/schema";
import { reduce, withLists } from "@/live/reducer";
import { ALERTS_MAX, EMPTY, FEED_MAX, LOGS_MAX, type LiveState } from "@/live/state";
import { account, alert, follower, order, outcome, position, replication, update } from "../make";

const HELD = { master: account("MASTER", { positions: [position("AAPL", 100), position("TSLA", -40)] }), followers: [follower("f1", { positions: [position("AAPL", 50)] }), follower("f2")] };

function after(...messages: ServerMessage[]): LiveState {
  return reduce(EMPTY, messages).state;
}

describe("identity", () => {
  it("gives the same state back for an equal snapshot", () => {
    const first = after(update(0, HELD));
    expect(reduce(first, [update(0, HELD)]).state).toBe(first);
  });

  it("does not mind that the server's time goes on", () => {
    const first = after(update(0, HELD));
    expect(reduce(first, [update(0, { ...HELD, server_time: "2026-11-23T15:00:01Z" })]).state).toBe(first);
  });

  it("changes one row and one account when one quantity changes", () => {
    const first = after(update(0, HELD));
    const next = reduce(first, [update(0, { ...HELD, followers: [follower("f1", { positions: [position("AAPL", 60)] }), follower("f2")] })]).state;
    expect(next.rows.AAPL).not.toBe(first.rows.AAPL);
    expect(next.rows.AAPL?.cells.master).toBe(first.rows.AAPL?.cells.master);
    expect(next.rows.TSLA).toBe(first.rows.TSLA);
    expect(next.followers.f2).toBe(first.followers.f2);
    expect(next.master).toBe(first.master);
    expect(next.symbols).toBe(first.symbols);
    expect(next.followerIds).toBe(first.followerIds);
    expect(next.header).toBe(first.header);
  });

  it("keeps a row when a value changes that no cell draws", () => {
    const first = after(update(0, HELD));
    const moved = account("MASTER", { positions: [position("AAPL", 100, { unrealized_pl: "12.5" }), position("TSLA", -40)], unrealized_pl: "12.5" });
    const next = reduce(first, [update(0, { ...HELD, master: moved })]).state;
    expect(next.rows).toBe(first.rows);
    expect(next.master).not.toBe(first.master);
  });

  it("keeps orders that stay when one before them goes", () => {
    const [one, two] = [order(1, "AAPL"), order(2, "TSLA")];
    const first = after(update(0, { master: account("MASTER", { working_orders: [one, two] }) }));
    const next = reduce(first, [update(0, { master: account("MASTER", { working_orders: [two] }) })]).state;
    expect(next.master?.working_orders[0]).toBe(first.master?.working_orders[1]);
  });
});

describe("rows", () => {
  it("hold every symbol that an account holds or works, in order", () => {
    const state = after(update(0, { master: account("MASTER", { positions: [position("TSLA", 1)] }), followers: [follower("f1", { positions: [position("AAPL", 5)], working_orders: [order(1, "NVDA")] })] }));
    expect(state.symbols).toEqual(["AAPL", "NVDA", "TSLA"]);
    expect(state.rows.NVDA?.isWorking).toBe(true);
    expect(state.rows.TSLA?.cells.f1).toBeUndefined();
  });

  it("tell what is known of an account that is away", () => {
    const away = { state: "disconnected", is_current: false } as const;
    const state = after(update(0, { followers: [follower("f1", { ...away, positions: [position("AAPL", 5)] }), follower("f2", away)] }));
    expect(state.freshness).toEqual({ master: "current", f1: "old", f2: "unknown" });
  });

  it("count what an account holds, and keep no positions beside the rows", () => {
    const state = after(update(0, { followers: [follower("f1", { positions: [position("AAPL", 5), position("GME", 0), position("TSLA", -5)] })] }));
    expect(state.followers.f1?.heldCount).toBe(2);
    expect(state.followers.f1).not.toHaveProperty("positions");
  });

  it("go with what no account holds any more", () => {
    const first = after(update(0, HELD));
    const next = reduce(first, [update(0, { ...HELD, master: account("MASTER", { positions: [position("AAPL", 100)] }) })]).state;
    expect(next.symbols).toEqual(["AAPL"]);
    expect(next.rows.AAPL).toBe(first.rows.AAPL);
    const gone = reduce(next, [update(0, { ...HELD, master: account("MASTER", { positions: [position("AAPL", 100)] }), followers: [follower("f2")] })]).state;
    expect(Object.keys(gone.rows.AAPL?.cells ?? {})).toEqual(["master"]);
  });
});

describe("events", () => {
  it("put new orders first and later acts where the order stands", () => {
    const state = after(
      update(0),
      { type: "order_replicated", seq: 1, data: replication(1) },
      { type: "order_replicated", seq: 2, data: replication(2) },
      { type: "order_cancelled", seq: 3, data: replication(1, { occurred_at: "2026-11-23T16:00:00Z" }) },
    );
    expect(state.feed.map((entry) => [entry.master_order_id, entry.act])).toEqual([[2, "placed"], [1, "cancelled"]]);
    expect(state.feed[1]?.occurred_at).toBe("2026-11-23T15:00:00.208Z");
  });

  it("change one follower's outcome and leave the other", () => {
    const first = after(update(0), { type: "order_replicated", seq: 1, data: replication(1) });
    const next = reduce(first, [{ type: "replication_update", seq: 2, data: { occurred_at: "2026-11-23T15:00:01Z", master_order_id: 1, symbol: "AAPL", follower_id: "f1", result: outcome("filled") } }]).state;
    expect(next.feed[0]?.follower_results.f1?.outcome).toBe("filled");
    expect(next.feed[0]?.follower_results.f2).toBe(first.feed[0]?.follower_results.f2);
  });

  it("are kept in bounded lists", () => {
    let state = after(update(0));
    for (let seq = 1; seq <= 2_500; seq += 1) {
      const log = { number: seq, time: "2026-11-23T15:00:00Z", level: "info", logger: "x", message: "y" };
      const message: ServerMessage =
        seq % 3 === 0 ? { type: "alert", seq, data: alert(seq) } : seq % 3 === 1 ? { type: "order_replicated", seq, data: replication(seq) } : { type: "log_entries", seq, data: { entries: [log, log, log] } };
      state = reduce(state, [message]).state;
    }
    expect([state.feed.length, state.alerts.length, state.logs.length]).toEqual([FEED_MAX, ALERTS_MAX, LOGS_MAX]);
  });
});

describe("gaps and restarts", () => {
  it("asks for the lists at first, and not again while nothing is missed", () => {
    const first = reduce(EMPTY, [update(5)]);
    expect(first.isBehind).toBe(true);
    expect(reduce(first.state, [{ type: "alert", seq: 6, data: alert(1) }, update(6)]).isBehind).toBe(false);
  });

  it("notices a missed event by the next event, and counts it", () => {
    const { state, isBehind } = reduce(after(update(5)), [{ type: "alert", seq: 8, data: alert(1) }]);
    expect([isBehind, state.lateEvents]).toEqual([true, 2]);
  });

  it("notices a missed event by the next snapshot", () => {
    expect(reduce(after(update(5)), [update(7)]).isBehind).toBe(true);
  });

  it("forgets the events of another life of the program, and asks for its lists", () => {
    const first = after(update(0), { type: "order_replicated", seq: 1, data: replication(1) }, { type: "alert", seq: 2, data: alert(1) });
    const { state, isBehind } = reduce(first, [update(0, { boot_id: "boot-2" })]);
    expect([state.feed, state.alerts, isBehind]).toEqual([[], [], true]);
  });

  it("remembers the version that the page was loaded with", () => {
    const state = reduce(after(update(0)), [update(0, { build_id: "1.1" })]).state;
    expect([state.loadedBuildId, state.header?.build_id]).toEqual(["1.0", "1.1"]);
  });

  it("takes over fetched lists, keeps what came meanwhile, leaves other days out", () => {
    const first = after(update(0), { type: "order_replicated", seq: 1, data: replication(3, { occurred_at: "2026-11-23T16:00:00Z" }) });
    const past = (id: number, day: string) => ({ ...replication(id), trading_day: day, decided_us: 40 });
    const state = withLists(first, [past(2, "2026-11-23"), past(1, "2026-11-23"), past(9, "2026-11-20")], [alert(1)]);
    expect(state.feed.map((entry) => entry.master_order_id)).toEqual([3, 2, 1]);
    expect(state.alerts.length).toBe(1);
  });
});
