"""Listens to an account for two: the engine, straight; and whoever wants to know of its connection."""

from collections.abc import Callable

from das_copy_trader.domain.account import AccountListener
from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.domain.events import CommandRefused, OrderEvent, OrderRefused
from das_copy_trader.domain.identifiers import ClOrdId
from das_copy_trader.domain.positions import Position


class AccountTap:
    """An AccountListener whose methods are the engine's own (nothing is added to the hot path), but for the state.

    `mute` ends it: a client that is being replaced may still say something while it stops.
    """

    def __init__(self, inner: AccountListener, on_state: Callable[[ConnectionState, str], None]) -> None:
        self._inner = inner
        self._on_state = on_state
        self._bind(inner)

    def _bind(self, listener: AccountListener) -> None:
        self.on_order_event: Callable[[OrderEvent], None] = listener.on_order_event
        self.on_order_refused: Callable[[OrderRefused], None] = listener.on_order_refused
        self.on_command_refused: Callable[[CommandRefused], None] = listener.on_command_refused
        self.on_position_changed: Callable[[Position], None] = listener.on_position_changed
        self.on_orders_listed: Callable[[], None] = listener.on_orders_listed
        self.on_paced_sent: Callable[[ClOrdId], None] = listener.on_paced_sent
        self.on_paced_dropped: Callable[[ClOrdId, str], None] = listener.on_paced_dropped

    def on_state_changed(self, state: ConnectionState, reason: str) -> None:
        """Tell the engine, then the other."""
        self._inner.on_state_changed(state, reason)
        self._on_state(state, reason)

    def mute(self) -> None:
        """Tell nobody anything any more."""
        silence = Silence()
        self._inner = silence
        self._on_state = silence.on_state_changed
        self._bind(silence)


class Silence:
    """An AccountListener that does nothing with what it is told."""

    def on_order_event(self, event: OrderEvent) -> None:
        """Say nothing."""

    def on_order_refused(self, refusal: OrderRefused) -> None:
        """Say nothing."""

    def on_command_refused(self, refusal: CommandRefused) -> None:
        """Say nothing."""

    def on_position_changed(self, position: Position) -> None:
        """Say nothing."""

    def on_state_changed(self, state: ConnectionState, reason: str) -> None:
        """Say nothing."""

    def on_orders_listed(self) -> None:
        """Say nothing."""

    def on_paced_sent(self, cl_ord_id: ClOrdId) -> None:
        """Say nothing."""

    def on_paced_dropped(self, cl_ord_id: ClOrdId, reason: str) -> None:
        """Say nothing."""
