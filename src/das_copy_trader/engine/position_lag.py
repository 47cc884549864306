"""Executions that an account's position does not show yet: the rows of one fill come in any order."""

from typing import Final

from das_copy_trader.domain.enums import Side
from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.runtime.clock import Clock

LAG_LIMIT_S: Final = 1.0
"""How long an execution without its position row is believed: a position may also change without executions."""


class PositionLag:
    """Compares the executions that were told with the position changes that were told, by symbol and direction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._net_qty: dict[Symbol, int] = {}
        self._lag: dict[tuple[Symbol, int], tuple[int, float]] = {}

    def note_trade(self, symbol: Symbol, side: Side, last_qty: int) -> None:
        """An order executed `last_qty` shares."""
        self._move(symbol, side.sign, last_qty)

    def note_position(self, symbol: Symbol, net_qty: int) -> None:
        """A position row came."""
        change = net_qty - self._net_qty.get(symbol, 0)
        self._net_qty[symbol] = net_qty
        if change:
            self._move(symbol, 1 if change > 0 else -1, -abs(change))

    def unseen_qty(self, symbol: Symbol, side: Side) -> int:
        """Shares that orders of this side have executed and that the position does not show."""
        lag = self._lag.get((symbol, side.sign))
        if lag is None or self._clock.monotonic_s() - lag[1] > LAG_LIMIT_S:
            return 0
        return max(0, lag[0])

    def ahead_qty(self, symbol: Symbol) -> int:
        """The same of both sides, signed: what the position will have moved by once it shows them."""
        if not self._lag:
            return 0  # nearly always: an order is decided when it is placed
        return self.unseen_qty(symbol, Side.BUY) - self.unseen_qty(symbol, Side.SELL)

    def settle(self) -> None:
        """Positions and orders were read anew: nothing is missing."""
        self._lag.clear()

    def clear(self) -> None:
        """Forget the day."""
        self._lag.clear()
        self._net_qty.clear()

    def _move(self, symbol: Symbol, sign: int, qty: int) -> None:
        now_s = self._clock.monotonic_s()
        former, since_s = self._lag.get((symbol, sign), (0, now_s))
        lag = qty if now_s - since_s > LAG_LIMIT_S else former + qty
        if lag:
            self._lag[symbol, sign] = (lag, now_s)
        else:
            self._lag.pop((symbol, sign), None)
