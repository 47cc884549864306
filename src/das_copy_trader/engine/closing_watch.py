"""Closing copies that the follower's position cannot carry yet: they wait, grow with the entry's fills, or are given
up.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from das_copy_trader.domain.enums import AlertLevel, Outcome
from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.engine.actions import CopyAction, Refuse, Submit
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.order_links import CopyLink, MasterOrder
from das_copy_trader.engine.order_replicator import OrderReplicator
from das_copy_trader.engine.ports import Scheduler
from das_copy_trader.engine.replaced import CopyChange

POSITION_GRACE_S: Final = 2.0
"""How long an exit waits for a position when no copied entry is working: the rows of one fill come in any order."""
BOUND_REASON: Final = "Other orders already take what the follower holds; it waits until one of them ends."


class ClosingWatch:
    """Looks after closing copies between the master's order and the follower's position."""

    def __init__(self, replicator: OrderReplicator, scheduler: Scheduler) -> None:
        self._replicator = replicator
        self._scheduler = scheduler
        replicator.on_copy_over = self._on_copy_over

    def follow_up(self, master: MasterOrder, actions: Sequence[CopyAction]) -> None:
        """A closing order was placed: what was bounded may grow for a while, what waits may be given up."""
        for action in actions:
            if isinstance(action, Refuse):
                continue
            link = master.link_by_follower[action.target.seat.follower_id]
            if isinstance(action, Submit):
                if not action.wanted_qty:
                    continue
                self._replicator.closing.let_grow(link, action.wanted_qty)
            self._scheduler.call_later(POSITION_GRACE_S, partial(self._look_again, link))

    def follow_change(self, link: CopyLink, change: CopyChange) -> None:
        """The master changed a closing order: what its copy may grow to has changed as well."""
        if not link.is_exit:
            return
        link.note = change.note
        if link.outcome is Outcome.WAITING_FOR_POSITION:
            link.awaited_qty = max(0, change.awaited_qty or change.wish.quantity)
        elif change.awaited_qty:
            self._replicator.closing.let_grow(link, change.awaited_qty)
            self._scheduler.call_later(POSITION_GRACE_S, partial(self._look_again, link))
        else:
            link.seat.awaiting.pop(link.cl_ord_id, None)

    def note_flat(self, seat: FollowerSeat, symbol: Symbol) -> None:
        """A position is gone; once the rows of its last fill had their time, nothing of it is from copies."""
        self._scheduler.call_later(POSITION_GRACE_S, partial(_forget_copied, seat, symbol))

    def review(self, seat: FollowerSeat, symbol: Symbol) -> None:
        """A copy of the symbol is over, or its position closed: what waited may have nothing left to wait for."""
        for link in seat.awaiting.values():
            if link.master.order.symbol == symbol:
                self._scheduler.call_later(POSITION_GRACE_S, partial(self._look_again, link))

    def _on_copy_over(self, link: CopyLink) -> None:
        if link.seat.awaiting:
            self.review(link.seat, link.master.order.symbol)

    def _look_again(self, link: CopyLink) -> None:
        """The rows of a fill had their time: send what can be sent, then end what has nothing to wait for.

        A closing copy goes on waiting while the follower holds shares that other orders bind: those may end.
        """
        seat, order = link.seat, link.master.order
        if link.cl_ord_id not in seat.awaiting or not seat.holds(link):
            return
        self._replicator.closing.feed(seat)
        if link.is_final or seat.has_working_entry(order.symbol, order.side):
            return
        if link.outcome is not Outcome.WAITING_FOR_POSITION:
            seat.awaiting.pop(link.cl_ord_id, None)
        elif seat.has_position_for(order.symbol, order.side):
            link.reason = BOUND_REASON
        elif link.closed_before:
            reason = f"{link.closed_before} shares are closed; the follower had no more."
            self._replicator.set_outcome(link, Outcome.FILLED, reason)
        else:
            reason = f"The follower has no {order.symbol} to close with a {order.side.value}."
            self._replicator.set_outcome(link, Outcome.SKIPPED, reason, AlertLevel.WARN)


def _forget_copied(seat: FollowerSeat, symbol: Symbol) -> None:
    if not seat.gateway.view.net_qty(symbol) and not seat.has_open_copy(symbol):
        seat.copied.forget(symbol)
