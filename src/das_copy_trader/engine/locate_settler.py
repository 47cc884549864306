"""Finds out what became of locates that were ordered and whose end was not seen: by looking, not by ordering again.

Also of those that an earlier life of the process ordered: found in the platform's list they are booked; one that two
whole lists, some seconds apart, do not have has never arrived (reliability.md 4). Until then it counts with the most
that it can cost.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Final

from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.domain.locates import LedgerEntry, LedgerStatus, LocateError
from das_copy_trader.engine.locate_ledger import LocateLedger
from das_copy_trader.engine.reporting import Reporter
from das_copy_trader.engine.short_ports import LocateDesk
from das_copy_trader.runtime.clock import Clock

SECOND_LIST_AFTER_S: Final = 6.0
"""One list without an order that was sent proves nothing: only a second, so much later, does (reliability.md 4)."""
LOOK_S: Final = SECOND_LIST_AFTER_S
LOOKS_OFTEN: Final = 20
LOOK_SELDOM_S: Final = 60.0
"""How often a platform is asked that has not shown it in `LOOKS_OFTEN` looks."""
NEVER_ARRIVED: Final = "It never reached the platform: two lists, some seconds apart, do not have it."

Pair = tuple[FollowerId, Symbol]


class LocateSettler:
    """`start_task` runs a coroutine supervised.

    `desk_of` gives the desk of a follower that may be asked now, else None; `is_waited_for` tells the purchases whose
    answer a task is waiting for.
    """

    def __init__(
        self,
        *,
        ledger: LocateLedger,
        reporter: Reporter,
        clock: Clock,
        start_task: Callable[[str, Coroutine[object, object, None]], object],
        desk_of: Callable[[FollowerId], LocateDesk | None],
        is_waited_for: Callable[[LedgerEntry], bool],
    ) -> None:
        self._ledger = ledger
        self._reporter = reporter
        self._clock = clock
        self._start_task = start_task
        self._desk_of = desk_of
        self._is_waited_for = is_waited_for
        self._watched: dict[FollowerId, None] = {}
        self._missed_at_s: dict[int, float] = {}

    async def settle(self, pair: Pair, desk: LocateDesk) -> str:
        """Look what became of purchases of the pair whose end is not known; why one is still not, empty when all are.

        Raises LocateError where the platform does not list its locate orders.
        """
        entries = self._ledger.unsettled(*pair)
        if not entries:
            return ""
        await self._look(entries, desk)
        left = self._ledger.unsettled(*pair)
        return unknown_text(left[0]) if left else ""

    def watch(self, follower_id: FollowerId) -> None:
        """Settle what no task of the follower waits for, now and again until it is known. Returns at once."""
        if follower_id in self._watched or not self._forgotten(follower_id) or self._desk_of(follower_id) is None:
            return
        self._watched[follower_id] = None
        self._start_task(f"open locates on {follower_id}", self._watch(follower_id))

    def start_day(self) -> None:
        """Locates are for the day; what was not settled never will be."""
        for entry in self._ledger.unsettled():
            self._ledger.change(entry.entry_id, note="The day ended before the platform told what became of it.")
            self._reporter.alert(
                AlertLevel.WARN,
                f"What became of the locate of {entry.order_qty} {entry.symbol} at {entry.route} was never seen. It "
                f"counts with {entry.charge:f} dollars; compare with the account's HTB cost in DAS.",
                follower_id=entry.follower_id,
            )
        self._missed_at_s.clear()

    def _forgotten(self, follower_id: FollowerId) -> list[LedgerEntry]:
        return [entry for entry in self._ledger.unsettled(follower_id) if not self._is_waited_for(entry)]

    async def _watch(self, follower_id: FollowerId) -> None:
        looks = 0
        try:
            while (desk := self._desk_of(follower_id)) is not None and (entries := self._forgotten(follower_id)):
                with suppress(LocateError):  # it cannot be asked now; the entry stays unknown, as the ledger shows
                    await self._look(entries, desk)
                looks += 1
                await asyncio.sleep(LOOK_S if looks < LOOKS_OFTEN else LOOK_SELDOM_S)
        finally:
            del self._watched[follower_id]

    async def _look(self, entries: Sequence[LedgerEntry], desk: LocateDesk) -> None:
        """Have the platform list its locate orders, and judge by it. Raises LocateError where it does not."""
        for entry in entries:
            assert entry.cl_ord_id is not None
            others = self._ledger.locate_ids(entry.follower_id)
            desk.recognise(entry.cl_ord_id, entry.symbol, entry.order_qty, entry.route, others=others)
            desk.abandon(entry.cl_ord_id)  # nobody waits for it any more: it is ended, or counts if it has bought
        try:
            await desk.read_located()
        except LocateError:
            self._judge(entries, desk, is_whole=False)  # rows may have come all the same, without an end
            raise
        self._judge(entries, desk, is_whole=True)

    def _judge(self, entries: Sequence[LedgerEntry], desk: LocateDesk, *, is_whole: bool) -> None:
        now_s = self._clock.monotonic_s()
        for entry in entries:
            assert entry.cl_ord_id is not None
            row = desk.located_order(entry.cl_ord_id)
            if row is not None:
                self._missed_at_s.pop(entry.entry_id, None)
                self._ledger.take_row(entry.follower_id, row)
            elif is_whole and now_s - self._missed_at_s.setdefault(entry.entry_id, now_s) >= SECOND_LIST_AFTER_S:
                del self._missed_at_s[entry.entry_id]
                if self._ledger.entry(entry.entry_id).status is LedgerStatus.ASKED:
                    self._settle_missing(entry)

    def _settle_missing(self, entry: LedgerEntry) -> None:
        self._ledger.change(entry.entry_id, status=LedgerStatus.REFUSED, charge=Decimal(0), note=NEVER_ARRIVED)
        self._reporter.alert(
            AlertLevel.INFO,
            f"The locate of {entry.order_qty} {entry.symbol} at {entry.route} never reached the platform; it cost "
            "nothing.",
            follower_id=entry.follower_id,
        )


def unknown_text(entry: LedgerEntry) -> str:
    """What a person is told of a purchase whose end is not known."""
    return (
        f"What became of the locate of {entry.order_qty} {entry.symbol} at {entry.route} is not known; nothing more is "
        "bought until the platform shows it. Look at the locate window in DAS."
    )
