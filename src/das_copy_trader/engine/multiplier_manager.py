"""How much a follower trades for each of the master's shares."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from das_copy_trader.domain.identifiers import FollowerId, Symbol

MULTIPLIER_MAX: Final = Decimal(1000)
BASE_MULTIPLIER: Final = Decimal(1)


class MultiplierSource(StrEnum):
    """Where an effective multiplier comes from; the order is the priority (product.md 6)."""

    USER_OVERRIDE = "user_override"
    AUTO_INFERRED = "auto_inferred"
    BASE = "base"


class SymbolMultiplier(msgspec.Struct, frozen=True):
    """A multiplier that holds for one symbol of one follower."""

    follower_id: FollowerId
    symbol: Symbol
    multiplier: Decimal
    source: MultiplierSource


def checked_multiplier(multiplier: Decimal) -> Decimal:
    """The multiplier itself; raises ValueError with a sentence unless it is above 0 and at most `MULTIPLIER_MAX`."""
    if not multiplier.is_finite() or not 0 < multiplier <= MULTIPLIER_MAX:
        raise ValueError(f"A multiplier is a number above 0 and at most {MULTIPLIER_MAX}; {multiplier} is not.")
    return multiplier


class MultiplierManager:
    """The table in memory: base multipliers, inferred ones and the user's overrides.

    A change holds from the next master event on. `on_changed` is called after each one.
    """

    def __init__(self, on_changed: Callable[[], None] | None = None) -> None:
        self.on_changed: Callable[[], None] = on_changed or _nothing
        self.revision = 0
        """Grows with every change."""
        self._base_by_follower: dict[FollowerId, Decimal] = {}
        self._by_follower_symbol: dict[tuple[FollowerId, Symbol], SymbolMultiplier] = {}

    def set_base(self, follower_id: FollowerId, multiplier: Decimal) -> None:
        """Set a follower's base multiplier. Raises ValueError for one out of bounds."""
        self._base_by_follower[follower_id] = checked_multiplier(multiplier)
        self._tell_changed()

    def set_override(
        self,
        follower_id: FollowerId,
        symbol: Symbol,
        multiplier: Decimal,
        source: MultiplierSource = MultiplierSource.USER_OVERRIDE,
    ) -> None:
        """Set a symbol's multiplier. Raises ValueError for one out of bounds, or for an inferred one over a user's."""
        present = self._by_follower_symbol.get((follower_id, symbol))
        if source is MultiplierSource.BASE:
            raise ValueError("A base multiplier belongs to the follower, not to a symbol.")
        if (
            source is MultiplierSource.AUTO_INFERRED
            and present is not None
            and present.source is MultiplierSource.USER_OVERRIDE
        ):
            raise ValueError(f"{symbol} has a multiplier that the user set; an inferred one does not replace it.")
        entry = SymbolMultiplier(follower_id, symbol, checked_multiplier(multiplier), source)
        self._by_follower_symbol[follower_id, symbol] = entry
        self._tell_changed()

    def remove_override(self, follower_id: FollowerId, symbol: Symbol) -> bool:
        """Remove a symbol's multiplier, whoever set it. False: there was none."""
        removed = self._by_follower_symbol.pop((follower_id, symbol), None) is not None
        if removed:
            self._tell_changed()
        return removed

    def forget_follower(self, follower_id: FollowerId) -> None:
        """Drop everything about a follower."""
        self._base_by_follower.pop(follower_id, None)
        for key in [key for key in self._by_follower_symbol if key[0] == follower_id]:
            del self._by_follower_symbol[key]
        self._tell_changed()

    def effective(self, follower_id: FollowerId, symbol: Symbol) -> Decimal:
        """The multiplier in force: override, inferred, base, in this order; 1 for a follower without a base."""
        entry = self._by_follower_symbol.get((follower_id, symbol))
        return entry.multiplier if entry is not None else self._base_by_follower.get(follower_id, BASE_MULTIPLIER)

    def source(self, follower_id: FollowerId, symbol: Symbol) -> MultiplierSource:
        """Where the multiplier in force comes from."""
        entry = self._by_follower_symbol.get((follower_id, symbol))
        return entry.source if entry is not None else MultiplierSource.BASE

    def base(self, follower_id: FollowerId) -> Decimal:
        """The follower's base multiplier."""
        return self._base_by_follower.get(follower_id, BASE_MULTIPLIER)

    def symbol_multipliers(self, follower_id: FollowerId) -> list[SymbolMultiplier]:
        """All symbols of a follower that have their own, in the order of the symbols' names."""
        entries = [entry for key, entry in self._by_follower_symbol.items() if key[0] == follower_id]
        return sorted(entries, key=lambda entry: entry.symbol)

    def _tell_changed(self) -> None:
        self.revision += 1
        self.on_changed()


def _nothing() -> None:
    """Stands in until the engine listens."""
