import { act, render, screen, within } from "@testing-library/react";
import { Profiler } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import { PositionsMatrix } from "@/features/positions/positions-matrix";
import { reduce } from "@/live/reducer";
import { EMPTY } from "@/live/state";
import { live } from "@/live/store";
import { account, follower, position, update } from "../make";

// The address belongs to Next, which is not here.
vi.mock("next/navigation", () => ({ usePathname: () => "/", useRouter: () => ({ push: () => undefined, replace: () => undefined }), useSearchParams: () => new URLSearchParams() }));

const SYMBOLS = Array.from({ length: 10 }, (_, index) => `S${index}`);

function held(changed: Record<string, number> = {}) {
  return {
    master: account("MASTER", { positions: SYMBOLS.map((symbol) => position(symbol, 100)) }),
    followers: ["f1", "f2", "f3"].map((id) => follower(id, { positions: SYMBOLS.map((symbol) => position(symbol, id === "f1" ? (changed[symbol] ?? 50) : 50, { target: 50, drift_state: "in_step" })) })),
  };
}

function tell(changed: Record<string, number> = {}): void {
  live.setState(reduce(live.getState(), [update(0, held(changed))]).state, true);
}

beforeEach(() => {
  live.setState(EMPTY, true);
  tell();
});

it("renders nothing for an equal snapshot, and one row for one changed quantity", async () => {
  const onRender = vi.fn();
  render(
    <Profiler id="matrix" onRender={onRender}>
      <PositionsMatrix symbols={live.getState().symbols} />
    </Profiler>,
  );
  const rows = () => screen.getAllByRole("row").filter((row) => row.hasAttribute("aria-rowindex"));
  expect(rows().length).toBeGreaterThan(3);
  onRender.mockClear();
  const touched = new Set<Element>();
  const observer = new MutationObserver((records) => {
    for (const { target } of records) {
      const row = (target instanceof Element ? target : target.parentElement)?.closest("tr");
      if (row) touched.add(row);
    }
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  act(() => tell());
  expect(onRender).not.toHaveBeenCalled();
  act(() => tell({ S2: 75 }));
  await Promise.resolve();
  expect(onRender).toHaveBeenCalledTimes(1);
  expect([...touched].map((row) => within(row as HTMLElement).getByRole("rowheader").textContent)).toEqual(["S2LONG"]);
  observer.disconnect();
});

it("shows the quantity, the target where it differs, and the name of what is wrong", () => {
  const wrong = position("S0", 30, { target: 50, drift_state: "drift", multiplier: "0.5", multiplier_source: "base" });
  live.setState(reduce(live.getState(), [update(0, { master: account("MASTER", { positions: [position("S0", 100)] }), followers: [follower("f1", { positions: [wrong] })] })]).state, true);
  render(<PositionsMatrix symbols={live.getState().symbols} />);
  const cell = screen.getByTitle("master +100 ×0.5 (base) = +50; has +30, difference −20");
  expect(cell).toHaveTextContent("drift +30 / +50");
});

it("says n/a and not zero for an account of which nothing is known", () => {
  live.setState(reduce(live.getState(), [update(0, { master: account("MASTER", { positions: [position("S0", 100)] }), followers: [follower("f1", { state: "disconnected", is_current: false, realized_pl: null, buying_power: null })] })]).state, true);
  render(<PositionsMatrix symbols={live.getState().symbols} />);
  const row = screen.getByRole("row", { name: /S0/ });
  expect(within(row).getByText("n/a")).toBeInTheDocument();
});
