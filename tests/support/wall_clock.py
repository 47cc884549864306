"""A clock whose wall time can be set, while the loop's time goes on: a corrected clock, a machine that slept."""

import asyncio
from datetime import datetime, timedelta

from das_copy_trader.runtime.clock import NEW_YORK, LoopClock


class WallClock(LoopClock):
    """Implements runtime.clock.Clock."""

    def __init__(self, loop: asyncio.AbstractEventLoop, epoch: datetime) -> None:
        super().__init__(loop, epoch)
        self._shift = timedelta()

    def now(self) -> datetime:
        """The epoch, the loop time that has passed since, and what the clock was set by."""
        return super().now() + self._shift

    def shift(self, by: timedelta) -> None:
        """Set the clock forward, or back."""
        self._shift += by

    def set_local(self, local: datetime) -> None:
        """Set the clock to a New York time."""
        self.shift(local.replace(tzinfo=NEW_YORK) - self.now())
