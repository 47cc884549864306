"""What is waited for at a platform's locates: the answers to an inquiry, an order's end, an order's first row."""

import asyncio

from das_copy_trader.client.translate import LocateReply
from das_copy_trader.domain.identifiers import ClOrdId, Symbol
from das_copy_trader.domain.locates import LocateOrder, LocateQuote, LocateRefused


class Inquiry:
    """An inquiry whose answers are gathered. `routes`, in capitals, are enough: then nobody else is waited for."""

    def __init__(self, symbol: Symbol, routes: frozenset[str]) -> None:
        self.symbol = symbol
        self.routes = routes
        self.heard: dict[str, None] = {}
        self.quotes: dict[str, LocateQuote] = {}
        self.is_shortable = False
        self.notes: list[str] = []
        self.answered = asyncio.Event()
        self.complete = asyncio.Event()

    def hear(self, reply: LocateReply) -> None:
        """A route's price, or why it has none."""
        self.heard[reply.quote.route.upper()] = None
        if not reply.is_failure:
            self.quotes[reply.quote.route] = reply.quote
        elif reply.is_shortable:
            self.is_shortable = True
        else:
            self.notes.append(f"{reply.quote.route} {reply.note}".strip())
        if not reply.is_failure or reply.is_shortable:
            self.answered.set()
        if self.is_shortable or (self.routes and self.routes <= self.heard.keys()):
            self.complete.set()


class OpenOrder:
    """A locate order whose end, or offer, is waited for."""

    def __init__(self, symbol: Symbol, shares: int, route: str, cl_ord_id: ClOrdId) -> None:
        self.symbol = symbol
        self.shares = shares
        self.route = route
        self.cl_ord_id = cl_ord_id
        self.refusal: LocateRefused | None = None
        self.changed = asyncio.Event()


class Unseen:
    """A locate order that was sent and that no row has shown. `others`: locate orders that it cannot be."""

    def __init__(self, symbol: Symbol, shares: int, route: str, others: frozenset[int]) -> None:
        self.symbol = symbol
        self.shares = shares
        self.route = route
        self.others = others

    def is_in(self, row: LocateOrder) -> bool:
        """Whether a row without a token may be its."""
        return (row.symbol, row.order_qty, row.route.upper()) == (
            self.symbol,
            self.shares,
            self.route.upper(),
        ) and row.locate_id not in self.others
