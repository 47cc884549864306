"""Finds out what became of locates that were ordered and whose end was not seen: by looking, not by ordering again."""

import asyncio
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Final

from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.domain.locates import LedgerEntry, LedgerStatus, LocateError
from das_copy_trader.engine.locate_ledger import LocateLedger
from das_copy_trader.engine.short_ports import LocateDesk
from das_copy_trader.runtime.clock import Clock

SECOND_LIST_AFTER_S: Final = 6.0
"""One list without an order that was sent proves nothing: only a second, so much later, does (reliability.md 4)."""
LOOK_S: Final = 7.0
LOOKS_MAX: Final = 20

Pair = tuple[FollowerId, Symbol]


class LocateSettler:
    """`start_task` runs a coroutine supervised; nothing is asked while `is_armed` says no."""

    def __init__(
        self,
        ledger: LocateLedger,
        clock: Clock,
        start_task: Callable[[str, Coroutine[object, object, None]], object],
        is_armed: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._start_task = start_task
        self._is_armed = is_armed
        self._watched: dict[Pair, None] = {}

    async def settle(self, pair: tuple[FollowerId, Symbol], desk: LocateDesk) -> str:
        """Look what became of purchases of the pair whose end is not known; why one is still not, empty when all are.

        Raises LocateError where the platform does not list its locate orders.
        """
        for entry in self._ledger.unsettled(*pair):
            assert entry.cl_ord_id is not None
            await desk.read_located()
            row = desk.located_order(entry.cl_ord_id)
            age_s = (self._clock.now() - entry.occurred_at).total_seconds()
            if row is not None:
                self._ledger.take_row(pair[0], row)
            elif age_s >= 2 * SECOND_LIST_AFTER_S:
                self._ledger.change(
                    entry.entry_id,
                    status=LedgerStatus.REFUSED,
                    charge=Decimal(0),
                    note="It never reached the platform: its list does not have it.",
                )
            if self._ledger.entry(entry.entry_id).status is LedgerStatus.ASKED:
                return unknown_text(entry)
        return ""

    def look_later(self, pair: Pair, desk: LocateDesk) -> None:
        """A purchase outlived its task: find out what became of it, also when no other task of the pair comes."""
        if pair not in self._watched:
            self._watched[pair] = None
            self._start_task(f"open locates of {pair[1]} on {pair[0]}", self._look(pair, desk))

    async def _look(self, pair: Pair, desk: LocateDesk) -> None:
        try:
            for _ in range(LOOKS_MAX):
                await asyncio.sleep(LOOK_S)
                if not self._ledger.unsettled(*pair) or not self._is_armed():
                    return
                try:
                    await self.settle(pair, desk)
                except LocateError:
                    continue  # it cannot be asked now; the entry stays unknown, which the ledger shows
        finally:
            del self._watched[pair]


def unknown_text(entry: LedgerEntry) -> str:
    """What a person is told of a purchase whose end is not known."""
    return (
        f"What became of the locate of {entry.order_qty} {entry.symbol} at {entry.route} is not known; nothing more is "
        "bought until the platform shows it. Look at the locate window in DAS."
    )
