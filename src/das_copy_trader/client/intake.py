"""The platform's messages, on their way into the mirror: translated, and each to its place. Knows the wire alone."""

from collections.abc import Callable

from das_copy_trader.client.mirror import AccountMirror
from das_copy_trader.client.quotes import QuoteBoard
from das_copy_trader.client.translate import (
    act_facts,
    buying_power_of,
    execution_of,
    locate_order_of,
    order_facts,
    position_of,
    quote_patch,
    short_state_of,
)
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.vocabulary import DumpKind


class Intake:
    """`handler_by_type` has what to call for a message that changes the mirror or the quotes.

    Rows of a watch connection are about other traders and go nowhere (das-cmd-api.md 1.7).
    """

    def __init__(self, mirror: AccountMirror, quotes: QuoteBoard) -> None:
        self._mirror = mirror
        self._quotes = quotes
        # Bound once: the order row is the hot path.
        self._last_row = mirror.last_row
        self._take_order = mirror.take_order
        self.handler_by_type: dict[type[m.Message], Callable[..., None]] = {
            m.OrderRow: self.on_order_row,
            m.OrderActRow: self._on_act_row,
            m.PosRow: self._on_position_row,
            m.TradeRow: self._on_trade_row,
            m.LocateOrderRow: self._on_locate_row,
            m.BuyingPower: self.on_buying_power,
            m.ShortInfo: self.on_short_info,
            m.Quote: self._on_quote,
        }

    def on_order_row(self, row: m.OrderRow) -> None:
        """%ORDER: a repeated row costs one comparison."""
        if self._last_row(row.id) == row or row.is_watch:
            return
        self._take_order(order_facts(row))

    def begin_list(self, kind: DumpKind) -> None:
        """A list has begun."""
        if kind is DumpKind.ORDERS:
            self._mirror.begin_order_list()
        elif kind is DumpKind.POSITIONS:
            self._mirror.begin_position_list()

    def end_list(self, kind: DumpKind) -> None:
        """A list that was begun in this session has ended."""
        if kind is DumpKind.ORDERS:
            self._mirror.end_order_list()
        elif kind is DumpKind.POSITIONS:
            self._mirror.end_position_list()

    def on_buying_power(self, message: m.BuyingPower) -> None:
        """`BP`."""
        self._mirror.take_buying_power(buying_power_of(message))

    def on_short_info(self, message: m.ShortInfo) -> None:
        """`$SHORTINFO`."""
        self._mirror.take_short_state(short_state_of(message))

    def _on_act_row(self, row: m.OrderActRow) -> None:
        self._mirror.take_act(act_facts(row))

    def _on_position_row(self, row: m.PosRow) -> None:
        if not row.is_watch:
            self._mirror.take_position(position_of(row))

    def _on_trade_row(self, row: m.TradeRow) -> None:
        if not row.is_watch:
            self._mirror.take_execution(execution_of(row))

    def _on_locate_row(self, row: m.LocateOrderRow) -> None:
        self._mirror.take_locate(locate_order_of(row))

    def _on_quote(self, message: m.Quote) -> None:
        self._quotes.apply(quote_patch(message))
