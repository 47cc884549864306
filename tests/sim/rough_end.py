"""The judgement at the end of a rough day, when nothing is on its way any more."""

from typing import TYPE_CHECKING, Final

import msgspec

from das_copy_trader.domain.enums import Outcome
from das_copy_trader.domain.identifiers import OrderId
from das_copy_trader.engine.observer import FollowerResult
from tests.acceptance.world import MASTER_NAME
from tests.sim.rough_judge import copies_of, scaled
from tests.sim.rough_platform import RoughOrder, RoughPlatform

if TYPE_CHECKING:
    from tests.sim.rough_day import RoughDay

_LIVE: Final = frozenset({Outcome.WORKING, Outcome.PARTIALLY_FILLED, Outcome.REPLACED})
_UNSETTLED: Final = frozenset({Outcome.PENDING, Outcome.UNKNOWN})
_NOTHING_TO_CLOSE: Final = ("The follower has no", "The follower holds nothing")
_RECORDS_MAX: Final = 10_000


class RoughReport(msgspec.Struct):
    """What a day came to. `wrongs` is all that must not be; `lives` counts the processes, `sends` trading commands."""

    wrongs: list[str]
    orders: int = 0
    copies: int = 0
    sends: int = 0
    faults: int = 0
    lives: int = 0
    outcomes: dict[str, int] = {}


class RoughEnd:
    """What the platforms have against what the product says."""

    def __init__(self, day: "RoughDay") -> None:
        self._day = day
        self._wrongs = list(day.judge.wrongs)
        self._results: dict[tuple[OrderId, str], FollowerResult] = {
            (record.master_order_id, str(result.follower_id)): result
            for record in day.world.container.engine.latest_replications(_RECORDS_MAX)
            for result in record.results
        }
        self._copies = 0

    def judge(self) -> None:
        """Everything, once."""
        for name, platform in self._day.platforms().items():
            self._wrongs += platform.wrongs
            if name == MASTER_NAME:
                continue
            for master in self._day.master.book.values():
                self._judge_copy(name, platform, master)
            self._judge_own_order(name, platform)
            self._judge_residue(name, platform)

    def _judge_copy(self, name: str, platform: RoughPlatform, master: RoughOrder) -> None:
        copies = copies_of(platform, master)
        self._copies += len(copies)
        result = self._results.get((OrderId(master.order_id), name))
        what = f"{master.side} {master.order_id} ({master.status}) on {name}"
        live = [copy.live for copy in copies if copy.live.is_working]
        if result is None:
            if master.is_working or live:
                self._wrongs.append(f"{what} has no outcome")
            return
        outcome = result.outcome
        if outcome in _UNSETTLED:
            self._wrongs.append(f"{what} is still {outcome.value}: {result.reason}")
        if outcome in (Outcome.SKIPPED, Outcome.FAILED, Outcome.REJECTED) and not result.reason:
            self._wrongs.append(f"{what} is {outcome.value} without a reason")
        if "cannot be said" in result.reason or (master.side == "B" and result.reason.startswith(_NOTHING_TO_CLOSE)):
            self._wrongs.append(f"{what} is {outcome.value}: {result.reason}")
        if bool(live) is not (outcome in _LIVE):
            self._wrongs.append(f"{what} is {outcome.value}, at the platform {[copy.status for copy in copies]}")
        if outcome is Outcome.FILLED and not any(copy.filled or copy.live.filled for copy in copies):
            self._wrongs.append(f"{what} is filled, at the platform {[copy.status for copy in copies]}")
        if master.side == "S":
            self._judge_exit(name, platform, what, master, result)
        if live and master.is_working:
            self._judge_terms(name, what, master, live[0], result)

    def _judge_terms(self, name: str, what: str, master: RoughOrder, live: RoughOrder, result: FollowerResult) -> None:
        if "refused the replace" in result.reason:
            return  # given up after some tries, and the user was told
        if live.price != master.price:
            self._wrongs.append(f"{what} works at {live.price}, the master's at {master.price}")
        elsewhere = live.parent.filled if live.parent is not None else 0
        allowed = [scaled(master.quantity, by) for by in self._day.rules[name].ever]
        is_bound = master.side == "S" or master.symbol in self._day.rules[name].was_bound
        if live.quantity + elsewhere not in allowed and not is_bound:
            self._wrongs.append(f"{what} works with {live.quantity}, the master's {master.quantity} scale to {allowed}")

    def _judge_exit(
        self, name: str, platform: RoughPlatform, what: str, master: RoughOrder, result: FollowerResult
    ) -> None:
        """No more is sold than the master's order asked for, and nothing is given up that there was to sell."""
        sold = sum(
            copy.filled + (copy.child.filled if copy.child is not None else 0) for copy in copies_of(platform, master)
        )
        before = [
            order
            for order in self._day.master.book.values()
            if order.symbol == master.symbol and order.placed_s < master.placed_s
        ]
        most = max(scaled(quantity, by) for quantity in master.quantities for by in self._day.rules[name].ever)
        if sold > most + len(before):
            self._wrongs.append(f"{what} sold {sold} shares in all, asked were {most}")
        taken = [copies_of(platform, entry) for entry in before if entry.side == "B"]
        if (
            result.outcome is Outcome.SKIPPED
            and result.reason.startswith(_NOTHING_TO_CLOSE)
            and any(copy.placed_s < master.placed_s and copy.live.is_working for copies in taken for copy in copies)
        ):
            self._wrongs.append(f"{what} was given up although an entry works: {result.reason}")

    def _judge_own_order(self, name: str, platform: RoughPlatform) -> None:
        own = next(order for order in platform.book.values() if order.token == 3)
        if not own.is_working:
            self._wrongs.append(f"{name}'s own order was {own.status}")

    def _judge_residue(self, name: str, platform: RoughPlatform) -> None:
        """Where everything was copied and has filled, a master who is flat has flat followers."""
        masters = self._day.master.book.values()
        for symbol, net in self._day.master.net.items():
            mine = [order for order in masters if order.symbol == symbol]
            results = [self._results.get((OrderId(order.order_id), name)) for order in mine]
            is_whole = all(order.status == "Executed" for order in mine) and all(
                result is not None and result.outcome is Outcome.FILLED for result in results
            )
            if net == 0 and is_whole and platform.net.get(symbol, 0):
                self._wrongs.append(f"{name} is left with {platform.net[symbol]} {symbol}, the master is flat")

    def report(self) -> RoughReport:
        """What the day came to."""
        outcomes: dict[str, int] = {}
        for result in self._results.values():
            outcomes[result.outcome.value] = outcomes.get(result.outcome.value, 0) + 1
        day = self._day
        return RoughReport(
            self._wrongs, len(day.master.book), self._copies, day.judge.sends, day.faults, day.world.lives, outcomes
        )
