import { asked, Refusal, serve } from "../serve";
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { OfferButtons, secondsLeft } from "@/features/short-sales/offer-buttons";
import { inOrder } from "@/features/short-sales/short-sales-list";
import { stepStates } from "@/features/short-sales/stepper";
import { lotsOf, TaskCard } from "@/features/short-sales/task-card";
import { needsOf } from "@/live/needs";
import { reduce } from "@/live/reducer";
import { EMPTY } from "@/live/state";
import { live } from "@/live/store";
import { follower, offer, shortTask, update } from "../make";

beforeEach(() => live.setState({ ...EMPTY, link: { phase: "live", heardAtMs: 0, retryAtMs: null } }, true));

describe("the store", () => {
  it("keeps a task the same object while nothing in it changes, and changes it by events", () => {
    const tasks = [shortTask("t1"), shortTask("t2")];
    const first = reduce(EMPTY, [update(0, { short_sale_tasks: tasks })]).state;
    expect(reduce(first, [update(0, { short_sale_tasks: tasks })]).state).toBe(first);
    const next = reduce(first, [{ type: "short_sale_task_update", seq: 1, data: shortTask("t2", { status: "completed" }) }]).state;
    expect(next.shortTasks[0]).toBe(first.shortTasks[0]);
    expect(next.shortTasks[1]?.status).toBe("completed");
    expect(reduce(next, [update(1, { short_sale_tasks: [shortTask("t1")] })]).state.shortTasks.map((task) => task.task_id)).toEqual(["t1"]);
  });

  it("says which offers and queues need the user", () => {
    const { state } = reduce(EMPTY, [update(0, { short_sale_tasks: [shortTask("t1"), shortTask("t2", { offer: offer() })], followers: [follower("f1", { queued_actions: 2 })] })]);
    expect(needsOf(state).map((need) => [need.kind, need.title])).toEqual([
      ["offer", "Follower f1: locate offer"],
      ["queue", "Follower f1: queue (2)"],
    ]);
  });
});

describe("the steps", () => {
  it.each([
    ["checking", shortTask("t", { status: "checking", deficit: null }), ["current", "ahead", "ahead", "ahead"]],
    ["locating", shortTask("t"), ["done", "current", "ahead", "ahead"]],
    ["an offer", shortTask("t", { offer: offer() }), ["done", "done", "current", "ahead"]],
    ["enough shares", shortTask("t", { status: "placing_order", deficit: 0 }), ["done", "not needed", "not needed", "current"]],
    ["located", shortTask("t", { status: "completed", deficit: 0, located_quantity: 300 }), ["done", "done", "passed", "done"]],
    ["failed while locating", shortTask("t", { status: "failed" }), ["done", "failed", "ahead", "ahead"]],
    ["cancelled before anything", shortTask("t", { status: "cancelled", max_sell: null, deficit: null }), ["failed", "ahead", "ahead", "ahead"]],
  ])("stand right for %s", (_name, task, states) => {
    expect(stepStates(task)).toEqual(states);
  });

  it("count whole lots, the time left by the server's clock, and today's ended ones once", () => {
    expect([1, 100, 101, 230].map(lotsOf)).toEqual([100, 100, 200, 300]);
    expect(secondsLeft(offer({ age_s: 10 }))).toBe(110);
    expect(secondsLeft(offer({ age_s: 500 }))).toBe(0);
    const ended = [shortTask("t1", { status: "failed" }), shortTask("t2", { status: "completed" }), shortTask("t3")];
    expect(inOrder([shortTask("t3")], ended).map((task) => task.task_id)).toEqual(["t3", "t2", "t1"]);
  });
});

describe("an offer", () => {
  const waiting = shortTask("t1", { offer: offer() });

  it("is accepted at just the price that was shown, after a look at the total", async () => {
    serve({ "POST /api/short-sales/tasks/t1/offer/accept": waiting, "GET /api/followers/f1": { max_locate_price: "0.10" } });
    const user = userEvent.setup();
    render(<OfferButtons task={waiting} offer={offer()} />);
    await user.click(screen.getByRole("button", { name: /^Accept/ }));
    const dialog = screen.getByRole("alertdialog");
    expect(dialog).toHaveTextContent("Pay 90.00 for locates?");
    expect(await within(dialog).findByText(/Its limit is 0.10 a share/)).toBeInTheDocument();
    await user.dblClick(within(dialog).getByRole("button", { name: /^Accept/ }));
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    expect(asked("POST", "/api/short-sales/tasks/t1/offer/accept").map((one) => one.body)).toEqual([{ price: "0.3" }]);
  });

  it("says what the server has against it", async () => {
    serve({ "POST /api/short-sales/tasks/t1/offer/reject": new Refusal(409, "This task shows no locate offer any more.") });
    const user = userEvent.setup();
    render(<OfferButtons task={waiting} offer={offer()} />);
    await user.click(screen.getByRole("button", { name: /^Reject/ }));
    expect(screen.getByRole("alertdialog")).toHaveTextContent("goes on Follower f1's blacklist");
    await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Reject" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("This task shows no locate offer any more.");
  });

  it("cannot be decided while what is shown is old", () => {
    render(<TaskCard task={waiting} />);
    act(() => live.setState({ link: { phase: "stale", heardAtMs: 0, retryAtMs: null } }));
    expect(screen.getByRole("button", { name: /^Accept/ })).toBeDisabled();
    expect(screen.getByRole("button", { name: /^Reject/ })).toBeDisabled();
  });
});
