import type { AccountState, AlertState, DriftState, FollowerState, InferredMultiplier, LogEntry, Mode, ReplicationState, ShortSaleTaskState, SystemState } from "@/api/schema";

/** The browser's own connection to the server. */
export type LinkPhase = "connecting" | "syncing" | "live" | "stale" | "down" | "signed_out";

export interface LinkState {
  phase: LinkPhase;
  /** Monotonic milliseconds of the last message, of the opening before the first one. */
  heardAtMs: number;
  /** Monotonic milliseconds of the next try; null while there is none planned. */
  retryAtMs: number | null;
}

/** What the master did last with an order. */
export type MasterAct = "placed" | "replaced" | "cancelled";

export interface FeedEntry extends ReplicationState {
  act: MasterAct;
  /** Followers of which it is not known whether they have the order: told beside it, because all entries are looked at often. */
  unknownIds: readonly string[];
}

/**
 * An account without its positions: those are in the rows alone. A price that moves changes each of them each second, and
 * nothing shows it: kept here, they would be thousands of objects to compare and to keep for nothing.
 */
export interface Account extends Omit<AccountState, "positions"> {
  /** Symbols in which it holds shares. */
  heldCount: number;
}

export interface FollowerAccount extends Omit<FollowerState, "positions"> {
  heldCount: number;
}

/** One account's part of a row. All of it is drawn. */
export interface MatrixCell {
  quantity: number;
  /** Shares that it should hold, as the server says; null where nothing can be said, and on the master. */
  target: number | null;
  drift: number | null;
  state: DriftState | null;
  multiplier: string | null;
  source: string | null;
  masterQuantity: number | null;
}

/** Whether what is known of an account holds now, did once, or is nothing at all. */
export type Freshness = "current" | "old" | "unknown";

/** One symbol over all accounts; `cells` by account key: "master", or a follower's id. */
export interface MatrixRow {
  symbol: string;
  cells: Record<string, MatrixCell>;
  /** Shares that working orders of any account still want to trade. */
  isWorking: boolean;
}

/** The system without its accounts, and without what changes with every message. */
export interface Header extends Omit<SystemState, "master" | "followers" | "server_time" | "history_rows_waiting" | "short_sale_tasks"> {
  mode: Mode;
}

export interface LiveState {
  link: LinkState;
  header: Header | null;
  /** The version that this page was loaded with: another one in the header means that a reload is due. */
  loadedBuildId: string | null;
  historyRowsWaiting: number;
  master: Account | null;
  followerIds: readonly string[];
  followers: Readonly<Record<string, FollowerAccount>>;
  freshness: Readonly<Record<string, Freshness>>;
  symbols: readonly string[];
  rows: Readonly<Record<string, MatrixRow>>;
  /** Newest first. */
  feed: readonly FeedEntry[];
  /** Short sales on their way, oldest first; one that just ended stays until the next snapshot. */
  shortTasks: readonly ShortSaleTaskState[];
  /** Newest first. */
  alerts: readonly AlertState[];
  acknowledgedAlert: number;
  /** Counts what happened to queued actions: another number means that the queue is another. */
  queueChanges: number;
  /** Multipliers that were inferred from positions, newest first. */
  inferred: readonly InferredMultiplier[];
  /** Oldest first. */
  logs: readonly LogEntry[];
  lastSeq: number | null;
  /** Events that were missed and fetched since this page was loaded. */
  lateEvents: number;
}

export const FEED_MAX = 500;
export const ALERTS_MAX = 500;
export const LOGS_MAX = 2_000;
export const INFERRED_MAX = 100;
export const MASTER = "master";

export const EMPTY: LiveState = {
  link: { phase: "connecting", heardAtMs: 0, retryAtMs: null },
  header: null,
  loadedBuildId: null,
  historyRowsWaiting: 0,
  master: null,
  followerIds: [],
  followers: {},
  freshness: {},
  symbols: [],
  rows: {},
  feed: [],
  shortTasks: [],
  alerts: [],
  acknowledgedAlert: 0,
  queueChanges: 0,
  inferred: [],
  logs: [],
  lastSeq: null,
  lateEvents: 0,
};
