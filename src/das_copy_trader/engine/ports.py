"""What the engine needs of the outside: its only doors. `domain.account` has what it is told.

Every method is synchronous and returns at once: the hot path calls them between a master's line and the followers'
orders.
"""

from collections.abc import Callable
from typing import Protocol

from das_copy_trader.domain.account import AccountView, SendResult
from das_copy_trader.domain.enums import AlertLevel, ConnectionState
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId
from das_copy_trader.domain.orders import OrderRequest, OrderTerms


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

    def submit(self, encoded: bytes, cl_ord_id: ClOrdId, now_s: float, *, is_exit: bool) -> SendResult:
        """Send an order that `OrderEncoder` made. Exits go before entries where the rate limit makes them wait.

        `now_s`: the clock's monotonic time, asked once for a whole pass.
        """

    def withdraw(self, cl_ord_id: ClOrdId) -> bool:
        """Take back an order that is still held by pacing. True: it will never be sent."""

    def cancel(self, order_id: OrderId) -> SendResult:
        """Cancel one order by its platform id."""

    def replace(self, order_id: OrderId, total_qty: int, terms: OrderTerms) -> SendResult:
        """Give an order a new total quantity and new terms. A newer replace overwrites a paced one."""

    def read_back(self) -> None:
        """Ask the platform for its order list again; the answers arrive as snapshot events."""


class OrderEncoder(Protocol):
    """Makes the line of an order, once for all followers that send the same."""

    def encode(self, request: OrderRequest) -> bytes:
        """The bytes to hand to `submit`. Raises ValueError when the terms cannot be said on the wire."""


class Scheduler(Protocol):
    """When something is done that is not done now: an asyncio event loop is one."""

    def call_soon(self, callback: Callable[[], object]) -> object:
        """Run after the present loop turn."""

    def call_later(self, delay: float, callback: Callable[[], object]) -> object:
        """Run after `delay` seconds."""


class Alerts(Protocol):
    """Where conditions that a person must know go."""

    def raise_alert(self, level: AlertLevel, message: str, *, follower_id: FollowerId | None = None) -> None:
        """Tell the user, in one sentence with what to do. Returns at once."""
