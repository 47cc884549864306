import { asked, serve, WithHeaders } from "../serve";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { queryOf, type HistoryFilter } from "@/features/history/history-filter";
import { HistoryList } from "@/features/history/history-list";
import { StoryDialog, storyOf } from "@/features/history/story-dialog";
import { asText, fits, joined, LINES_MAX, sourceOf } from "@/features/logs/log-lines";
import { LogView } from "@/features/logs/log-view";
import { EMPTY } from "@/live/state";
import { live } from "@/live/store";
import { pastReplication } from "../make";

// The address belongs to Next, which is not here.
vi.mock("next/navigation", () => ({ usePathname: () => "/history/", useRouter: () => ({ push: () => undefined, replace: () => undefined }), useSearchParams: () => new URLSearchParams() }));

const NOTHING: HistoryFilter = { symbol: "", follower: "", outcome: "", from: "", to: "", order: "" };

function line(number: number, more: Partial<{ level: string; logger: string; message: string }> = {}) {
  return { number, time: "2026-11-23T15:00:00Z", level: "info", logger: "das_copy_trader.engine", message: `line ${number}`, ...more };
}

beforeEach(() => live.setState(EMPTY, true));

describe("log lines", () => {
  it("are joined without a gap or a double, and bounded", () => {
    expect(joined([line(1), line(2)], [line(2), line(3)]).map((one) => one.number)).toEqual([1, 2, 3]);
    const many = Array.from({ length: LINES_MAX }, (_, index) => line(index + 1));
    expect(joined(many, [line(LINES_MAX + 1)])).toHaveLength(LINES_MAX);
    const kept = [line(1)];
    expect(joined(kept, [line(1)])).toBe(kept);
  });

  it("are filtered by level and above, source and words", () => {
    const all = { level: "debug", source: "", text: "" };
    expect(fits(line(1), all)).toBe(true);
    expect(fits(line(1), { ...all, level: "warning" })).toBe(false);
    expect(fits(line(1, { level: "critical" }), { ...all, level: "warning" })).toBe(true);
    expect(fits(line(1), { ...all, source: "das_copy_trader.client" })).toBe(false);
    expect(fits(line(1, { message: "Login Refused" }), { ...all, text: "refused" })).toBe(true);
    expect(sourceOf("das_copy_trader.engine")).toBe("engine");
    expect(asText([line(1)])).toBe("2026-11-23T15:00:00Z INFO     das_copy_trader.engine line 1");
  });

  it("are not followed once that is switched off, and the new ones are counted", async () => {
    const user = userEvent.setup();
    const { rerender } = render(<LogView lines={[line(1)]} />);
    await user.click(screen.getByRole("switch", { name: "Follow the newest line" }));
    rerender(<LogView lines={[line(1), line(2), line(3)]} />);
    await user.click(screen.getByRole("button", { name: "2 new" }));
    expect(screen.getByRole("switch", { name: "Follow the newest line" })).toBeChecked();
    expect(screen.queryByRole("button", { name: "2 new" })).toBeNull();
  });
});

describe("history", () => {
  it("asks only for what was chosen, whole days included", () => {
    expect(queryOf(NOTHING, 50, null)).toEqual({ limit: 50 });
    const query = queryOf({ symbol: " msft ", follower: "f1", outcome: "filled", from: "2026-11-01", to: "2026-11-02", order: "101" }, 50, "c1");
    expect(query).toMatchObject({ symbol: "MSFT", follower: "f1", outcome: "filled", master_order_id: 101, cursor: "c1" });
    expect(Date.parse(query.to ?? "") - Date.parse(query.from ?? "")).toBe(2 * 86_400_000);
    expect(queryOf({ ...NOTHING, outcome: "nonsense", from: "x", order: "y" }, 50, null)).toEqual({ limit: 50 });
  });

  it("goes on with the cursor that the page before named, as long as there is one", async () => {
    serve({
      "GET /api/replications": (one: { query: URLSearchParams }) => (one.query.get("cursor") === null ? new WithHeaders([pastReplication(2)], { "X-Next-Cursor": "c1" }) : [pastReplication(1)]),
    });
    const user = userEvent.setup();
    render(<HistoryList filter={NOTHING} />);
    await user.click(await screen.findByRole("button", { name: "Older orders" }));
    await waitFor(() => expect(screen.queryByRole("button", { name: "Older orders" })).toBeNull());
    expect(screen.getAllByRole("link").map((link) => link.getAttribute("aria-label"))).toEqual(["Explain order 2", "Explain order 1"]);
    expect(asked("GET", "/api/replications").map((one) => one.query.get("cursor"))).toEqual([null, "c1"]);
  });

  it("reads an order's name in the address, and tells its story with the lines of the wire", async () => {
    expect(storyOf("2026-11-23/101")).toEqual({ day: "2026-11-23", orderId: 101 });
    expect([storyOf(""), storyOf("2026-11-23"), storyOf("x/1"), storyOf("2026-11-23/1/2")]).toEqual([null, null, null, null]);
    serve({
      "GET /api/replications/2026-11-23/101/explain": {
        replication: pastReplication(101), conclusions: {}, is_complete: false,
        steps: [{ at: "2026-11-23T15:00:00Z", follower_id: "f1", kind: "sent", sentence: "f1: BUY 50 AAPL went out.", line: "NEWORDER 1 B AAPL SMAT 50 23.2" }],
      },
    });
    render(<StoryDialog story={storyOf("2026-11-23/101")} onClose={() => undefined} />);
    expect(await screen.findByText("BUY 50 AAPL went out.")).toBeInTheDocument();
    expect(screen.getByText("NEWORDER 1 B AAPL SMAT 50 23.2")).toBeInTheDocument();
    expect(screen.getByText(/Not every step is known/)).toBeInTheDocument();
    expect(screen.getByText("AAPL is on the blacklist.", { exact: false })).toBeInTheDocument();
  });
});
