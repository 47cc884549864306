"""What happened to each copy, in order, and what can be asked of it later.

The engine appends small tuples on its way and makes steps of them after the loop turn; what keeps them is the
services' and the database's business.
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from das_copy_trader.domain.enums import Outcome
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol
from das_copy_trader.engine.observer import FollowerResult, ReplicationRecord


class StepKind(StrEnum):
    """One kind of thing that happens between a master's order and the end of its copies."""

    SEEN = "seen"
    """The master's platform showed the order."""
    MASTER_REPLACED = "master_replaced"
    MASTER_CANCELLED = "master_cancelled"
    DECIDED = "decided"
    """What a follower gets, or why it gets nothing; left out where it was sent at once and as it is."""
    SENT = "sent"
    HELD = "held"
    """Waits for the platform's rate limit."""
    REPLACE_SENT = "replace_sent"
    CANCEL_SENT = "cancel_sent"
    CHANGED = "changed"
    """The copy's outcome, quantity or reason changed: answered, filled, cancelled, unknown, queued …"""
    REPLAYED = "replayed"
    """The user let a queued action be done."""
    DAY_ENDED = "day_ended"
    """The trading day turned while the copy was not over; the next day knows nothing of it."""
    GAP = "gap"
    """Steps are missing here: more happened than could be kept."""


class ReplicationStep(msgspec.Struct, frozen=True, gc=False):
    """One step. `follower_id` is empty for the master's own. Quantities in shares.

    `line` is the command or the row as it was on the wire, and `read_line` gives it where it is not written out yet;
    `order_id` names the platform's order that it is about.
    """

    occurred_at: datetime
    trading_day: date
    master_order_id: OrderId
    follower_id: FollowerId
    kind: StepKind
    outcome: Outcome | None = None
    order_id: OrderId | None = None
    cl_ord_id: ClOrdId | None = None
    quantity: int = 0
    filled_quantity: int = 0
    reason: str = ""
    line: str = ""
    read_line: Callable[[], str] | None = None

    def text(self) -> str:
        """The command or row, empty where there is none."""
        return self.line if self.read_line is None else self.read_line()


class PastCopy(msgspec.Struct, frozen=True, gc=False):
    """A copy as it was last known. Times in microseconds after the master's line, None where not reached."""

    follower_id: FollowerId
    outcome: Outcome
    order_id: OrderId | None
    cl_ord_id: ClOrdId | None
    quantity: int
    filled_quantity: int
    reason: str
    sent_us: float | None
    acked_us: float | None
    updated_at: datetime


class PastReplication(msgspec.Struct, frozen=True, gc=False):
    """A master order of any day with its copies. `decided_us`: the master's line to the decision, in microseconds."""

    trading_day: date
    master_order_id: OrderId
    decided_at: datetime
    symbol: Symbol
    side: str
    quantity: int
    ord_type: str
    price: Decimal | None
    stop_price: Decimal | None
    trail_amount: Decimal | None
    time_in_force: str
    reason: str
    decided_us: float | None
    copies: tuple[PastCopy, ...]


class PageKey(msgspec.Struct, frozen=True, array_like=True):
    """Where a page begins: after this order, in the order of time, newest first."""

    decided_at: datetime
    trading_day: date
    master_order_id: OrderId


class ReplicationQuery(msgspec.Struct, frozen=True):
    """Which master orders are asked for, newest first. `outcome` and `follower_id` are about one and the same copy.

    `decided_from` is included, `decided_to` is not.
    """

    limit: int
    symbol: Symbol | None = None
    follower_id: FollowerId | None = None
    outcome: Outcome | None = None
    decided_from: datetime | None = None
    decided_to: datetime | None = None
    master_order_id: OrderId | None = None
    after: PageKey | None = None


class ReplicationPage(msgspec.Struct, frozen=True):
    """A page of master orders, newest first; `next_key` is None on the last one."""

    replications: tuple[PastReplication, ...]
    next_key: PageKey | None


def past_copy(result: FollowerResult, updated_at: datetime) -> PastCopy:
    """A follower's part as it is kept."""
    return PastCopy(
        follower_id=result.follower_id,
        outcome=result.outcome,
        order_id=result.order_id,
        cl_ord_id=result.cl_ord_id,
        quantity=result.quantity,
        filled_quantity=result.filled_quantity,
        reason=result.reason,
        sent_us=result.sent_us,
        acked_us=result.acked_us,
        updated_at=updated_at,
    )


def past_replication(record: ReplicationRecord, trading_day: date, decided_at: datetime) -> PastReplication:
    """What the master did, as it is kept; copies in the order of the followers' ids."""
    results = sorted(record.results, key=lambda result: result.follower_id)
    return PastReplication(
        trading_day=trading_day,
        master_order_id=record.master_order_id,
        decided_at=decided_at,
        symbol=record.symbol,
        side=record.side.value,
        quantity=record.quantity,
        ord_type=record.ord_type.value if record.ord_type is not None else "",
        price=record.price,
        stop_price=record.stop_price,
        trail_amount=record.trail_amount,
        time_in_force=record.time_in_force.value if record.time_in_force is not None else "",
        reason=record.reason,
        decided_us=record.decided_us,
        copies=tuple(past_copy(result, record.occurred_at) for result in results),
    )
