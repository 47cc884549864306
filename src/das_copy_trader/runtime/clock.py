"""Time: one object to ask, so that a simulated day can pass in seconds."""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Protocol
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
DEFAULT_DAY_TURN = time_of_day(3, 0)


class Clock(Protocol):
    """The time, three ways."""

    def now(self) -> datetime:
        """Wall time, in UTC, with its zone."""

    def monotonic_s(self) -> float:
        """Seconds that never go back, the event loop's own."""

    def perf_ns(self) -> int:
        """Nanoseconds for measuring stages; differences alone have a meaning."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Wall time, in UTC."""
        return datetime.now(UTC)

    # The functions themselves, without a frame of ours around them: the hot path asks once or twice a follower.
    monotonic_s = staticmethod(time.monotonic)
    """Seconds of the clock that event loops run on."""
    perf_ns = staticmethod(time.perf_counter_ns)
    """The performance counter."""


class LoopClock:
    """Wall time that starts at `epoch` and moves with an event loop's time: for the virtual-time loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, epoch: datetime) -> None:
        self._loop = loop
        self._epoch = epoch
        self._start_s = loop.time()

    def now(self) -> datetime:
        """The epoch and the loop time that has passed since."""
        return self._epoch + timedelta(seconds=self._loop.time() - self._start_s)

    def monotonic_s(self) -> float:
        """The loop's time."""
        return self._loop.time()

    def perf_ns(self) -> int:
        """The loop's time in nanoseconds."""
        return int(self._loop.time() * 1e9)


def day_start(day: date, day_turn: time_of_day = DEFAULT_DAY_TURN) -> datetime:
    """The moment at which a trading day begins, in UTC: `day_turn` of that date in New York.

    A time that the clocks skip in spring is the moment at which they are put forward; one that comes twice in autumn
    counts the first time.
    """
    wall = datetime.combine(day, day_turn, tzinfo=NEW_YORK)
    moment = wall.astimezone(UTC)
    if moment.astimezone(NEW_YORK).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return moment
    before, after = wall.replace(fold=1).astimezone(UTC), moment
    offset_after = after.astimezone(NEW_YORK).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(NEW_YORK).utcoffset() == offset_after:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def trading_day_of(moment: datetime, day_turn: time_of_day = DEFAULT_DAY_TURN) -> date:
    """The trading day of a moment: New York's date, turning at `day_turn` New York time (product.md 8)."""
    local_date = moment.astimezone(NEW_YORK).date()
    return local_date if moment >= day_start(local_date, day_turn) else local_date - timedelta(days=1)
