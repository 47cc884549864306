"""A simulated day at random: what a trader, the brokers, bad luck and the user of the dashboard do."""

from decimal import Decimal
from random import Random
from typing import Any, Final

import httpx

from das_copy_trader.simulator.control import Control, ControlError, Ticket
from das_copy_trader.simulator.market import SymbolSpec
from das_copy_trader.simulator.orders import SimOrder
from das_copy_trader.simulator.switches import OrderFate
from tests.support.face import account_body, follower_body

MASTER: Final = "ACCT1"
SYMBOLS: Final = tuple(SymbolSpec(symbol=name, price=Decimal(200)) for name in ("MSFT", "AAPL", "GME", "TSLA"))
HARD_TO_BORROW: Final = ("GME",)
FOLLOWERS: Final = ("f2", "f3", "f4")
_NAMES: Final = tuple(spec.symbol for spec in SYMBOLS)


class RandomDay:
    """Does one thing after the other, each chosen by the seed."""

    def __init__(self, random: Random, control: Control, client: httpx.AsyncClient) -> None:
        self._random = random
        self._control = control
        self._client = client
        self._offline: set[str] = set()
        self.counts: dict[str, int] = {}
        self._acts: dict[str, tuple[int, Any]] = {
            "place": (30, self._place),
            "fill": (24, self._fill),
            "replace": (6, self._replace),
            "cancel": (6, self._cancel),
            "fate": (3, self._fate),
            "by_hand": (3, self._by_hand),
            "quote": (6, self._quote),
            "cut": (2, self._cut),
            "offline": (3, self._go_offline),
            "online": (6, self._go_online),
            "multiplier": (4, self._multiplier),
            "base": (2, self._base),
            "toggle": (2, self._toggle),
            "blacklist": (4, self._blacklist),
            "queue": (5, self._queue),
            "task": (4, self._task),
            "run": (1, self._stop_and_start),
        }

    async def begin(self) -> None:
        """Three followers, the last of them needing locates for what is hard to borrow; everything started."""
        ports = [platform.port for platform in self._control.broker.platforms]
        await self._ok("PUT", "/api/master", account_body(1, ports[0]))
        for number, base in ((2, "0.5"), (3, "1"), (4, "2.25")):
            body = follower_body(number, ports[number - 1], base_multiplier=base, max_locate_price="0.0001")
            await self._ok("POST", "/api/followers", body)
        await self._ok("POST", "/api/start")

    async def act(self) -> None:
        """Some things at once, or nothing."""
        for _ in range(self._random.randrange(5)):
            names = list(self._acts)
            name = self._random.choices(names, [self._acts[one][0] for one in names])[0]
            self.counts[name] = self.counts.get(name, 0) + 1
            try:
                await self._acts[name][1]()
            except ControlError:
                self.counts["could not be"] = self.counts.get("could not be", 0) + 1

    async def _ok(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        answer = await self._client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def _try(self, method: str, path: str, body: object = None) -> None:
        """What a user may ask for at the wrong moment: a refusal is an answer too, a crash is none."""
        answer = await self._client.request(method, path, json=body)
        assert answer.status_code < 500, answer.text

    def _open_order(self, account: str) -> SimOrder | None:
        orders = self._control.platform(account).venue.open_orders()
        return self._random.choice(orders) if orders else None

    def _account(self) -> str:
        return self._random.choice((MASTER, "ACCT2", "ACCT3", "ACCT4"))

    async def _place(self) -> None:
        side = self._random.choice(("B", "B", "S", "SS"))
        is_far = self._random.random() < 0.6
        price = Decimal(150 if side == "B" else 250) if is_far else Decimal(300 if side == "B" else 100)
        ticket = Ticket(
            symbol=self._random.choice(_NAMES), side=side, shares=self._random.randrange(1, 900), limit=price
        )
        self._control.place(MASTER, ticket)

    async def _fill(self) -> None:
        account = self._account()
        order = self._open_order(account)
        if order is not None:
            part = self._random.randrange(1, order.qty + 1) if self._random.random() < 0.5 else None
            self._control.fill(account, order.order_id, shares=part)

    async def _replace(self) -> None:
        order = self._open_order(MASTER)
        if order is not None:
            self._control.replace(MASTER, order.order_id, shares=order.cum + self._random.randrange(1, 500))

    async def _cancel(self) -> None:
        account = self._account()
        order = self._open_order(account)
        if order is not None and self._random.random() < 0.5:
            self._control.cancel(account, order.order_id)
        elif order is not None:
            self._control.cancel_by_venue(account, order.order_id)

    async def _fate(self) -> None:
        fate = self._random.choice((OrderFate.BROKER_REJECT, OrderFate.PLATFORM_REJECT, OrderFate.VENUE_CANCEL))
        self._control.next_fates(self._account(), fate)

    async def _by_hand(self) -> None:
        quantity = self._random.randrange(-500, 1_500)
        self._control.set_position(self._account(), self._random.choice(_NAMES), quantity, Decimal(200))

    async def _quote(self) -> None:
        bid = Decimal(self._random.randrange(18_000, 22_000)) / 100
        self._control.set_quote(self._random.choice(_NAMES), bid, bid + Decimal("0.02"))

    async def _cut(self) -> None:
        self._control.disconnect(self._random.choice(("ACCT2", "ACCT3", "ACCT4", MASTER)))

    async def _go_offline(self) -> None:
        account = self._random.choice(("ACCT2", "ACCT3"))
        if account not in self._offline:
            self._offline.add(account)
            await self._control.go_offline(account)

    async def _go_online(self) -> None:
        if self._offline:
            account = self._random.choice(sorted(self._offline))
            self._offline.discard(account)
            await self._control.go_online(account)

    async def _multiplier(self) -> None:
        path = f"/api/multipliers/{self._random.choice(FOLLOWERS)}/{self._random.choice(_NAMES)}"
        if self._random.random() < 0.3:
            await self._try("DELETE", path)
        else:
            await self._ok("PUT", path, {"multiplier": f"{self._random.randrange(1, 300) / 100}"})

    async def _base(self) -> None:
        path = f"/api/followers/{self._random.choice(FOLLOWERS)}/multiplier"
        await self._ok("PATCH", path, {"base_multiplier": f"{self._random.randrange(10, 300) / 100}"})

    async def _toggle(self) -> None:
        await self._ok("PATCH", f"/api/followers/{self._random.choice(FOLLOWERS)}/toggle")

    async def _blacklist(self) -> None:
        listed = await self._ok("GET", "/api/blacklist")
        if listed and self._random.random() < 0.6:
            await self._ok("DELETE", f"/api/blacklist/{self._random.choice(listed)['id']}")
        else:
            body = {"follower_id": self._random.choice(FOLLOWERS), "symbol": self._random.choice(_NAMES)}
            await self._try("POST", "/api/blacklist", {**body, "reason": self._random.choice(("", "too wild"))})

    async def _queue(self) -> None:
        for queue in await self._ok("GET", "/api/queued-actions"):
            ids = [one["action_id"] for one in queue["actions"] if self._random.random() < 0.5]
            word = self._random.choice(("replay", "discard"))
            if ids:
                await self._try("POST", f"/api/queued-actions/{queue['follower_id']}/{word}", {"action_ids": ids})

    async def _task(self) -> None:
        for task in await self._ok("GET", "/api/short-sales/tasks"):
            path = f"/api/short-sales/tasks/{task['task_id']}"
            word = self._random.choice(("accept", "reject", "cancel", "leave"))
            if task["offer"] is not None and word == "accept":
                await self._try("POST", f"{path}/offer/accept", {"price": task["offer"]["price"]})
            elif task["offer"] is not None and word == "reject":
                await self._try("POST", f"{path}/offer/reject")
            elif word == "cancel":
                await self._try("POST", f"{path}/cancel")

    async def _stop_and_start(self) -> None:
        await self._ok("POST", "/api/stop")
        if self._random.random() < 0.5:
            await self._ok("GET", "/api/status")
        await self._ok("POST", "/api/start")
