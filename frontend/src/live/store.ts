import { useMemo } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { api } from "@/api/client";
import { LiveClient, type Action, type ActionResult, type LiveEnvironment, type Socket } from "./client";
import { keeping } from "./share";
import { EMPTY, FEED_MAX, type LiveState } from "./state";

/** The one store of what the server tells. Only the client writes to it. */
export const live = createStore<LiveState>()(() => EMPTY);

/** A derived part of the live state, the same object as long as it is equal. Give a function that stays the same. */
export function useDerived<T>(select: (state: LiveState) => T): T {
  return useLive(useMemo(() => keeping(select), [select]));
}

const namesOf = (state: LiveState) => Object.fromEntries(state.followerIds.map((id) => [id, state.followers[id]?.name ?? id]));

/** The followers' names by their ids; the same object until one of them is renamed, added or removed. */
export function useFollowerNames(): Readonly<Record<string, string>> {
  return useDerived(namesOf);
}

/** A part of the live state; a component renders again only when that part is another object. */
export function useLive<T>(select: (state: LiveState) => T): T {
  return useStore(live, select);
}

const environment: LiveEnvironment = {
  now: () => performance.now(),
  after: (delayMs, act) => {
    const timer = window.setTimeout(act, delayMs);
    return () => window.clearTimeout(timer);
  },
  random: () => Math.random(),
  openSocket: () => browserSocket(),
  isHidden: () => document.visibilityState === "hidden",
  isSignedIn: async () => {
    try {
      return (await fetch("/api/status", { cache: "no-store", signal: AbortSignal.timeout(4_000) })).status !== 401;
    } catch {
      return true;
    }
  },
  fetchLists: async () => {
    try {
      const query = { params: { query: { limit: FEED_MAX } } };
      const [replications, alerts] = await Promise.all([api.GET("/api/replications", query), api.GET("/api/alerts", query)]);
      if (replications.data === undefined || alerts.data === undefined) return null;
      return { replications: replications.data, alerts: alerts.data };
    } catch {
      return null;
    }
  },
};

function browserSocket(): Socket {
  const { protocol, host } = window.location;
  const real = new WebSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}/ws`);
  const socket: Socket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (text) => real.send(text),
    close: () => real.close(),
  };
  real.onopen = () => socket.onopen?.();
  real.onmessage = (event: MessageEvent<string>) => socket.onmessage?.(event.data);
  real.onclose = (event) => socket.onclose?.(event.code);
  return socket;
}

const client = new LiveClient(environment, { get: live.getState, set: (state) => live.setState(state, true) });

/** Connects this page; the returned function ends it. */
export function connect(): () => void {
  const again = () => client.retryNow();
  const whenSeen = () => {
    if (document.visibilityState === "visible") again();
  };
  window.addEventListener("online", again);
  document.addEventListener("visibilitychange", whenSeen);
  client.start();
  return () => {
    window.removeEventListener("online", again);
    document.removeEventListener("visibilitychange", whenSeen);
    client.stop();
  };
}

/** Try the connection now. */
export function retryNow(): void {
  client.retryNow();
}

/** Send an action over the WebSocket. */
export function sendAction(action: Action): Promise<ActionResult> {
  return client.send(action);
}

/** The alerts up to this number have been seen. */
export function acknowledgeAlerts(number: number): void {
  live.setState({ acknowledgedAlert: number });
}
