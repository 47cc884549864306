import { asked, Refusal, serve } from "../serve";
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { QueuePage } from "@/features/queue/queue-page";
import { actionText, canDiscard, canReplay, chosen, masterText } from "@/features/queue/selection";
import { reduce } from "@/live/reducer";
import { EMPTY } from "@/live/state";
import { live } from "@/live/store";
import { follower, queued, update } from "../make";

// The address belongs to Next, which is not here.
vi.mock("next/navigation", () => ({ usePathname: () => "/queue/", useRouter: () => ({ push: () => undefined, replace: () => undefined }), useSearchParams: () => new URLSearchParams() }));

const SELL = queued("a1");
const BUY = queued("a2", { side: "BUY", quantity: 50, symbol: "MSFT", type: "Market", price: null, master_order_id: 102 });
const OLD = queued("a3", { state: "obsolete", symbol: "TSLA", master_status: "CANCELED", master_order_id: 103 });

function isReady(): void {
  const { state } = reduce(EMPTY, [update(0, { followers: [follower("f1", { queued_actions: 3 })] })]);
  live.setState({ ...state, link: { phase: "live", heardAtMs: 0, retryAtMs: null } }, true);
}

function serveQueue(result: unknown): void {
  serve({ "GET /api/queued-actions": [{ follower_id: "f1", actions: [SELL, BUY, OLD] }], "POST /api/queued-actions/f1/replay": result, "POST /api/queued-actions/f1/discard": result });
}

function done(id: string, error = ""): object {
  return { action_id: id, success: error === "", error, outcome: error === "" ? "pending" : null, action_type: "order_submit", master_order_id: 101, symbol: "AAPL" };
}

describe("an action", () => {
  it("is told in a few words", () => {
    expect(actionText(SELL)).toBe("SELL 200 AAPL LMT 201.20");
    expect(actionText(queued("r", { action_type: "order_replace", new_quantity: 300, new_price: "24.1" }))).toBe("Replace SELL AAPL, master order 101 to 300 at 24.10");
    expect(actionText(queued("c", { action_type: "order_cancel" }))).toBe("Cancel SELL AAPL, master order 101");
    expect(masterText(queued("m", { master_filled_quantity: 100, master_status: "PARTIALLY_FILLED" }))).toBe("partly filled, 100 of 400 filled");
    expect(masterText(queued("m", { master_quantity: 400, master_filled_quantity: 400, master_status: "TRIGGERED" }))).toBe("filled, 400 shares");
    expect(masterText(queued("t", { master_status: "TRIGGERED" }))).toBe("working, 400 shares");
    expect(masterText(queued("t", { master_status: "TRIGGERED", state: "obsolete" }))).toBe("ended, 400 shares");
  });

  it("can be replayed only while it waits, and is chosen in the master's order", () => {
    expect([SELL, OLD, queued("x", { state: "automatic" }), queued("y", { state: "replaying" })].map((one) => [canReplay(one), canDiscard(one)])).toEqual([[true, true], [false, true], [false, false], [false, false]]);
    expect(chosen([SELL, BUY, OLD], new Set(["a3", "a2", "gone", "a1"]), canReplay)).toEqual([SELL, BUY]);
  });
});

describe("the queue", () => {
  beforeEach(isReady);

  it("sends only what is ticked, after a question, and shows each line's result", async () => {
    serveQueue({ follower_id: "f1", results: [done("a2")] });
    const user = userEvent.setup();
    render(<QueuePage />);
    await user.click(await screen.findByRole("checkbox", { name: /BUY 50 MSFT/ }));
    await user.click(screen.getByRole("button", { name: "Replay 1 selected…" }));
    expect(asked("POST", "/api/queued-actions/f1/replay")).toEqual([]);
    await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Replay 1" }));
    await waitFor(() => expect(asked("POST", "/api/queued-actions/f1/replay").map((one) => one.body)).toEqual([{ action_ids: ["a2"] }]));
    expect(await screen.findByRole("status", { name: "Results" })).toHaveTextContent("BUY 50 MSFT MKT:Sent");
    expect(screen.getByRole("button", { name: "Replay 0 selected…" })).toBeDisabled();
  });

  it("keeps the failure of one line where it can be read", async () => {
    serveQueue({ follower_id: "f1", results: [done("a1", "AAPL is on the blacklist."), done("a2")] });
    const user = userEvent.setup();
    render(<QueuePage />);
    await user.click(await screen.findByRole("button", { name: "Tick all that wait" }));
    await user.click(screen.getByRole("button", { name: "Replay 2 selected…" }));
    await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Replay 2" }));
    expect(await screen.findByText("AAPL is on the blacklist.")).toBeInTheDocument();
  });

  it("forgets nothing when the request fails", async () => {
    serveQueue(new Refusal(409, "Follower f1 is not ready."));
    const user = userEvent.setup();
    render(<QueuePage />);
    await user.click(await screen.findByRole("checkbox", { name: /SELL 200 AAPL/ }));
    await user.click(screen.getByRole("button", { name: "Discard 1 selected…" }));
    await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Discard 1" }));
    expect(await screen.findByText("Follower f1 is not ready.")).toBeInTheDocument();
    expect(screen.getByRole("checkbox", { name: /SELL 200 AAPL/ })).toBeChecked();
  });

  it("sends nothing while what is shown is old, or the follower is away", async () => {
    serveQueue({ follower_id: "f1", results: [] });
    const user = userEvent.setup();
    render(<QueuePage />);
    await user.click(await screen.findByRole("checkbox", { name: /SELL 200 AAPL/ }));
    expect(screen.getByRole("button", { name: "Replay 1 selected…" })).toBeEnabled();
    act(() => live.setState({ link: { phase: "stale", heardAtMs: 0, retryAtMs: null } }));
    expect(screen.getByRole("button", { name: "Replay 1 selected…" })).toBeDisabled();
    expect(screen.getByRole("button", { name: "Discard 1 selected…" })).toBeDisabled();
    act(() => live.setState({ link: { phase: "live", heardAtMs: 0, retryAtMs: null }, followers: { f1: { ...follower("f1", { state: "disconnected" }), heldCount: 0 } } }));
    expect(screen.getByRole("button", { name: "Replay 1 selected…" })).toBeDisabled();
    expect(screen.getByText(/is not ready: nothing can be sent/)).toBeInTheDocument();
  });
});
