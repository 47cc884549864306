"""Closing copies that the follower's position cannot carry yet: they wait, grow with the entry's fills, or are given
up.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from das_copy_trader.domain.enums import AlertLevel, Outcome
from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.engine.actions import CopyAction, Refuse, Submit
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.order_links import CopyLink, MasterOrder
from das_copy_trader.engine.order_replicator import OrderReplicator
from das_copy_trader.engine.ports import Scheduler

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
            if isinstance(action, Submit) and action.note:
                self._replicator.let_grow(link, scale_quantity(master.order_qty, action.target.multiplier))
            elif isinstance(action, Submit):
                continue
            self._scheduler.call_later(POSITION_GRACE_S, partial(self._look_again, link))

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
        self._replicator.feed_awaiting(seat)
        if link.is_final or seat.has_working_entry(order.symbol, order.side):
            return
        if link.outcome is not Outcome.WAITING_FOR_POSITION:
            seat.awaiting.pop(link.cl_ord_id, None)
        elif seat.has_position_for(order.symbol, order.side):
            link.reason = BOUND_REASON
        else:
            reason = f"The follower has no {order.symbol} to close with a {order.side.value}."
            self._replicator.set_outcome(link, Outcome.SKIPPED, reason, AlertLevel.WARN)
