"""The account as its platform tells it: orders, positions, executions, locates, buying power.

Messages are applied in the order of arrival; the listener is told after the state has changed. Whether the mirror is
complete is the session's to say: it opens with `begin_session` and `complete`, and knows what was missed.
"""

from collections.abc import Callable, KeysView
from datetime import date
from typing import Final

from das_copy_trader.client.order_book import OrderBook
from das_copy_trader.client.translate import Execution
from das_copy_trader.client.type_table import TypeTable
from das_copy_trader.domain.account import AccountListener
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from das_copy_trader.domain.locates import LocateOrder
from das_copy_trader.domain.orders import Order
from das_copy_trader.domain.positions import BuyingPowerState, Position, ShortState

ORDERS_MAX: Final = 100_000
EXECUTIONS_MAX: Final = 500_000
POSITIONS_MAX: Final = 20_000
LOCATES_MAX: Final = 20_000
SHORT_STATES_MAX: Final = 10_000


class AccountMirror:
    """One account's mirror; implements `AccountView`. Every map is bounded and cleared by `reset_day`."""

    def __init__(
        self, account_id: str, listener: AccountListener, table: TypeTable, *, orders_max: int = ORDERS_MAX
    ) -> None:
        self._book = OrderBook(account_id, table, listener, orders_max)
        self.is_shown = self._book.is_shown
        self._listener = listener
        self._positions: dict[Symbol, Position] = {}
        self._listed_symbols: dict[Symbol, None] | None = None
        self._executions: dict[int, Execution] = {}
        self._locates: dict[int, LocateOrder] = {}
        self.on_locate: Callable[[LocateOrder], None] = _ignore
        """Told of each locate order's new state, listed or pushed."""
        self._short_states: dict[Symbol, ShortState] = {}
        self._buying_power: BuyingPowerState | None = None
        self._trading_day: date | None = None
        self.positions_revision = 0
        """Grows with every change of a position: who drew them sees whether to draw anew."""
        self.dropped_rows = 0
        # The hot path enters the book without a step in between.
        self.last_row = self._book.last_row
        self.take_order = self._book.apply
        self.take_act = self._book.apply_act

    # --- reading -------------------------------------------------------------------------------------------------

    def net_qty(self, symbol: Symbol) -> int:
        """Signed shares of the symbol; 0 when there are none."""
        position = self._positions.get(symbol)
        return 0 if position is None else position.net_qty

    def order(self, order_id: OrderId) -> Order | None:
        """The order with this id, if it was seen today."""
        return self._book.order(order_id)

    def order_by_cl_ord_id(self, cl_ord_id: ClOrdId) -> Order | None:
        """The order (an auto-route parent, never a child) that carries this client id and came by the API."""
        return self._book.order_by_cl_ord_id(cl_ord_id)

    def working_orders(self, symbol: Symbol) -> list[Order]:
        """Orders of the symbol that can still fill, oldest first."""
        return self._book.working_orders(symbol)

    @property
    def orders_revision(self) -> int:
        """Grows with every change of an order: who drew them sees whether to draw anew."""
        return self._book.revision

    def all_working(self) -> list[Order]:
        """Every order that can still fill."""
        return self._book.all_working()

    @property
    def working_symbols(self) -> KeysView[Symbol]:
        """Symbols with an order that can still fill."""
        return self._book.working_symbols

    @property
    def orders(self) -> tuple[Order, ...]:
        """Every order of the day, in the order in which they were first seen."""
        return tuple(self._book.orders())

    @property
    def order_count(self) -> int:
        """How many orders the day has."""
        return len(self._book)

    @property
    def positions(self) -> tuple[Position, ...]:
        """Every position of the day, flat ones too."""
        return tuple(self._positions.values())

    def position(self, symbol: Symbol) -> Position | None:
        """The symbol's position, if there was one today."""
        return self._positions.get(symbol)

    @property
    def executions(self) -> tuple[Execution, ...]:
        """Every execution of the day."""
        return tuple(self._executions.values())

    @property
    def buying_power(self) -> BuyingPowerState | None:
        """What the platform last said."""
        return self._buying_power

    def short_state(self, symbol: Symbol) -> ShortState | None:
        """What the platform last said about selling the symbol short."""
        return self._short_states.get(symbol)

    def located_qty(self, symbol: Symbol) -> int:
        """Shares that today's locate orders of the symbol have bought."""
        return sum(locate.located_qty for locate in self._locates.values() if locate.symbol == symbol)

    def locate_orders(self) -> list[LocateOrder]:
        """Today's locate orders, in the order in which they were first seen."""
        return list(self._locates.values())

    @property
    def foreign_rows(self) -> int:
        """Order rows of other accounts, ignored (das-cmd-api.md 1.8)."""
        return self._book.foreign_rows

    @property
    def repeated_cl_ord_ids(self) -> int:
        """Orders whose client id another order of the day already carries: two programs, or a fault of ours."""
        return self._book.repeated_cl_ord_ids

    @property
    def is_complete(self) -> bool:
        """Whether everything that the platform knows is here, with nothing missed since."""
        return self._book.is_complete

    # --- the session's side --------------------------------------------------------------------------------------

    def listen(self, listener: AccountListener) -> None:
        """Tell this listener from now on."""
        self._listener = self._book.listener = listener

    def begin_session(self, trading_day: date) -> None:
        """A log-in was accepted: lists follow, and until they are whole what comes is state and not news.

        Ids are unique within a trading day, so a new day starts with an empty mirror.
        """
        if self._trading_day != trading_day:
            self.reset_day()
            self._trading_day = trading_day
        self.mark_incomplete()
        self._listed_symbols = None
        self._book.is_in_list = False

    def mark_incomplete(self) -> None:
        """Something may have been missed."""
        self._book.is_complete = False

    def complete(self) -> None:
        """Every list has come whole."""
        self._book.is_complete = True

    def begin_order_list(self) -> None:
        """The rows that follow belong to an order list."""
        self._book.is_in_list = True

    def end_order_list(self) -> None:
        """The list has come whole. Orders that it leaves out stay as they were."""
        self._book.is_in_list = False
        self._listener.on_orders_listed()

    def begin_position_list(self) -> None:
        """The rows that follow belong to a list of positions."""
        self._book.is_in_list = False
        self._listed_symbols = {}

    def end_position_list(self) -> None:
        """The list has come whole: positions that it leaves out are flat."""
        listed, self._listed_symbols = self._listed_symbols or {}, None
        for symbol, position in list(self._positions.items()):
            if symbol not in listed and position.net_qty:
                self._keep(Position(symbol, 0, position.avg_px, position.realized_pl, None))

    def reset_day(self) -> None:
        """Forget everything of the day: ids start anew."""
        self._book.clear()
        self._positions.clear()
        self.positions_revision += 1
        self._executions.clear()
        self._locates.clear()
        self._short_states.clear()
        self._buying_power = None
        self._listed_symbols = None

    # --- what is told --------------------------------------------------------------------------------------------

    def take_position(self, position: Position) -> None:
        """A position, pushed or listed."""
        if self._listed_symbols is not None:
            self._listed_symbols[position.symbol] = None
        self._keep(position)

    def _keep(self, position: Position) -> None:
        before = self._positions.get(position.symbol)
        if before == position:
            return
        if before is None and len(self._positions) >= POSITIONS_MAX:
            self.dropped_rows += 1
            return
        self._positions[position.symbol] = position
        self.positions_revision += 1
        self._listener.on_position_changed(position)

    def take_execution(self, execution: Execution) -> None:
        """An execution; one that is known by its id counts once."""
        if execution.trade_id in self._executions:
            return
        if len(self._executions) >= EXECUTIONS_MAX:
            self.dropped_rows += 1  # the orders' own rows still count its shares
            return
        self._executions[execution.trade_id] = execution
        self._book.apply_execution(execution)

    def take_locate(self, locate: LocateOrder) -> None:
        """A locate order's full state."""
        before = self._locates.get(locate.locate_id)
        if before is None and len(self._locates) >= LOCATES_MAX:
            self.dropped_rows += 1
            return
        self._locates[locate.locate_id] = locate
        if locate != before:
            self.on_locate(locate)

    def take_buying_power(self, state: BuyingPowerState) -> None:
        """Buying power."""
        self._buying_power = state

    def take_short_state(self, state: ShortState) -> None:
        """What the platform says about selling a symbol short."""
        if state.symbol not in self._short_states and len(self._short_states) >= SHORT_STATES_MAX:
            self.dropped_rows += 1
            return
        self._short_states[state.symbol] = state


def _ignore(_locate: LocateOrder) -> None:
    """Stands in until somebody buys locates."""
