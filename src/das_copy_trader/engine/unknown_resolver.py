"""Finds out what became of copies that were sent and never answered: by reading back, never by sending again.

An order that the platform took may show in its list a little later, so one list without it proves nothing: only a
second complete list, `SECOND_LIST_AFTER_S` later, does (reliability.md 4, rule 3).
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import AlertLevel, Outcome
from das_copy_trader.domain.identifiers import OrderId
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.order_links import CopyLink, MasterOrder, ReplaceWish
from das_copy_trader.engine.order_replicator import CANCEL_TRIES_MAX, OrderReplicator
from das_copy_trader.engine.ports import Scheduler
from das_copy_trader.runtime.clock import Clock

ANSWER_LIMIT_S: Final = 5.0
SECOND_LIST_AFTER_S: Final = 6.0
STILL_SENDING: Final = "The platform shows it as being sent, and neither as placed nor as refused."
EFFECT_LIMIT_S: Final = 3.0
"""How long a cancel or replace may go without an effect before the list is read and it is sent again."""
STUBBORN_AGAIN_S: Final = 15.0
"""How long after a cancel the next one goes to a copy that many have not ended."""
PACED_EFFECT_LIMIT_S: Final = 65.0
"""The same for one that waits for the platform's limits, which are per minute."""


class UnknownResolver:
    """Turns silence into `unknown`, and `unknown` into what the platform's lists show."""

    def __init__(self, replicator: OrderReplicator, clock: Clock, scheduler: Scheduler) -> None:
        self.on_missing: Callable[[CopyLink], None] = _nothing
        """Told of each copy that two complete lists, some seconds apart, do not have."""
        self._replicator = replicator
        self._clock = clock
        self._scheduler = scheduler
        replicator.on_sent_later = self.watch_copy
        replicator.on_cancel_sent = self._watch_cancel
        replicator.on_cancel_spent = self._cancel_later
        replicator.on_replace_sent = self._watch_replace

    def watch(self, master: MasterOrder) -> None:
        """Look after the answer limit whether each copy that was sent at once was answered."""
        self._scheduler.call_later(ANSWER_LIMIT_S, partial(self._check_answered, master))

    def resume(self, seat: FollowerSeat) -> None:
        """Copying was started: look again for what is unknown."""
        if any(link.outcome is Outcome.UNKNOWN for link in seat.open_copies.values()):
            self.read_back(seat)

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
                self.on_missing(link)
        if is_second_list_needed:
            self.list_again(seat)

    def list_again(self, seat: FollowerSeat) -> None:
        """Have the second list, once an order that the platform took must be in it."""
        self._scheduler.call_later(SECOND_LIST_AFTER_S, partial(self.read_back, seat))

    def _check_answered(self, master: MasterOrder) -> None:
        for link in master.link_by_follower.values():
            if not link.is_sent_later:
                self._check_copy(link)

    def watch_copy(self, link: CopyLink) -> None:
        """The same for one copy."""
        self._scheduler.call_later(ANSWER_LIMIT_S, partial(self._check_copy, link))

    def _check_copy(self, link: CopyLink) -> None:
        if link.outcome is not Outcome.PENDING or not link.seat.holds(link):
            return
        if link.is_unanswered:
            self._mark_unknown(link, f"No answer from the platform within {ANSWER_LIMIT_S:.0f} s.")
            self.read_back(link.seat)
        elif link.order is not None:
            # A refusal may come without its row (Send_Rej, das-cmd-api.md 2.7): the list tells.
            self._replicator.set_outcome(link, Outcome.PENDING, STILL_SENDING)
            self.read_back(link.seat)
            self._scheduler.call_later(SECOND_LIST_AFTER_S, partial(self._check_copy, link))

    def _watch_cancel(self, link: CopyLink, order_id: OrderId, result: SendResult) -> None:
        self._scheduler.call_later(_effect_limit_s(result), partial(self._check_cancelled, link, order_id))

    def _check_cancelled(self, link: CopyLink, order_id: OrderId) -> None:
        """A cancel that had no effect may be lost: read the list, then send it again if the copy still works."""
        if link.is_final or link.cancel_sent_to != order_id or not link.seat.holds(link):
            return
        link.cancel_sent_to = None
        self._tell_again(link)

    def _cancel_later(self, link: CopyLink) -> None:
        self._scheduler.call_later(STUBBORN_AGAIN_S, partial(self._cancel_again, link))

    def _cancel_again(self, link: CopyLink) -> None:
        """Until a list shows it closed; seldom now, so that the platform's limit is left for the others."""
        is_begun_anew = link.cancel_tries <= CANCEL_TRIES_MAX  # by a reconnect; it comes here again by itself
        if link.is_final or is_begun_anew or not link.seat.holds(link):
            return
        self._replicator.cancel_once_more(link)
        self.read_back(link.seat)
        self._cancel_later(link)

    def _watch_replace(self, link: CopyLink, wish: ReplaceWish, result: SendResult) -> None:
        self._scheduler.call_later(_effect_limit_s(result), partial(self._check_replaced, link, wish))

    def _check_replaced(self, link: CopyLink, wish: ReplaceWish) -> None:
        """A replace that had no effect may be lost, as a cancel may."""
        if link.is_final or link.told is not wish or not link.seat.holds(link):
            return
        self._replicator.doubt_replace(link)
        self._tell_again(link)

    def _tell_again(self, link: CopyLink) -> None:
        self.read_back(link.seat)
        self._scheduler.call_later(EFFECT_LIMIT_S, partial(self._replicator.settle, link))

    def _mark_unknown(self, link: CopyLink, reason: str) -> None:
        if link.outcome is not Outcome.UNKNOWN:
            self._replicator.set_outcome(link, Outcome.UNKNOWN, reason, AlertLevel.ERROR)

    def read_back(self, seat: FollowerSeat) -> None:
        """Ask for the order list, if anything may be sent to the follower now."""
        if self._replicator.is_armed and seat.is_ready:
            seat.gateway.read_back()


def _nothing(_link: CopyLink) -> None:
    """Stands in until somebody judges."""


def _effect_limit_s(result: SendResult) -> float:
    return EFFECT_LIMIT_S if result is SendResult.SENT else PACED_EFFECT_LIMIT_S
