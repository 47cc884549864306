"""What the engine needs of the outside, and what it is told: its only doors.

Every method is synchronous and returns at once: the hot path calls them between a master's line and the followers' orders.
"""

from enum import Enum
from typing import Protocol

from das_copy_trader.domain.enums import AlertLevel, ConnectionState
from das_copy_trader.domain.events import CommandRefused, OrderEvent, OrderRefused
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol
from das_copy_trader.domain.orders import Order, OrderRequest, OrderTerms
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

    def working_orders(self, symbol: Symbol) -> list[Order]:
        """Orders of the symbol that can still fill, oldest first."""


class TradingGateway(Protocol):
    """One follower's account: to read, and to trade through."""

    @property
    def view(self) -> AccountView:
        """The account's mirror."""

    @property
    def state(self) -> ConnectionState:
        """The connection's state; only READY can trade."""

    @property
    def state_reason(self) -> str:
        """Why it is so, in a sentence."""

    def submit(self, encoded: bytes, cl_ord_id: ClOrdId, *, is_exit: bool) -> SendResult:
        """Send an order that `OrderEncoder` made. Exits go before entries where the rate limit makes them wait."""

    def withdraw(self, cl_ord_id: ClOrdId) -> bool:
        """Take back an order that is still held by pacing. True: it will never be sent."""

    def cancel(self, order_id: OrderId) -> SendResult:
        """Cancel one order by its platform id."""

    def replace(self, order_id: OrderId, total_qty: int, terms: OrderTerms) -> SendResult:
        """Give an order a new total quantity and new terms. A newer replace of the same order overwrites a paced one."""

    def read_back(self) -> None:
        """Ask the platform for its order list again; the answers arrive as snapshot events."""


class OrderEncoder(Protocol):
    """Makes the line of an order, once for all followers that send the same."""

    def encode(self, request: OrderRequest) -> bytes:
        """The bytes to hand to `submit`. Raises ValueError when the terms cannot be said on the wire."""


class AccountListener(Protocol):
    """What an account's client tells: implemented by the engine for the master and for each follower."""

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


class Alerts(Protocol):
    """Where conditions that a person must know go."""

    def raise_alert(self, level: AlertLevel, message: str, *, follower_id: FollowerId | None = None) -> None:
        """Tell the user, in one sentence with what to do. Returns at once."""
