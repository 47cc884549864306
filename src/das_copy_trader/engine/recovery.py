"""What a gap hid, found out from the two login bursts: which orders have their copies, and which have none.

The follower's platform is the log: its list shows the ids that any life of this process has sent today. What is found
is linked again, so that its cancels and replaces work. What is missing is never sent by itself: it waits in the queue
(product.md 4), and only after two complete lists, some seconds apart (reliability.md 4, rule 3).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from das_copy_trader.domain.enums import AlertLevel, OrdStatus, Outcome, TimeInForce
from das_copy_trader.domain.identifiers import (
    MASTER_ID_SPAN_MAX,
    ClOrdId,
    FollowerId,
    OrderId,
    attempt_of,
    is_copy_id,
    is_of_day,
    master_bits_of,
)
from das_copy_trader.domain.orders import Order
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.engine.action_queue import ActionQueue, QueueReason
from das_copy_trader.engine.actions import CopyTarget
from das_copy_trader.engine.copy_state import is_as_asked, read_outcome
from das_copy_trader.engine.decide import master_refusal
from das_copy_trader.engine.exposure import ENDED_STATUSES, live_member
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.master_desk import MasterDesk
from das_copy_trader.engine.observer import ReplicationKind
from das_copy_trader.engine.order_links import CopyLink, MasterOrder
from das_copy_trader.engine.order_replicator import OrderReplicator
from das_copy_trader.engine.plan import PlanBook
from das_copy_trader.engine.reporting import Reporter
from das_copy_trader.engine.unknown_resolver import UnknownResolver
from das_copy_trader.runtime.clock import Clock

IN_DOUBT: Final = "It is looked for in the follower's order lists."
MISSING: Final = "The master's order has no copy here: two complete order lists do not have it."
NEVER_ARRIVED: Final = "It never reached the platform: two complete order lists do not have it."
CONTRADICTED: Final = "The follower's order list contradicts ours, so it cannot be told; compare the accounts in DAS."
CAME_AND_WENT: Final = "The master's order came and ended while it could not be copied."
ENDED_UNSEEN: Final = "The master's order filled in part and ended while it could not be copied."


class Recovery:
    """Compares the master's orders with a follower's whenever both lists are whole. Sends nothing but cancels and
    replaces of copies that it finds; `seats` is the engine's own table.
    """

    def __init__(
        self,
        *,
        desk: MasterDesk,
        seats: Mapping[FollowerId, FollowerSeat],
        plans: PlanBook,
        replicator: OrderReplicator,
        resolver: UnknownResolver,
        reporter: Reporter,
        clock: Clock,
        queue: ActionQueue,
    ) -> None:
        self._desk = desk
        self._seats = seats
        self._plans = plans
        self._replicator = replicator
        self._resolver = resolver
        self._reporter = reporter
        self._clock = clock
        self._queue = queue
        self._oldest_copied_id: OrderId | None = None
        self._is_span_told = False
        self._told_strays: dict[tuple[FollowerId, OrderId], None] = {}
        resolver.on_missing = self._judge_missing

    def start_day(self) -> None:
        """The platforms' ids restart."""
        self._oldest_copied_id = None
        self._is_span_told = False
        self._told_strays.clear()

    # --- when to look ------------------------------------------------------------------------------------------------

    def review_all(self) -> None:
        """The master's list is whole, or copying was started."""
        for seat in list(self._seats.values()):
            self.review(seat)

    def note_ready(self, seat: FollowerSeat) -> None:
        """A follower is back: its lists are whole, and the user is told what waits for it."""
        self.review(seat)
        self._queue.note_ready(seat.follower_id)

    def review(self, seat: FollowerSeat) -> None:
        """A follower's list is whole, or the master's is: then a follower that is away learns what is in doubt."""
        if not self._can_recover(seat):
            return
        before = self._oldest_copied_id
        if seat.is_ready:
            self._link_strays(seat)
        self._judge_unlinked(seat)
        if self._oldest_copied_id != before:  # copying began earlier than the other followers' lists had shown
            for other in list(self._seats.values()):
                if other is not seat and self._can_recover(other):
                    self._judge_unlinked(other)

    def note_stray(self, seat: FollowerSeat, order: Order, *, is_listed: bool) -> None:
        """A follower's order has an id of ours that no copy has."""
        cl_ord_id = order.cl_ord_id
        if cl_ord_id is None or not is_copy_id(cl_ord_id):
            return
        known = seat.strays.get(cl_ord_id)
        if known is not None and are_two(known, order):
            self.halt(seat, known, order)
        seat.strays[cl_ord_id] = order
        if not is_listed and seat.is_ready and self._can_recover(seat):
            self._link_strays(seat)

    def halt(self, seat: FollowerSeat, known: Order, order: Order) -> None:
        """Two orders carry one id: two programs copy to this account, or the platform lost track."""
        if seat.halt_reason:
            return
        seat.halt_reason = f"Stopped: its orders {known.order_id} and {order.order_id} carry the same id of ours."
        self._plans.invalidate()
        self._replicator.withdraw_paced(seat, seat.halt_reason)
        what = f"{seat.settings.name} was stopped: its orders {known.order_id} and {order.order_id} carry the same id."
        advice = "See whether a second copier runs; cancel one in DAS, then disable and enable the follower."
        self._reporter.alert(AlertLevel.ERROR, f"{what} {advice}", follower_id=seat.follower_id)

    def _can_recover(self, seat: FollowerSeat) -> bool:
        return self._replicator.is_armed and not seat.is_mistrusted and not self._is_span_too_wide()

    def _is_span_too_wide(self) -> bool:
        ids = [master.order_id for master in self._desk.links]
        if not ids or max(ids) - min(ids) <= MASTER_ID_SPAN_MAX:
            return False
        if not self._is_span_told:
            self._is_span_told = True
            what = "The master's order ids lie too far apart to tell copies by their ids"
            self._reporter.alert(
                AlertLevel.ERROR, f"{what}: nothing is recovered by itself today. Compare the accounts in DAS."
            )
        return True

    # --- found -------------------------------------------------------------------------------------------------------

    def _link_strays(self, seat: FollowerSeat) -> None:
        """Link what the lists show. Of several attempts for one master order the newest is its copy."""
        if not seat.strays:
            return
        master_by_bits = {master_bits_of(master.order_id): master for master in self._desk.links}
        found: dict[MasterOrder, list[Order]] = {}
        for cl_ord_id, order in list(seat.strays.items()):
            link = seat.link_by_cl_ord_id.get(cl_ord_id)
            if link is not None and not link.is_doubtful:
                del seat.strays[cl_ord_id]
                continue
            master = self._match(seat, cl_ord_id, order, master_by_bits)
            if master is not None:
                del seat.strays[cl_ord_id]
                found.setdefault(master, []).append(order)
            if seat.is_mistrusted:
                return
        links = [self._link(master, seat, orders) for master, orders in found.items()]
        for link in links:  # after all of them, since closing copies are bounded by what the others hold
            if link is not None:
                self._desk.bring_up(link)
        self._reporter.report_found(found)

    def _match(
        self, seat: FollowerSeat, cl_ord_id: ClOrdId, order: Order, master_by_bits: Mapping[int, MasterOrder]
    ) -> MasterOrder | None:
        master = master_by_bits.get(master_bits_of(cl_ord_id))
        is_todays = is_of_day(cl_ord_id, self._desk.trading_day.toordinal())
        if master is not None and is_todays and _is_same(order, master.order):
            return master
        is_whole = self._desk.is_in_step  # only a whole list shows that the master has no such order
        if order.is_working and is_lasting(order):
            return self._match_lasting(seat, order) if is_whole else None
        if master is not None and is_todays:
            self.note_mismatch(seat, order, master)
        elif order.is_working and is_todays and is_whole:
            self._tell_orphan(seat, order)
        return None

    def note_mismatch(self, seat: FollowerSeat, order: Order, master: MasterOrder) -> None:
        """An order of another symbol or side carries the id of a copy: the ids of this account cannot be relied on."""
        if seat.is_mistrusted or is_lasting(order):
            return
        seat.is_mistrusted = True
        masters = master.order
        what = f"{seat.settings.name}: its order {order.order_id} ({order.side.value} {order.symbol}) carries the id of"
        told = f"{what} the master's order {masters.order_id} ({masters.side.value} {masters.symbol})."
        advice = "Nothing is recovered by itself there; compare the accounts in DAS."
        self._reporter.alert(AlertLevel.ERROR, f"{told} {advice}", follower_id=seat.follower_id)

    def _match_lasting(self, seat: FollowerSeat, order: Order) -> MasterOrder | None:
        """An order of an earlier day that is good till cancelled: its master's order may have a new id by now."""
        matches = [
            master
            for master in self._desk.links
            if master.is_listed
            and _is_open(master.link_by_follower.get(seat.follower_id))
            and master.order.is_working
            and _is_same(order, master.order)
            and master.order.terms is not None
            and is_as_asked(order, order.order_qty, master.order.terms)
        ]
        if len(matches) == 1:
            return matches[0]
        self._tell_orphan(seat, order)
        return None

    def _tell_orphan(self, seat: FollowerSeat, order: Order) -> None:
        key = (seat.follower_id, order.order_id)
        if key in self._told_strays:
            return
        self._told_strays[key] = None
        what = f"{seat.settings.name}: its order {order.order_id} ({order.side.value} {order.symbol}) is a copy, but no"
        advice = "order of the master's belongs to it. It is left alone; cancel it in DAS if you do not want it."
        self._reporter.alert(AlertLevel.WARN, f"{what} {advice}", follower_id=seat.follower_id)

    def _link(self, master: MasterOrder, seat: FollowerSeat, orders: list[Order]) -> CopyLink | None:
        """Link the newest attempt unless another copy has its place; the others are ended where they still work."""
        orders.sort(key=lambda order: attempt_of(order.cl_ord_id or ClOrdId(0)))
        if self._oldest_copied_id is None or master.order_id < self._oldest_copied_id:
            self._oldest_copied_id = master.order_id
        present = master.link_by_follower.get(seat.follower_id)
        former = None
        if present is not None and not present.seat.is_seated:
            former, present = present, None  # of a follower that was removed and added again: its order is this one
        newest = orders.pop() if _is_open(present) or _is_followed(present, orders[-1]) else None
        is_late = present is not None and not present.is_doubtful
        if newest is not None and present is not None:
            self._supersede(present)
        closed = 0
        for order in orders:
            closed += order.cum_qty
            self._end_other(master, seat, order, is_late=is_late)
        if newest is None:
            return None
        if not master.link_by_follower:
            self._desk.refresh(master)
        link = self._made(master, seat, newest)
        link.wants_cancel = former is not None and former.wants_cancel and former.cl_ord_id == link.cl_ord_id
        link.closed_before = closed
        master.link_by_follower[seat.follower_id] = link
        seat.hold(link)
        if not live_member(seat.gateway.view, newest).is_working and not _is_alive(master):
            _absorb_silently(link, newest)
        else:
            self._replicator.absorb(link, newest, "")
        return link

    def _made(self, master: MasterOrder, seat: FollowerSeat, order: Order) -> CopyLink:
        assert order.cl_ord_id is not None
        link = CopyLink(master, seat, order.cl_ord_id)
        link.is_sent = link.is_spent = True
        link.quantity, link.terms = order.order_qty, order.terms
        link.order = order
        link.is_exit = bool(self._desk.facts(master).closing_qty)
        return link

    def _end_other(self, master: MasterOrder, seat: FollowerSeat, order: Order, *, is_late: bool) -> None:
        """An attempt beside the one that counts: dead, most likely; if it works it is cancelled on sight."""
        link = self._made(master, seat, order)
        link.is_superseded = link.wants_cancel = True
        seat.hold(link)
        live = live_member(seat.gateway.view, order)
        if live.is_working or (is_late and order.cum_qty):
            self._alert_second(link, order)
        if live.is_working:
            self._replicator.absorb(link, order, "")
        else:
            _absorb_silently(link, order)

    def _supersede(self, present: CopyLink) -> None:
        present.is_superseded = present.wants_cancel = True
        if present.is_doubtful:
            present.seat.forget(present)  # it never was
        else:
            self._replicator.set_outcome(present, Outcome.CANCELLED, "Another attempt has taken its place.")

    def note_superseded_seen(self, link: CopyLink, order: Order) -> None:
        """An attempt that had been given up shows itself at the platform."""
        self._alert_second(link, order)

    def _alert_second(self, link: CopyLink, order: Order) -> None:
        filled = f", of which {order.cum_qty} shares have filled" if order.cum_qty else ""
        what = f"has a second order at the platform ({order.order_id}{filled}); it is cancelled. Compare the position"
        self._reporter.alert_copy(AlertLevel.ERROR, link, what)

    # --- missing -----------------------------------------------------------------------------------------------------

    def _judge_unlinked(self, seat: FollowerSeat) -> None:
        is_doubt_new = self._begin_count(seat)
        for master in self._desk.links if self._desk.is_in_step else ():
            if not master.is_listed or seat.follower_id in master.link_by_follower:
                continue
            is_first = not master.link_by_follower
            if is_first:
                self._desk.refresh(master)
            link = self._judged(master, seat)
            if link is not None:
                is_doubt_new = is_doubt_new or link.is_doubtful
                if is_first:
                    self._reporter.report(ReplicationKind.REPLICATED, master)
                else:
                    self._reporter.mark_changed(link)
        if is_doubt_new and seat.is_ready:
            self._resolver.list_again(seat)

    def _begin_count(self, seat: FollowerSeat) -> bool:
        """What was in doubt before the follower's list had come is not in it: the list is the first of the two."""
        is_begun = False
        for link in seat.unanswered.values():
            if seat.is_ready and link.is_doubtful and link.first_list_s < 0:
                link.first_list_s = self._clock.monotonic_s()
                is_begun = True
        return is_begun

    def _judged(self, master: MasterOrder, seat: FollowerSeat) -> CopyLink | None:
        """The outcome of a master order that was found in a list, for a follower whose list does not show its copy."""
        order = master.order
        target = self._target(seat, master)
        if target is None:
            return None
        if not _is_alive(master) and not self._is_of_this_life(master):
            return None  # it was over before anything was copied today
        link = CopyLink(master, seat, self._desk.cl_ord_id(master))
        refusal = master_refusal(order, is_copy=is_copy_id(order.cl_ord_id), can_short=self._replicator.can_short)
        if not refusal and target.refusal_outcome is Outcome.SKIPPED:
            refusal = target.refusal
        if master.is_ended or order.status in ENDED_STATUSES:
            link.outcome, link.reason = Outcome.SKIPPED, ENDED_UNSEEN if order.cum_qty else CAME_AND_WENT
            if order.cum_qty:
                self._reporter.alert_copy(AlertLevel.WARN, link, f"was not placed: {ENDED_UNSEEN}")
        elif refusal:
            link.outcome, link.reason = Outcome.SKIPPED, refusal
        else:
            self._doubt(link, target)
        master.link_by_follower[seat.follower_id] = link
        return link

    def _doubt(self, link: CopyLink, target: CopyTarget) -> None:
        """An earlier life may have sent it: only a second list decides."""
        master, seat = link.master, link.seat
        facts = self._desk.facts(master)
        link.outcome, link.reason = Outcome.UNKNOWN, IN_DOUBT
        link.quantity = scale_quantity(master.order_qty, target.multiplier)
        link.is_sent = link.is_spent = link.is_doubtful = True
        link.is_exit = bool(facts.closing_qty)
        link.first_list_s = self._clock.monotonic_s() if seat.is_ready else -1.0
        seat.hold(link)
        seat.unanswered[link.cl_ord_id] = link

    def _is_of_this_life(self, master: MasterOrder) -> bool:
        """Whether copying had begun when the order was placed."""
        oldest = self._oldest_copied_id
        return master.is_from_gap or (oldest is not None and master.order_id > oldest)

    def _target(self, seat: FollowerSeat, master: MasterOrder) -> CopyTarget | None:
        targets: Iterable[CopyTarget] = self._plans.targets(master.order.symbol)
        return next((target for target in targets if target.seat is seat), None)

    def _judge_missing(self, link: CopyLink) -> None:
        """Two lists do not have it: it waits for the user, if there still is something to wait for."""
        master = link.master
        if link.seat.is_mistrusted:
            self._replicator.set_outcome(link, Outcome.FAILED, CONTRADICTED, AlertLevel.ERROR)
            return
        if link.cl_ord_id in link.seat.strays:
            return  # it is there, and linked when copying goes on
        if link.wants_cancel or master.is_ended:
            reason = "The master's order ended, and this one never reached the platform."
            link.is_spent = True
            self._replicator.set_outcome(link, Outcome.CANCELLED, reason)
            return
        target = self._target(link.seat, master)
        if target is not None and target.refusal and target.refusal_outcome is Outcome.SKIPPED:
            link.is_spent = True
            self._replicator.set_outcome(link, Outcome.SKIPPED, target.refusal)
            return
        level = AlertLevel.WARN if link.is_doubtful else AlertLevel.ERROR
        text = MISSING if link.is_doubtful else NEVER_ARRIVED
        self._replicator.shelve(link, QueueReason.NOT_COPIED_WHILE_DOWN, text, level)


def _absorb_silently(link: CopyLink, root: Order) -> None:
    """Take over a copy that was over before this life began: nobody has to be told again."""
    seat = link.seat
    link.order, link.cum_qty = root, root.cum_qty
    if root.cum_qty:
        seat.copied.note_fill(root.symbol, root.side.sign * root.cum_qty, link.cl_ord_id)
    link.wants_cancel = link.master.is_ended
    link.outcome, link.reason, _ = read_outcome(link, root, live_member(seat.gateway.view, root), "")
    if link.is_resting:
        seat.open_copies.pop(link.cl_ord_id, None)


def is_lasting(order: Order) -> bool:
    """Whether it may be of an earlier day, when ids were given out once before."""
    return order.terms is not None and order.terms.time_in_force is TimeInForce.GTC


def _is_open(present: CopyLink | None) -> bool:
    """Whether a follower has no copy that is at its platform or on its way there in this life."""
    return present is None or (present.order is None and (present.is_doubtful or present.is_resting))


def _is_followed(present: CopyLink | None, newest: Order) -> bool:
    """Whether a copy is over and an order is a later attempt than it was."""
    is_over = present is not None and present.is_final
    return (
        is_over and present is not None and attempt_of(newest.cl_ord_id or ClOrdId(0)) > attempt_of(present.cl_ord_id)
    )


def _is_same(order: Order, masters: Order) -> bool:
    return order.symbol == masters.symbol and order.side.sign == masters.side.sign


def _is_alive(master: MasterOrder) -> bool:
    """Whether the master's order may still fill (an auto-route parent lives in its children)."""
    order = master.order
    return not master.is_ended and (order.is_working or order.status is OrdStatus.TRIGGERED)


def are_two(known: Order, order: Order) -> bool:
    """Whether two orders with one id are two that count: an ended one may have been replaced under a new id, and an
    auto-route's child may be seen before its parent.
    """
    if known.is_child or order.is_child or known.order_id == order.order_id:
        return False
    return known.status not in ENDED_STATUSES and order.status not in ENDED_STATUSES
