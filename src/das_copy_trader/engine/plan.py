"""Plans: for each symbol, what every follower would be sent, with all checks compiled in that do not depend on the
order.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Final

import msgspec

from das_copy_trader.domain.enums import Outcome
from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.engine.actions import CopyTarget, SendGroup, TargetGroup
from das_copy_trader.engine.blacklist_manager import BlacklistManager
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.multiplier_manager import MultiplierManager

PLANS_MAX: Final = 4096


class Plan(msgspec.Struct, frozen=True):
    """Every follower's target; equal routes and multipliers stand together, since one line serves a run of them.

    `openings` are the targets that may be sent an order that closes nothing, in the same order.
    """

    targets: tuple[CopyTarget, ...]
    openings: tuple[TargetGroup, ...]

    def opening_groups(self, order_qty: int) -> Iterator[SendGroup]:
        """What is to be sent for an opening order of so many shares: what `decide` says of it, a group at a time."""
        for group in self.openings:
            quantity = scale_quantity(order_qty, group.multiplier)
            yield SendGroup(group.route, quantity, is_exit=False, seats=group.seats)


class PlanBook:
    """Plans by symbol, made when first needed and dropped by any connect, disconnect or edit."""

    def __init__(self, multipliers: MultiplierManager, blacklist: BlacklistManager) -> None:
        self._multipliers = multipliers
        self._blacklist = blacklist
        self._seats: list[FollowerSeat] = []
        self._plan_by_symbol: dict[Symbol, Plan] = {}
        self.on_invalidated: Callable[[], None] = _nothing
        """Told after anything changed that decides who may trade what."""

    def set_seats(self, seats: list[FollowerSeat]) -> None:
        """The followers, from now on."""
        self._seats = seats
        self.invalidate()

    def invalidate(self) -> None:
        """Something that plans depend on has changed."""
        self._plan_by_symbol.clear()
        self.on_invalidated()

    def plan(self, symbol: Symbol) -> "Plan":
        """What every follower is to the symbol at the moment."""
        plan = self._plan_by_symbol.get(symbol)
        if plan is None:
            if len(self._plan_by_symbol) >= PLANS_MAX:
                self._plan_by_symbol.clear()
            plan = self._plan_by_symbol[symbol] = plan_of([self._target(seat, symbol) for seat in self._seats])
        return plan

    def targets(self, symbol: Symbol) -> tuple[CopyTarget, ...]:
        """Every follower's target."""
        return self.plan(symbol).targets

    def closing_refusal(self, seat: FollowerSeat, symbol: Symbol) -> str:
        """Why a seated follower gets no closing order of the symbol now, empty where it may."""
        for target in self.targets(symbol):
            if target.seat is seat:
                return target.closing_refusal
        return "The follower was removed."

    def _target(self, seat: FollowerSeat, symbol: Symbol) -> CopyTarget:
        follower_id = seat.follower_id
        refusal = closing_refusal = _standing_refusal(seat)
        entry = self._blacklist.entry(follower_id, symbol)
        if not refusal and entry is not None:
            because = f" ({entry.reason})" if entry.reason else ""
            refusal = f"{symbol} is on the follower's blacklist{because}."
            closing_refusal = "" if entry.allow_closing else refusal
        refusal_outcome = Outcome.SKIPPED if refusal else Outcome.QUEUED
        closing_outcome = Outcome.SKIPPED if closing_refusal else Outcome.QUEUED
        offline = _offline_reason(seat)
        return CopyTarget(
            seat=seat,
            route=seat.settings.order_route,
            multiplier=self._multipliers.effective(follower_id, symbol),
            guard_closing=seat.settings.guard_closing,
            refusal=refusal or offline,
            closing_refusal=closing_refusal or offline,
            can_grow=seat.settings.is_enabled and entry is None,
            refusal_outcome=refusal_outcome,
            closing_outcome=closing_outcome,
        )


def plan_of(targets: list[CopyTarget]) -> Plan:
    """The plan of these followers, in any order."""
    targets.sort(key=_line_of)
    open_to = (target for target in targets if not target.refusal)
    groups = [
        TargetGroup(route, multiplier, tuple(target.seat for target in run))
        for (route, multiplier), run in groupby(open_to, key=_line_of)
    ]
    return Plan(tuple(targets), tuple(groups))


def _line_of(target: CopyTarget) -> tuple[str, Decimal]:
    """What the line for it depends on, besides the order."""
    return target.route, target.multiplier


def _standing_refusal(seat: FollowerSeat) -> str:
    """Why the follower gets nothing at all now, empty where it may."""
    if not seat.settings.is_enabled:
        return "The follower is disabled."
    return seat.halt_reason


def _offline_reason(seat: FollowerSeat) -> str:
    """Why nothing can be sent to the follower just now, empty where it can."""
    if seat.is_ready:
        return ""
    return f"The follower is {seat.gateway.state.value}: {seat.gateway.state_reason}"


def _nothing() -> None:
    """Stands in until somebody listens."""
