"""When the trading day turns: the daily restart's calendar, pure. Who restarts is `services/daily_restart.py`."""

from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Final

from das_copy_trader.runtime.clock import day_start, trading_day_of

RECHECK_S: Final = 30.0
"""The wall clock is looked at again after so long at the latest: it may be set, and the machine may sleep."""
_SHORTEST_WAIT_S: Final = 0.001


class DaySchedule:
    """The present trading day and the moment of the next restart, from the wall clock alone.

    A day turns once. A clock that is put back by less than a day does not bring a day back; one that was wrong by more
    is believed again as soon as it is right.
    """

    def __init__(self, now: datetime, day_turn: time_of_day) -> None:
        self._day_turn = day_turn
        self.trading_day: date = trading_day_of(now, day_turn)

    @property
    def next_restart_at(self) -> datetime:
        """When the next trading day begins, in UTC."""
        return day_start(self.trading_day + timedelta(days=1), self._day_turn)

    def turn(self, now: datetime) -> date | None:
        """The new trading day, told once, as soon as it has begun: also when its beginning was slept through."""
        day = trading_day_of(now, self._day_turn)
        if self.trading_day - timedelta(days=1) <= day <= self.trading_day:
            return None
        self.trading_day = day
        return day

    def wait_s(self, now: datetime) -> float:
        """Seconds until the clock is to be looked at again."""
        remaining_s = (self.next_restart_at - now).total_seconds()
        return min(RECHECK_S, max(_SHORTEST_WAIT_S, remaining_s))
