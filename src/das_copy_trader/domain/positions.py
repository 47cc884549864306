"""Positions, short information and buying power of one account."""

from decimal import Decimal

import msgspec

from das_copy_trader.domain.identifiers import Symbol


class Position(msgspec.Struct, frozen=True, gc=False):
    """One symbol's position. `net_qty` is signed (short below zero), prices and P&L in dollars.

    `unrealized_pl` is the platform's snapshot of the moment of its line; it does not tick.
    """

    symbol: Symbol
    net_qty: int
    avg_px: Decimal
    realized_pl: Decimal
    unrealized_pl: Decimal | None = None
    overnight_qty: int = 0


class BuyingPowerState(msgspec.Struct, frozen=True, gc=False):
    """Buying power in dollars, intraday and overnight."""

    current: Decimal
    overnight: Decimal


class ShortState(msgspec.Struct, frozen=True, gc=False):
    """Whether a symbol may be sold short without a locate, and how many shares an order may have."""

    symbol: Symbol
    is_shortable: bool
    short_size: int
    is_prohibited: bool | None = None
