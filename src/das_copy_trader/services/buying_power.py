"""Asks each account for its buying power, gently: platforms push it seldom, and leave the question open at times."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Final

from das_copy_trader.client.das_client import MasterClient, TradingClient
from das_copy_trader.client.errors import ClientError
from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.runtime.clock import Clock

LOOK_INTERVAL_S: Final = 1.0
ASK_INTERVAL_S: Final = 10.0
AFTER_FILL_S: Final = 2.0
"""After a position has changed, but not more often than this."""
UNANSWERED_INTERVAL_S: Final = 60.0
"""For a platform that left the question unanswered."""


class _Asked:
    """When an account was last asked, and what its positions were then."""

    def __init__(self) -> None:
        self.at_s = float("-inf")
        self.positions_revision = -1
        self.is_open = False
        self.is_unanswered = False


class BuyingPowerWatch:
    """Keeps buying power fresh: when an account becomes ready, every 10 s, and after its positions change.

    The answers land in the mirrors, where everybody reads them. Nothing is awaited but in tasks of its own.
    """

    def __init__(
        self,
        *,
        clients: Callable[[], list[tuple[str, str, MasterClient | TradingClient]]],
        clock: Clock,
        start_task: Callable[[str, Coroutine[object, object, None]], object],
    ) -> None:
        self._clients = clients
        self._clock = clock
        self._start_task = start_task
        self._asked: dict[AnyClient, _Asked] = {}

    async def run(self) -> None:
        """Ask when it is time, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_INTERVAL_S)
            self.look()

    def look(self) -> None:
        """Ask the accounts whose turn it is."""
        clients = [client for _, _, client in self._clients()]
        self._asked = {client: self._asked.get(client) or _Asked() for client in clients}
        now_s = self._clock.monotonic_s()
        for client, asked in self._asked.items():
            if client.state is not ConnectionState.READY:
                asked.at_s = float("-inf")
                continue
            revision = client.view.positions_revision
            wait_s = AFTER_FILL_S if revision != asked.positions_revision else ASK_INTERVAL_S
            if asked.is_unanswered:
                wait_s = UNANSWERED_INTERVAL_S
            if not asked.is_open and now_s >= asked.at_s + wait_s:
                asked.at_s, asked.positions_revision, asked.is_open = now_s, revision, True
                self._start_task("buying power", self._ask(client, asked))

    async def _ask(self, client: "AnyClient", asked: _Asked) -> None:
        try:
            await client.get_buying_power()
            asked.is_unanswered = False
        except ClientError:
            asked.is_unanswered = True
        finally:
            asked.is_open = False


AnyClient = MasterClient | TradingClient
