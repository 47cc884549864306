"""What a short day's state machine acts on: the whole product on a loop that is driven step by step, and an oracle.

The oracle hooks in where money is about to be spent (`Locator.order`) and compares with the venues' own books, which
the product never sees.
"""

import asyncio
from collections.abc import Callable, Coroutine
from decimal import Decimal
from types import MethodType
from typing import TypeVar

import msgspec

from das_copy_trader.client.locator import Locator
from das_copy_trader.domain.enums import Outcome
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, Symbol
from das_copy_trader.domain.locates import LedgerEntry, LedgerStatus, LocateOrder, in_lots
from das_copy_trader.engine.short_sale_task import ShortSaleTask
from das_copy_trader.engine.smart_locate import Next, SmartLocate
from das_copy_trader.protocol.vocabulary import SideWord
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import VirtualTimeLoop
from das_copy_trader.simulator.platform import Platform
from das_copy_trader.simulator.switches import Switches
from tests.sim.short_world import HARD, MASTER, ShortWorld

T = TypeVar("T")
TRIP_S = 0.05
"""Longer than a line is under way, and than a venue takes to work an order in."""
LINE_S = 0.003
"""Longer than one line is under way."""
LOCATES_MAX = 3
INQUIRY_S = 3.0


class SteppedLoop:
    """A virtual-time loop that runs one coroutine after another; an exception that nobody took fails the next step."""

    def __init__(self) -> None:
        self.loop = VirtualTimeLoop(limit_s=1e7)
        self._untaken: list[BaseException] = []
        self.loop.set_exception_handler(lambda _, context: self._untaken.append(_exception_of(context)))

    def run(self, coroutine: Coroutine[object, object, T]) -> T:
        result = self.loop.run_until_complete(self.loop.create_task(coroutine))
        if self._untaken:
            raise self._untaken[0]
        return result

    def close(self) -> None:
        for task in sorted(asyncio.all_tasks(self.loop), key=hash):
            task.cancel()
            self.loop.run_until_complete(asyncio.wait([task]))
        self.loop.close()


def _exception_of(context: dict[str, object]) -> BaseException:
    exception = context.get("exception")
    return exception if isinstance(exception, BaseException) else RuntimeError(str(context.get("message")))


class Oracle:
    """Judges a world after every step. `note_action` is told of each thing that a hand does: lines are under way then."""

    def __init__(self, world: ShortWorld) -> None:
        self.world = world
        self.wrongs: list[str] = []
        self.ended_at: dict[int, float] = {}
        """When the product was able to know that a master order had ended."""
        self.at_once = self.most_at_once = 0
        self.bought = 0
        self._acted_s = 0.0
        self._seen_ended: dict[str, float] = {}
        self._read: dict[str, int] = {}
        self._inquired_s: dict[tuple[str, int], float] = {}

    def note_action(self) -> None:
        self._acted_s = asyncio.get_running_loop().time()

    # --- where money is spent ------------------------------------------------------------------------------------

    def watch_process(self) -> None:
        """Hook into the present process of the product; its clients are made when copying starts."""
        shorts = self.world.container.engine.shorts
        assert shorts is not None
        self.at_once = 0
        smart = shorts._smart
        attempt = smart.attempt

        async def counted(smart: SmartLocate, *args: object) -> Next:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                return await attempt(*args)  # type: ignore[arg-type]
            finally:
                self.at_once -= 1

        smart.attempt = MethodType(counted, smart)  # type: ignore[method-assign]

    def watch_clients(self) -> None:
        """Hook into every follower's present locator."""
        for number, platform in enumerate(self.world.followers, start=2):
            client = self.world.container.das_service.follower(FollowerId(f"f{number}"))
            if client is None or getattr(client.locator, "is_watched", False):
                continue
            locator = client.locator
            locator.is_watched = True  # type: ignore[attr-defined]
            locator.order = MethodType(self._judged(locator.order, platform), locator)  # type: ignore[method-assign]

    def _judged(
        self, order: Callable[..., Coroutine[object, object, LocateOrder]], platform: Platform
    ) -> Callable[..., Coroutine[object, object, LocateOrder]]:
        async def judged(
            _locator: Locator, symbol: Symbol, shares: int, route: str, cl_ord_id: ClOrdId, limit_price: Decimal
        ) -> LocateOrder:
            self._judge_purchase(platform, symbol, shares, route)
            return await order(symbol, shares, route, cl_ord_id, limit_price)

        return judged

    def _judge_purchase(self, platform: Platform, symbol: Symbol, shares: int, route: str) -> None:
        self.bought += 1
        if route == "TESTSL":
            self.wrongs.append("bought from a test route")
        if asyncio.get_running_loop().time() - self._acted_s < LINE_S:
            return  # a line that would change it is still under way
        tasks = self._tasks(platform, symbol)
        needed = sum(task.needed_qty for task in tasks)
        for link in tasks[0].link.seat.open_copies.values():
            if link.outcome is Outcome.PENDING and link.master.order.symbol == symbol and link.order is None:
                needed += link.quantity  # on its way for all that the product can know, though it may be lost
        lacking = in_lots(needed - self.may_sell(platform, symbol))
        if shares > lacking:
            self.wrongs.append(f"{platform.spec.account} orders {shares} {symbol}; {lacking} are lacking")

    def _tasks(self, platform: Platform, symbol: Symbol) -> list[ShortSaleTask]:
        shorts = self.world.container.engine.shorts
        assert shorts is not None
        follower_id = follower_of(platform)
        return [task for task in shorts.book.active() if (task.follower_id, task.symbol) == (follower_id, symbol)]

    # --- the venues' books ---------------------------------------------------------------------------------------

    def may_sell(self, platform: Platform, symbol: str) -> int:
        net, selling, located = self._book(platform, symbol)
        holding = platform.ledger.find(symbol)
        is_reusable = platform.market.instrument(symbol).is_locate_reusable
        used = 0 if holding is None else max(0, -net) if is_reusable else max(holding.shorted_today, -net)
        long_free = max(0, max(0, net) - selling)
        opening = max(0, selling - max(0, net))
        return long_free + max(0, located - used - opening)

    def _book(self, platform: Platform, symbol: str) -> tuple[int, int, int]:
        """Net position, shares of working sells, located shares."""
        holding = platform.ledger.find(symbol)
        selling = sum(order.leaves for order in platform.venue.open_orders(symbol) if order.side is not SideWord.BUY)
        return (holding.net if holding is not None else 0), selling, platform.locates.located(symbol)

    def judge(self) -> None:
        """What must hold at any moment."""
        assert not self.wrongs, self.wrongs
        assert self.most_at_once <= LOCATES_MAX, f"{self.most_at_once} locates in flight"
        now_s = asyncio.get_running_loop().time()
        ledger = self.entries()
        by_token = {entry.cl_ord_id: entry for entry in ledger if entry.cl_ord_id is not None}
        for platform in self.world.followers:
            for symbol in HARD:
                net, selling, located = self._book(platform, symbol)
                assert selling - net <= located, f"{platform.spec.account} {symbol}: short {selling - net} of {located}"
            self._judge_money(platform, ledger)
            self._judge_commands(platform, by_token)
        for task in self.world.container.short_sales.tasks(with_ended=True):
            if task.status.value in ("completed", "failed", "cancelled"):
                self._seen_ended.setdefault(task.task_id, now_s)

    def entries(self) -> list[LedgerEntry]:
        shorts = self.world.container.engine.shorts
        assert shorts is not None
        return shorts.ledger.entries()

    def _judge_money(self, platform: Platform, ledger: list[LedgerEntry]) -> None:
        """Settled charges <= what the account was charged <= all charges; and the day's cap."""
        mine = [entry for entry in ledger if entry.follower_id == follower_of(platform)]
        most = sum((entry.charge for entry in mine), Decimal(0))
        settled = sum((entry.charge for entry in mine if entry.status is not LedgerStatus.ASKED), Decimal(0))
        charged = platform.ledger.htb_cost
        assert settled <= charged <= most, (
            f"{platform.spec.account}: {settled} settled, {charged} charged, {most} at most"
        )
        cap = self.world.container.configuration.follower(follower_of(platform)).config.locate_cap_per_day
        assert charged <= cap, f"{platform.spec.account}: {charged} charged, the cap is {cap}"

    def _judge_commands(self, platform: Platform, by_token: dict[ClOrdId, LedgerEntry]) -> None:
        account = platform.spec.account
        heard = list(platform.received)
        for command in heard[self._read.get(account, 0) :]:
            word, *words = command.text.split()
            if word == "SLPRICEINQUIRE":
                key = (account, command.client)
                apart_s = command.at_s - self._inquired_s.get(key, -INQUIRY_S)
                assert apart_s >= INQUIRY_S - TRIP_S, f"{account}: two inquiries in {apart_s:.3f} s"
                assert words[-1] == "ALLROUTEWTTYPE1"
                self._inquired_s[key] = command.at_s
            elif word == "SLNEWORDER":
                entry = by_token.get(ClOrdId(int(words[3])))
                assert entry is not None, f"{command.text} stands in no ledger"
                for what, ended_s in (
                    (f"master order {entry.master_order_id}", self.ended_at.get(entry.master_order_id)),
                    (f"task {entry.task_id}", self._seen_ended.get(entry.task_id)),
                ):
                    assert ended_s is None or command.at_s <= ended_s + TRIP_S, f"{command} after the end of {what}"
        self._read[account] = len(heard)

    def judge_end(self) -> None:
        """All faults have healed and time has passed: nothing waits, and the books agree to the cent."""
        self.judge()
        assert not self.world.container.short_sales.tasks(with_ended=False)
        for record in self.world.container.engine.latest_replications(10_000):
            for result in record.results:
                assert result.outcome is not Outcome.SHORT_TASK, f"{record.master_order_id} waits for ever"
                assert "Not Shortable" not in result.reason, f"{result.follower_id}: {result.reason}"
        ledger = self.entries()
        for platform in self.world.followers:
            mine = [entry for entry in ledger if entry.follower_id == follower_of(platform)]
            unknown = [entry for entry in mine if entry.status is LedgerStatus.ASKED and entry.charge]
            assert not unknown, unknown
            charged = sum((entry.charge for entry in mine), Decimal(0))
            assert charged == platform.ledger.htb_cost, f"ledger {charged}, venue {platform.ledger.htb_cost}"
            bought = sum(entry.located_qty for entry in mine)
            granted = sum(order.exe_shares for order in platform.locates._orders.values() if not order.token)
            located = sum(order.exe_shares for order in platform.locates._orders.values())
            assert bought == located - granted, f"ledger {bought} shares, venue {located} less {granted}"


def follower_of(platform: Platform) -> FollowerId:
    return FollowerId("f" + platform.spec.account.removeprefix("ACCT"))


def new_world(seed: int, switches: Switches) -> ShortWorld:
    """To be called on the loop."""
    return ShortWorld(RandomSource(seed), switches=switches, seed=seed)


def change_route(platform: Platform, name: str, **fields: object) -> None:
    """A locate route has another habit, price or size from now on."""
    routes = platform.locates._routes
    routes[name] = msgspec.structs.replace(routes[name], **fields)


__all__ = ["HARD", "MASTER", "Oracle", "SteppedLoop", "change_route", "follower_of", "new_world"]
