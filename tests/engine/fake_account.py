"""A hand-made DAS account for the engine: a venue that knows the truth, and a mirror that knows what was told.

The two are apart on purpose: what happens at the venue reaches the mirror when the test says so, in the order that the
test chooses, as live rows or as a list after a login.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count

import msgspec

from das_copy_trader.domain.account import AccountListener, SendResult
from das_copy_trader.domain.enums import ConnectionState, ExecType, OrdStatus, OrdType, Side
from das_copy_trader.domain.events import CommandRefused, OrderEvent, OrderRefused
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from das_copy_trader.domain.orders import Order, OrderRequest, OrderTerms
from das_copy_trader.domain.positions import Position
from tests.engine.fakes import FakeEncoder

ENDED = frozenset({OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.CLOSED})
ENDED_OR_ROUTED = ENDED | {OrdStatus.TRIGGERED}
EXEC_BY_STATUS = {
    OrdStatus.PENDING_NEW: ExecType.PENDING_NEW,
    OrdStatus.HELD: ExecType.NEW,
    OrdStatus.NEW: ExecType.NEW,
    OrdStatus.PARTIALLY_FILLED: ExecType.TRADE,
    OrdStatus.FILLED: ExecType.TRADE,
    OrdStatus.TRIGGERED: ExecType.TRIGGERED,
    OrdStatus.CANCELED: ExecType.CANCELED,
    OrdStatus.REJECTED: ExecType.REJECTED,
    OrdStatus.CLOSED: ExecType.CLOSED,
    OrdStatus.UNKNOWN: ExecType.STATUS,
}


class Submitted(msgspec.Struct, frozen=True):
    request: OrderRequest
    is_exit: bool


class Cancelled(msgspec.Struct, frozen=True):
    order_id: OrderId


class Replaced(msgspec.Struct, frozen=True):
    order_id: OrderId
    total_qty: int
    terms: OrderTerms


class ReadBack(msgspec.Struct, frozen=True):
    """The order list was asked for."""


Sent = Submitted | Cancelled | Replaced | ReadBack


class VenueOrder:
    """An order as the venue has it: the truth."""

    def __init__(self, order_id: OrderId, request: OrderRequest, status: OrdStatus) -> None:
        self.order_id = order_id
        self.request = request
        self.symbol = request.symbol
        self.side = request.side
        self.terms: OrderTerms | None = request.terms
        self.order_qty = request.order_qty
        self.status = status
        self.cum_qty = 0
        self.parent_id: OrderId | None = None
        self.reason = ""
        self.undecodable = ""
        self.awaits_proof = False

    @property
    def leaves_qty(self) -> int:
        return 0 if self.status in ENDED_OR_ROUTED else self.order_qty - self.cum_qty


class FakeAccount:
    """One account: implements AccountView and TradingGateway towards the engine; a venue towards the test.

    Commands wait in `inbox` until `process_next` or `answer` lets the venue have them.
    """

    def __init__(self, encoder: FakeEncoder, *, first_id: int = 1) -> None:
        self._encoder = encoder
        self.listener: AccountListener | None = None
        self.state = ConnectionState.READY
        self.state_reason = "Ready."
        self.sent: list[Sent] = []
        self.refused_calls = 0
        self.inbox: list[Sent] = []
        self.forced_result: SendResult | None = None
        self.forced_error = ""
        self.is_faulty = False
        self.reads_back_refusals = True
        self.is_pacing = False
        self.paces_cancels = False
        self.cancel_calls = 0
        self.held: dict[ClOrdId, Submitted] = {}
        self.venue: dict[OrderId, VenueOrder] = {}
        self.venue_net_qty: dict[Symbol, int] = {}
        self._mirror: dict[OrderId, Order] = {}
        self._mirror_net_qty: dict[Symbol, int] = {}
        self._ids: Iterator[int] = count(first_id)

    # --- AccountView -------------------------------------------------------------------------------------------------

    @property
    def view(self) -> "FakeAccount":
        return self

    def net_qty(self, symbol: Symbol) -> int:
        return self._mirror_net_qty.get(symbol, 0)

    def order(self, order_id: OrderId) -> Order | None:
        return self._mirror.get(order_id)

    def order_by_cl_ord_id(self, cl_ord_id: ClOrdId) -> Order | None:
        for order in self._mirror.values():
            if order.cl_ord_id == cl_ord_id and not order.is_child:
                return order
        return None

    def is_shown(self, cl_ord_id: ClOrdId) -> bool:
        return self.order_by_cl_ord_id(cl_ord_id) is not None

    def working_orders(self, symbol: Symbol) -> list[Order]:
        return [order for order in self._mirror.values() if order.symbol == symbol and order.is_working]

    # --- TradingGateway ----------------------------------------------------------------------------------------------

    def submit(self, encoded: bytes, cl_ord_id: ClOrdId, now_s: float, *, is_exit: bool) -> SendResult:
        submitted = Submitted(self._encoder.request_of(encoded), is_exit)
        assert submitted.request.cl_ord_id == cl_ord_id
        result = self._result(submitted)
        if self.is_faulty:
            raise RuntimeError("a bug in the gateway, after the bytes have left")
        if result is SendResult.PACED:
            self.held[cl_ord_id] = submitted
        return result

    def withdraw(self, cl_ord_id: ClOrdId) -> bool:
        return self.held.pop(cl_ord_id, None) is not None

    def cancel(self, order_id: OrderId) -> SendResult:
        self.cancel_calls += 1
        if self.paces_cancels:
            return SendResult.PACED
        return self._result(Cancelled(order_id))

    def replace(self, order_id: OrderId, total_qty: int, terms: OrderTerms) -> SendResult:
        assert total_qty > 0
        if self.forced_error:
            raise ValueError(self.forced_error)
        return self._result(Replaced(order_id, total_qty, terms))

    def read_back(self) -> None:
        """At most one question is on its way, as with the real client."""
        if ReadBack() not in self.inbox:
            self._result(ReadBack())

    def _result(self, command: Sent) -> SendResult:
        if self.state is not ConnectionState.READY:
            self.refused_calls += 1
            return SendResult.NOT_READY
        if self.forced_result is SendResult.NOT_READY:
            return SendResult.NOT_READY
        if self.is_pacing and isinstance(command, Submitted):
            return SendResult.PACED
        self.sent.append(command)
        if self.forced_result is SendResult.STALLED:
            return SendResult.STALLED
        self.inbox.append(command)
        return SendResult.SENT

    def release(self) -> None:
        """The rate limit has room again."""
        self.is_pacing = False
        held, self.held = self.held, {}
        for cl_ord_id, submitted in held.items():
            self.sent.append(submitted)
            self.inbox.append(submitted)
            self._told.on_paced_sent(cl_ord_id)

    def drop_held(self, reason: str) -> None:
        """The link is gone, and with it what the rate limit held."""
        held, self.held = self.held, {}
        for cl_ord_id in held:
            self._told.on_paced_dropped(cl_ord_id, reason)

    # --- what was sent -----------------------------------------------------------------------------------------------

    @property
    def submitted(self) -> list[OrderRequest]:
        return [command.request for command in self.sent if isinstance(command, Submitted)]

    @property
    def cancelled(self) -> list[OrderId]:
        return [command.order_id for command in self.sent if isinstance(command, Cancelled)]

    @property
    def replaced(self) -> list[Replaced]:
        return [command for command in self.sent if isinstance(command, Replaced)]

    @property
    def read_backs(self) -> int:
        return sum(isinstance(command, ReadBack) for command in self.sent)

    # --- the venue ---------------------------------------------------------------------------------------------------

    def enter(
        self,
        request: OrderRequest,
        status: OrdStatus = OrdStatus.NEW,
        *,
        parent: VenueOrder | None = None,
        is_shown: bool = True,
    ) -> VenueOrder:
        """A new order at the venue."""
        order = VenueOrder(OrderId(next(self._ids)), request, status)
        if parent is not None:
            order.parent_id = parent.order_id
        self.venue[order.order_id] = order
        if is_shown:
            self.show(order)
        return order

    def set_status(self, order: VenueOrder, status: OrdStatus, reason: str = "", *, is_shown: bool = True) -> None:
        order.status = status
        order.reason = reason or order.reason
        if is_shown:
            self.show(order)

    def fill(self, order: VenueOrder, qty: int, *, is_shown: bool = True, is_position_first: bool = True) -> None:
        """Execute shares; the rows come in the order asked for."""
        assert 0 < qty <= order.leaves_qty
        order.cum_qty += qty
        order.status = OrdStatus.FILLED if order.leaves_qty == 0 else OrdStatus.PARTIALLY_FILLED
        symbol = order.symbol
        self.venue_net_qty[symbol] = self.venue_net_qty.get(symbol, 0) + order.side.sign * qty
        if is_shown:
            if is_position_first:
                self.show_position(symbol)
            self.show(order)
            self.show_position(symbol)

    def change(self, order: VenueOrder, order_qty: int, terms: OrderTerms | None, *, is_shown: bool = True) -> None:
        """Give an order a new total and new terms."""
        order.order_qty, order.terms = order_qty, terms
        if is_shown:
            self.show(order)

    def trigger(self, parent: VenueOrder, terms: OrderTerms | None = None, *, is_shown: bool = True) -> VenueOrder:
        """The auto-route sends a child; its first row comes before the parent's, as seen live (das-cmd-api.md 4.5)."""
        assert parent.terms is not None
        child_terms = terms or OrderTerms(OrdType.LIMIT, price=parent.terms.price)
        request = msgspec.structs.replace(
            parent.request, terms=child_terms, order_qty=parent.order_qty - parent.cum_qty, route="ARCA"
        )
        child = self.enter(request, OrdStatus.PENDING_NEW, parent=parent, is_shown=is_shown)
        self.set_status(parent, OrdStatus.TRIGGERED, is_shown=is_shown)
        self.set_status(child, OrdStatus.NEW, is_shown=is_shown)
        return child

    def trigger_undecoded(self, parent: VenueOrder) -> VenueOrder:
        """The auto-route sends a child of an order whose own terms cannot be read."""
        child = self.enter(msgspec.structs.replace(parent.request, route="ARCA"), parent=parent)
        self.set_status(parent, OrdStatus.TRIGGERED)
        return child

    def process_next(self, *, is_shown: bool = True, status: OrdStatus = OrdStatus.NEW) -> VenueOrder | None:
        """Let the venue have the oldest command that waits."""
        command = self.inbox.pop(0)
        if isinstance(command, Submitted):
            return self.enter(command.request, status, is_shown=is_shown)
        if isinstance(command, ReadBack):
            if is_shown:
                self.list_orders()
            return None
        order = self.venue[command.order_id]
        if order.leaves_qty == 0:
            if is_shown:
                word = "CANCEL" if isinstance(command, Cancelled) else "REPLACE"
                self._told.on_command_refused(CommandRefused(word, "order not open"))
                if self.reads_back_refusals:
                    self.inbox.append(ReadBack())
        elif isinstance(command, Cancelled):
            self.set_status(order, OrdStatus.CANCELED, "RT:Cxl-by-client", is_shown=is_shown)
        elif command.total_qty <= order.cum_qty:
            self.set_status(order, OrdStatus.CANCELED, is_shown=is_shown)
        else:
            self.change(order, command.total_qty, command.terms, is_shown=is_shown)
        return None

    def answer(self) -> list[VenueOrder]:
        """Let the venue have everything that waits; the orders that came of it."""
        orders = []
        while self.inbox:
            order = self.process_next()
            if order is not None:
                orders.append(order)
        return orders

    def refuse(self, cl_ord_id: ClOrdId, text: str) -> None:
        """Refuse an order before it has an id (das-cmd-api.md 4.9)."""
        self.inbox = [c for c in self.inbox if not isinstance(c, Submitted) or c.request.cl_ord_id != cl_ord_id]
        self._told.on_order_refused(OrderRefused(cl_ord_id, text))

    @property
    def last(self) -> VenueOrder:
        """The venue's newest order."""
        return next(reversed(self.venue.values()))

    def working(self) -> list[VenueOrder]:
        return [order for order in self.venue.values() if order.leaves_qty]

    # --- what the mirror is told -------------------------------------------------------------------------------------

    @property
    def _told(self) -> AccountListener:
        assert self.listener is not None
        return self.listener

    def show(self, venue_order: VenueOrder, *, is_snapshot: bool = False) -> None:
        """A row of the order comes."""
        order = self._mirror.get(venue_order.order_id)
        is_first = order is None
        if order is None:
            order = Order(
                venue_order.order_id,
                venue_order.symbol,
                venue_order.side,
                is_from_snapshot=is_snapshot,
                cl_ord_id=venue_order.request.cl_ord_id,
            )
            order.parent_id = venue_order.parent_id
            self._mirror[order.order_id] = order
            parent = self._mirror.get(venue_order.parent_id or OrderId(0))
            if parent is not None:
                parent.child_ids = (*parent.child_ids, order.order_id)
            for child in self._mirror.values():
                if child.parent_id == order.order_id:
                    order.child_ids = (*order.child_ids, child.order_id)
        before = (order.status, order.cum_qty, order.order_qty, order.terms, order.is_placed)
        self._copy(venue_order, order)
        for exec_type, last_qty in _changes(order, before, is_first=is_first):
            self._tell(exec_type, order, is_snapshot=is_snapshot, last_qty=last_qty)

    def _copy(self, venue_order: VenueOrder, order: Order) -> None:
        order.order_qty, order.status = venue_order.order_qty, venue_order.status
        order.leaves_qty, order.terms = venue_order.leaves_qty, venue_order.terms
        order.route = venue_order.request.route
        order.reason, order.undecodable = venue_order.reason, venue_order.undecodable
        order.awaits_proof = venue_order.awaits_proof
        order.row_text = f"%ORDER {order.order_id} {order.symbol}"
        self._count_children(order)
        parent = self._mirror.get(order.parent_id) if order.parent_id is not None else None
        if parent is not None:
            self._count_children(parent)

    def _count_children(self, order: Order) -> None:
        """As client/order_track.py does: the executions of an order that goes on under a new id come on top."""
        own_qty, children_qty = (
            self.venue[order.order_id].cum_qty,
            sum(self._mirror[c].cum_qty for c in order.child_ids),
        )
        is_replaced = order.status is OrdStatus.CANCELED
        order.cum_qty = own_qty + children_qty if is_replaced else max(own_qty, children_qty)

    def tell(self, exec_type: ExecType, venue_order: VenueOrder, text: str = "") -> None:
        """An event without a change of state (a refusal, a time-out, a proof, a repetition)."""
        order = self._mirror[venue_order.order_id]
        self._copy(venue_order, order)
        self._tell(exec_type, order, text=text)

    def _tell(
        self,
        exec_type: ExecType,
        order: Order,
        *,
        is_snapshot: bool = False,
        last_qty: int = 0,
        text: str | None = None,
    ) -> None:
        root = order
        while root.parent_id is not None and root.parent_id in self._mirror:
            root = self._mirror[root.parent_id]
        text = order.reason if text is None else text
        self._told.on_order_event(OrderEvent(exec_type, order, root, is_snapshot, last_qty, None, text))

    def show_position(self, symbol: Symbol) -> None:
        """A position row comes."""
        net_qty = self.venue_net_qty.get(symbol, 0)
        if self._mirror_net_qty.get(symbol) != net_qty:
            self._mirror_net_qty[symbol] = net_qty
            self._told.on_position_changed(Position(symbol, net_qty, Decimal(0), Decimal(0)))

    def hold_shares(self, symbol: str, net_qty: int) -> None:
        """Shares that were there before, as the list behind the log-in tells them."""
        self.venue_net_qty[Symbol(symbol)] = net_qty
        self.show_position(Symbol(symbol))

    def list_orders(self, *, is_snapshot: bool = False) -> None:
        """A complete order list comes."""
        for order in list(self.venue.values()):
            self.show(order, is_snapshot=is_snapshot)
        self._told.on_orders_listed()

    # --- the link ----------------------------------------------------------------------------------------------------

    def disconnect(self, reason: str = "The link was lost.", *, is_inbox_lost: bool = True) -> None:
        """The link breaks; what was on its way is lost, or the venue has it without anyone seeing."""
        self.state, self.state_reason = ConnectionState.DISCONNECTED, reason
        self.drop_held(reason)
        self._told.on_state_changed(self.state, reason)
        if not is_inbox_lost:
            while self.inbox:
                self.process_next(is_shown=False)
        self.inbox.clear()

    def forget_mirror(self) -> None:
        """What was known of the account dies with the process that knew it."""
        self._mirror.clear()
        self._mirror_net_qty.clear()

    def reconnect(self, *, is_mirror_new: bool = False) -> None:
        """Log in again: the lists come, then the account is ready."""
        self.forced_result = None
        self.state, self.state_reason = ConnectionState.SYNCING, "Reading the lists."
        self._told.on_state_changed(self.state, self.state_reason)
        if is_mirror_new:
            self._mirror.clear()
        for symbol in list(self.venue_net_qty):
            self.show_position(symbol)
        self.list_orders(is_snapshot=True)
        self.state, self.state_reason = ConnectionState.READY, "Ready."
        self._told.on_state_changed(self.state, self.state_reason)


_Before = tuple[OrdStatus, int, int, OrderTerms | None, bool]


def _changes(order: Order, before: _Before, *, is_first: bool) -> list[tuple[ExecType, int]]:
    """What a row tells, as client/order_book.py does it."""
    status, cum_qty, order_qty, terms, was_placed = before
    by_status = EXEC_BY_STATUS[order.status]
    is_fill = order.status in (OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED)
    changes: list[tuple[ExecType, int]] = []
    if is_first:
        changes.append((ExecType.TRADE if order.cum_qty else by_status, order.cum_qty))
        if order.cum_qty and not is_fill:
            changes.append((by_status, 0))
        return changes
    if was_placed and (order.order_qty, order.terms) != (order_qty, terms) and order.status not in ENDED:
        changes.append((ExecType.REPLACED, 0))
    if order.cum_qty > cum_qty:
        changes.append((ExecType.TRADE, order.cum_qty - cum_qty))
        if order.status is not status and not is_fill:
            changes.append((by_status, 0))
    elif order.status is not status:
        changes.append((by_status, 0))
    return changes


def request(
    symbol: str = "MSFT",
    side: Side = Side.BUY,
    qty: int = 100,
    terms: OrderTerms | None = None,
    *,
    cl_ord_id: int = 7,
    route: str = "SMAT",
) -> OrderRequest:
    """An order as a trader enters it."""
    limit = OrderTerms(OrdType.LIMIT, price=Decimal(100))
    return OrderRequest(ClOrdId(cl_ord_id), Symbol(symbol), side, qty, terms or limit, route)
