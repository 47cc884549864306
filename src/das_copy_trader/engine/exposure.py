"""Readings of an account that need more than one row: what an order may close, which order of an auto-route lives."""

from das_copy_trader.domain.account import AccountView
from das_copy_trader.domain.enums import OrdStatus, Side
from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.domain.orders import Order

ENDED_STATUSES = frozenset({OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.CLOSED})
"""Ends without a full fill."""


def closable_qty(view: AccountView, symbol: Symbol, side: Side) -> int:
    """Shares that an order of this side can close now: the long for sells, the short for buys; never below 0.

    Working orders of the same direction count against it: of a target and a stop for one position only one may be
    sized.
    """
    net_qty = view.net_qty(symbol)
    held_qty = net_qty if side.sign < 0 else -net_qty
    if held_qty <= 0:
        return 0
    for order in view.working_orders(symbol):
        if order.side.sign == side.sign:
            held_qty -= order.leaves_qty
    return max(0, held_qty)


def live_member(view: AccountView, root: Order) -> Order:
    """The order that commands must name: an auto-route's latest working child, else its latest, else the order.

    A child may itself have been routed on, so its own children are looked at too.
    """
    if not root.child_ids:
        return root
    latest: Order | None = None
    for child_id in reversed(root.child_ids):
        child = view.order(child_id)
        if child is None:
            continue
        live = live_member(view, child)
        if live.is_working:
            return live
        latest = latest or live
    return latest if latest is not None and not root.is_working else root


def has_filled_whole(order: Order) -> bool:
    """Whether an order of the master's is over because all of it was executed.

    What the auto-route filled stays Triggered for ever and counts its children's shares (das-cmd-api.md 4.5).
    """
    return order.status is OrdStatus.FILLED or (
        order.status is OrdStatus.TRIGGERED and order.cum_qty >= order.order_qty
    )


def has_ended_unfilled(view: AccountView, root: Order) -> bool:
    """Whether an order, its auto-route children included, is over without having filled whole."""
    live = live_member(view, root)
    return not live.is_working and live.status in ENDED_STATUSES
