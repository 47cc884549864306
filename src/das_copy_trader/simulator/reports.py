"""What a venue tells about its orders: events, before anybody knows how this platform's build writes them down."""

from decimal import Decimal
from enum import Enum, auto
from typing import Protocol

import msgspec

from das_copy_trader.simulator.ledger import Holding, Trade
from das_copy_trader.simulator.orders import OrderEntry, SimOrder


class What(Enum):
    """What happened to an order."""

    SENDING = auto()
    ACCEPTED = auto()
    HELD = auto()
    TRIGGERED = auto()
    REPLACING = auto()
    REPLACED = auto()
    REPLACE_REFUSED = auto()
    EXECUTED = auto()
    CANCELED_HERE = auto()
    """By its owner, while it waited at the platform."""
    CANCELED_BY_CLIENT = auto()
    """By its owner, at a route."""
    CANCELED_BY_VENUE = auto()
    CANCEL_REFUSED = auto()
    REJECTED = auto()
    TIMED_OUT = auto()
    CLOSED = auto()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One event. `order` is live: read it at once. `shares` means what the event says (das-cmd-api.md 2.7)."""

    what: What
    order: SimOrder
    shares: int = 0
    price: Decimal | None = None
    note: str = ""
    trade: Trade | None = None
    holding: Holding | None = None


class VenueListener(Protocol):
    """Who is told, in order, within the venue's own call."""

    def on_report(self, report: Report) -> None:
        """An order of the account changed."""

    def on_refused(self, entry: OrderEntry, note: str) -> None:
        """An order was refused before it had an id."""

    def on_position(self, holding: Holding) -> None:
        """A position changed without a trade (set by hand)."""
