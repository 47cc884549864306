"""One follower at the engine's table: its settings, its gateway and its copies."""

from typing import Final

from das_copy_trader.domain.enums import ConnectionState, Outcome, Side
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, Symbol
from das_copy_trader.domain.orders import Order
from das_copy_trader.engine.copied_position import (
    NOTHING_CARRIED,
    CarriedPosition,
    CopiedHolding,
    CopiedPositions,
)
from das_copy_trader.engine.exposure import closable_qty, has_filled_whole, live_member
from das_copy_trader.engine.follower_settings import FollowerSettings
from das_copy_trader.engine.order_links import CopyLink
from das_copy_trader.engine.ports import TradingGateway
from das_copy_trader.engine.position_lag import PositionLag
from das_copy_trader.engine.short_ports import LocateDesk
from das_copy_trader.runtime.clock import Clock

HELD_BACK: Final = frozenset({Outcome.WAITING_FOR_POSITION, Outcome.SHORT_TASK})
"""Outcomes of copies that were not sent yet."""


class FollowerSeat:
    """A follower's settings, gateway and the day's copies on it, by the id that we gave them."""

    # What a pass asks of each follower stands together, in one piece of memory.
    __slots__ = (  # noqa: RUF023 - see above
        "link_by_cl_ord_id",
        "is_shown",
        "submit",
        "awaiting",
        "carried",
        "copied",
        "follower_id",
        "gateway",
        "halt_reason",
        "is_mistrusted",
        "is_seated",
        "lag",
        "locate_desk",
        "open_copies",
        "settings",
        "strays",
        "unanswered",
    )

    def __init__(
        self,
        settings: FollowerSettings,
        gateway: TradingGateway,
        clock: Clock,
        locate_desk: LocateDesk | None = None,
    ) -> None:
        self.settings = settings
        self.gateway = gateway
        # Straight to what they end in: both are asked for each follower between two sends.
        self.submit = gateway.submit
        self.is_shown = gateway.view.is_shown
        self.locate_desk = locate_desk
        self.follower_id: FollowerId = settings.follower_id
        self.is_seated = True
        """False once the follower was removed: nothing is sent to it any more."""
        self.halt_reason = ""
        """Why nothing but cancels is sent to it: its order list contradicts ours. Ends when it is disabled."""
        self.is_mistrusted = False
        """Whether an id of ours is at another order than the one that it was made for: nothing is recovered then."""
        self.lag = PositionLag(clock)
        self.copied = CopiedPositions()
        self.carried: dict[Symbol, CarriedPosition] = {}
        """What copies of earlier days have left that this process has not seen."""
        self.link_by_cl_ord_id: dict[ClOrdId, CopyLink] = {}
        self.open_copies: dict[ClOrdId, CopyLink] = {}
        """Copies that are not over."""
        self.unanswered: dict[ClOrdId, CopyLink] = {}
        """Copies that were sent and that the platform has not shown yet."""
        self.awaiting: dict[ClOrdId, CopyLink] = {}
        """Closing copies that wait for, or may grow with, the follower's position."""

        self.strays: dict[ClOrdId, Order] = {}
        """Orders with an id of ours that no copy of this life has (yet)."""

    @property
    def is_ready(self) -> bool:
        """Whether anything can be sent to it now."""
        return self.is_seated and self.gateway.state is ConnectionState.READY

    def hold(self, link: CopyLink) -> None:
        """Keep a copy among the open ones."""
        self.link_by_cl_ord_id[link.cl_ord_id] = self.open_copies[link.cl_ord_id] = link

    def holds(self, link: CopyLink) -> bool:
        """Whether the copy is one of the present day's."""
        return self.link_by_cl_ord_id.get(link.cl_ord_id) is link

    def closable_qty(self, symbol: Symbol, side: Side) -> int:
        """Shares that a new order of this side can close.

        Counted against it: working orders, copies and enlargements that the platform has not shown yet, executions
        that the position does not show yet.
        """
        closable = closable_qty(self.gateway.view, symbol, side)
        if closable == 0:
            return 0
        closable -= self.lag.unseen_qty(symbol, side)
        is_buy = side is Side.BUY
        for link in self.open_copies.values():
            order = link.master.order
            if order.symbol == symbol and (order.side is Side.BUY) is is_buy:
                closable -= self._unshown_qty(link)
        return max(0, closable)

    def selling_qty(self, symbol: Symbol) -> int:
        """Shares of all orders that sell the symbol, long or short, and may still fill, shown or not."""
        qty = self.lag.unseen_qty(symbol, Side.SELL)
        for order in self.gateway.view.working_orders(symbol):
            if order.side is not Side.BUY:
                qty += order.leaves_qty
        for link in self.open_copies.values():
            master = link.master.order
            if master.symbol == symbol and master.side is not Side.BUY:
                qty += self._unshown_qty(link)
        return qty

    def copied_holding(self, symbol: Symbol, side: Side) -> CopiedHolding:
        """What it holds from copies and an order of this side closes; never more than it holds in all."""
        copied_qty, order_count = self.copied.net_qty(symbol), self.copied.order_count(symbol)
        net_qty = self.gateway.view.net_qty(symbol)
        carried = self.carried.get(symbol, NOTHING_CARRIED)
        if carried.net_qty and net_qty == copied_qty + carried.net_qty:
            copied_qty, order_count = net_qty, order_count + carried.order_count
        held_qty = min(-side.sign * copied_qty, -side.sign * net_qty)
        held_qty = max(0, held_qty)
        bound_qty = 0
        for link in self.open_copies.values():
            master = link.master.order
            if master.symbol != symbol:
                continue
            open_qty = self.committed_qty(link) - link.cum_qty
            if master.side.sign == side.sign:
                bound_qty += open_qty
            elif has_filled_whole(master):
                held_qty += open_qty
                order_count += not link.cum_qty
        return CopiedHolding(held_qty, bound_qty, order_count)

    def _unshown_qty(self, link: CopyLink) -> int:
        """Shares that a copy may still come to and that no working order shows."""
        root = link.order
        if link.wish is None and not link.told_max_qty:  # nearly always
            if root is None:
                return 0 if link.outcome in HELD_BACK else link.quantity
            if root.leaves_qty and root.is_working:
                return 0
        return self.committed_qty(link) - link.cum_qty - self._leaves_qty(link)

    def committed_qty(self, link: CopyLink) -> int:
        """The most shares that a copy may come to in all: what is shown of it, on its way or latched."""
        committed = link.cum_qty + self._leaves_qty(link)
        live = self.live_order(link)
        if link.outcome not in HELD_BACK and (live is None or not live.is_working):
            committed = max(committed, link.quantity)  # not shown yet, or its auto-route child is not
        return max(committed, link.told_max_qty, link.wish.quantity if link.wish is not None else 0)

    def _leaves_qty(self, link: CopyLink) -> int:
        live = self.live_order(link)
        return live.leaves_qty if live is not None and live.is_working else 0

    def live_order(self, link: CopyLink) -> Order | None:
        """The order of a copy that commands must name; None while the platform has shown none."""
        return None if link.order is None else live_member(self.gateway.view, link.order)

    def has_working_entry(self, symbol: Symbol, exit_side: Side) -> bool:
        """Whether a copy that builds the position to be closed may still fill."""
        return any(
            link.master.order.symbol == symbol
            and link.master.order.side.sign != exit_side.sign
            and link.outcome is not Outcome.WAITING_FOR_POSITION
            for link in self.open_copies.values()
        )

    def has_open_copy(self, symbol: Symbol) -> bool:
        """Whether a copy of the symbol is not over."""
        return any(link.master.order.symbol == symbol for link in self.open_copies.values())

    def has_position_for(self, symbol: Symbol, exit_side: Side) -> bool:
        """Whether it holds something that an order of this side closes, bound by other orders or not."""
        return self.gateway.view.net_qty(symbol) * exit_side.sign < 0

    def take_over(self, former: "FollowerSeat") -> None:
        """Keep the day's copies of the seat that this one replaces (a reconfigured account)."""
        for cl_ord_id, link in former.link_by_cl_ord_id.items():
            link.seat = self
            self.link_by_cl_ord_id[cl_ord_id] = link
        self.open_copies.update(former.open_copies)
        self.unanswered.update(former.unanswered)
        self.awaiting.update(former.awaiting)
        self.copied.take_over(former.copied)
        self.carried = former.carried
        self.strays.update(former.strays)

    def forget(self, link: CopyLink) -> None:
        """Drop one copy."""
        for links in (self.link_by_cl_ord_id, self.open_copies, self.unanswered, self.awaiting):
            if links.get(link.cl_ord_id) is link:
                del links[link.cl_ord_id]

    def clear(self) -> None:
        """Forget the day."""
        self.link_by_cl_ord_id.clear()
        self.open_copies.clear()
        self.unanswered.clear()
        self.awaiting.clear()
        self.strays.clear()
        self.lag.clear()
