"""Locates: borrowed shares that a short sale needs. What a platform says of them, and what is kept of each.

Shares; dollars a share; charges in dollars. Sources: CMD API manual 2021/11 and das-cmd-api.md 5.

What asking a platform for locates can end in, beside an answer:

    LocateError
    ├── LocateRefused        the platform, or a rule of ours, said no; nothing was bought
    │   └── LocateNotNeeded  the platform says that the symbol can be sold short without
    ├── LocateUnreachable    the account is not connected; nothing was sent
    └── LocateUnanswered     it was sent and no answer came: what became of it is not known
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol

LOT: Final = 100
"""Locates are bought in multiples of this (seen live; das-cmd-api.md 5.4)."""
_LOCATE_BIT: Final = 1 << 29
_SEQUENCE_BITS: Final = 26
SEQUENCE_MAX: Final = (1 << _SEQUENCE_BITS) - 1


class LocateError(Exception):
    """Asking for locates did not come to an answer; the message is a sentence."""


class LocateRefused(LocateError):  # noqa: N818 - says what happened
    """Nothing was bought."""


class LocateNotNeeded(LocateRefused):
    """The symbol can be sold short without a locate; nothing was bought."""


class LocateUnreachable(LocateError):  # noqa: N818 - says what is so
    """Nothing was sent."""


class LocateUnanswered(LocateError):  # noqa: N818 - says what happened
    """It was sent, and no answer came."""


class LedgerWriteError(Exception):
    """An entry of the locate ledger could not be stored; the message is a sentence. Nothing may be spent then."""


class LocateStatus(StrEnum):
    """State of a locate order at its platform."""

    PENDING = "pending"
    WAITING = "waiting"
    OFFERED = "offered"
    LOCATED = "located"
    CANCELED = "canceled"
    REJECTED = "rejected"
    CLOSED = "closed"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    """A status word that no table knows."""


OPEN_STATUSES: Final = frozenset(
    {LocateStatus.PENDING, LocateStatus.WAITING, LocateStatus.OFFERED, LocateStatus.UNKNOWN}
)
"""Statuses in which a locate order may still buy shares."""


class LocateOrder(msgspec.Struct, frozen=True, gc=False):
    """One locate order as its platform last told it. `cl_ord_id` is None where the build sends none."""

    locate_id: int
    symbol: Symbol
    order_qty: int
    located_qty: int
    price: Decimal
    status: LocateStatus
    route: str
    cl_ord_id: ClOrdId | None = None

    @property
    def is_open(self) -> bool:
        """Whether it may still buy shares."""
        return self.status in OPEN_STATUSES


class LocateQuote(msgspec.Struct, frozen=True, gc=False):
    """One route's answer to a price inquiry: so many shares at so much a share. `size` 0: it has none."""

    route: str
    price: Decimal
    size: int


class InquiryAnswer(msgspec.Struct, frozen=True):
    """All routes' answers to one inquiry. `is_shortable`: the platform says that no locate is needed."""

    quotes: tuple[LocateQuote, ...] = ()
    is_shortable: bool = False
    note: str = ""


class ShortTaskStatus(StrEnum):
    """Where a short sale task is on its way (brief, «Task lifecycle»)."""

    PENDING = "pending"
    CHECKING = "checking"
    LOCATING = "locating"
    PLACING_ORDER = "placing_order"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class LocateOffer(msgspec.Struct, frozen=True):
    """Shares that can be had above the follower's limit, for the user to take or leave.

    `total_cost` counts the route's minimum charge.
    """

    route: str
    price: Decimal
    shares: int
    total_cost: Decimal
    made_at: datetime
    expires_at: datetime


class ShortTaskRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A short sale task as it is shown and stored. `max_sell` and `deficit` are None until they were worked out.

    `error` says why it ended without the whole order, or what it waits for; empty where there is nothing to say.
    """

    task_id: str
    trading_day: str
    follower_id: FollowerId
    follower: str
    master_order_id: OrderId
    symbol: Symbol
    status: ShortTaskStatus
    quantity: int
    max_sell: int | None
    deficit: int | None
    located_quantity: int
    cost: Decimal
    error: str
    created_at: datetime
    updated_at: datetime
    offer: LocateOffer | None = None


class LedgerKind(StrEnum):
    """What an entry of the locate ledger tells."""

    INQUIRY = "inquiry"
    OFFER = "offer"
    PURCHASE = "purchase"


class LedgerStatus(StrEnum):
    """How an entry of the locate ledger stands."""

    ASKED = "asked"
    """An inquiry went out, or a purchase is about to: what became of it is not known yet."""
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    SHOWN = "shown"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    NOT_SENT = "not_sent"
    LOCATED = "located"
    REFUSED = "refused"
    """The platform sold nothing, and will not."""


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One inquiry, offer or purchase. `order_qty` was asked for, `located_qty` was bought; `price` is a share's.

    `charge` is what the account was charged, or for a purchase whose end is not known the most that it can be.
    """

    entry_id: int
    trading_day: str
    kind: LedgerKind
    status: LedgerStatus
    follower_id: FollowerId
    symbol: Symbol
    task_id: str
    master_order_id: OrderId
    route: str
    order_qty: int
    located_qty: int = 0
    price: Decimal = Decimal(0)
    minimum_charge: Decimal = Decimal(0)
    charge: Decimal = Decimal(0)
    locate_id: int | None = None
    cl_ord_id: ClOrdId | None = None
    note: str = ""
    occurred_at: datetime
    updated_at: datetime

    @property
    def pair(self) -> tuple[FollowerId, Symbol]:
        """Whose symbol it is about."""
        return (self.follower_id, self.symbol)


def locate_cl_ord_id(trading_day: int, sequence: int) -> ClOrdId:
    """The token of a locate order: `1<<29 | (day & 7)<<26 | sequence`, so never one of a copy (identifiers.py).

    `sequence` is the ledger entry's number, which the database keeps. Raises ValueError beyond `SEQUENCE_MAX`.
    """
    if not 0 < sequence <= SEQUENCE_MAX:
        raise ValueError(f"locate order {sequence} is outside 1..{SEQUENCE_MAX}")
    return ClOrdId(_LOCATE_BIT | (trading_day & 7) << _SEQUENCE_BITS | sequence)


def in_lots(shares: int) -> int:
    """The shares, rounded up to whole lots; 0 for none."""
    return max(0, -(-shares // LOT) * LOT)


def locate_charge(price: Decimal, shares: int, minimum: Decimal) -> Decimal:
    """What a route charges for these shares, in dollars; nothing for none."""
    return max(price * shares, minimum) if shares else Decimal(0)


def is_test_locate_route(route: str) -> bool:
    """Whether a route is one of DAS's own test routes, such as TESTSL: it answers with a price and sells nothing."""
    return "TEST" in route.upper()
