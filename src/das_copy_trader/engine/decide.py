"""The decision of what each follower does with a new master order: pure and total.

Every target gets one action; every refusal has a reason that a trader understands. Nothing here sends, waits or
remembers.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from das_copy_trader.domain.enums import Side
from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.domain.orders import Order
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.engine.actions import Await, CopyAction, CopyTarget, Refuse, Submit

SHORT_REFUSAL: Final = "Short sales are not copied: this version cannot locate shares yet."
NOTHING_TO_CLOSE: Final = "The follower holds nothing to close yet."
COPIER_ORDER: Final = "The master's order was itself made by a copier; copying it could go round in circles."


class MasterOrderFacts(msgspec.Struct, frozen=True, gc=False):
    """A master order as `decide` sees it. `closing_qty` of the `order_qty` shares close the master's own position."""

    symbol: Symbol
    side: Side
    order_qty: int
    closing_qty: int


ClosableReader = Callable[[CopyTarget], int]
"""How many shares a target's follower could close with an order of the master's side, right now."""


def closing_part(order: Order, master_net_qty: int) -> int:
    """How many shares of a master order close the master's position (product.md 3).

    A SELL always closes: DAS itself turns what opens into a short sale. A BUY closes as far as the master was short
    before it; a position row that has not caught up with the order's own fills makes that part larger, which is the
    careful side.
    """
    if order.side is Side.SELL:
        return order.order_qty
    if order.side is Side.SELL_SHORT:
        return 0
    return min(order.order_qty, max(0, order.cum_qty - master_net_qty))


def is_test_route(route: str) -> bool:
    """Whether a route is one of DAS's own test routes (TEST, TESTC, SAGETEST …)."""
    return "TEST" in route.upper()


def master_refusal(order: Order, *, is_copy: bool) -> str:
    """Why a master order is copied to nobody, empty where it may be."""
    if is_test_route(order.route):
        return f"{order.route} is a test route."
    if is_copy:
        return COPIER_ORDER
    if order.order_qty <= 0:
        return "Its quantity cannot be read."
    if order.side is Side.SELL_SHORT:
        return SHORT_REFUSAL
    if order.terms is None:
        return order.undecodable or "The order's type cannot be read."
    return ""


def decide(facts: MasterOrderFacts, targets: Sequence[CopyTarget], closable: ClosableReader) -> list[CopyAction]:
    """One action for each target, in the targets' order."""
    if facts.closing_qty:
        return [_decide_closing(facts, target, closable) for target in targets]
    actions: list[CopyAction] = []
    multiplier = quantity = None
    for target in targets:
        if target.refusal:
            actions.append(Refuse(target, target.refusal_outcome, target.refusal))
            continue
        if quantity is None or target.multiplier != multiplier:
            multiplier = target.multiplier
            quantity = scale_quantity(facts.order_qty, multiplier)
        actions.append(Submit(target, quantity, is_exit=False))
    return actions


def _decide_closing(facts: MasterOrderFacts, target: CopyTarget, closable: ClosableReader) -> CopyAction:
    if target.closing_refusal:
        return Refuse(target, target.closing_outcome, target.closing_refusal)
    scaled = scale_quantity(facts.order_qty, target.multiplier)
    if not target.guard_closing:
        return Submit(target, scaled, is_exit=True)
    scaled_closing = min(scaled, scale_quantity(facts.closing_qty, target.multiplier))
    bounded_closing = min(scaled_closing, closable(target))
    opening = 0 if target.refusal else scaled - scaled_closing
    quantity = bounded_closing + opening
    if quantity == 0:
        return Await(target, scaled_closing, NOTHING_TO_CLOSE)
    note = "" if quantity == scaled else f"{quantity} of {scaled} shares: the follower can close no more."
    return Submit(target, quantity, is_exit=True, note=note)
