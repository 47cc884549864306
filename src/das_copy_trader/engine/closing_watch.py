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


class ClosingWatch:
    """Looks after closing copies between the master's order and the follower's position."""

    def __init__(self, replicator: OrderReplicator, scheduler: Scheduler) -> None:
        self._replicator = replicator
        self._scheduler = scheduler

    def follow_up(self, master: MasterOrder, actions: Sequence[CopyAction]) -> None:
        """A closing order was placed: what was bounded may grow, what waits may be given up."""
        order = master.order
        for action in actions:
            if isinstance(action, Refuse):
                continue
            seat = action.target.seat
            link = master.link_by_follower[seat.follower_id]
            if seat.has_working_entry(order.symbol, order.side):
                if isinstance(action, Submit) and action.note:
                    self._replicator.let_grow(link, scale_quantity(master.order_qty, action.target.multiplier))
            elif not isinstance(action, Submit):
                self._scheduler.call_later(POSITION_GRACE_S, partial(self._give_up, link))

    def review(self, seat: FollowerSeat, symbol: Symbol) -> None:
        """A copy of the symbol is over: exits that waited for it may have nothing left to wait for."""
        for link in seat.awaiting.values():
            if link.outcome is Outcome.WAITING_FOR_POSITION and link.master.order.symbol == symbol:
                self._scheduler.call_later(POSITION_GRACE_S, partial(self._give_up, link))

    def _give_up(self, link: CopyLink) -> None:
        order = link.master.order
        if link.outcome is not Outcome.WAITING_FOR_POSITION or link.seat.has_working_entry(order.symbol, order.side):
            return
        link.seat.awaiting.pop(link.cl_ord_id, None)
        reason = f"The follower has no {order.symbol} to close with a {order.side.value}."
        self._replicator.set_outcome(link, Outcome.SKIPPED, reason, AlertLevel.WARN)
