"""What the engine tells the rest of the product, after the last order has left."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

import msgspec

from das_copy_trader.domain.enums import OrdType, Outcome, Side, TimeInForce
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol
from das_copy_trader.engine.order_links import CopyLink, MasterOrder

SUCCESSFUL_OUTCOMES = frozenset(
    {
        Outcome.PENDING,
        Outcome.SHORT_TASK,
        Outcome.WORKING,
        Outcome.PARTIALLY_FILLED,
        Outcome.FILLED,
        Outcome.REPLACED,
        Outcome.CANCELLED,
    }
)
"""Outcomes in which the follower did, or is doing, what the master did."""


class ReplicationKind(StrEnum):
    """What the master did. FOUND: in an earlier life, whose death may have kept it from being written down."""

    REPLICATED = "order_replicated"
    CANCELLED = "order_cancelled"
    REPLACED = "order_replaced"
    FOUND = "order_found"


class FollowerResult(msgspec.Struct, frozen=True, gc=False):
    """One follower's part. `order_id` is its platform's id once known; quantities in shares.

    `sent_us` is the time from the master's line to the follower's bytes, `acked_us` to its platform's first answer, in
    microseconds; None where that stage was not reached.
    """

    follower_id: FollowerId
    outcome: Outcome
    success: bool
    quantity: int
    reason: str
    cl_ord_id: ClOrdId
    order_id: OrderId | None
    filled_quantity: int
    sent_us: float | None
    acked_us: float | None


class ReplicationRecord(msgspec.Struct, frozen=True, gc=False):
    """One thing that the master did, and what each follower did for it. Quantity and prices are the master's.

    `decided_us` is the time from the master's line to the decision, in microseconds.
    """

    kind: ReplicationKind
    occurred_at: datetime
    master_order_id: OrderId
    symbol: Symbol
    side: Side
    quantity: int
    ord_type: OrdType | None
    price: Decimal | None
    stop_price: Decimal | None
    trail_amount: Decimal | None
    time_in_force: TimeInForce | None
    reason: str
    results: tuple[FollowerResult, ...]
    decided_us: float | None = None


class OutcomeChange(msgspec.Struct, frozen=True, gc=False):
    """One follower's outcome changed after the fact."""

    occurred_at: datetime
    master_order_id: OrderId
    symbol: Symbol
    result: FollowerResult


class ReplicationObserver(Protocol):
    """Who is told. Called once per loop turn, off the hot path; must return at once."""

    def on_replication(self, record: ReplicationRecord) -> None:
        """The master placed, cancelled or replaced an order."""

    def on_outcome_changed(self, change: OutcomeChange) -> None:
        """A copy's outcome, quantity or reason changed."""


def follower_result(link: CopyLink) -> FollowerResult:
    """A copy's present state as a record."""
    received_ns = link.master.received_ns
    return FollowerResult(
        follower_id=link.seat.follower_id,
        outcome=link.outcome,
        success=link.outcome in SUCCESSFUL_OUTCOMES,
        quantity=link.closed_before + link.quantity,
        reason=link.reason or link.note,
        cl_ord_id=link.cl_ord_id,
        order_id=link.order.order_id if link.order is not None else None,
        filled_quantity=link.closed_before + link.cum_qty,
        sent_us=(link.sent_ns - received_ns) / 1_000 if link.sent_ns and received_ns else None,
        acked_us=(link.acked_ns - received_ns) / 1_000 if link.acked_ns and received_ns else None,
    )


def replication_record(kind: ReplicationKind, master: MasterOrder, occurred_at: datetime) -> ReplicationRecord:
    """A master order and all its copies as a record."""
    order, terms = master.order, master.terms
    return ReplicationRecord(
        kind=kind,
        occurred_at=occurred_at,
        master_order_id=order.order_id,
        symbol=order.symbol,
        side=order.side,
        quantity=master.order_qty or order.order_qty,
        ord_type=terms.ord_type if terms else None,
        price=terms.price if terms else None,
        stop_price=terms.stop_price if terms else None,
        trail_amount=terms.trail_amount if terms else None,
        time_in_force=terms.time_in_force if terms else None,
        reason=master.refusal,
        results=tuple(follower_result(link) for link in master.link_by_follower.values()),
        decided_us=(master.decided_ns - master.received_ns) / 1_000 if master.decided_ns else None,
    )
