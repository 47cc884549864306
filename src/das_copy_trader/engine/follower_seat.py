"""One follower at the engine's table: its settings, its gateway and its copies."""

from das_copy_trader.domain.enums import ConnectionState, Side
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, Symbol
from das_copy_trader.domain.orders import Order
from das_copy_trader.engine.exposure import closable_qty, live_member
from das_copy_trader.engine.follower_settings import FollowerSettings
from das_copy_trader.engine.order_links import CopyLink
from das_copy_trader.engine.ports import TradingGateway


class FollowerSeat:
    """A follower's settings, gateway and the day's copies on it, by the id that we gave them."""

    def __init__(self, settings: FollowerSettings, gateway: TradingGateway) -> None:
        self.settings = settings
        self.gateway = gateway
        self.follower_id: FollowerId = settings.follower_id
        self.link_by_cl_ord_id: dict[ClOrdId, CopyLink] = {}
        self.unanswered: dict[ClOrdId, CopyLink] = {}
        """Copies that were sent and that the platform has not shown yet."""
        self.awaiting: dict[ClOrdId, CopyLink] = {}
        """Closing copies that wait for, or may grow with, the follower's position."""

    @property
    def is_ready(self) -> bool:
        """Whether its connection can trade now."""
        return self.gateway.state is ConnectionState.READY

    def closable_qty(self, symbol: Symbol, side: Side) -> int:
        """Shares that a new order of this side can close; copies that are not shown yet count as working."""
        closable = closable_qty(self.gateway.view, symbol, side)
        for link in self.unanswered.values():
            order = link.master.order
            if order.symbol == symbol and order.side.sign == side.sign:
                closable -= link.quantity
        return max(0, closable)

    def live_order(self, link: CopyLink) -> Order | None:
        """The order of a copy that commands must name; None while the platform has shown none."""
        return None if link.order is None else live_member(self.gateway.view, link.order)

    def has_working_entry(self, symbol: Symbol, exit_side: Side) -> bool:
        """Whether a copy that builds the position to be closed may still fill."""
        return any(
            link.master.order.symbol == symbol
            and link.master.order.side.sign != exit_side.sign
            and not link.is_final
            and not link.awaited_qty
            for link in self.link_by_cl_ord_id.values()
        )

    def take_over(self, former: "FollowerSeat") -> None:
        """Keep the day's copies of the seat that this one replaces (a reconfigured account)."""
        for cl_ord_id, link in former.link_by_cl_ord_id.items():
            link.seat = self
            self.link_by_cl_ord_id[cl_ord_id] = link
        self.unanswered.update(former.unanswered)
        self.awaiting.update(former.awaiting)

    def forget(self, link: CopyLink) -> None:
        """Drop one copy."""
        for links in (self.link_by_cl_ord_id, self.unanswered, self.awaiting):
            links.pop(link.cl_ord_id, None)

    def clear(self) -> None:
        """Forget the day."""
        self.link_by_cl_ord_id.clear()
        self.unanswered.clear()
        self.awaiting.clear()
