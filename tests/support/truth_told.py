"""What the dashboard's pages should show, from what REST tells: the same words and numbers, written a second time."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import httpx

OUTCOMES: Final = {
    "pending": "Sent",
    "working": "Working",
    "partially_filled": "Partlyfilled",
    "filled": "Filled",
    "cancelled": "Cancelled",
    "replaced": "Replaced",
    "rejected": "Rejected",
    "skipped": "Skipped",
    "queued": "Queued",
    "waiting_for_position": "Waits",
    "short_task": "Shorttask",
    "unknown": "Unknown",
    "failed": "Failed",
}
CONNECTIONS: Final = {
    "disconnected": "Offline",
    "connecting": "Connecting",
    "logging_in": "Loggingin",
    "syncing": "Syncing",
    "ready": "Ready",
    "degraded": "Noorders",
    "login_refused": "Loginrefused",
}
MODES: Final = {"stopped": "Stopped", "connecting": "Connecting", "copying": "Copying"}
TASKS: Final = {
    "pending": "Waits",
    "checking": "Checking",
    "locating": "Locating",
    "placing_order": "Ordering",
    "completed": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
ACTIONS: Final = {"waiting": "Waits", "replaying": "Replaying", "obsolete": "Obsolete", "automatic": "Byitself"}
ALERTS: Final = {"error": "Error", "warn": "Warning", "info": "Note"}
SOURCES: Final = {"user_override": "override", "auto_inferred": "inferred", "base": "base"}
OVER: Final = ("completed", "failed", "cancelled")
LINES_SHOWN: Final = 100
VOLATILE: Final = frozenset({"server_time", "latency_ms", "budgets", "age_s", "history_rows_waiting"})
"""What changes by itself, and is not compared."""

Json = dict[str, Any]


def bare(text: str) -> str:
    """Without white space, as the pages' text is compared."""
    return re.sub(r"\s+", "", text)


def shares(count: int) -> str:
    """1,000 with a true minus."""
    return f"{count:,}".replace("-", "−")


def signed(count: int) -> str:
    """With its sign, but for zero."""
    return f"+{shares(count)}" if count > 0 else shares(count)


def money(text: str | None, *, sign: bool = False) -> str:
    """Two places; what is unknown is not zero."""
    if text is None:
        return "n/a"
    value = Decimal(text)
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    shown = f"{abs(rounded):,}"
    if rounded < 0:
        return f"−{shown}"
    return f"+{shown}" if sign and value > 0 else shown


def price(text: str) -> str:
    """At least two places, no digit lost."""
    whole, _, fraction = text.partition(".")
    return f"{int(whole):,}.{fraction.rstrip('0').ljust(2, '0')}"


def multiplier(text: str) -> str:
    """×0.5"""
    return f"×{text.rstrip('0').rstrip('.') if '.' in text else text}"


def latency(micros: float) -> str:
    """In the unit that reads best."""
    places = Decimal("0.1")
    if micros < 1_000:
        return f"{Decimal(micros).quantize(Decimal(1), ROUND_HALF_UP)}µs"
    if micros < 100_000:
        return f"{Decimal(micros / 1_000).quantize(places, ROUND_HALF_UP)}ms"
    if micros < 1_000_000:
        return f"{Decimal(micros / 1_000).quantize(Decimal(1), ROUND_HALF_UP)}ms"
    return f"{Decimal(micros / 1_000_000).quantize(places, ROUND_HALF_UP)}s"


def terms(order: Json) -> str:
    """LMT 23.20"""
    words = {"Market": "MKT", "Limit": "LMT", "Stop": "STP", "StopLimit": "STPLMT", "TrailingStop": "TRAIL"}
    kind: str | None = order["type"]
    parts = ["typeunknown" if kind is None else words.get(kind, kind)]
    if order["stop_price"] is not None:
        parts.append(f"stop{price(order['stop_price'])}")
    if order["price"] is not None:
        parts.append(price(order["price"]))
    return "".join(parts)


def steady(told: Any) -> Any:  # noqa: ANN401 - JSON
    """Without what changes by itself."""
    if isinstance(told, dict):
        return {name: steady(value) for name, value in told.items() if name not in VOLATILE}
    if isinstance(told, list):
        return [steady(one) for one in told]
    return told


async def told_by_rest(client: httpx.AsyncClient) -> Json:
    """Everything that REST tells of this moment."""
    told: Json = {}
    for name, path in {
        "status": "/api/status",
        "replications": "/api/replications?limit=500",
        "tasks": "/api/short-sales/tasks",
        "all_tasks": "/api/short-sales/tasks/all",
        "alerts": "/api/alerts?limit=500",
        "queues": "/api/queued-actions",
        "blacklist": "/api/blacklist",
    }.items():
        told[name] = (await client.get(path)).json()
    told["multipliers"] = [
        one
        for follower in told["status"]["followers"]
        for one in (await client.get(f"/api/multipliers/{follower['follower_id']}")).json()
    ]
    steadied: Json = steady(told)
    return steadied


class Expected:
    """The pages as they should be."""

    def __init__(self, told: Json) -> None:
        self.told = told
        self.status = told["status"]
        self.followers: list[Json] = self.status["followers"]
        self.name_by_id = {one["follower_id"]: one["name"] for one in self.followers}
        self.accounts: list[Json] = [self.status["master"], *self.followers]

    def dashboard(self) -> Json:
        """As `shown_by_dashboard` reads it, but for `bar` and `title`, which are looked into."""
        needed = self._needed()
        alerts = [one for one in self.told["alerts"] if one["level"] != "info"]
        orders = self._orders()
        return {
            "mode": MODES[self.status["mode"]],
            "needs": f"Needsyou({len(needed)})" if needed else "Needsyou",
            "needed": needed[:20],
            "heads": [self._head(account) for account in self.accounts],
            "matrix": self._matrix(),
            "foot": [
                [f"{_old(one)}{_result(one)}" for one in self.accounts],
                [
                    money(one["buying_power"])
                    if one["buying_power"] is None
                    else f"{_old(one)}{money(one['buying_power'])}"
                    for one in self.accounts
                ],
            ],
            "feed": [self._line(one) for one in self.told["replications"][:LINES_SHOWN]],
            "orderCount": str(len(orders) or ""),
            "orders": orders[:LINES_SHOWN],
            "taskCount": str(len(self.told["tasks"]) or ""),
            "tasks": self._tasks(),
            "accounts": [self._account(account) for account in self.accounts],
            "alertCount": str(len(alerts) or ""),
            "alerts": self._alerts(),
        }

    def bar_parts(self) -> list[str]:
        """What the status bar has to say."""
        ready = sum(one["state"] == "ready" for one in self.followers)
        master = CONNECTIONS[self.status["master"]["state"]]
        return [f"Master{master}", f"Followers{ready}/{len(self.followers)}ready", "Live"]

    def title(self) -> str:
        """The tab's title."""
        count = len(self._needed())
        return (f"({count}) " if count else "") + f"{MODES[self.status['mode']]} · DAS Copy Trader"

    def multipliers(self) -> list[list[str]]:
        """The rows of the multipliers' page."""
        base = {one["follower_id"]: one["base_multiplier"] for one in self.followers}
        return [
            [
                bare(self.name_by_id[one["follower_id"]]),
                one["symbol"],
                multiplier(base[one["follower_id"]]),
                one["multiplier"],
                SOURCES[one["source"]],
                _clock(one["updated_at"]),
                "Remove",
            ]
            for one in self.told["multipliers"]
        ]

    def blacklist(self) -> list[list[str]]:
        """Follower, symbol and reason of the blacklist's rows, sorted."""
        reasons = {"locate_rejected": "alocateofferwasrejected", "": "nonegiven"}
        return sorted(
            [
                bare(self.name_by_id[one["follower_id"]]),
                one["symbol"],
                reasons.get(one["reason"], bare(one["reason"])),
            ]
            for one in self.told["blacklist"]
        )

    def queue(self) -> list[list[str]]:
        """Text and state of the queue's rows, follower by follower."""
        actions = {one["follower_id"]: one["actions"] for one in self.told["queues"]}
        return [
            [_action(action), ACTIONS[action["state"]]]
            for follower in self.followers
            for action in actions.get(follower["follower_id"], [])
        ]

    def _head(self, account: Json) -> str:
        if "follower_id" not in account:
            return f"Master{CONNECTIONS[account['state']]}"
        state = CONNECTIONS[account["state"]] if account["enabled"] else "Off"
        return f"{bare(account['name'])}{multiplier(account['base_multiplier'])}{state}"

    def _matrix(self) -> dict[str, list[str]]:
        symbols = {one["symbol"] for account in self.accounts for one in account["positions"]}
        symbols |= {one["symbol"] for account in self.accounts for one in account["working_orders"]}
        rows: dict[str, list[str]] = {}
        for symbol in sorted(symbols):
            held = [next((one for one in a["positions"] if one["symbol"] == symbol), None) for a in self.accounts]
            master = held[0]["quantity"] if held[0] else 0
            direction = "LONG" if master > 0 else "SHORT" if master < 0 else ""
            rows[symbol + direction] = [_cell(one, a) for one, a in zip(held, self.accounts, strict=True)]
        return rows

    def _orders(self) -> list[list[str]]:
        rows = []
        for account in self.accounts:
            name = bare(account.get("name", "Master"))
            for one in account["working_orders"]:
                origin = "" if name == "Master" else "copy" if one["is_copy"] else "byhand"
                left, total = shares(one["leaves_quantity"]), shares(one["quantity"])
                status = one["status"].replace("_", "").lower()
                number = str(one["order_id"])
                rows.append([name, one["side"], left, total, one["symbol"], terms(one), status, origin, number])
        return rows

    def _line(self, one: Json) -> Json:
        results: dict[str, Json] = one["follower_results"]
        sent = [result["sent_us"] for result in results.values() if result["sent_us"] is not None]
        took = f"in{latency(max(sent))}" if sent else ""
        succeeded = sum(result["success"] for result in results.values())
        return {
            "when": one["occurred_at"][11:23],
            "what": f"{one['side']}{shares(one['quantity'])}{one['symbol']}{terms(one)}",
            "results": sorted(f"{bare(self.name_by_id[name])}{_outcome(result)}" for name, result in results.items()),
            "sent": f"{succeeded}/{len(results)}sent{took}",
        }

    def _tasks(self) -> list[str]:
        active = self.told["tasks"]
        known = {one["task_id"] for one in active}
        ended = [one for one in self.told["all_tasks"] if one["status"] in OVER and one["task_id"] not in known]
        return [_task(one) for one in [*active, *reversed(ended)][:LINES_SHOWN]]

    def _account(self, one: Json) -> list[str]:
        name = bare(one.get("name", "Master"))
        off = "" if one.get("enabled", True) else "(off)"
        base = multiplier(one["base_multiplier"]) if "base_multiplier" in one else ""
        state, since = CONNECTIONS[one["state"]], _clock(one["since"])
        why = bare(one["reason"])
        return [f"{name}{off}", one["account_id"], state, since, why, base, _result(one), money(one["buying_power"])]

    def _alerts(self) -> list[str]:
        groups: dict[tuple[str, str | None, str], list[Json]] = {}
        for one in self.told["alerts"]:
            groups.setdefault((one["level"], one["follower_id"], one["message"]), []).append(one)
        lines = []
        for (level, follower, message), found in groups.items():
            first = f"{_clock(found[-1]['raised_at'])}to" if len(found) > 1 else ""
            count = f"{len(found)}times" if len(found) > 1 else ""
            name = f"{bare(self.name_by_id[follower])}:" if follower else ""
            # The server's sentence begins with the id, where the page has the name.
            what = re.sub(rf"^{re.escape(follower)}:? ", "", message) if follower else message
            lines.append(f"{first}{_clock(found[0]['raised_at'])}{ALERTS[level]}{count}{name}{bare(what)}")
        return lines[:LINES_SHOWN]

    def _needed(self) -> list[str]:
        needed = [f"{bare(one['follower'])}:locateoffer" for one in self.told["tasks"] if one["offer"]]
        needed += [
            f"{bare(self.name_by_id[name])}:orderunknown"
            for one in self.told["replications"]
            for name, result in one["follower_results"].items()
            if result["outcome"] == "unknown"
        ]
        needed += [
            f"{bare(one['name'])}:queue({one['queued_actions']})" for one in self.followers if one["queued_actions"]
        ]
        refused = [one for one in self.accounts if one["state"] == "login_refused"]
        return needed + [f"{bare(one.get('name', 'Master'))}:loginrefused" for one in refused]


def _clock(instant: str | None) -> str:
    return "n/a" if instant is None else instant[11:19]


def _freshness(account: Json) -> str:
    if account["is_current"]:
        return "current"
    return "old" if account["positions"] else "unknown"


def _old(account: Json) -> str:
    return "old" if _freshness(account) == "old" else ""


def _result(account: Json) -> str:
    parts = [account["realized_pl"], account["unrealized_pl"]]
    return "n/a" if None in parts else money(str(sum((Decimal(part) for part in parts), Decimal(0))), sign=True)


def _cell(held: Json | None, account: Json) -> str:
    quantity = held["quantity"] if held else 0
    state = held["drift_state"] if held else None
    mark = state if state not in (None, "in_step", "unknown") else ""
    if _freshness(account) == "unknown" and quantity == 0:
        return f"{mark}n/a"
    target = held["target"] if held else None
    aim = f"/{signed(target)}" if target is not None and target != quantity else ""
    return f"{mark}{_old(account)}{signed(quantity)}{aim}"


def _outcome(result: Json) -> str:
    filled, quantity = result["filled_quantity"], result["quantity"]
    part = f"{shares(filled)}of" if 0 < filled != quantity else ""
    return OUTCOMES[result["outcome"]] + (f"{part}{shares(quantity)}" if quantity > 0 else "")


def _task(one: Json) -> str:
    deficit, most = one["deficit"], one["max_sell"]
    capacity = "n/a" if most is None else "anynumber,easytoborrow" if most >= 100_000_000 else shares(most)
    missing = "n/a" if deficit is None else "0"
    if deficit is not None and deficit > 0:
        missing = f"{shares(deficit)},{shares(-(-deficit // 100) * 100)}inlots"
    return (
        f"{bare(one['follower'])}:short{shares(one['quantity'])}{one['symbol']} {TASKS[one['status']]} "
        f"Needs{shares(one['quantity'])}Canbesoldshort{capacity}Missing{missing}"
        f"Located{shares(one['located_quantity'])}Costsofar{money(one['cost'])}Masterorder{one['master_order_id']}"
    )


def _action(one: Json) -> str:
    if one["action_type"] == "order_submit":
        return f"{one['side']}{shares(one['quantity'])}{one['symbol']}{terms(one)}"
    title = "Cancel" if one["action_type"] == "order_cancel" else "Replace"
    what = f"{title}{one['side']}{one['symbol']},masterorder{one['master_order_id']}"
    if one["action_type"] == "order_cancel":
        return what
    quantity = "" if one["new_quantity"] is None else f"to{shares(one['new_quantity'])}"
    at = "" if one["new_price"] is None else f"at{price(one['new_price'])}"
    return f"{what}{quantity}{at}"
