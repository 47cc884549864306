import { describe, expect, it } from "vitest";
import { groupAlerts } from "@/features/alerts/alerts-list";
import { symbolsIn } from "@/features/blacklist/blacklist-form";
import { accountBody, complaintsOf, EMPTY_ACCOUNT, locateRoutes, locateRoutesText } from "@/features/settings/account-form";
import { needsOf, troublesOf } from "@/live/needs";
import { reduce } from "@/live/reducer";
import { EMPTY } from "@/live/state";
import { alertText } from "@/words/alert";
import { account, alert, follower, outcome, replication, update } from "../make";

describe("forms", () => {
  it("read symbols however they are parted, each once", () => {
    expect(symbolsIn(" tsla, GME;brk.b\nTSLA ")).toEqual(["TSLA", "GME", "BRK.B"]);
  });

  it("read locate routes, and say when a part is none", () => {
    expect(locateRoutes("allroute 1, OTHER=0")).toEqual({ ALLROUTE: 1, OTHER: 0 });
    expect(locateRoutesText({ ALLROUTE: 1, OTHER: 0 })).toBe("ALLROUTE 1, OTHER 0");
    expect(locateRoutes("")).toEqual({});
    expect(locateRoutes("ALLROUTE 2")).toBeNull();
  });

  it("leave an empty password out, so that the stored one stays", () => {
    const draft = { ...EMPTY_ACCOUNT, broker_id: "SIM", username: "U", account_id: "A1" };
    expect(accountBody(draft)).not.toHaveProperty("password");
    expect(accountBody({ ...draft, password: "secret" })).toHaveProperty("password", "secret");
  });

  it("complain by field", () => {
    expect(Object.keys(complaintsOf({ ...EMPTY_ACCOUNT, port: "70000", locate_routes: "x" })).sort()).toEqual(["account_id", "broker_id", "locate_routes", "port", "username"]);
  });
});

describe("alerts", () => {
  it("are grouped where they are equal, with first and last", () => {
    const groups = groupAlerts([alert(3), alert(2, { message: "Other." }), alert(1)]);
    expect(groups.map((group) => [group.count, group.first.number, group.newest.number])).toEqual([[2, 1, 3], [1, 2, 2]]);
  });

  it("leave the id of the follower out, whose name stands before them", () => {
    const told = (message: string) => alertText(alert(1, { follower_id: "f4", message }));
    expect(["f4: is ready.", "f4 holds 100 AAPL.", "f40 is another.", "The copy was rejected."].map(told)).toEqual(["is ready.", "holds 100 AAPL.", "f40 is another.", "The copy was rejected."]);
    expect(alertText(alert(1, { message: "f4: is ready." }))).toBe("f4: is ready.");
  });
});

describe("what waits for the user", () => {
  it("is nothing when all is well", () => {
    const { state } = reduce(EMPTY, [update(0)]);
    expect([needsOf(state), troublesOf(state)]).toEqual([[], []]);
  });

  it("is the next step of setting up", () => {
    expect(needsOf(reduce(EMPTY, [update(0, { master: null, followers: [] })]).state).map((need) => need.title)).toEqual(["No master account"]);
    expect(needsOf(reduce(EMPTY, [update(0, { followers: [] })]).state).map((need) => need.title)).toEqual(["No follower"]);
  });

  it("is an unknown order and a refused login", () => {
    const { state } = reduce(EMPTY, [
      update(0, { followers: [follower("f1"), follower("f2", { state: "login_refused", reason: "Wrong password." })] }),
      { type: "order_replicated", seq: 1, data: replication(5, { follower_results: { f1: outcome("unknown", { reason: "No answer." }) } }) },
    ]);
    expect(needsOf(state).map((need) => need.title)).toEqual(["Follower f1: order unknown", "Follower f2: login refused"]);
  });

  it("is told in the banner when an account is away, and not for one that is off", () => {
    const away = { state: "disconnected", is_current: false } as const;
    const { state } = reduce(EMPTY, [update(0, { master: account("MASTER"), followers: [follower("f1", away), follower("f2", { ...away, enabled: false })] })]);
    expect(troublesOf(state).map((trouble) => trouble.sentence)).toEqual(["Not ready: Follower f1. Nothing is sent to it."]);
  });
});
