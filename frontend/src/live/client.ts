import type { AlertState, ClientMessage, PastReplicationState, ServerMessage } from "@/api/schema";
import { reduce, withLists } from "./reducer";
import type { LinkPhase, LiveState } from "./state";

export const STALE_AFTER_MS = 3_000;
export const SILENT_AFTER_MS = 10_000;
export const BATCH_MS = 16;
export const RETRY_FIRST_MS = 500;
export const RETRY_MOST_MS = 10_000;
export const REPLY_LIMIT_MS = 5_000;
const WATCH_MS = 500;

/** A WebSocket as far as it is used here. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((text: string) => void) | null;
  onclose: ((code: number) => void) | null;
  send(text: string): void;
  close(): void;
}

/** What the client needs of the browser; a test makes one up. Times in monotonic milliseconds. */
export interface LiveEnvironment {
  now(): number;
  after(delayMs: number, act: () => void): () => void;
  random(): number;
  openSocket(): Socket;
  isHidden(): boolean;
  /** Whether the server still knows this browser: asked when a connection could not be made. */
  isSignedIn(): Promise<boolean>;
  fetchLists(): Promise<{ replications: PastReplicationState[]; alerts: AlertState[] } | null>;
}

/** Where the state lives. */
export interface LiveStore {
  get(): LiveState;
  set(state: LiveState): void;
}

/** What became of an action that was sent over the WebSocket. */
export type ActionResult = { kind: "done" } | { kind: "refused"; sentence: string } | { kind: "unknown" };

interface Waiting {
  settle: (result: ActionResult) => void;
  forget: () => void;
}

type Unnumbered<T> = T extends unknown ? Omit<T, "request_id"> : never;
export type Action = Unnumbered<ClientMessage>;

/**
 * Owns the one WebSocket: opens, watches and reopens it, applies what comes in batches, and tells how old it all is.
 * Ages count from receipt on the monotonic clock; before the first message, from the opening.
 */
export class LiveClient {
  private socket: Socket | null = null;
  private pending: ServerMessage[] = [];
  private cancelBatch: (() => void) | null = null;
  private cancelRetry: (() => void) | null = null;
  private cancelWatch: (() => void) | null = null;
  private tries = 0;
  private requests = 0;
  private isFetching = false;
  private readonly waiting = new Map<string, Waiting>();

  constructor(
    private readonly environment: LiveEnvironment,
    private readonly store: LiveStore,
  ) {}

  /** Connects, for as long as the page lives. */
  start(): void {
    if (this.cancelWatch === null) this.watch();
    if (this.socket === null) this.connect();
  }

  /** Lets go of everything. */
  stop(): void {
    this.cancelWatch?.();
    this.cancelWatch = null;
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.drop();
  }

  /** A try at once: the user asked, the network is back, or the page is looked at again. */
  retryNow(): void {
    const { phase } = this.store.get().link;
    if (this.socket !== null || (phase !== "down" && phase !== "signed_out")) return;
    this.tries = 0;
    this.connect();
  }

  /** Sends an action; the answer names it. No answer in time is «unknown», and nothing is sent again. */
  send(action: Action): Promise<ActionResult> {
    const socket = this.socket;
    if (socket === null || this.store.get().link.phase !== "live") {
      return Promise.resolve({ kind: "refused", sentence: "The page is not connected: nothing was sent." });
    }
    this.requests += 1;
    const requestId = `r${this.requests}`;
    return new Promise((settle) => {
      const forget = this.environment.after(REPLY_LIMIT_MS, () => {
        this.waiting.delete(requestId);
        settle({ kind: "unknown" });
      });
      this.waiting.set(requestId, { settle, forget });
      socket.send(JSON.stringify({ ...action, request_id: requestId }));
    });
  }

  private connect(): void {
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.setLink("connecting", { retryAtMs: null });
    const socket = this.environment.openSocket();
    this.socket = socket;
    let wasOpen = false;
    socket.onopen = () => {
      if (this.socket !== socket) return;
      wasOpen = true;
      this.setLink("syncing", { heardAtMs: this.environment.now() });
    };
    socket.onmessage = (text) => {
      if (this.socket === socket) this.receive(text);
    };
    socket.onclose = (code) => {
      if (this.socket !== socket) return;
      this.drop();
      this.onLost(wasOpen, code);
    };
  }

  private receive(text: string): void {
    const message = JSON.parse(text) as ServerMessage;
    const { link } = this.store.get();
    if (message.type === "reply" || message.type === "error") this.settle(message);
    // Of snapshots only the newest counts; events are kept, in order.
    if (message.type === "state_update") this.pending = this.pending.filter((one) => one.type !== "state_update");
    this.pending.push(message);
    this.tries = 0;
    if (link.phase !== "live" && message.type === "state_update") {
      this.commit();
      return;
    }
    // Frames stop and timers slow down while a page is hidden: then what comes is applied as it comes.
    if (this.environment.isHidden()) this.commit();
    else this.cancelBatch ??= this.environment.after(BATCH_MS, () => this.commit());
  }

  private commit(): void {
    this.cancelBatch?.();
    this.cancelBatch = null;
    const messages = this.pending;
    this.pending = [];
    if (messages.length === 0) return;
    const before = this.store.get();
    const { state, isBehind } = reduce(before, messages);
    const isSynced = before.link.phase === "live" || messages.some((message) => message.type === "state_update");
    const link = { phase: isSynced ? "live" : before.link.phase, heardAtMs: this.environment.now(), retryAtMs: null } as const;
    this.store.set({ ...state, link });
    if (isBehind) void this.fetchLists();
  }

  private async fetchLists(): Promise<void> {
    if (this.isFetching) return;
    this.isFetching = true;
    const lists = await this.environment.fetchLists();
    this.isFetching = false;
    if (lists === null) return;
    this.commit();
    this.store.set(withLists(this.store.get(), lists.replications, lists.alerts));
  }

  private settle(message: Extract<ServerMessage, { type: "reply" | "error" }>): void {
    const id = message.data.request_id;
    if (typeof id !== "string") return;
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    this.waiting.delete(id);
    waiting.forget();
    waiting.settle(message.type === "reply" ? { kind: "done" } : { kind: "refused", sentence: message.data.message });
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    this.commit();
    for (const { settle, forget } of this.waiting.values()) {
      forget();
      settle({ kind: "unknown" });
    }
    this.waiting.clear();
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private onLost(wasOpen: boolean, code: number): void {
    if (code === 4401) {
      this.setLink("signed_out", { retryAtMs: null });
      return;
    }
    this.planRetry();
    if (wasOpen) return;
    // A browser is not told why a handshake failed: the server says it to a plain request.
    void this.environment.isSignedIn().then((isSignedIn) => {
      if (isSignedIn || this.socket !== null) return;
      this.cancelRetry?.();
      this.cancelRetry = null;
      this.setLink("signed_out", { retryAtMs: null });
    });
  }

  private planRetry(): void {
    const base = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** this.tries);
    this.tries += 1;
    const delayMs = base * (0.7 + 0.6 * this.environment.random());
    this.setLink("down", { retryAtMs: this.environment.now() + delayMs });
    this.cancelRetry = this.environment.after(delayMs, () => this.connect());
  }

  private watch(): void {
    this.cancelWatch = this.environment.after(WATCH_MS, () => {
      this.checkAge();
      this.watch();
    });
  }

  private checkAge(): void {
    const { link } = this.store.get();
    if (this.socket === null || link.phase === "connecting") return;
    const ageMs = this.environment.now() - link.heardAtMs;
    if (ageMs > SILENT_AFTER_MS) {
      this.drop();
      this.planRetry();
    } else if (ageMs > STALE_AFTER_MS && link.phase === "live") {
      this.setLink("stale");
    }
  }

  private setLink(phase: LinkPhase, more: Partial<LiveState["link"]> = {}): void {
    const state = this.store.get();
    this.store.set({ ...state, link: { ...state.link, ...more, phase } });
  }
}
