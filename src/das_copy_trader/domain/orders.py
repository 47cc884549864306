"""Orders: what one asks for (`OrderRequest`) and what a platform says of one (`Order`)."""

from decimal import Decimal

import msgspec

from das_copy_trader.domain.enums import PLACED_STATUSES, WORKING_STATUSES, OrdStatus, OrdType, Side, TimeInForce
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol


class OrderTerms(msgspec.Struct, frozen=True, gc=False):
    """Everything about an order that is copied unchanged. Dollars a share; None: the type has no such field."""

    ord_type: OrdType
    price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    time_in_force: TimeInForce | None = None


class OrderRequest(msgspec.Struct, frozen=True, gc=False):
    """An order to place. `route` is the follower's own."""

    cl_ord_id: ClOrdId
    symbol: Symbol
    side: Side
    order_qty: int
    terms: OrderTerms
    route: str


class Order(msgspec.Struct, eq=False, gc=False):
    """One order as its platform last told it: a live object that the account's mirror alone changes.

    `terms` is None while type, stop price or trail amount cannot be decoded or are not proven yet; `undecodable` then
    says why, in a sentence that quotes the row, and `awaits_proof` whether a further line may still prove them.
    `time_in_force` in the terms comes from the first row seen, since routes rewrite it.
    `cum_qty` counts executed shares, for an auto-route parent those of its children. `parent_id` is set on auto-route
    children only. `is_from_snapshot`: first seen in a login burst or dump, not live. All quantities are shares.
    """

    # A struct, because followers' answers come all at once: it is made in a fifth of the time of an __init__.
    order_id: OrderId
    symbol: Symbol
    side: Side
    is_from_snapshot: bool
    cl_ord_id: ClOrdId | None = None
    ord_type_text: str = ""
    terms: OrderTerms | None = None
    undecodable: str = ""
    awaits_proof: bool = False
    order_qty: int = 0
    leaves_qty: int = 0
    canceled_qty: int = 0
    cum_qty: int = 0
    status: OrdStatus = OrdStatus.PENDING_NEW
    route: str = ""
    account: str | None = None
    source: str | None = None
    parent_id: OrderId | None = None
    child_ids: tuple[OrderId, ...] = ()
    time_text: str | None = None
    reason: str = ""
    row_text: str = ""

    @property
    def is_working(self) -> bool:
        """Whether it can still fill: leaves, in a status that works (das-cmd-api.md 2.6)."""
        return self.leaves_qty > 0 and self.status in WORKING_STATUSES

    @property
    def is_placed(self) -> bool:
        """Whether the platform has taken it; `PENDING_NEW` alone is not enough."""
        return self.status in PLACED_STATUSES

    @property
    def is_child(self) -> bool:
        """Whether an auto-route made it."""
        return self.parent_id is not None

    def __repr__(self) -> str:
        return (
            f"Order({self.order_id} {self.side.value} {self.order_qty} {self.symbol} {self.ord_type_text}"
            f" {self.status.value} leaves={self.leaves_qty} cum={self.cum_qty} cl_ord_id={self.cl_ord_id})"
        )
