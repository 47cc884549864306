"""An order as a simulated account's book holds it."""

from decimal import Decimal
from enum import Enum, auto
from typing import Final

import msgspec

from das_copy_trader.protocol.commands import (
    LimitPart,
    MarketPart,
    PegPart,
    PricePart,
    RangePart,
    StopLimitPart,
    StopMarketPart,
    TrailingPart,
)
from das_copy_trader.protocol.vocabulary import NO_PREF, SOURCE_API, SideWord, StatusWord, TifWord
from das_copy_trader.simulator.switches import OrderFate


class Kind(Enum):
    """Kind of an order, by its price part."""

    LIMIT = auto()
    MARKET = auto()
    STOP_MARKET = auto()
    STOP_LIMIT = auto()
    STOP_LIMIT_EXTENDED = auto()
    TRAILING = auto()
    RANGE = auto()
    RANGE_MARKET = auto()
    PEG = auto()


HELD_KINDS: Final = frozenset(
    {Kind.STOP_MARKET, Kind.STOP_LIMIT, Kind.STOP_LIMIT_EXTENDED, Kind.TRAILING, Kind.RANGE, Kind.RANGE_MARKET}
)
"""Kinds that the platform keeps until a trade fires them."""
FIRES_AS_MARKET: Final = frozenset({Kind.STOP_MARKET, Kind.TRAILING, Kind.RANGE_MARKET})
_OPEN_STATUSES: Final = frozenset({StatusWord.HOLD, StatusWord.SENDING, StatusWord.ACCEPTED, StatusWord.PARTIAL})


class Pricing(msgspec.Struct, frozen=True, kw_only=True):
    """What kind an order is, and its prices in dollars a share; what a kind does not have is None."""

    kind: Kind
    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    peg: str = ""

    @property
    def prices(self) -> list[Decimal]:
        """Every price that has to lie on the grid."""
        return [price for price in (self.limit, self.stop, self.low, self.high) if price is not None]


class OrderEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An order as somebody enters it: by the API, or by hand at the montage (`source`)."""

    token: int
    side: SideWord
    symbol: str
    route: str
    shares: int
    pricing: Pricing
    tif: str = TifWord.DAY_PLUS
    is_post_only: bool = False
    pref: str = NO_PREF
    source: str = SOURCE_API


class SimOrder:
    """One order of the book: a live object that its venue alone changes. Shares; dollars a share."""

    __slots__ = (
        "best_print",
        "cancelled",
        "cum",
        "entry",
        "fate",
        "is_blocked",
        "is_fired",
        "is_resting",
        "leaves",
        "opening_qty",
        "order_id",
        "parent",
        "pricing",
        "qty",
        "reserve_px",
        "route",
        "shown_tif",
        "side",
        "status",
        "time_text",
    )

    def __init__(self, order_id: int, entry: OrderEntry, side: SideWord, time_text: str) -> None:
        self.order_id = order_id
        self.entry = entry
        self.side = side
        self.pricing = entry.pricing
        self.qty = self.leaves = entry.shares
        self.cum = self.cancelled = 0
        self.status = StatusWord.SENDING
        self.route = entry.route
        self.shown_tif = entry.tif
        self.time_text = time_text
        self.parent: SimOrder | None = None
        self.is_fired = False
        self.is_resting = False
        self.is_blocked = False
        self.fate = OrderFate.NORMAL
        self.opening_qty = 0
        self.reserve_px = Decimal(0)
        self.best_print: Decimal | None = None

    @property
    def symbol(self) -> str:
        """What it trades."""
        return self.entry.symbol

    @property
    def is_open(self) -> bool:
        """Whether it can still fill, be cancelled or replaced."""
        return self.leaves > 0 and self.status in _OPEN_STATUSES

    @property
    def is_buy(self) -> bool:
        """Whether a fill adds shares."""
        return self.side is SideWord.BUY

    @property
    def is_held(self) -> bool:
        """Whether it waits at the platform for a trade to fire it."""
        return self.pricing.kind in HELD_KINDS and not self.is_fired

    @property
    def works_as_market(self) -> bool:
        """Whether it now takes any price."""
        kind = self.pricing.kind
        return kind is Kind.MARKET or (self.is_fired and kind in FIRES_AS_MARKET)

    @property
    def limit(self) -> Decimal | None:
        """The worst price it takes; None when any."""
        return None if self.works_as_market else self.pricing.limit

    @property
    def reserved(self) -> Decimal:
        """Buying power that it holds."""
        return self.reserve_px * min(self.leaves, self.opening_qty) if self.is_open else Decimal(0)

    def __repr__(self) -> str:
        return (
            f"SimOrder({self.order_id} {self.side.value} {self.qty} {self.symbol} {self.pricing.kind.name}"
            f" {self.status.value} leaves={self.leaves} cum={self.cum} cancelled={self.cancelled})"
        )


def pricing_from(part: PricePart) -> Pricing:
    """The price part of NEWORDER or REPLACE as pricing."""
    match part:
        case MarketPart():
            return Pricing(kind=Kind.MARKET)
        case LimitPart():
            return Pricing(kind=Kind.LIMIT, limit=part.price)
        case PegPart():
            return Pricing(kind=Kind.PEG, peg=part.kind.upper(), limit=part.price)
        case StopMarketPart():
            return Pricing(kind=Kind.STOP_MARKET, stop=part.stop)
        case StopLimitPart():
            kind = Kind.STOP_LIMIT_EXTENDED if part.is_pre_post else Kind.STOP_LIMIT
            return Pricing(kind=kind, stop=part.stop, limit=part.limit)
        case TrailingPart():
            return Pricing(kind=Kind.TRAILING, trail=part.trail)
        case RangePart():
            kind = Kind.RANGE_MARKET if part.is_market else Kind.RANGE
            return Pricing(kind=kind, low=part.low, high=part.high)
        case _:
            raise ValueError(f"{part!r} is no price part")
