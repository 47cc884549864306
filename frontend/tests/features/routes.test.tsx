import { act, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { clockCount } from "@/live/clock";
import { needsOf } from "@/live/needs";
import { reduce } from "@/live/reducer";
import { EMPTY, type LiveState } from "@/live/state";
import { connect, live, useDerived, useLive } from "@/live/store";
import { Age } from "@/ui/age";
import { useForgetfulAddress, useQueryValue } from "@/ui/link";
import { useShortcuts } from "@/shell/shortcuts";
import { outcome, replication, update } from "../make";

vi.mock("next/navigation", () => ({ usePathname: () => "/", useRouter: () => ({ push: () => undefined, replace: () => undefined }), useSearchParams: () => new URLSearchParams() }));

class SilentSocket {
  close(): void {}
  send(): void {}
}

const counted = { listeners: 0, subscribers: 0 };

beforeEach(() => {
  counted.listeners = counted.subscribers = 0;
  vi.stubGlobal("WebSocket", SilentSocket);
  for (const target of [window, document]) {
    const { addEventListener, removeEventListener } = target;
    vi.spyOn(target, "addEventListener").mockImplementation((...args: unknown[]) => {
      counted.listeners += 1;
      Reflect.apply(addEventListener, target, args);
    });
    vi.spyOn(target, "removeEventListener").mockImplementation((...args: unknown[]) => {
      counted.listeners -= 1;
      Reflect.apply(removeEventListener, target, args);
    });
  }
  const { subscribe } = live;
  vi.spyOn(live, "subscribe").mockImplementation((listener) => {
    const leave = subscribe(listener);
    counted.subscribers += 1;
    return () => {
      counted.subscribers -= 1;
      leave();
    };
  });
  live.setState(reduce(EMPTY, [update(0), { type: "order_replicated", seq: 1, data: replication(5, { follower_results: { f1: outcome("unknown") } }) }]).state, true);
});

afterEach(() => vi.unstubAllGlobals());

const ACTS = { go: () => undefined, openPalette: () => undefined, openHelp: () => undefined };

const idsOf = (state: LiveState) => state.feed.map((entry) => entry.master_order_id);

/** Every way in which a page, and what is around it, listens to something. */
function Page() {
  useShortcuts(ACTS);
  useForgetfulAddress();
  const [filter] = useQueryValue("symbol");
  const mode = useLive((state) => state.header?.mode);
  const ids = useDerived(idsOf);
  return (
    <p>
      {filter} {mode} {ids.length} <Age sinceMs={0} />
    </p>
  );
}

it("leaves nothing behind after a thousand changes of the page", () => {
  const { rerender, unmount } = render(<p>none</p>);
  const before = { ...counted, clocks: clockCount() };
  let most = 0;
  for (let round = 0; round < 1_000; round += 1) {
    rerender(<Page key={round} />);
    const leave = connect();
    most = Math.max(most, counted.listeners + counted.subscribers + clockCount());
    leave();
  }
  rerender(<p>none</p>);
  expect(most).toBeGreaterThan(5);
  expect(most).toBeLessThan(30);
  expect({ ...counted, clocks: clockCount() }).toEqual(before);
  unmount();
});

it("works out what waits once for each state, and shows a new one", () => {
  const first = needsOf(live.getState());
  expect(first.map((need) => need.kind)).toEqual(["unknown"]);
  expect(needsOf(live.getState())).toBe(first);
  act(() => live.setState(reduce(live.getState(), [{ type: "order_replicated", seq: 2, data: replication(5, { follower_results: { f1: outcome("filled") } }) }]).state, true));
  expect(needsOf(live.getState())).toEqual([]);
});
