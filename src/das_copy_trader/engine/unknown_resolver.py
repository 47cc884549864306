"""Finds out what became of copies that were sent and never answered: by reading back, never by sending again.

An order that the platform took may show in its list a little later, so one list without it proves nothing: only a
second complete list, `SECOND_LIST_AFTER_S` later, does (reliability.md 4, rule 3).
"""

from functools import partial
from typing import Final

from das_copy_trader.domain.enums import AlertLevel, Outcome
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.order_links import CopyLink, MasterOrder
from das_copy_trader.engine.order_replicator import OrderReplicator
from das_copy_trader.engine.ports import Scheduler
from das_copy_trader.runtime.clock import Clock

ANSWER_LIMIT_S: Final = 5.0
SECOND_LIST_AFTER_S: Final = 6.0


class UnknownResolver:
    """Turns silence into `unknown`, and `unknown` into what the platform's lists show."""

    def __init__(self, replicator: OrderReplicator, clock: Clock, scheduler: Scheduler) -> None:
        self._replicator = replicator
        self._clock = clock
        self._scheduler = scheduler

    def watch(self, master: MasterOrder) -> None:
        """Look after the answer limit whether each copy was answered."""
        self._scheduler.call_later(ANSWER_LIMIT_S, partial(self._check_answered, master))

    def on_link_lost(self, seat: FollowerSeat, reason: str) -> None:
        """The connection is gone: what was sent and not answered is unknown."""
        for link in list(seat.unanswered.values()):
            if link.is_sent:
                link.first_list_s = -1.0
                self._mark_unknown(link, f"The link was lost before the platform answered: {reason}")

    def on_orders_listed(self, seat: FollowerSeat) -> None:
        """A complete order list has been applied: judge the copies that are still not in it."""
        now_s = self._clock.monotonic_s()
        is_second_list_needed = False
        for link in list(seat.unanswered.values()):
            if not link.is_sent or link.outcome is not Outcome.UNKNOWN:
                continue
            if link.first_list_s < 0:
                link.first_list_s = now_s
                is_second_list_needed = True
            elif now_s - link.first_list_s >= SECOND_LIST_AFTER_S:
                del seat.unanswered[link.cl_ord_id]
                reason = "It never reached the platform: two complete order lists do not have it."
                self._replicator.set_outcome(link, Outcome.FAILED, reason, AlertLevel.ERROR)
        if is_second_list_needed:
            self._scheduler.call_later(SECOND_LIST_AFTER_S, partial(self._read_back, seat))

    def _check_answered(self, master: MasterOrder) -> None:
        for link in master.link_by_follower.values():
            if link.is_unanswered and link.outcome is Outcome.PENDING:
                self._mark_unknown(link, f"No answer from the platform within {ANSWER_LIMIT_S:.0f} s.")
                self._read_back(link.seat)

    def _mark_unknown(self, link: CopyLink, reason: str) -> None:
        if link.outcome is not Outcome.UNKNOWN:
            self._replicator.set_outcome(link, Outcome.UNKNOWN, reason, AlertLevel.ERROR)

    def _read_back(self, seat: FollowerSeat) -> None:
        if seat.is_ready:
            seat.gateway.read_back()
