"""Questions as commands, and the answers of those that are about locates. Knows the wire alone."""

from collections.abc import Callable
from typing import Final, Protocol

from das_copy_trader.client.queries import QueryBook, QueryKind
from das_copy_trader.client.translate import LocateReply, locate_reply_of
from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.vocabulary import DumpKind

SENDABLE: Final = (
    c.Login,
    c.Echo,
    c.Get,
    c.GetSymbol,
    c.CountClients,
    c.Subscribe,
    c.Unsubscribe,
    c.LocateAvailQuery,
    c.LocateReuseQuery,
    c.LocateRouteMinCharge,
)
"""All that a session itself can send: no command that trades or buys is among them."""
QUERY_BY_LIST: Final = {
    DumpKind.POSITIONS: QueryKind.POSITIONS,
    DumpKind.ORDERS: QueryKind.ORDERS,
    DumpKind.LOCATES: QueryKind.LOCATES,
}
"""Which question a list answers."""


def question(kind: QueryKind, subject: str, account_id: str) -> c.Command:
    """The command that asks; `subject` is a symbol or a route, where the question has one."""
    match kind:
        case QueryKind.BUYING_POWER:
            return c.Get("BP")
        case QueryKind.CLIENT_COUNT:
            return c.CountClients()
        case QueryKind.POSITIONS:
            return c.Get("POSITIONS")
        case QueryKind.ORDERS:
            return c.Get("ORDERS")
        case QueryKind.LOCATES:
            return c.Get("LOCATES")
        case QueryKind.SHORT_INFO:
            return c.GetSymbol("SHORTINFO", subject)
        case QueryKind.LOCATES_AVAILABLE:
            return c.LocateAvailQuery(account_id, subject)
        case QueryKind.LOCATE_REUSE:
            return c.LocateReuseQuery(subject)
        case QueryKind.LOCATE_MINIMUM:
            return c.LocateRouteMinCharge(subject)


class LocateListener(Protocol):
    """Who buys locates over a session."""

    def on_locate_reply(self, reply: LocateReply) -> None:
        """A price, or the failure of an inquiry or a locate order."""


class LocateAnswers:
    """`handler_by_type` has what to call for an answer about locates."""

    def __init__(self, queries: QueryBook, listener: LocateListener | None, account_id: str) -> None:
        self._queries = queries
        self._listener = listener
        self._account_id = account_id
        self.handler_by_type: dict[type[m.Message], Callable[..., None]] = {
            m.LocateAvailable: self._on_available,
            m.LocateReuse: self._on_reuse,
            m.LocateMinCharge: self._on_minimum,
            m.LocateReturn: self._on_return,
        }

    def _on_return(self, message: m.LocateReturn) -> None:
        if self._listener is not None:
            self._listener.on_locate_reply(locate_reply_of(message, self._account_id))

    def _on_available(self, message: m.LocateAvailable) -> None:
        self._queries.answer(QueryKind.LOCATES_AVAILABLE, max(0, message.shares), message.symbol)

    def _on_reuse(self, message: m.LocateReuse) -> None:
        self._queries.answer(QueryKind.LOCATE_REUSE, message.is_reusable, message.symbol)

    def _on_minimum(self, message: m.LocateMinCharge) -> None:
        self._queries.answer(QueryKind.LOCATE_MINIMUM, message.amount, message.route)
