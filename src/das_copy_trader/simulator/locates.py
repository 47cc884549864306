"""One account's locates: what is easy to borrow, prices by route, purchases, offers, and what is left of them.

Two kinds of route (CMD API manual 2021/11; das-cmd-api.md 5): type 0 answers a price inquiry and sells at once, type 1
makes an offer that is accepted or rejected. Shares; dollars a share.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Final

import msgspec

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.vocabulary import LocateStatusWord
from das_copy_trader.simulator.agenda import Agenda
from das_copy_trader.simulator.ledger import Ledger
from das_copy_trader.simulator.market import LOT, Market
from das_copy_trader.simulator.numbers import IdSeries, TimeOfDay, shortest
from das_copy_trader.simulator.switches import AvailNetting, Switches

FIRST_LOCATE_ID: Final = 91
ALL_ROUTES: Final = "ALLROUTE"
ALL_ROUTES_ASKING: Final = "ALLROUTEWTTYPE1"
ALREADY_SHORTABLE: Final = "AlreadyShortable"
_WAITING: Final = frozenset({LocateStatusWord.PENDING, LocateStatusWord.WAITING, LocateStatusWord.OFFERED})


class LocateHabit(StrEnum):
    """What a route does with a purchase."""

    SELLS = "sells"
    SELLS_HALF = "sells_half"
    """A partial locate, in whole lots."""
    DECLINES = "declines"
    REJECTS = "rejects"
    WAITS = "waits"
    """The order stays Waiting and nothing follows."""
    SILENT = "silent"
    """No line at all."""


class LocateRoute(msgspec.Struct, frozen=True, kw_only=True):
    """One route. `prices` overrides `price` for single symbols; `size` is what it has of any symbol."""

    name: str
    is_offer_route: bool = False
    price: Decimal = Decimal("0.012")
    prices: tuple[tuple[str, Decimal], ...] = ()
    size: int = 100_000
    min_charge: Decimal = Decimal(0)
    habit: LocateHabit = LocateHabit.SELLS

    def price_of(self, symbol: str) -> Decimal:
        """What a share of the symbol costs here."""
        return dict(self.prices).get(symbol, self.price)


DEFAULT_ROUTES: Final = (
    LocateRoute(name="TESTSL", price=Decimal("0.01")),
    LocateRoute(name="SAGE", price=Decimal("0.00092")),
    LocateRoute(name="LOC7", is_offer_route=True),
)
"""A test route that answers with a price (never to be bought from), a real one, and one that makes offers."""


class LocateOrder:
    """One locate order: live, changed by its desk alone."""

    __slots__ = (
        "exe_price",
        "exe_shares",
        "limit",
        "locate_id",
        "route",
        "shares",
        "status",
        "symbol",
        "time",
        "token",
    )

    def __init__(self, locate_id: int, command: c.LocateNewOrder, route: LocateRoute, time: str) -> None:
        self.locate_id = locate_id
        self.symbol = command.symbol.upper()
        self.shares = command.shares
        self.route = route
        self.token = command.token if command.token is not None else 0
        self.limit = command.limit_price if command.limit_price is not None else Decimal(0)
        self.exe_shares = 0
        self.exe_price = Decimal(0)
        self.status = LocateStatusWord.PENDING
        self.time = time

    @property
    def open_shares(self) -> int:
        """Shares that may still be located."""
        return self.shares - self.exe_shares if self.status in _WAITING else 0


class LocateDesk:
    """Answers the SL commands of one account and knows what it may sell short."""

    def __init__(  # noqa: PLR0913 - the composition of an account in one place
        self,
        *,
        account: str,
        routes: tuple[LocateRoute, ...],
        hard_to_borrow: frozenset[str],
        switches: Switches,
        market: Market,
        ledger: Ledger,
        agenda: Agenda,
        time_of_day: TimeOfDay,
        random: Random,
        push: Callable[[m.Message], None],
    ) -> None:
        self.switches = switches
        self.hard_to_borrow = hard_to_borrow
        self.working_shorts: Callable[[str], int] = lambda symbol: 0
        self._account = account
        self._routes = {route.name.upper(): route for route in routes}
        self._market = market
        self._ledger = ledger
        self._agenda = agenda
        self._time_of_day = time_of_day
        self._random = random
        self._push = push
        self._orders: dict[int, LocateOrder] = {}
        self._ids = IdSeries(FIRST_LOCATE_ID, 3, random)

    @property
    def route_names(self) -> list[str]:
        """Every locate route of the account."""
        return [route.name for route in self._routes.values()]

    def route(self, name: str) -> LocateRoute | None:
        """The route of this name."""
        return self._routes.get(name.upper())

    def use_route(self, route: LocateRoute) -> None:
        """One more route, or another behaviour of one that is there. Orders that are under way keep theirs."""
        self._routes[route.name.upper()] = route

    # --- what may be sold short ----------------------------------------------------------------------------------

    def is_easy(self, symbol: str) -> bool:
        """Whether it needs no locate here."""
        return symbol not in self.hard_to_borrow and self._market.instrument(symbol).is_easy_to_borrow

    def is_prohibited(self, symbol: str) -> bool:
        """Whether nobody may short it."""
        return self._market.instrument(symbol).is_short_prohibited

    def located(self, symbol: str) -> int:
        """Shares located today."""
        return sum(order.exe_shares for order in self._orders.values() if order.symbol == symbol)

    def unused_shares(self, symbol: str) -> int:
        """Located shares that can still be sold short; covering frees them where they are reusable."""
        holding = self._ledger.find(symbol)
        if holding is None:
            return self.located(symbol)
        used = max(0, -holding.net) if self._is_reusable(symbol) else holding.shorted_today
        return max(0, self.located(symbol) - used)

    def _is_reusable(self, symbol: str) -> bool:
        return self._market.instrument(symbol).is_locate_reusable

    # --- queries -------------------------------------------------------------------------------------------------

    def available(self, symbol: str) -> m.LocateAvailable:
        """The answer to SLAvailQuery: located shares only, netted by switch."""
        name = symbol.upper()
        shares = self.located(name)
        if self.switches.locate_avail is not AvailNetting.GROSS:
            shares = self.unused_shares(name)
        if self.switches.locate_avail is AvailNetting.NET:
            shares = max(0, shares - self.working_shorts(name))
        return m.LocateAvailable(self._account, name, shares)

    def reuse(self, symbol: str) -> list[m.Message]:
        """The answer to SLReuseQuery; for ALL only what cannot be reused."""
        if symbol.upper() == "ALL":
            names = [name for name in self._market.symbols if not self._is_reusable(name)]
            return [m.LocateReuse(name, is_reusable=False) for name in names]
        return [m.LocateReuse(symbol.upper(), self._is_reusable(symbol))]

    def min_charges(self, route: str) -> list[m.Message]:
        """The answer to SLRouteMinCharge."""
        routes = [self._routes.get(route.upper())] if route.upper() != ALL_ROUTES else list(self._routes.values())
        return [m.LocateMinCharge(found.name, shortest(found.min_charge)) for found in routes if found is not None]

    def rows(self) -> list[m.Message]:
        """Every locate order of the day."""
        return [self._row(order) for order in self._orders.values()]

    # --- asking, buying, offers ----------------------------------------------------------------------------------

    def inquire(self, command: c.LocateInquire) -> None:
        """SLPRICEINQUIRE: a line per route; ALLROUTE makes offers on type 1 routes besides."""
        if not self.switches.locate_answers:
            return
        name = command.route.upper()
        if name in {ALL_ROUTES, ALL_ROUTES_ASKING}:
            for route in self._routes.values():
                if not route.is_offer_route:
                    self._after(lambda route=route: self._answer_price(command, route))  # type: ignore[misc]
                elif name == ALL_ROUTES:
                    order = c.LocateNewOrder(command.symbol, command.shares, route.name)
                    self._after(lambda order=order: self.order(order))  # type: ignore[misc]
            return
        found = self._routes.get(name)
        if found is None or found.is_offer_route:
            note = "route disabled" if found is None else "price inquiry not supported"
            self._after(lambda: self._fail(command.symbol, command.route, note))
        else:
            self._after(lambda: self._answer_price(command, found))

    def _answer_price(self, command: c.LocateInquire, route: LocateRoute) -> None:
        symbol = command.symbol.upper()
        if self.is_easy(symbol):
            self._fail(symbol, route.name, ALREADY_SHORTABLE)
            return
        size = min(command.shares, route.size)
        self._push(m.LocateReturn(1, symbol, shortest(route.price_of(symbol)), size, self._tail(route.name, "")))

    def order(self, command: c.LocateNewOrder) -> None:
        """SLNEWORDER: a purchase, or on a type 1 route the request for an offer."""
        route = self._routes.get(command.route.upper())
        if not self.switches.locate_answers or (route is not None and route.habit is LocateHabit.SILENT):
            return
        symbol = command.symbol.upper()
        note = None
        if route is None:
            note = "route disabled"
        elif self.is_easy(symbol):
            note = ALREADY_SHORTABLE
        elif command.shares % LOT:
            note = "Shares must be a multiple of 100"
        elif route.size < LOT:
            note = "Not enough shares"
        if route is None or note is not None:
            self._fail(symbol, command.route, note or "")
            return
        order = LocateOrder(self._ids.next(), command, route, self._time_of_day.text)
        self._orders[order.locate_id] = order
        if route.is_offer_route:
            self._after(lambda: self._offer(order))
            return
        self._push(self._row(order))
        self._after(lambda: self._decide(order))

    def _offer(self, order: LocateOrder) -> None:
        if order.status is not LocateStatusWord.PENDING:
            return
        habit = order.route.habit
        if habit in {LocateHabit.DECLINES, LocateHabit.REJECTS}:
            self._set(order, LocateStatusWord.DECLINED)
            return
        order.exe_price = order.route.price_of(order.symbol)
        self._set(order, LocateStatusWord.OFFERED)
        self._agenda.after(self.switches.offer_life_s, lambda: self._lapse(order))

    def _lapse(self, order: LocateOrder) -> None:
        if order.status is LocateStatusWord.OFFERED:
            self._set(order, LocateStatusWord.CLOSED)

    def _decide(self, order: LocateOrder) -> None:
        if order.status is not LocateStatusWord.PENDING:
            return
        price = order.route.price_of(order.symbol)
        match order.route.habit:
            case LocateHabit.WAITS:
                self._set(order, LocateStatusWord.WAITING)
            case LocateHabit.REJECTS:
                self._set(order, LocateStatusWord.REJECTED)
            case LocateHabit.DECLINES:
                self._set(order, LocateStatusWord.DECLINED)
            case _:
                if order.limit and price > order.limit:
                    self._set(order, LocateStatusWord.DECLINED)
                else:
                    self._locate(order, price)

    def _locate(self, order: LocateOrder, price: Decimal) -> None:
        wanted = order.shares
        if order.route.habit is LocateHabit.SELLS_HALF:
            wanted = max(LOT, wanted // 2 // LOT * LOT)
        order.exe_shares = min(wanted, order.route.size)
        order.exe_price = price
        self._ledger.htb_cost += max(price * order.exe_shares, order.route.min_charge)
        self._set(order, LocateStatusWord.LOCATED)

    def operate(self, command: c.LocateOfferOperation) -> None:
        """SLOFFEROPERATION: take an offer or leave it; silence when there is none."""
        order = self._orders.get(command.locate_id)
        if order is None or order.status is not LocateStatusWord.OFFERED or not self.switches.locate_answers:
            return
        if command.is_accept:
            self._after(lambda: self._take_offer(order))
        else:
            self._set(order, LocateStatusWord.CLOSED)

    def _take_offer(self, order: LocateOrder) -> None:
        if order.status is LocateStatusWord.OFFERED:
            self._locate(order, order.exe_price)

    def cancel(self, locate_id: int) -> bool:
        """SLCANCELORDER; False when there is nothing to cancel."""
        order = self._orders.get(locate_id)
        if order is None or order.status not in _WAITING:
            return False
        self._set(order, LocateStatusWord.CANCELED)
        return True

    def grant(self, symbol: str, shares: int) -> None:
        """Located by hand at the window: inventory without a purchase on the wire."""
        command = c.LocateNewOrder(symbol.upper(), shares, next(iter(self._routes.values())).name)
        order = LocateOrder(self._ids.next(), command, next(iter(self._routes.values())), self._time_of_day.text)
        self._orders[order.locate_id] = order
        order.exe_shares = shares
        self._set(order, LocateStatusWord.LOCATED)

    def new_day(self) -> None:
        """Locates are for the day."""
        self._orders.clear()
        self._ids = IdSeries(FIRST_LOCATE_ID, 3, self._random)

    # --- lines ---------------------------------------------------------------------------------------------------

    def _after(self, action: Callable[[], None]) -> None:
        self._agenda.after(self.switches.locate_delay_s, action)

    def _set(self, order: LocateOrder, status: LocateStatusWord) -> None:
        order.status = status
        order.time = self._time_of_day.text
        self._push(self._row(order))

    def _row(self, order: LocateOrder) -> m.LocateOrderRow:
        return m.LocateOrderRow(
            id=order.locate_id,
            symbol=order.symbol,
            shares=order.shares,
            openshares=order.open_shares,
            exeshares=order.exe_shares,
            exeprice=shortest(order.exe_price),
            status=order.status.value,
            route=order.route.name,
            time=order.time,
            lmt_price=shortest(order.limit),
            token=order.token,
        )

    def _fail(self, symbol: str, route: str, note: str) -> None:
        self._push(m.LocateReturn(2, symbol.upper(), Decimal(0), 0, self._tail(route, note)))

    def _tail(self, route: str, note: str) -> str:
        if self.switches.locate_account_in_reply:
            return f"{route} {note} {self._account}"
        return f"{route} {note}".rstrip()
