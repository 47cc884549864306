"""Whose turn it is to locate: one at a time on a platform, so many over all followers, and not for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.domain.locates import LocateRefused
from das_copy_trader.engine.short_ports import LocateDesk
from das_copy_trader.runtime.clock import Clock


class LocateTurns:
    """`in_flight` tries run now, over all followers; never more than `max_concurrent`."""

    def __init__(self, clock: Clock, max_concurrent: int) -> None:
        self.in_flight = 0
        self._clock = clock
        self._semaphore = asyncio.Semaphore(max_concurrent)
        self._desk_locks: dict[FollowerId, asyncio.Lock] = {}

    @asynccontextmanager
    async def turn(
        self, follower_id: FollowerId, desk: LocateDesk, *, deadline_s: float, will_inquire: bool
    ) -> AsyncIterator[None]:
        """Wait for a turn, and have it. Raises LocateRefused where the deadline (loop time) passes before it comes."""
        left_s = max(0.0, deadline_s - self._clock.monotonic_s())
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(left_s):
                    await held.enter_async_context(self._desk_locks.setdefault(follower_id, asyncio.Lock()))
                    if will_inquire:
                        await desk.inquiry_turn()  # outside the semaphore: others have platforms of their own
                    await held.enter_async_context(self._semaphore)
            except TimeoutError as error:
                text = "The time to locate was over before its turn came: other short sales were before it."
                raise LocateRefused(text) from error
            self.in_flight += 1
            try:
                yield
            finally:
                self.in_flight -= 1
