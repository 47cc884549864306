"""Ids with gaps, stamps of the platform's clock, and numbers written as a live platform writes them."""

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Final

from das_copy_trader.runtime.clock import NEW_YORK, Clock

_CENT: Final = Decimal("0.01")
_FINEST: Final = Decimal("0.000001")
_WHOLE: Final = Decimal(1)


class IdSeries:
    """Numbers that grow with gaps: other people's orders take the ids between (seen live, das-cmd-api.md 2.6)."""

    def __init__(self, first: int, max_gap: int, random: Random) -> None:
        self._next = first
        self._max_gap = max_gap
        self._random = random

    def next(self) -> int:
        """The next number."""
        number = self._next
        self._next += self._random.randint(1, self._max_gap)
        return number


class TimeOfDay:
    """The platform machine's wall clock, in New York."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def local(self) -> datetime:
        """Now, in New York."""
        return self._clock.now().astimezone(NEW_YORK)

    @property
    def text(self) -> str:
        """`HH:MM:SS`, as on every row."""
        return self.local.strftime("%H:%M:%S")

    @property
    def stamp(self) -> str:
        """`YYYY/MM/DD-HH:MM:SS`, as on %POS."""
        return self.local.strftime("%Y/%m/%d-%H:%M:%S")


def shortest(number: Decimal) -> Decimal:
    """Without trailing zeros and exponent: 36, 11.2, 0.00092 (seen live, das-cmd-api.md 2.13)."""
    short = number.quantize(_FINEST).normalize()
    exponent = short.as_tuple().exponent
    if not short:
        return Decimal(0)
    return short.quantize(_WHOLE) if isinstance(exponent, int) and exponent > 0 else short


def money(number: Decimal) -> Decimal:
    """With two decimals: `40000.00` (seen live)."""
    rounded = number.quantize(_CENT)
    return rounded or _CENT - _CENT
