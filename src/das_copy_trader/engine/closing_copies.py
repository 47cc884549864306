"""Closing copies against the follower's position: they wait for it, grow with it, and go on while an entry fills."""

from typing import TYPE_CHECKING, Final

from das_copy_trader.domain.enums import AlertLevel, Outcome
from das_copy_trader.domain.identifiers import ClOrdId, attempt_of, next_attempt
from das_copy_trader.engine.actions import Await
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.order_links import CopyLink, ReplaceWish
from das_copy_trader.engine.plan import PlanBook
from das_copy_trader.engine.reporting import Reporter

if TYPE_CHECKING:
    from das_copy_trader.engine.order_replicator import OrderReplicator

LATE_ATTEMPT: Final = 8
"""An exit follows an entry that fills in many small parts with so many orders; the next one takes all that is left."""


class ClosingCopies:
    """The replicator's hands for what waits for a position. Its owner sends; this says what and when."""

    def __init__(self, replicator: "OrderReplicator", plans: PlanBook, reporter: Reporter) -> None:
        self._replicator = replicator
        self._plans = plans
        self._reporter = reporter

    def hold_back(self, link: CopyLink, action: Await) -> None:
        """A closing copy that has nothing to close yet."""
        link.outcome, link.reason, link.note = Outcome.WAITING_FOR_POSITION, action.reason, action.note
        link.is_exit = True
        link.awaited_qty = action.quantity
        link.seat.hold(link)
        link.seat.awaiting[link.cl_ord_id] = link

    def let_grow(self, link: CopyLink, awaited_qty: int) -> None:
        """A bounded closing copy follows the position up to `awaited_qty` shares while entries still fill."""
        if not link.is_final:
            link.awaited_qty = awaited_qty
            link.seat.awaiting[link.cl_ord_id] = link

    def feed(self, seat: FollowerSeat) -> None:
        """The follower's position or working orders changed: let the closing copies that wait have their part."""
        if not seat.awaiting or not self._replicator.is_armed or not seat.is_ready:
            return
        for link in list(seat.awaiting.values()):
            if not link.is_final and not link.wants_cancel:
                self._feed_one(seat, link)

    def _feed_one(self, seat: FollowerSeat, link: CopyLink) -> None:
        master = link.master.order
        closable = seat.closable_qty(master.symbol, master.side)
        if closable == 0:
            return
        refusal = self._plans.closing_refusal(seat, master.symbol)
        if link.outcome is Outcome.WAITING_FOR_POSITION:
            if is_late_attempt(link) and seat.has_working_entry(master.symbol, master.side):
                return
            if refusal:
                self._replicator.set_outcome(link, Outcome.SKIPPED, refusal, AlertLevel.WARN)
            else:
                self._replicator.send_later(link, min(link.awaited_qty, closable))
        elif link.order is not None and not refusal and link.master.terms is not None:
            committed = seat.committed_qty(link)
            if committed < link.awaited_qty:
                quantity = min(link.awaited_qty, committed + closable)
                self._replicator.ask(link, ReplaceWish(quantity, link.master.terms, link.opening_qty))

    def follow_entry(self, link: CopyLink) -> None:
        """An exit has closed what there was while a copied entry still fills: its next attempt waits for the rest."""
        seat, order = link.seat, link.master.order
        if link.wants_cancel or not seat.holds(link) or not seat.has_working_entry(order.symbol, order.side):
            return
        closed = link.closed_before + link.cum_qty
        so_far = f"{closed} of {link.closed_before + link.awaited_qty} shares are closed"
        cl_ord_id = _free_attempt(link)
        if cl_ord_id is None:
            what = f"has no further attempt: {so_far}, but an entry of the symbol still works"
            self._reporter.alert_copy(AlertLevel.ERROR, link, f"{what}; close what it still fills by hand")
            return
        further = CopyLink(link.master, seat, cl_ord_id)
        further.closed_before, further.awaited_qty = closed, link.awaited_qty - link.cum_qty
        further.is_exit, further.terms, further.note = True, link.master.terms, link.note
        link.master.link_by_follower[seat.follower_id] = further
        seat.hold(further)
        seat.awaiting[further.cl_ord_id] = further
        what = f"{so_far}; it follows what the entry still fills."
        self._replicator.set_outcome(further, Outcome.WAITING_FOR_POSITION, what)
        self.feed(seat)


def is_late_attempt(link: CopyLink) -> bool:
    """Whether so many attempts were made that the ones left are kept until the entry is over."""
    return attempt_of(link.cl_ord_id) >= LATE_ATTEMPT


def _free_attempt(link: CopyLink) -> ClOrdId | None:
    """The id of the copy's next attempt that no order carries yet; None where none is left."""
    seat, cl_ord_id = link.seat, link.cl_ord_id
    while True:
        try:
            cl_ord_id = next_attempt(cl_ord_id)
        except ValueError:
            return None
        if cl_ord_id not in seat.link_by_cl_ord_id and seat.gateway.view.order_by_cl_ord_id(cl_ord_id) is None:
            return cl_ord_id
