import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";

/** How the page looks and sounds: kept in this browser. */
export interface Look {
  theme: "dark" | "light";
  density: "compact" | "comfortable";
  /** Colours of profit and loss. */
  palette: "clear" | "classic";
  sound: boolean;
  singleKeys: boolean;
}

const KEY = "das-look";
const FIRST: Look = { theme: "dark", density: "compact", palette: "clear", sound: false, singleKeys: true };

function isOneOf<T extends string>(value: unknown, words: readonly T[]): value is T {
  return typeof value === "string" && (words as readonly string[]).includes(value);
}

function kept(): Look {
  if (typeof window === "undefined") return FIRST;
  try {
    const found = JSON.parse(window.localStorage.getItem(KEY) ?? "{}") as Partial<Record<keyof Look, unknown>>;
    return {
      theme: isOneOf(found.theme, ["dark", "light"]) ? found.theme : FIRST.theme,
      density: isOneOf(found.density, ["compact", "comfortable"]) ? found.density : FIRST.density,
      palette: isOneOf(found.palette, ["clear", "classic"]) ? found.palette : FIRST.palette,
      sound: found.sound === true,
      singleKeys: found.singleKeys !== false,
    };
  } catch {
    return FIRST;
  }
}

export const look = createStore<Look>()(() => FIRST);

/** Take over what this browser kept. Called once, after the page came alive, so that server and browser agree before. */
export function recallLook(): void {
  look.setState(kept());
}

/** Change the look, show and keep it. */
export function changeLook(change: Partial<Look>): void {
  look.setState(change);
  const state = look.getState();
  const { dataset } = document.documentElement;
  dataset.theme = state.theme;
  dataset.density = state.density;
  dataset.palette = state.palette;
  try {
    window.localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // A browser that keeps nothing still shows the change.
  }
}

export function useLook<T>(select: (state: Look) => T): T {
  return useStore(look, select);
}
