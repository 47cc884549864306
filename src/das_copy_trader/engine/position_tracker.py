"""Infers a follower's multiplier from positions: who opens one by hand beside the master's shows the size he wants.

A candidate is a follower that goes from flat to a position while its mirror is complete. Once neither side has anything
working in the symbol, for `QUIET_S`, the ratio of the two positions is taken (product.md 6).
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Final

from das_copy_trader.domain.account import AccountView
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.domain.positions import Position
from das_copy_trader.engine.blacklist_manager import BlacklistManager
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.multiplier_manager import MULTIPLIER_MAX, MultiplierManager, MultiplierSource
from das_copy_trader.engine.ports import Scheduler
from das_copy_trader.runtime.clock import Clock

QUIET_S: Final = 2.0
TOLERANCE: Final = Decimal("0.01")
"""A ratio that is no further from the multiplier in force, as a part of it, is taken for that multiplier."""
STEP: Final = Decimal("0.000001")
"""Inferred multipliers are rounded half up to as many decimals as one set by the user may have: 1/3 is 0.333333, which
scales every order of up to a million shares as 1/3 would."""

Key = tuple[FollowerId, Symbol]


class PositionTracker:
    """Watches positions and says what multiplier they show. `on_inferred` is told of each, and returns at once."""

    def __init__(
        self,
        seats: Mapping[FollowerId, FollowerSeat],
        multipliers: MultiplierManager,
        blacklist: BlacklistManager,
        clock: Clock,
        scheduler: Scheduler,
    ) -> None:
        self.master_view: AccountView | None = None
        self.on_inferred: Callable[[FollowerId, Symbol, Decimal], None] = _ignore
        self._seats = seats
        self._multipliers = multipliers
        self._blacklist = blacklist
        self._clock = clock
        self._scheduler = scheduler
        self._net_by_key: dict[Key, int] = {}
        self._active_s_by_key: dict[Key, float] = {}
        """Candidates, with the time at which something last happened in their symbol."""

    @property
    def is_watching(self) -> bool:
        """Whether there is a candidate: then, and only then, `touch` has to be told of events."""
        return bool(self._active_s_by_key)

    def note_position(self, seat: FollowerSeat, position: Position) -> None:
        """A follower's position row came."""
        key = (seat.follower_id, position.symbol)
        before, now = self._net_by_key.get(key, 0), position.net_qty
        if now:
            self._net_by_key[key] = now
        else:
            self._net_by_key.pop(key, None)
        if before * now < 0 or not now:
            self._active_s_by_key.pop(key, None)
        elif not before and seat.is_ready:
            if key not in self._active_s_by_key:
                self._scheduler.call_later(QUIET_S, partial(self._look, key))
            self._active_s_by_key[key] = self._clock.monotonic_s()
        elif key in self._active_s_by_key:
            self._active_s_by_key[key] = self._clock.monotonic_s()

    def touch(self, symbol: Symbol, follower_id: FollowerId | None = None) -> None:
        """Something happened to an order or position of the symbol, on the master's side or on one follower's."""
        now_s = self._clock.monotonic_s()
        for key in self._active_s_by_key:
            if key[1] == symbol and follower_id in (None, key[0]):
                self._active_s_by_key[key] = now_s

    def _look(self, key: Key) -> None:
        """The quiet time of a candidate may be over."""
        active_s = self._active_s_by_key.get(key)
        seat = self._seats.get(key[0])
        if active_s is None:
            return
        if seat is None or not seat.is_ready or self.master_view is None:
            del self._active_s_by_key[key]
            return
        symbol = key[1]
        rest_s = active_s + QUIET_S - self._clock.monotonic_s()
        is_working = bool(
            self.master_view.working_orders(symbol)
            or seat.gateway.view.working_orders(symbol)
            or seat.has_open_copy(symbol)
        )
        if is_working or rest_s > 0:
            if is_working:
                self._active_s_by_key[key] = self._clock.monotonic_s()
            self._scheduler.call_later(QUIET_S if is_working else rest_s, partial(self._look, key))
            return
        del self._active_s_by_key[key]
        multiplier = self._inferred(seat, symbol, self.master_view.net_qty(symbol))
        if multiplier is not None:
            self.on_inferred(seat.follower_id, symbol, multiplier)

    def _inferred(self, seat: FollowerSeat, symbol: Symbol, master_qty: int) -> Decimal | None:
        """The multiplier that the positions show, None where they show nothing new."""
        follower_id, held_qty = seat.follower_id, seat.gateway.view.net_qty(symbol)
        if master_qty * held_qty <= 0 or seat.copied.net_qty(symbol) == held_qty:
            return None
        if self._multipliers.source(follower_id, symbol) is MultiplierSource.USER_OVERRIDE:
            return None
        if not seat.settings.is_enabled or self._blacklist.is_blacklisted(follower_id, symbol):
            return None
        expected = self._multipliers.effective(follower_id, symbol) * master_qty
        if abs(held_qty - expected) <= TOLERANCE * abs(expected):
            return None
        ratio = (Decimal(held_qty) / master_qty).quantize(STEP, ROUND_HALF_UP)
        multiplier = ratio.to_integral_value() if ratio == ratio.to_integral_value() else ratio.normalize()
        return multiplier if 0 < multiplier <= MULTIPLIER_MAX else None


def _ignore(_follower_id: FollowerId, _symbol: Symbol, _multiplier: Decimal) -> None:
    """Stands in until somebody wants to know."""
