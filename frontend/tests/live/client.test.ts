import { beforeEach, describe, expect, it } from "vitest";
import type { ServerMessage } from "@/api/schema";
import { BATCH_MS, LiveClient, REPLY_LIMIT_MS, SILENT_AFTER_MS, STALE_AFTER_MS, type LiveEnvironment, type Socket } from "@/live/client";
import { EMPTY, type LiveState } from "@/live/state";
import { alert, replication, update } from "../make";

/** Time, timers and a server that a test holds in its hands. */
class World implements LiveEnvironment {
  timeMs = 1_000;
  hidden = false;
  signedIn = true;
  fetches = 0;
  sockets: FakeSocket[] = [];
  private timers: { atMs: number; act: () => void }[] = [];

  now = () => this.timeMs;
  random = () => 0.5;
  isHidden = () => this.hidden;
  isSignedIn = () => Promise.resolve(this.signedIn);
  openSocket = () => {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  };
  after = (delayMs: number, act: () => void) => {
    const timer = { atMs: this.timeMs + delayMs, act };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  };
  fetchLists = () => {
    this.fetches += 1;
    return Promise.resolve({ replications: [{ ...replication(1), trading_day: "2026-11-23", decided_us: 30 }], alerts: [alert(1)] });
  };

  pass(ms: number): void {
    const endMs = this.timeMs + ms;
    for (;;) {
      const next = this.timers.filter((one) => one.atMs <= endMs).sort((one, other) => one.atMs - other.atMs)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((one) => one !== next);
      this.timeMs = Math.max(this.timeMs, next.atMs);
      next.act();
    }
    this.timeMs = endMs;
  }

  get socket(): FakeSocket {
    const socket = this.sockets[this.sockets.length - 1];
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  }
}

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((text: string) => void) | null = null;
  onclose: ((code: number) => void) | null = null;
  sent: string[] = [];
  isClosed = false;
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.isClosed = true;
  }
  tell(message: ServerMessage): void {
    this.onmessage?.(JSON.stringify(message));
  }
}

let world: World;
let state: LiveState;
let commits: number;
let client: LiveClient;

beforeEach(() => {
  world = new World();
  state = EMPTY;
  commits = 0;
  client = new LiveClient(world, {
    get: () => state,
    set: (next) => {
      state = next;
      commits += 1;
    },
  });
});

function goLive(): void {
  client.start();
  world.socket.onopen?.();
  world.socket.tell(update(0));
}

describe("the link", () => {
  it("is live only after the first snapshot", () => {
    client.start();
    expect(state.link.phase).toBe("connecting");
    world.socket.onopen?.();
    expect(state.link.phase).toBe("syncing");
    world.socket.tell(update(0));
    expect(state.link.phase).toBe("live");
  });

  it("does not close a fresh connection before its first message is due", () => {
    world.timeMs = 500_000;
    client.start();
    world.socket.onopen?.();
    world.pass(SILENT_AFTER_MS - 600);
    expect(world.socket.isClosed).toBe(false);
  });

  it("says stale after three seconds, and live again with the next snapshot", () => {
    goLive();
    world.pass(STALE_AFTER_MS + 600);
    expect(state.link.phase).toBe("stale");
    world.socket.tell(update(0));
    expect(state.link.phase).toBe("live");
  });

  it("gives a silent connection up after ten seconds and makes a new one", () => {
    goLive();
    const first = world.socket;
    world.pass(SILENT_AFTER_MS + 600);
    expect(first.isClosed).toBe(true);
    expect(state.link.phase).toBe("down");
    world.pass(600);
    expect(world.sockets.length).toBe(2);
  });

  it("tries again ever later, up to ten seconds", () => {
    client.start();
    const delays: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      world.socket.onclose?.(1006);
      const { retryAtMs } = state.link;
      delays.push((retryAtMs ?? 0) - world.timeMs);
      world.pass(11_000);
    }
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
  });

  it("tries at once when it is asked to, and only one connection at a time", () => {
    goLive();
    client.retryNow();
    expect(world.sockets.length).toBe(1);
    world.socket.onclose?.(1006);
    client.retryNow();
    client.retryNow();
    expect(world.sockets.length).toBe(2);
  });

  it("stops trying when the server does not know the browser", async () => {
    world.signedIn = false;
    client.start();
    world.socket.onclose?.(1006);
    await Promise.resolve();
    await Promise.resolve();
    expect(state.link.phase).toBe("signed_out");
    world.pass(60_000);
    expect(world.sockets.length).toBe(1);
  });

  it("lets go of everything at its end", () => {
    goLive();
    client.stop();
    expect(world.socket.isClosed).toBe(true);
    world.pass(60_000);
    expect(world.sockets.length).toBe(1);
  });
});

describe("batches", () => {
  it("commits many messages once", () => {
    goLive();
    const before = commits;
    for (let seq = 1; seq <= 20; seq += 1) world.socket.tell({ type: "alert", seq, data: alert(seq) });
    world.socket.tell(update(20));
    expect(commits).toBe(before);
    world.pass(BATCH_MS);
    expect(commits).toBe(before + 1);
    expect(state.alerts.length).toBe(20);
  });

  it("commits at once while the page is hidden", () => {
    goLive();
    world.hidden = true;
    world.socket.tell({ type: "alert", seq: 1, data: alert(1) });
    expect(state.alerts.length).toBe(1);
  });

  it("asks for the lists once after connecting, and again after a gap", async () => {
    goLive();
    await Promise.resolve();
    await Promise.resolve();
    expect(world.fetches).toBe(1);
    expect(state.feed.length).toBe(1);
    world.socket.tell({ type: "alert", seq: 5, data: alert(5) });
    world.pass(BATCH_MS);
    expect(world.fetches).toBe(2);
  });
});

describe("actions", () => {
  const action = { action: "override_multiplier", follower_id: "f1", symbol: "AAPL", multiplier: "2" } as const;

  it("are settled by the answer with their number", async () => {
    goLive();
    const first = client.send(action);
    const second = client.send(action);
    expect(world.socket.sent.map((text) => (JSON.parse(text) as { request_id: string }).request_id)).toEqual(["r1", "r2"]);
    world.socket.tell({ type: "error", seq: 0, data: { action: "override_multiplier", request_id: "r2", message: "No." } });
    world.socket.tell({ type: "reply", seq: 0, data: { action: "override_multiplier", request_id: "r1" } } as ServerMessage);
    expect([await first, await second]).toEqual([{ kind: "done" }, { kind: "refused", sentence: "No." }]);
  });

  it("are unknown without an answer, and when the connection is lost", async () => {
    goLive();
    const first = client.send(action);
    world.pass(REPLY_LIMIT_MS);
    world.socket.tell(update(0));
    const second = client.send(action);
    world.socket.onclose?.(1006);
    expect([await first, await second]).toEqual([{ kind: "unknown" }, { kind: "unknown" }]);
  });

  it("are not sent while the page is not live", async () => {
    client.start();
    expect((await client.send(action)).kind).toBe("refused");
    expect(world.socket.sent).toEqual([]);
  });
});
