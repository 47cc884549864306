"""What a follower may sell of a symbol right now: asks its platform, and counts what its mirror shows."""

import asyncio
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from das_copy_trader.domain.enums import Outcome, Side
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.locate_ledger import LocateLedger
from das_copy_trader.engine.locate_plan import Capacity, ShortAnswers, ShortFacts, capacity_of
from das_copy_trader.engine.order_links import CopyLink
from das_copy_trader.engine.short_ports import LocateDesk


class LocateInventory(msgspec.Struct, frozen=True):
    """One follower's located shares of a symbol today, and how many of them can still be sold short."""

    follower_id: FollowerId
    symbol: Symbol
    located_quantity: int
    left_quantity: int
    cost: Decimal


def owns_enough(seat: FollowerSeat, symbol: Symbol, needed_qty: int) -> bool:
    """Whether the own long is enough: then there is nothing to ask."""
    return seat.gateway.view.net_qty(symbol) - seat.selling_qty(symbol) >= needed_qty


def doubtful_copy(seat: FollowerSeat, symbol: Symbol) -> CopyLink | None:
    """A copy that sells the symbol and of which nobody knows whether it works; it is counted as if it did."""
    for link in seat.open_copies.values():
        master = link.master.order
        if link.outcome is Outcome.UNKNOWN and master.symbol == symbol and master.side is not Side.BUY:
            return link
    return None


async def ask(desk: LocateDesk, symbol: Symbol, now_s: float) -> ShortAnswers:
    """Ask the platform all that is needed, together: one round trip. Raises LocateError."""
    if located_qty(desk, symbol) == 0:
        return ShortAnswers(await desk.short_state(symbol), None, now_s)
    state, available, _ = await asyncio.gather(
        desk.short_state(symbol), desk.available(symbol), desk.is_reusable(symbol)
    )
    return ShortAnswers(state, available, now_s)


def measure(
    seat: FollowerSeat, desk: LocateDesk, symbol: Symbol, answers: ShortAnswers, *, trusts_rows: bool
) -> Capacity:
    """What the follower may sell now (das-cmd-api.md 5.5).

    `trusts_rows`: shares were just bought and may not count as available yet; the platform's own rows say that they
    are ours.
    """
    return capacity_of(
        ShortFacts(
            net_qty=seat.gateway.view.net_qty(symbol),
            selling_qty=seat.selling_qty(symbol),
            short_state=answers.state,
            available=None if trusts_rows else answers.available,
            located_qty=located_qty(desk, symbol),
            used_qty=used_qty(seat, desk, symbol, is_reusable=desk.was_reusable(symbol)),
        )
    )


def located_qty(desk: LocateDesk, symbol: Symbol) -> int:
    """Shares that today's locate orders have bought."""
    return sum(order.located_qty for order in desk.located_orders(symbol))


def used_qty(seat: FollowerSeat, desk: LocateDesk, symbol: Symbol, *, is_reusable: bool) -> int:
    """Located shares that cannot be sold short (again): what is short now, or everything that was shorted today."""
    short_now = max(0, -seat.gateway.view.net_qty(symbol))
    return short_now if is_reusable else max(short_now, desk.shorted_today_qty(symbol))


def inventory_of(seats: Iterable[FollowerSeat], ledger: LocateLedger) -> list[LocateInventory]:
    """What every follower has located today, and what is left of it."""
    found = []
    for seat in seats:
        desk = seat.locate_desk
        if desk is None:
            continue
        for symbol in desk.located_symbols():
            located = located_qty(desk, symbol)
            left = located - used_qty(seat, desk, symbol, is_reusable=desk.was_reusable(symbol))
            cost = ledger.charged(seat.follower_id, symbol=symbol)
            found.append(LocateInventory(seat.follower_id, symbol, located, max(0, left), cost))
    return found
