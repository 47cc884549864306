"""What a follower holds from copies alone, by symbol: shares that were traded there by hand are not among them."""

from collections.abc import Iterable, Mapping

import msgspec

from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, Symbol


class CopiedHolding(msgspec.Struct, frozen=True, gc=False):
    """Copied shares in the direction that an order closes.

    `held_qty`: held, or still to come of copies whose master order has filled. `bound_qty`: of them, what other copied
    exits take already. `order_count`: copied orders behind it, each of which rounding may have moved by a share.
    """

    held_qty: int = 0
    bound_qty: int = 0
    order_count: int = 0


NO_HOLDING = CopiedHolding()


class CarriedPosition(msgspec.Struct, frozen=True):
    """What copies of earlier trading days have left, as the database remembers it: signed shares, and the copied orders
    behind them.

    The database follows and never leads: it is believed only while the follower holds exactly what it and the present
    day's copies come to, so that nothing is taken for copied that may not be.
    """

    net_qty: int
    order_count: int


NOTHING_CARRIED = CarriedPosition(0, 0)
CarriedBook = Mapping[tuple[FollowerId, Symbol], CarriedPosition]


def carried_positions(fills: Iterable[tuple[FollowerId, Symbol, int]]) -> CarriedBook:
    """What copies have left whose signed executions are given in the order of time; a sum of zero begins anew."""
    book: dict[tuple[FollowerId, Symbol], CarriedPosition] = {}
    for follower_id, symbol, signed_qty in fills:
        former = book.get((follower_id, symbol), NOTHING_CARRIED)
        net_qty = former.net_qty + signed_qty
        if net_qty:
            book[follower_id, symbol] = CarriedPosition(net_qty, former.order_count + 1)
        else:
            book.pop((follower_id, symbol), None)
    return book


class _Ledger:
    __slots__ = ("net_qty", "orders")

    def __init__(self) -> None:
        self.net_qty = 0
        self.orders: dict[ClOrdId, None] = {}


class CopiedPositions:
    """Sums of the copies' executions, signed. A symbol is forgotten when they cancel out.

    It outlives the trading day, as positions do, but not the process: then the lists tell the day's copies, and what
    earlier days have left comes from the database (`CarriedPosition`). What is not known is left as it is.
    """

    def __init__(self) -> None:
        self._ledger_by_symbol: dict[Symbol, _Ledger] = {}

    def note_fill(self, symbol: Symbol, signed_qty: int, cl_ord_id: ClOrdId) -> None:
        """A copy executed more shares than were known of it; bought above zero, sold below."""
        ledger = self._ledger_by_symbol.get(symbol)
        if ledger is None:
            ledger = self._ledger_by_symbol[symbol] = _Ledger()
        ledger.net_qty += signed_qty
        ledger.orders[cl_ord_id] = None
        if not ledger.net_qty:
            del self._ledger_by_symbol[symbol]

    def net_qty(self, symbol: Symbol) -> int:
        """Signed shares from copies."""
        ledger = self._ledger_by_symbol.get(symbol)
        return 0 if ledger is None else ledger.net_qty

    def order_count(self, symbol: Symbol) -> int:
        """Copied orders that made up the present holding."""
        ledger = self._ledger_by_symbol.get(symbol)
        return 0 if ledger is None else len(ledger.orders)

    def forget(self, symbol: Symbol) -> None:
        """The follower is flat: whatever the sums say, nothing of them is left."""
        self._ledger_by_symbol.pop(symbol, None)

    def take_over(self, former: "CopiedPositions") -> None:
        """Go on with the sums of the seat that this one replaces."""
        self._ledger_by_symbol = former._ledger_by_symbol  # noqa: SLF001 - the same class
