"""The decision of what each follower does with a new master order: pure and total.

Every target gets one action; every refusal has a reason that a trader understands. Nothing here sends, waits or
remembers.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from das_copy_trader.domain.account import AccountView
from das_copy_trader.domain.enums import Side
from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.domain.orders import Order
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.engine.actions import Await, CopyAction, CopyTarget, Refuse, Submit
from das_copy_trader.engine.copied_position import NO_HOLDING, CopiedHolding

SHORT_REFUSAL: Final = "Short sales are not copied: nobody here can locate shares."
NOTHING_TO_CLOSE: Final = "The follower holds nothing to close yet."
COPIER_ORDER: Final = "The master's order was itself made by a copier; copying it could go round in circles."


class MasterOrderFacts(msgspec.Struct, frozen=True, gc=False):
    """A master order as `decide` sees it. `closing_qty` of the `order_qty` shares close the master's own position.

    `takes_all`: they close the whole of it. `takes_rest`: they close what the master's other working exits leave of it.
    `shorting_qty`: what a sell has beyond the master's long, which opens a short.
    """

    symbol: Symbol
    side: Side
    order_qty: int
    closing_qty: int
    takes_all: bool = False
    takes_rest: bool = False
    shorting_qty: int = 0


class ClosingShares(msgspec.Struct, frozen=True, gc=False):
    """A closing order scaled to a follower: `closing_qty` shares at most close, `opening_qty` open beyond zero.

    `note` says so where the closing part was moved to the rest of the position.
    """

    closing_qty: int
    opening_qty: int
    note: str = ""


ClosableReader = Callable[[CopyTarget], int]
"""How many shares a target's follower could close with an order of the master's side, right now."""

HoldingReader = Callable[[CopyTarget], CopiedHolding]
"""What a target's follower holds from copies that an order of the master's side closes."""


def closing_part(order: Order, order_qty: int, master_net_qty: int) -> int:
    """How many of `order_qty` shares of a master order close the master's position (product.md 3).

    A SELL always closes: DAS itself turns what opens into a short sale. A BUY closes as far as the master was short
    before it.
    """
    if order.side is Side.SELL:
        return order_qty
    if order.side is Side.SELL_SHORT:
        return 0
    return min(order_qty, max(0, order.cum_qty - master_net_qty))


def master_facts(
    order: Order, order_qty: int, view: AccountView | None, missing_qty: int = 0, later_qty: int = 0
) -> MasterOrderFacts:
    """What `decide` has to know of a master order of `order_qty` shares.

    Signed shares: `missing_qty` were executed and the position does not show them yet, `later_qty` were executed by
    later orders. Without the two a purchase that fills at once, or of which a part was sold again, would be taken for a
    cover.
    """
    symbol, side = order.symbol, order.side
    net_qty = view.net_qty(symbol) + missing_qty if view is not None else 0
    closing_qty = closing_part(order, order_qty, net_qty - later_qty)
    if not closing_qty or view is None:
        return MasterOrderFacts(symbol, side, order_qty, closing_qty)
    held_qty = order.cum_qty - side.sign * net_qty
    others_qty = sum(
        other.leaves_qty
        for other in view.working_orders(symbol)
        if other.side.sign == side.sign and order.order_id not in (other.order_id, other.parent_id)
    )
    takes_all = 0 < held_qty <= order_qty
    takes_rest = 0 < held_qty - others_qty <= order_qty
    shorting_qty = max(0, order_qty - held_qty) if side is Side.SELL and held_qty > 0 else 0
    return MasterOrderFacts(symbol, side, order_qty, closing_qty, takes_all, takes_rest, shorting_qty)


def is_test_route(route: str) -> bool:
    """Whether a route is one of DAS's own test routes (TEST, TESTC, SAGETEST …)."""
    return "TEST" in route.upper()


def is_option(symbol: Symbol) -> bool:
    """Whether a symbol names an option or a combination with one, `+MSFT^GCI400` (das-cmd-api.md 2.6)."""
    return "^" in symbol or symbol[:1] == "+"


def master_refusal(order: Order, *, is_copy: bool, can_short: bool = False) -> str:
    """Why a master order is copied to nobody, empty where it may be."""
    if is_test_route(order.route):
        return f"{order.route} is a test route."
    if is_copy:
        return COPIER_ORDER
    if is_option(order.symbol):
        return f"{order.symbol} is an option or a combination with one: only orders in shares are copied."
    if order.order_qty <= 0:
        return "Its quantity cannot be read."
    if order.side is Side.SELL_SHORT and not can_short:
        return SHORT_REFUSAL
    if order.terms is None:
        return order.undecodable or "The order's type cannot be read."
    return ""


def _no_holding(_target: CopyTarget) -> CopiedHolding:
    """Nothing is known of copies: the scaled quantity stands."""
    return NO_HOLDING


def decide(
    facts: MasterOrderFacts,
    targets: Sequence[CopyTarget],
    closable: ClosableReader,
    holding: HoldingReader = _no_holding,
) -> list[CopyAction]:
    """One action for each target, in the targets' order."""
    if facts.closing_qty:
        return [_decide_closing(facts, target, closable, holding) for target in targets]
    return decide_opening(facts.order_qty, targets)


def decide_opening(order_qty: int, targets: Sequence[CopyTarget]) -> list[CopyAction]:
    """The same for an order that closes nothing: then its quantity and the targets alone decide."""
    actions: list[CopyAction] = []
    multiplier = quantity = None
    for target in targets:
        if target.refusal:
            actions.append(Refuse(target, target.refusal_outcome, target.refusal))
            continue
        if quantity is None or target.multiplier != multiplier:
            multiplier = target.multiplier
            quantity = scale_quantity(order_qty, multiplier)
        actions.append(Submit(target, quantity, is_exit=False))
    return actions


def closing_shares(facts: MasterOrderFacts, target: CopyTarget, holding: HoldingReader) -> ClosingShares:
    """A closing order scaled to a target, as if its follower held what copying it exactly would have brought.

    No residue: rounding must not leave shares behind. Where the master closes its whole position, or all that its other
    exits leave, and what the follower holds from copies differs by no more than a share for each copied order, all of
    it is taken (product.md 3).
    """
    scaled = scale_quantity(facts.order_qty, target.multiplier)
    closing_qty = min(scaled, scale_quantity(facts.closing_qty, target.multiplier))
    opening_qty = 0 if target.refusal else scaled - closing_qty
    if facts.takes_all or facts.takes_rest:
        held = holding(target)
        rest_qty = held.held_qty if facts.takes_all else held.held_qty - held.bound_qty
        if rest_qty > 0 and 0 < abs(rest_qty - closing_qty) <= held.order_count:
            note = f"took {rest_qty} instead of {closing_qty}: the rest of the position"
            return ClosingShares(rest_qty, opening_qty, note)
    return ClosingShares(closing_qty, opening_qty)


def _decide_closing(
    facts: MasterOrderFacts, target: CopyTarget, closable: ClosableReader, holding: HoldingReader
) -> CopyAction:
    if target.closing_refusal:
        return Refuse(target, target.closing_outcome, target.closing_refusal)
    shares = closing_shares(facts, target, holding)
    opening_qty = shares.opening_qty
    wanted = shares.closing_qty + opening_qty
    if not target.guard_closing:
        return Submit(target, wanted, is_exit=True, note=shares.note, opening_qty=opening_qty)
    quantity = min(shares.closing_qty, closable(target)) + opening_qty
    if quantity == 0:
        return Await(target, shares.closing_qty, NOTHING_TO_CLOSE, shares.note)
    if quantity == wanted:
        return Submit(target, quantity, is_exit=True, note=shares.note, opening_qty=opening_qty)
    note = f"{quantity} of {wanted} shares: the follower can close no more."
    return Submit(target, quantity, is_exit=True, note=note, wanted_qty=wanted, opening_qty=opening_qty)
