"""What a follower holds from copies alone, by symbol: shares that were traded there by hand are not among them."""

import msgspec

from das_copy_trader.domain.identifiers import ClOrdId, Symbol


class CopiedHolding(msgspec.Struct, frozen=True, gc=False):
    """Copied shares in the direction that an order closes.

    `held_qty`: held, or still to come of copies whose master order has filled. `bound_qty`: of them, what other copied
    exits take already. `order_count`: copied orders behind it, each of which rounding may have moved by a share.
    """

    held_qty: int = 0
    bound_qty: int = 0
    order_count: int = 0


NO_HOLDING = CopiedHolding()


class _Ledger:
    __slots__ = ("net_qty", "orders")

    def __init__(self) -> None:
        self.net_qty = 0
        self.orders: dict[ClOrdId, None] = {}


class CopiedPositions:
    """Sums of the copies' executions, signed. A symbol is forgotten when they cancel out.

    It outlives the trading day, as positions do, but not the process: after a restart only the day's copies are known,
    and what is not known is left as it is.
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
