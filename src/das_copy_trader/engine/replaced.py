"""What a master's replace means for its copies. Pure."""

import msgspec
from msgspec import structs

from das_copy_trader.domain.enums import OrdStatus, OrdType
from das_copy_trader.domain.orders import Order, OrderTerms
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.engine.actions import CopyTarget
from das_copy_trader.engine.copied_position import CopiedHolding
from das_copy_trader.engine.copy_state import STOP_LIMITS
from das_copy_trader.engine.decide import MasterOrderFacts, closing_shares
from das_copy_trader.engine.order_links import CopyLink, ReplaceWish


class CopyChange(msgspec.Struct, frozen=True, gc=False):
    """What a copy becomes now, and the total that it may grow to while the follower's position cannot carry that yet;
    0: it does not have to grow."""

    wish: ReplaceWish
    awaited_qty: int = 0
    note: str = ""


def is_successor(root: Order, order: Order) -> bool:
    """Whether an order replaces `root` under a new id: some platforms show a replace so (das-cmd-api.md 9).

    An auto-route's child has a parent that was triggered; here the parent was ended.
    """
    return order.is_child and order.parent_id == root.order_id and root.status in (OrdStatus.CANCELED, OrdStatus.CLOSED)


def changed_terms(known: OrderTerms, told: OrderTerms, *, is_child: bool) -> OrderTerms:
    """What a master order asks now. The time in force stays that of the first row, since routes rewrite it.

    An auto-route chooses its child's type: of a child's terms only the limit of a fired stop limit is the master's.
    """
    if not is_child or told.ord_type is known.ord_type:
        return structs.replace(told, time_in_force=known.time_in_force)
    if told.ord_type is OrdType.LIMIT and known.ord_type in STOP_LIMITS:
        return structs.replace(known, price=told.price)
    return known


def changed_copy(link: CopyLink, target: CopyTarget, facts: MasterOrderFacts, terms: OrderTerms) -> CopyChange:
    """A copy's new total, in shares: scaled by the multiplier in force; bounded where it closes or may only shrink."""
    seat = link.seat
    before = link.closed_before
    if not target.can_grow:
        scaled = scale_quantity(facts.order_qty, target.multiplier)
        quantity = min(scaled - before, link.quantity or link.awaited_qty)
        opening_qty = min(link.opening_qty, quantity)
        return CopyChange(ReplaceWish(quantity, terms, opening_qty), min(quantity, link.awaited_qty), link.note)
    if not link.is_exit:
        return CopyChange(ReplaceWish(scale_quantity(facts.order_qty, target.multiplier), terms))
    shares = closing_shares(facts, target, lambda _: _holding_before(link, facts))
    opening_qty = shares.opening_qty
    wanted = shares.closing_qty + opening_qty - before
    if not target.guard_closing:
        return CopyChange(ReplaceWish(wanted, terms, opening_qty), 0, shares.note)
    closing = max(0, seat.committed_qty(link) - link.opening_qty) + seat.closable_qty(facts.symbol, facts.side)
    quantity = min(wanted, closing + opening_qty)
    note = shares.note if quantity == wanted else f"{quantity} of {wanted} shares: the follower can close no more."
    return CopyChange(ReplaceWish(quantity, terms, opening_qty), wanted if quantity < wanted else 0, note)


def _holding_before(link: CopyLink, facts: MasterOrderFacts) -> CopiedHolding:
    """What the follower held from copies before this copy's own executions, and what other copied exits bind of it."""
    held = link.seat.copied_holding(facts.symbol, facts.side)
    own_qty = max(0, link.seat.committed_qty(link) - link.cum_qty)
    closed_qty = link.cum_qty + link.closed_before
    return CopiedHolding(held.held_qty + closed_qty, max(0, held.bound_qty - own_qty), held.order_count)
