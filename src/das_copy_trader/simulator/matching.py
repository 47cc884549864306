"""When an order trades: against the quote by price, size, hours and time in force; stops by trades through them."""

from decimal import Decimal
from typing import TYPE_CHECKING

from das_copy_trader.protocol.vocabulary import StatusWord, TifWord
from das_copy_trader.simulator import checks
from das_copy_trader.simulator.market import Instrument, MarketPhase
from das_copy_trader.simulator.orders import Kind, SimOrder

if TYPE_CHECKING:
    from das_copy_trader.simulator.venue import Venue

NOTE_NOT_FILLED = "RT:Cxl-by-Venue"
_AT_ONCE = frozenset({TifWord.IOC.value, TifWord.FOK.value})
_TRADING = frozenset({StatusWord.ACCEPTED, StatusWord.PARTIAL})


def match(venue: "Venue", order: SimOrder) -> None:
    """Trade as far as the quote allows; what must trade at once and did not is cancelled by the venue."""
    if order.leaves == 0 or order.status not in _TRADING or order.is_held or order.is_blocked:
        return
    instrument = venue.market.instrument(order.symbol)
    if _trades_now(venue, order, instrument):
        limit = _working_limit(order, instrument)
        if checks.crosses(order.is_buy, limit, instrument):
            _take(venue, order, instrument, limit)
    if order.entry.tif in _AT_ONCE:
        venue.end_by_venue(order, NOTE_NOT_FILLED)
    else:
        order.is_resting = not order.works_as_market


def on_print(venue: "Venue", order: SimOrder, price: Decimal, shares: int, *, is_ours: bool) -> None:
    """A trade went over the tape: stops may fire, and what rests at that price may have been hit."""
    if order.status not in _TRADING or order.is_blocked:
        return
    if order.is_held:
        if _is_fired_by(venue, order, price):
            venue.fire(order)
        return
    # Trades of simulated accounts do not hit each other's resting orders: they trade with the street.
    if is_ours or not order.is_resting or order.limit is None:
        return
    limit = order.limit
    if not _trades_now(venue, order, venue.market.instrument(order.symbol)):
        return
    is_through = price < limit if order.is_buy else price > limit
    if is_through or (price == limit and venue.coin()):
        venue.execute(order, _sized(venue, order, shares), limit, "+")


def _trades_now(venue: "Venue", order: SimOrder, instrument: Instrument) -> bool:
    if instrument.is_halted:
        return False
    phase = venue.market.phase
    return phase is MarketPhase.REGULAR or (phase is not MarketPhase.CLOSED and order.entry.tif == TifWord.DAY_PLUS)


def _working_limit(order: SimOrder, instrument: Instrument) -> Decimal | None:
    """The limit at this moment; a pegged order's moves with the quote."""
    if order.pricing.kind is not Kind.PEG:
        return order.limit
    pegged = {
        "MID": instrument.middle,
        "AGG": instrument.ask if order.is_buy else instrument.bid,
        "PRIM": instrument.bid if order.is_buy else instrument.ask,
        "LAST": instrument.last,
    }.get(order.pricing.peg, instrument.middle)
    cap = order.pricing.limit
    if cap is None:
        return pegged
    return min(pegged, cap) if order.is_buy else max(pegged, cap)


def _take(venue: "Venue", order: SimOrder, instrument: Instrument, limit: Decimal | None) -> None:
    touch = instrument.ask if order.is_buy else instrument.bid
    displayed = instrument.ask_size if order.is_buy else instrument.bid_size
    shares = _sized(venue, order, displayed)
    if shares <= 0 or (order.entry.tif == TifWord.FOK and shares < order.leaves):
        return
    if order.is_resting and limit is not None:
        venue.execute(order, shares, limit, "+")
    else:
        venue.execute(order, shares, touch, "-")


def _sized(venue: "Venue", order: SimOrder, shares: int) -> int:
    return min(order.leaves, shares) if venue.switches.sized_fills else order.leaves


def _is_fired_by(venue: "Venue", order: SimOrder, price: Decimal) -> bool:
    pricing = order.pricing
    phase = venue.market.phase
    if phase is not MarketPhase.REGULAR and pricing.kind is not Kind.STOP_LIMIT_EXTENDED:
        return False
    if phase is MarketPhase.CLOSED or venue.market.instrument(order.symbol).is_halted:
        return False
    if pricing.kind in {Kind.RANGE, Kind.RANGE_MARKET}:
        assert pricing.low is not None
        assert pricing.high is not None
        return price <= pricing.low or price >= pricing.high
    stop = pricing.stop
    if pricing.kind is Kind.TRAILING:
        assert pricing.trail is not None
        best = order.best_print if order.best_print is not None else price
        order.best_print = best = min(best, price) if order.is_buy else max(best, price)
        stop = best + pricing.trail if order.is_buy else best - pricing.trail
    assert stop is not None
    return price >= stop if order.is_buy else price <= stop
