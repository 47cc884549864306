"""One follower's account, as the engine listens to it: what its platform says of our copies."""

from collections.abc import Mapping
from typing import Final

from das_copy_trader.domain.enums import AlertLevel, ConnectionState, ExecType, Outcome
from das_copy_trader.domain.events import CommandRefused, OrderEvent, OrderRefused
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId
from das_copy_trader.domain.orders import Order
from das_copy_trader.domain.positions import Position
from das_copy_trader.engine.action_queue import QueueReason
from das_copy_trader.engine.closing_watch import ClosingWatch
from das_copy_trader.engine.copy_state import is_copy_of
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.order_links import CopyLink
from das_copy_trader.engine.order_replicator import OrderReplicator
from das_copy_trader.engine.plan import PlanBook
from das_copy_trader.engine.position_tracker import PositionTracker
from das_copy_trader.engine.recovery import Recovery, are_two
from das_copy_trader.engine.unknown_resolver import UnknownResolver

# By names of their own: three lines come back for each copy, all at once, and a look-up in the class is felt.
_TRADE: Final = ExecType.TRADE
_RARE: Final = frozenset({ExecType.TIMED_OUT, ExecType.REPLACE_REJECTED, ExecType.CANCEL_REJECTED, ExecType.REPLACED})


class FollowerDesk:
    """Keeps the outcomes of one follower's copies. Its seat is looked up, since it may change while the link lives."""

    def __init__(
        self,
        follower_id: FollowerId,
        *,
        seats: Mapping[FollowerId, FollowerSeat],
        plans: PlanBook,
        replicator: OrderReplicator,
        resolver: UnknownResolver,
        closing_watch: ClosingWatch,
        tracker: PositionTracker,
        recovery: Recovery,
    ) -> None:
        self._follower_id = follower_id
        self._seats = seats
        self._plans = plans
        self._replicator = replicator
        self._resolver = resolver
        self._closing_watch = closing_watch
        self._tracker = tracker
        self._recovery = recovery
        self._listed_again: dict[CopyLink, None] = {}
        """Known copies that a list is just telling anew; a list may show an auto-route's parent before its child."""

    def on_order_event(self, event: OrderEvent) -> None:
        """One of the follower's orders changed; orders that are not our copies only move its position."""
        seat = self._seats.get(self._follower_id)
        if seat is None:
            return
        root, kind = event.root, event.exec_type
        if self._tracker.is_watching:
            self._tracker.touch(root.symbol, seat.follower_id)
        if kind is _TRADE and not event.is_snapshot:
            seat.lag.note_trade(root.symbol, root.side, event.last_qty)
        link = None if root.cl_ord_id is None else seat.link_by_cl_ord_id.get(root.cl_ord_id)
        if link is None:
            if root.cl_ord_id is not None and not root.is_child:
                self._recovery.note_stray(seat, root, is_listed=event.is_snapshot)
            return
        if link.order is not root and not self._is_expected(seat, link, event):
            return
        if event.is_snapshot and self._is_listed_again(link, root):
            return
        if kind not in _RARE or not self._take_rare(seat, link, event):
            self._replicator.absorb(link, root, event.text)

    def _take_rare(self, seat: FollowerSeat, link: CopyLink, event: OrderEvent) -> bool:
        """What became of a command; whether that is all that the event tells."""
        if event.exec_type is ExecType.TIMED_OUT:
            reason = f"The venue did not answer: {event.text}"
            self._replicator.set_outcome(link, Outcome.UNKNOWN, reason, AlertLevel.ERROR)
            self._resolver.read_back(seat)
        elif event.exec_type is ExecType.REPLACE_REJECTED:
            self._replicator.give_up_replace(link, event.text, is_refused=True)
        elif event.exec_type is ExecType.CANCEL_REJECTED:
            link.cancel_sent_to = None
            self._resolver.read_back(seat)
        else:
            link.is_replaced = True
            return False
        return True

    def _is_listed_again(self, link: CopyLink, root: Order) -> bool:
        """Whether a list tells of a copy whose platform order is known: it is judged when the list is whole.

        Until then its order may show a state that it has long left, and the user would be told twice how it ended.
        """
        known = link.order
        if link not in self._listed_again and (known is None or known is root or known.order_id != root.order_id):
            return False
        link.order = root
        self._listed_again[link] = None
        return True

    def _is_expected(self, seat: FollowerSeat, link: CopyLink, event: OrderEvent) -> bool:
        """Whether an order that this copy has not been known by is to be taken as it."""
        root = event.root
        if not is_copy_of(root, link):
            self._recovery.note_mismatch(seat, root, link.master)
            return False
        if link.order is not None:
            if are_two(link.order, root):
                self._recovery.halt(seat, link.order, root)
                return False
        elif link.is_doubtful:
            self._recovery.note_stray(seat, root, is_listed=event.is_snapshot)
            return False
        elif link.is_superseded:
            self._recovery.note_superseded_seen(link, root)
        return True

    def on_order_refused(self, refusal: OrderRefused) -> None:
        """The platform refused a copy before giving it an id."""
        link = self._link(ClOrdId(refusal.cl_ord_id))
        if link is not None and not link.is_final:
            self._replicator.set_outcome(link, Outcome.REJECTED, refusal.text, AlertLevel.ERROR)

    def on_command_refused(self, refusal: CommandRefused) -> None:
        """Some cancel or replace was refused: the order list that the client reads back tells which of them matter."""
        seat = self._seats.get(self._follower_id)
        if seat is None:
            return
        word = (refusal.command or "").upper()
        for link in seat.open_copies.values():
            if word != "REPLACE":
                link.cancel_sent_to = None
            if word != "CANCEL":
                self._replicator.doubt_replace(link)

    def on_position_changed(self, position: Position) -> None:
        """The position changed: closing copies may have been waiting for it."""
        seat = self._seats.get(self._follower_id)
        if seat is None:
            return
        seat.lag.note_position(position.symbol, position.net_qty)
        self._tracker.note_position(seat, position)
        self._replicator.closing.feed(seat)
        if position.net_qty == 0:
            if seat.awaiting:
                self._closing_watch.review(seat, position.symbol)
            if seat.copied.net_qty(position.symbol):
                self._closing_watch.note_flat(seat, position.symbol)

    def on_state_changed(self, state: ConnectionState, reason: str) -> None:
        """The connection changed: what was in flight is unknown, what was missed is made up."""
        self._plans.invalidate()
        seat = self._seats.get(self._follower_id)
        if seat is None:
            return
        if state is ConnectionState.READY:
            seat.lag.settle()
            for link in seat.open_copies.values():
                link.told_max_qty = 0  # what the lists do not show was lost with the link
            self._replicator.resume(seat)
            self._recovery.note_ready(seat)
        else:
            self._resolver.on_link_lost(seat, reason)

    def on_orders_listed(self) -> None:
        """A complete order list has been applied."""
        seat = self._seats.get(self._follower_id)
        if seat is not None:
            self._absorb_listed(seat)
            self._absorb_listed_again(seat)
            self._recovery.review(seat)
            self._resolver.on_orders_listed(seat)
            self._replicator.settle_all(seat)

    def on_paced_sent(self, cl_ord_id: ClOrdId) -> None:
        """A copy that waited for the rate limit has left."""
        link = self._link(cl_ord_id)
        if link is not None and link.is_paced:
            self._replicator.note_paced_sent(link)

    def on_paced_dropped(self, cl_ord_id: ClOrdId, reason: str) -> None:
        """A copy that waited for the rate limit will never leave."""
        link = self._link(cl_ord_id)
        if link is not None and link.is_paced:
            self._replicator.shelve(link, QueueReason.NEVER_LEFT, reason)

    def _link(self, cl_ord_id: ClOrdId | None) -> CopyLink | None:
        seat = self._seats.get(self._follower_id)
        return seat.link_by_cl_ord_id.get(cl_ord_id) if seat is not None and cl_ord_id is not None else None

    def _absorb_listed_again(self, seat: FollowerSeat) -> None:
        listed_again, self._listed_again = self._listed_again, {}
        for link in listed_again:
            if link.order is not None and seat.holds(link):
                self._replicator.absorb(link, link.order, "")

    def _absorb_listed(self, seat: FollowerSeat) -> None:
        """What the list shows of copies whose state is unknown, even where it changed nothing."""
        for link in list(seat.open_copies.values()):
            if link.outcome is Outcome.UNKNOWN:
                order = seat.gateway.view.order_by_cl_ord_id(link.cl_ord_id)
                if order is None or not is_copy_of(order, link):
                    continue
                if link.is_doubtful:
                    self._recovery.note_stray(seat, order, is_listed=True)
                else:
                    self._replicator.absorb(link, order, "")
