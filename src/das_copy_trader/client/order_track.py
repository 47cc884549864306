"""What the order book keeps beside each order: its last row, its executed shares by source, its family."""

from decimal import Decimal
from typing import Final

import msgspec

from das_copy_trader.client.translate import ActFacts, OrderFacts
from das_copy_trader.domain.enums import OrdStatus
from das_copy_trader.domain.orders import Order, OrderTerms

ENDED: Final = frozenset({OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.CLOSED})

RANK_BY_STATUS: Final[dict[OrdStatus, int]] = {
    OrdStatus.PENDING_NEW: 0,
    OrdStatus.UNKNOWN: 0,
    OrdStatus.HELD: 1,
    OrdStatus.NEW: 2,
    OrdStatus.PARTIALLY_FILLED: 3,
    OrdStatus.TRIGGERED: 4,
    OrdStatus.FILLED: 5,
    OrdStatus.CANCELED: 5,
    OrdStatus.REJECTED: 5,
    OrdStatus.CLOSED: 5,
}
"""How far a status is: an order never goes to a lower one."""

_NOT_YET_FILLED: Final = frozenset({OrdStatus.PENDING_NEW, OrdStatus.HELD, OrdStatus.NEW})
_ACTS_MAX: Final = 10_000


class Fills(msgspec.Struct, eq=False, gc=False):
    """Executed shares of one order, by who told them. `cum_qty` is the most that any source proves.

    `acts` are the Execute lines that were counted, None while there was none, as for most orders.
    """

    row_qty: int = 0
    traded_qty: int = 0
    acts_qty: int = 0
    acts: dict[ActFacts, None] | None = None

    @property
    def cum_qty(self) -> int:
        """Executed shares."""
        return max(self.row_qty, self.traded_qty, self.acts_qty)

    def take_row(self, filled_qty: int) -> None:
        """What the quantities of a row add up to."""
        self.row_qty = max(self.row_qty, filled_qty)

    def take_act(self, act: ActFacts) -> None:
        """An Execute line. It has no id: equal lines count once, which may be too few and is never too many."""
        if self.acts is None:
            self.acts = {}
        if act not in self.acts and len(self.acts) < _ACTS_MAX:
            self.acts[act] = None
            self.acts_qty += act.qty


class Early(msgspec.Struct, eq=False, gc=False):
    """What was told of an order before its first row."""

    fills: Fills
    act_px: Decimal | None = None
    reason: str = ""
    has_act: bool = False
    is_accepted: bool = False
    is_canceled: bool = False


class Track(msgspec.Struct, eq=False, gc=False):
    """One order and what is needed to keep it right. The garbage collector does not know of it; see `part`.

    `row` is the row that was last taken, `price` its price. `proof` is the number of guessed terms that a second line
    has to confirm; `act_px` is the latest price of an %OrderAct line that has not been compared with a row yet.
    `is_end_inferred`: executed shares alone, and no row, say that it is filled. `is_replace_untold`: new terms wait for
    their proof before they are told.
    """

    order: Order
    first_facts: OrderFacts
    fills: Fills
    row: object
    price: Decimal | None
    own_cum_qty: int = 0
    row_leaves_qty: int = 0
    row_canceled_qty: int = 0
    parent: "Track | None" = None
    children: tuple["Track", ...] = ()
    proof: Decimal | None = None
    is_end_inferred: bool = False
    is_replace_untold: bool = False
    waiting_terms: OrderTerms | None = None
    act_px: Decimal | None = None

    def add_child(self, child: "Track") -> None:
        """Take an order that the auto-route made of this one."""
        child.parent = self
        self.children = (*self.children, child)
        self.order.child_ids = (*self.order.child_ids, child.order.order_id)
        self.count_children()

    def part(self) -> None:
        """The day is over: let go of the family, since a circle of these would never be freed."""
        self.parent, self.children = None, ()

    def settle(self) -> None:
        """Work out status, leaves, cancelled and executed shares from what all sources have told."""
        order = self.order
        cum = self.own_cum_qty = self.fills.cum_qty
        status = order.status
        if status in ENDED:
            order.leaves_qty = 0
            if status is OrdStatus.CANCELED:
                order.canceled_qty = max(0, order.order_qty - cum)
                if not order.canceled_qty:
                    order.status = OrdStatus.FILLED
            else:
                order.canceled_qty = self.row_canceled_qty
        else:
            order.canceled_qty = self.row_canceled_qty
            leaves = order.order_qty - cum - order.canceled_qty
            order.leaves_qty = leaves = max(0, min(self.row_leaves_qty, leaves))
            if cum and status is not OrdStatus.TRIGGERED:
                if not leaves and cum >= order.order_qty:
                    order.status = OrdStatus.FILLED
                    self.is_end_inferred = True
                elif status in _NOT_YET_FILLED:
                    order.status = OrdStatus.PARTIALLY_FILLED
        order.cum_qty = cum
        if self.children:
            self.count_children()
        if self.parent is not None:
            self.parent.count_children()

    def count_children(self) -> None:
        """Executed shares of an auto-route parent are those of its children.

        One that ended before was replaced under a new id (das-cmd-api.md 9): its own executions come on top.
        """
        children_qty = sum(child.order.cum_qty for child in self.children)
        is_replaced = self.order.status is OrdStatus.CANCELED
        cum = self.own_cum_qty + children_qty if is_replaced else max(self.own_cum_qty, children_qty)
        if cum != self.order.cum_qty:
            self.order.cum_qty = cum
            if self.parent is not None:
                self.parent.count_children()
