"""One account as its client shows it: what can be read of it, what it tells, what became of a command.

The engine reads and is told through these; the client offers them. Neither imports the other.
"""

from enum import Enum
from typing import Protocol

from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.domain.events import CommandRefused, OrderEvent, OrderRefused
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from das_copy_trader.domain.orders import Order
from das_copy_trader.domain.positions import Position


class SendResult(Enum):
    """What became of a command that was handed to a gateway."""

    SENT = "sent"
    """The bytes are with the kernel. Whether they arrive is told by the platform alone."""
    PACED = "paced"
    """Held back by the platform's rate limit; `on_paced_sent` or `on_paced_dropped` follows."""
    NOT_READY = "not_ready"
    """Nothing was sent: the account cannot trade now."""
    STALLED = "stalled"
    """The socket took no more or broke in the write: the link is aborted, the command's fate is unknown."""


class AccountView(Protocol):
    """One account's mirror, to read."""

    def net_qty(self, symbol: Symbol) -> int:
        """Signed shares of the symbol; 0 when there are none."""

    def order(self, order_id: OrderId) -> Order | None:
        """The order with this id, if it was seen today."""

    def order_by_cl_ord_id(self, cl_ord_id: ClOrdId) -> Order | None:
        """The order (an auto-route parent, never a child) that carries this client id and came by the API."""

    def is_shown(self, cl_ord_id: ClOrdId) -> bool:
        """Whether there is such an order."""

    def working_orders(self, symbol: Symbol) -> list[Order]:
        """Orders of the symbol that can still fill, oldest first."""


class AccountListener(Protocol):
    """What an account's client tells, in the platform's order. Called from the event loop; must return at once."""

    def on_order_event(self, event: OrderEvent) -> None:
        """An order changed."""

    def on_order_refused(self, refusal: OrderRefused) -> None:
        """An order was refused before it had an id."""

    def on_command_refused(self, refusal: CommandRefused) -> None:
        """A cancel or replace was refused; which one is not said."""

    def on_position_changed(self, position: Position) -> None:
        """A position changed."""

    def on_state_changed(self, state: ConnectionState, reason: str) -> None:
        """The connection's state changed. READY is told after the login burst has been applied whole."""

    def on_orders_listed(self) -> None:
        """A complete order list (login burst or GET ORDERS, header to end line) has been applied."""

    def on_paced_sent(self, cl_ord_id: ClOrdId) -> None:
        """An order that pacing held back has left."""

    def on_paced_dropped(self, cl_ord_id: ClOrdId, reason: str) -> None:
        """An order that pacing held back will never leave (the link was lost)."""
