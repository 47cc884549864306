"""What happened to each copy, in order, and what can be asked of it later.

The engine appends small tuples on its way and makes steps of them after the loop turn; what keeps them is the
services' and the database's business.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from das_copy_trader.domain.enums import Outcome
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol


class StepKind(StrEnum):
    """One kind of thing that happens between a master's order and the end of its copies."""

    SEEN = "seen"
    """The master's platform showed the order."""
    MASTER_REPLACED = "master_replaced"
    MASTER_CANCELLED = "master_cancelled"
    DECIDED = "decided"
    """What a follower gets, or why it gets nothing."""
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

    `line` is the command's bytes or the row as the platform wrote it; `order_id` names the platform's order that a
    command or row is about.
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


class PastCopy(msgspec.Struct, frozen=True):
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


class PastReplication(msgspec.Struct, frozen=True):
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
