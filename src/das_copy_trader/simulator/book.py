"""The orders of one account's day, by id and, while they are open, by symbol."""

from decimal import Decimal

from das_copy_trader.protocol.vocabulary import SideWord
from das_copy_trader.simulator.orders import SimOrder


class Book:
    """Holds every order of the day; what they become is the venue's to say."""

    def __init__(self) -> None:
        self._orders: dict[int, SimOrder] = {}
        self._open_by_symbol: dict[str, dict[int, SimOrder]] = {}

    @property
    def orders(self) -> list[SimOrder]:
        """Every order of the day, oldest first."""
        return list(self._orders.values())

    def find(self, order_id: int) -> SimOrder | None:
        """The order with this id."""
        return self._orders.get(order_id)

    def is_open(self, order_id: int) -> bool:
        """Whether CANCEL and REPLACE find it."""
        order = self._orders.get(order_id)
        return order is not None and order.is_open

    def open_orders(self, symbol: str | None = None) -> list[SimOrder]:
        """Orders that can still fill, oldest first."""
        if symbol is not None:
            return [order for order in self._open_by_symbol.get(symbol, {}).values() if order.is_open]
        return [order for order in self._orders.values() if order.is_open]

    @property
    def reserved(self) -> Decimal:
        """Buying power that working orders hold."""
        return sum((order.reserved for order in self._all_open()), Decimal(0))

    def working_shorts(self, symbol: str) -> int:
        """Shares of working short sales."""
        shorts = [order for order in self.open_orders(symbol) if order.side is SideWord.SELL_SHORT]
        return sum(order.leaves for order in shorts if order.opening_qty)

    def keep(self, order: SimOrder) -> None:
        """One more order, which is open."""
        self._orders[order.order_id] = order
        self._open_by_symbol.setdefault(order.symbol, {})[order.order_id] = order

    def forget_if_done(self, order: SimOrder) -> None:
        """Look for it among the open ones no more, once it is none."""
        if not order.is_open:
            self._open_by_symbol.get(order.symbol, {}).pop(order.order_id, None)

    def clear(self) -> None:
        """Another day."""
        self._orders.clear()
        self._open_by_symbol.clear()

    def _all_open(self) -> list[SimOrder]:
        return [order for book in self._open_by_symbol.values() for order in book.values()]
