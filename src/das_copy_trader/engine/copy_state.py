"""Readings of a copy from what its platform shows: is it ours, is it as asked, what became of it. Pure."""

from typing import Final

from das_copy_trader.domain.enums import AlertLevel, OrdStatus, OrdType, Outcome
from das_copy_trader.domain.orders import Order, OrderTerms
from das_copy_trader.engine.order_links import CopyLink

STOP_LIMITS: Final = frozenset({OrdType.STOP_LIMIT, OrdType.STOP_LIMIT_EXTENDED})
STOPS: Final = STOP_LIMITS | {OrdType.STOP, OrdType.TRAILING_STOP}
BETWEEN_TWO_IDS: Final = "The platform ended it while a replace was on its way; it may go on under another id."

HOURS_LOST: Final = "works in regular hours only since it was replaced; place it anew in DAS if it has to work outside"


def is_copy_of(order: Order, link: CopyLink) -> bool:
    """Whether an order with a copy's id is that copy: ids come again after some days (reliability.md 4)."""
    master = link.master.order
    return order.symbol == master.symbol and (order.side is master.side or order.side.sign == master.side.sign)


def elsewhere_filled(cum_qty: int, live: Order) -> int:
    """Of the `cum_qty` shares that an order has executed, those of other auto-route children than `live`."""
    return cum_qty - live.cum_qty if live.is_child else 0


def is_as_asked(live: Order, total_qty: int, terms: OrderTerms) -> bool:
    """Whether an order already is what a replace would make of it. A replace leaves the time in force as it is.

    Both kinds of stop limit are replaced with the same words and stay what they are (das-cmd-api.md 2.4).
    """
    own = live.terms
    return (
        live.order_qty == total_qty
        and own is not None
        and (own.ord_type is terms.ord_type or {own.ord_type, terms.ord_type} == STOP_LIMITS)
        and (own.price, own.stop_price, own.trail_amount) == (terms.price, terms.stop_price, terms.trail_amount)
    )


def is_told_shown(live: Order, total_qty: int, terms: OrderTerms) -> bool:
    """Whether a replace that was sent has taken effect. Of an order whose type cannot be read the quantity must do."""
    return is_as_asked(live, total_qty, terms) or (live.terms is None and live.order_qty == total_qty)


def loses_hours(asked: OrderTerms, live: Order) -> bool:
    """Whether a replace has cost a stop limit its extended hours (domain-rules.md 4.6): then somebody must know."""
    own = live.terms
    return asked.ord_type is OrdType.STOP_LIMIT_EXTENDED and own is not None and own.ord_type is OrdType.STOP_LIMIT


def terms_for_live(terms: OrderTerms, live: Order) -> OrderTerms:
    """The terms to name in a replace of `live`.

    Once a stop has triggered its auto-route child is a plain order: a limit is replaced as a limit, and what was a stop
    or a trailing stop keeps the child's own terms, since it cannot become a stop again. The other way round, a stop
    limit that has not triggered keeps its own stop when the master's triggered one gets a new limit.
    """
    own = live.terms
    if own is None or own.ord_type is terms.ord_type:
        return terms
    if own.ord_type is OrdType.LIMIT and terms.ord_type in STOP_LIMITS:
        return OrderTerms(OrdType.LIMIT, price=terms.price, time_in_force=terms.time_in_force)
    if own.ord_type in STOP_LIMITS and terms.ord_type is OrdType.LIMIT:
        return OrderTerms(own.ord_type, price=terms.price, stop_price=own.stop_price, time_in_force=own.time_in_force)
    if live.is_child and own.ord_type not in STOPS and terms.ord_type in STOPS:
        return own
    return terms


def read_outcome(link: CopyLink, root: Order, live: Order, text: str) -> tuple[Outcome, str, AlertLevel | None]:
    """What the platform's present state of a copy means: outcome, reason, and how loudly to tell it."""
    note = text or live.reason
    if live.is_working or live.status is OrdStatus.TRIGGERED:
        if root.cum_qty:
            return Outcome.PARTIALLY_FILLED, "", None
        if link.is_replaced:
            return Outcome.REPLACED, "", None
        if root.status is OrdStatus.PENDING_NEW:
            return Outcome.PENDING, "", None
        return Outcome.WORKING, "", None
    if live.status is OrdStatus.FILLED:
        return Outcome.FILLED, "", None
    if live.status is OrdStatus.REJECTED:
        return Outcome.REJECTED, note or "The follower's platform rejected it.", AlertLevel.ERROR
    if live.status in (OrdStatus.CANCELED, OrdStatus.CLOSED):
        return _read_cancelled(link, root, note)
    return Outcome.UNKNOWN, f"The platform shows a state that is not known: {live.row_text}", AlertLevel.ERROR


def _read_cancelled(link: CopyLink, root: Order, note: str) -> tuple[Outcome, str, AlertLevel | None]:
    if link.told is not None and not link.wants_cancel:
        return Outcome.UNKNOWN, BETWEEN_TWO_IDS, None
    filled = f"{root.cum_qty} of {root.order_qty} shares were filled. " if root.cum_qty else ""
    is_momentary = (
        link.terms is not None and link.terms.time_in_force is not None and link.terms.time_in_force.is_momentary
    )
    if link.wants_cancel or is_momentary:
        return Outcome.CANCELLED, f"{filled}{note}".strip(), None
    reason = f"{filled}Cancelled at the follower although the master's order was not: {note or 'no reason given'}"
    return Outcome.FAILED, reason, AlertLevel.ERROR
