import type { ConnectionTestBody, DasServerView, FollowerView, MasterBody, MasterView, ReplaceQuantity } from "@/api/schema";

/** What a form about an account holds: texts as they are typed. */
export interface AccountDraft {
  broker_id: string;
  host: string;
  port: string;
  username: string;
  password: string;
  account_id: string;
  order_route: string;
  locate_routes: string;
}

export interface FollowerDraft extends AccountDraft {
  id: string;
  name: string;
  base_multiplier: string;
  max_locate_price: string;
  locate_retry_timeout: string;
  auto_accept_locates: boolean;
  enabled: boolean;
  guard_closing: boolean;
  replace_quantity: ReplaceQuantity;
  auto_accept_max_price: string;
  locate_cap_per_order: string;
  locate_cap_per_symbol_day: string;
  locate_cap_per_day: string;
  price_inquiries: boolean;
}

export const EMPTY_ACCOUNT: AccountDraft = { broker_id: "", host: "127.0.0.1", port: "9800", username: "", password: "", account_id: "", order_route: "", locate_routes: "" };

export const EMPTY_FOLLOWER: FollowerDraft = {
  ...EMPTY_ACCOUNT,
  id: "",
  name: "",
  base_multiplier: "1",
  max_locate_price: "0.10",
  locate_retry_timeout: "120",
  auto_accept_locates: false,
  enabled: true,
  guard_closing: true,
  replace_quantity: "total",
  auto_accept_max_price: "0.25",
  locate_cap_per_order: "50",
  locate_cap_per_symbol_day: "100",
  locate_cap_per_day: "250",
  price_inquiries: true,
};

/** Locate routes as one line: «ALLROUTE 1, OTHER 0». */
export function locateRoutesText(routes: Record<string, number>): string {
  return Object.entries(routes)
    .map(([route, kind]) => `${route} ${kind}`)
    .join(", ");
}

/** The routes of that line; null when a part of it is none. */
export function locateRoutes(text: string): Record<string, 0 | 1> | null {
  const routes: Record<string, 0 | 1> = {};
  for (const part of text.split(",")) {
    if (part.trim() === "") continue;
    const match = /^\s*([A-Za-z0-9_.+-]{1,32})[\s:=]+([01])\s*$/.exec(part);
    if (match?.[1] === undefined) return null;
    routes[match[1].toUpperCase()] = match[2] === "1" ? 1 : 0;
  }
  return routes;
}

export function accountDraft(view: MasterView | FollowerView): AccountDraft {
  return {
    broker_id: view.broker_id,
    host: view.host,
    port: String(view.port),
    username: view.username,
    password: "",
    account_id: view.account_id,
    order_route: view.order_route ?? "",
    locate_routes: locateRoutesText(view.locate_routes),
  };
}

export function followerDraft(view: FollowerView): FollowerDraft {
  return {
    ...accountDraft(view),
    id: view.id,
    name: view.name,
    base_multiplier: view.base_multiplier,
    max_locate_price: view.max_locate_price,
    locate_retry_timeout: String(view.locate_retry_timeout),
    auto_accept_locates: view.auto_accept_locates,
    enabled: view.enabled,
    guard_closing: view.guard_closing,
    replace_quantity: view.replace_quantity,
    auto_accept_max_price: view.auto_accept_max_price,
    locate_cap_per_order: view.locate_cap_per_order,
    locate_cap_per_symbol_day: view.locate_cap_per_symbol_day,
    locate_cap_per_day: view.locate_cap_per_day,
    price_inquiries: view.price_inquiries,
  };
}

/** What the form itself can tell to be wrong, by field. The server looks again. */
export function complaintsOf(draft: AccountDraft): Record<string, string> {
  const complaints: Record<string, string> = {};
  if (!/^\d{1,5}$/.test(draft.port) || Number(draft.port) < 1 || Number(draft.port) > 65_535) complaints.port = "A port is a number from 1 to 65535.";
  if (locateRoutes(draft.locate_routes) === null) complaints.locate_routes = "Write each route with its type, 0 or 1, and commas between: ALLROUTE 1, OTHER 0.";
  for (const field of ["broker_id", "host", "username", "account_id"] as const) {
    if (draft[field].trim() === "") complaints[field] = "This is needed.";
  }
  return complaints;
}

/** The request's part that master and follower have alike. An empty password keeps the stored one. */
export function accountBody(draft: AccountDraft): MasterBody {
  return {
    broker_id: draft.broker_id.trim(),
    host: draft.host.trim(),
    port: Number(draft.port),
    username: draft.username.trim(),
    account_id: draft.account_id.trim(),
    order_route: draft.order_route.trim() || null,
    locate_routes: locateRoutes(draft.locate_routes) ?? {},
    ...(draft.password ? { password: draft.password } : {}),
  };
}

/** What a test of the connection is asked with: the form as it stands, over what is stored of the account. */
export function testBody(draft: AccountDraft, followerId: string | null): ConnectionTestBody {
  const { broker_id, host, port, username, account_id, password } = accountBody(draft);
  return { broker_id, host, port, username, account_id, ...(password ? { password } : {}), ...(followerId === null ? {} : { follower_id: followerId }) };
}

/** Why the form cannot be tested yet; empty when it can. A password that is stored, or that DAS_SERVERS has, need not be typed. */
export function whyNoTest(draft: AccountDraft, hasPassword: boolean, servers: readonly DasServerView[]): string {
  const missing = Object.keys(complaintsOf(draft)).filter((field) => field !== "locate_routes");
  if (missing.length > 0) return "Fill in broker, host, port, user and account first.";
  const broker = draft.broker_id.trim().toUpperCase();
  const isKnown = hasPassword || servers.some((one) => one.has_password && one.broker_id.toUpperCase() === broker);
  return draft.password === "" && !isKnown ? "Type the password first." : "";
}
