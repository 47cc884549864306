import { serve } from "../serve";
import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { AlertsList } from "@/features/alerts/alerts-list";
import { ReplicationsFeed } from "@/features/replications/replications-feed";
import { ShortSalesList } from "@/features/short-sales/short-sales-list";
import { needsOf } from "@/live/needs";
import { reduce } from "@/live/reducer";
import { EMPTY } from "@/live/state";
import { live } from "@/live/store";
import type { ServerMessage } from "@/api/schema";
import { alert, outcome, replication, shortTask, update } from "../make";

// The address belongs to Next, which is not here.
vi.mock("next/navigation", () => ({ usePathname: () => "/", useRouter: () => ({ push: () => undefined, replace: () => undefined }), useSearchParams: () => new URLSearchParams() }));

const MANY = 150;

function tell(...messages: ServerMessage[]): void {
  live.setState(reduce(live.getState(), messages).state, true);
}

function changed(seq: number, masterOrderId: number, word: "filled" | "unknown"): ServerMessage {
  return { type: "replication_update", seq, data: { occurred_at: "2026-11-23T15:00:01Z", master_order_id: masterOrderId, symbol: "AAPL", follower_id: "f1", result: outcome(word) } };
}

beforeEach(() => {
  live.setState(EMPTY, true);
  tell(update(0));
});

it("draws one line of the feed anew for one outcome, and nothing around it", async () => {
  tell(...[1, 2, 3].map((id): ServerMessage => ({ type: "order_replicated", seq: id, data: replication(id) })));
  render(<ReplicationsFeed />);
  const [, second] = screen.getAllByRole("listitem");
  const touched = new Set<Element | null>();
  const observer = new MutationObserver((records) => {
    for (const { target } of records) touched.add((target instanceof Element ? target : target.parentElement)?.closest("li") ?? null);
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  act(() => tell(changed(4, 2, "filled")));
  await Promise.resolve();
  expect([...touched]).toEqual([second]);
  expect(second).toHaveTextContent("Filled");
  observer.disconnect();
});

it("keeps the feed as it is when an outcome is told twice", () => {
  tell({ type: "order_replicated", seq: 1, data: replication(1) }, changed(2, 1, "filled"));
  const { feed } = live.getState();
  tell(changed(3, 1, "filled"));
  expect(live.getState().feed).toBe(feed);
});

it("notices that an outcome became unknown, and that it was told in the end", () => {
  tell({ type: "order_replicated", seq: 1, data: replication(1) });
  tell(changed(2, 1, "unknown"));
  expect(needsOf(live.getState()).map((need) => need.title)).toEqual(["Follower f1: order unknown"]);
  tell(changed(3, 1, "filled"));
  expect(needsOf(live.getState())).toEqual([]);
});

it("draws a hundred alerts at first, and more when asked", async () => {
  tell(...Array.from({ length: MANY }, (_, index): ServerMessage => ({ type: "alert", seq: index + 1, data: alert(index + 1, { message: `Number ${index + 1}.` }) })));
  render(<AlertsList />);
  expect(screen.getAllByRole("listitem")).toHaveLength(100);
  expect(screen.getByText("Number 150.")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Show 50 more of 50" }));
  expect(screen.getAllByRole("listitem")).toHaveLength(MANY);
});

it("draws a hundred short sales of the day at first", async () => {
  serve({ "GET /api/short-sales/tasks/all": Array.from({ length: MANY }, (_, index) => shortTask(`t${index}`, { status: "completed", quantity: index + 1 })) });
  render(<ShortSalesList />);
  const list = await screen.findByRole("region", { name: "Short sales" });
  expect(await within(list).findAllByRole("heading")).toHaveLength(100);
  expect(within(list).getByRole("heading", { name: `Follower f1: short ${MANY} GME` })).toBeInTheDocument();
});
