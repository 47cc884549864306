"""The daily restart: at RESTART_TIME in New York the day's memory is emptied, and what was running runs again."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date, datetime

import structlog

from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.engine.ports import Alerts
from das_copy_trader.engine.scheduler import DaySchedule
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.services.copy_system import CopySystem

_log = structlog.get_logger(__name__)


class DailyRestart:
    """Looks at the wall clock each half minute and at each log-in; restarts when the trading day has turned."""

    def __init__(
        self,
        *,
        schedule: DaySchedule,
        system: CopySystem,
        alerts: Alerts,
        clock: Clock,
        start_task: Callable[[str, Coroutine[object, object, None]], object],
    ) -> None:
        self._schedule = schedule
        self._system = system
        self._alerts = alerts
        self._clock = clock
        self._start_task = start_task
        self.last_restart_at: datetime | None = None
        """When the last one began, in UTC; None while there was none since the program started."""
        self.last_result = ""
        """What came of it, in a sentence; empty while there was none."""

    @property
    def trading_day(self) -> date:
        """The trading day that the system is in."""
        return self._schedule.trading_day

    @property
    def next_restart_at(self) -> datetime:
        """When the next one is due, in UTC."""
        return self._schedule.next_restart_at

    async def run(self) -> None:
        """Restart whenever it is time, until cancelled."""
        while True:
            self.check()
            await asyncio.sleep(self._schedule.wait_s(self._clock.now()))

    def check(self) -> date:
        """The trading day; if it has turned, nothing is copied from this instant on, and the restart begins.

        To be asked at each log-in: a machine that woke up may connect before `run` has looked at the clock.
        """
        day = self._schedule.turn(self._clock.now())
        if day is not None:
            self._system.pause_for_restart()
            self._start_task("daily restart", self._restart(day))
        return self._schedule.trading_day

    async def _restart(self, day: date) -> None:
        self.last_restart_at = self._clock.now()
        self.last_result = "It is under way."
        _log.info("The trading day turns", trading_day=day.isoformat())
        try:
            self.last_result = await self._system.restart()
        except Exception as error:  # noqa: BLE001 - whatever it was: nothing is copied now, and a person must know
            _log.exception("The daily restart failed")
            self.last_result = f"It failed ({type(error).__name__}): nothing is copied. Stop and start again."
            self._alerts.raise_alert(AlertLevel.ERROR, f"The daily restart: {self.last_result}")
