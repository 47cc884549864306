"""Executions that a follower's position does not show yet: the rows of one fill come in any order."""

from typing import Final

from das_copy_trader.domain.enums import Side
from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.runtime.clock import Clock

LAG_LIMIT_S: Final = 1.0
"""How long an execution without its position row is believed: a position may also change without executions."""


class PositionLag:
    """Compares the executions that were told with the position changes that were told, symbol by symbol."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._net_qty: dict[Symbol, int] = {}
        self._lag: dict[Symbol, tuple[int, float]] = {}

    def note_trade(self, symbol: Symbol, side: Side, last_qty: int) -> None:
        """An order executed `last_qty` shares."""
        self._move(symbol, side.sign * last_qty)

    def note_position(self, symbol: Symbol, net_qty: int) -> None:
        """A position row came."""
        before, self._net_qty[symbol] = self._net_qty.get(symbol, 0), net_qty
        self._move(symbol, before - net_qty)

    def unseen_qty(self, symbol: Symbol, side: Side) -> int:
        """Shares that executions of this side have taken from the position and that its row still shows."""
        lag, since_s = self._lag.get(symbol, (0, 0.0))
        if self._clock.monotonic_s() - since_s > LAG_LIMIT_S:
            return 0
        return max(0, lag * side.sign)

    def settle(self) -> None:
        """Positions and orders were read anew: nothing is missing."""
        self._lag.clear()

    def clear(self) -> None:
        """Forget the day."""
        self._lag.clear()
        self._net_qty.clear()

    def _move(self, symbol: Symbol, signed_qty: int) -> None:
        now_s = self._clock.monotonic_s()
        lag, since_s = self._lag.get(symbol, (0, now_s))
        lag = signed_qty if now_s - since_s > LAG_LIMIT_S else lag + signed_qty
        if lag:
            self._lag[symbol] = (lag, now_s)
        else:
            self._lag.pop(symbol, None)
