"""What a broker looks at before it takes an order: prices, hours, shorts, buying power, the band around the last trade.

The texts are those that a broker's customers quote (das-cmd-api.md 2.7); their exact form on the wire is not known.
"""

from decimal import Decimal
from typing import Final, Protocol

from das_copy_trader.protocol.vocabulary import SideWord, TifWord
from das_copy_trader.simulator.ledger import Ledger
from das_copy_trader.simulator.market import Instrument, MarketPhase, is_on_tick
from das_copy_trader.simulator.orders import HELD_KINDS, Kind, OrderEntry, Pricing

NO_BUYING_POWER: Final = "Not Enough Buying Power"
NOT_SHORTABLE: Final = "Security Not Shortable"
SHORT_RESTRICTED: Final = "SSR stocks are prohibited from shorting on the BID or lower"
NO_TRADES_NOW: Final = "No Trades Currently Allowed"
SUB_PENNY: Final = "Sub-penny price not allowed"
NO_MARKET_ORDERS_NOW: Final = "Market orders are accepted in regular hours only"
TOO_LATE_FOR_OPEN: Final = "Too late for the opening auction"
WOULD_CROSS: Final = "PostOnly would cross"
OPEN_ROUTE: Final = "OPEN"

_CAP_PERCENTS: Final = ((Decimal(25), 20, 10), (Decimal(50), 10, 5))
"""Up to this price: percent in extended hours, percent in regular hours (seen live, das-cmd-api.md 4.6)."""
_CAP_ABOVE: Final = (6, 3)


class Borrow(Protocol):
    """What may be sold short."""

    def is_easy(self, symbol: str) -> bool:
        """Whether it needs no locate."""

    def is_prohibited(self, symbol: str) -> bool:
        """Whether nobody may short it."""

    def unused_shares(self, symbol: str) -> int:
        """Located shares that have not been sold short."""


def corrected_side(side: SideWord, net: int) -> SideWord:
    """The order server turns S into SS and back after the position (CMD API manual 2021/11, NEWORDER)."""
    if side is SideWord.BUY:
        return side
    return SideWord.SELL if net > 0 else SideWord.SELL_SHORT


def opening_shares(side: SideWord, shares: int, net: int) -> int:
    """How many of the shares open or enlarge a position."""
    closing = max(0, -net) if side is SideWord.BUY else max(0, net)
    return max(0, shares - closing)


def reserve_price(pricing: Pricing, instrument: Instrument, side: SideWord) -> Decimal:
    """At what price an order ties buying power; resting buy stops do as well (seen live, das-cmd-api.md 2.9)."""
    for price in (pricing.limit, pricing.stop, pricing.high):
        if price is not None:
            return price
    return instrument.ask if side is SideWord.BUY else instrument.bid


def has_sub_penny(pricing: Pricing) -> bool:
    """Whether a price lies off the grid."""
    return any(not is_on_tick(price) for price in pricing.prices)


def hours_refusal(entry: OrderEntry, phase: MarketPhase) -> str | None:
    """Why this order cannot come at this time of day."""
    if phase is MarketPhase.CLOSED:
        return NO_TRADES_NOW
    if entry.tif == TifWord.AT_OPEN and phase is not MarketPhase.PRE:
        return TOO_LATE_FOR_OPEN
    if phase is not MarketPhase.REGULAR and entry.pricing.kind is Kind.MARKET and not waits(entry, phase):
        return NO_MARKET_ORDERS_NOW
    return None


def waits(entry: OrderEntry, phase: MarketPhase) -> bool:
    """Whether the order is held back for its time: auctions, and what is for regular hours alone."""
    if entry.pricing.kind in HELD_KINDS:
        return False
    if entry.tif in {TifWord.AT_OPEN, TifWord.AT_CLOSE}:
        return True
    return phase is not MarketPhase.REGULAR and (entry.tif != TifWord.DAY_PLUS or entry.route.upper() == OPEN_ROUTE)


def short_refusal(
    side: SideWord, shares: int, pricing: Pricing, instrument: Instrument, net: int, working: int, borrow: Borrow
) -> str | None:
    """Why these shares cannot be sold short. `working`: shares of working short sales of the symbol."""
    shorted = 0 if side is SideWord.BUY else shares - max(0, net)
    if shorted <= 0:
        return None
    symbol = instrument.symbol
    if borrow.is_prohibited(symbol):
        return NOT_SHORTABLE
    if not borrow.is_easy(symbol) and shorted > borrow.unused_shares(symbol) - working:
        return NOT_SHORTABLE
    if instrument.has_short_restriction and pricing.kind not in HELD_KINDS:
        price = pricing.limit
        if price is None or price <= instrument.bid:
            return SHORT_RESTRICTED
    return None


def power_refusal(ledger: Ledger, reserved: Decimal, opening: int, price: Decimal) -> str | None:
    """Why the money does not suffice."""
    return NO_BUYING_POWER if opening * price > ledger.buying_power(reserved) else None


def crosses(is_buy: bool, limit: Decimal | None, instrument: Instrument) -> bool:
    """Whether an order with this limit would trade at once."""
    if limit is None:
        return True
    return limit >= instrument.ask if is_buy else limit <= instrument.bid


def cap_percent(last: Decimal, phase: MarketPhase) -> int:
    """How far beyond the last trade the broker lets a limit go."""
    extended, regular = next(((ext, reg) for top, ext, reg in _CAP_PERCENTS if last <= top), _CAP_ABOVE)
    return regular if phase is MarketPhase.REGULAR else extended


def cap_refusal(is_buy: bool, limit: Decimal | None, instrument: Instrument, phase: MarketPhase) -> str | None:
    """The broker's note when a limit is too far beyond the last trade (read out of the note in das-cmd-api.md 4.6)."""
    if limit is None:
        return None
    percent = cap_percent(instrument.last, phase)
    width = instrument.last * percent / 100
    edge = instrument.last + width if is_buy else instrument.last - width
    if (limit <= edge) if is_buy else (limit >= edge):
        return None
    numbers = (edge, Decimal(percent), limit, instrument.bid, instrument.last)
    return "RT:CF:LastTrade " + " ".join(f"{number:.6f}" for number in numbers)


def is_outside_venue_band(is_buy: bool, limit: Decimal | None, instrument: Instrument, percent: int) -> bool:
    """Whether the venue itself finds the limit too far beyond the last trade."""
    if limit is None:
        return False
    width = instrument.last * percent / 100
    return limit > instrument.last + width if is_buy else limit < instrument.last - width
