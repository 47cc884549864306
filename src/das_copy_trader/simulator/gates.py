"""Who says no to an order, and where: platform, broker, route; and what a route makes of a time in force."""

from das_copy_trader.simulator import checks
from das_copy_trader.simulator.book import Book
from das_copy_trader.simulator.ledger import Ledger
from das_copy_trader.simulator.market import Instrument, Market, MarketPhase
from das_copy_trader.simulator.numbers import IdSeries, TimeOfDay
from das_copy_trader.simulator.orders import OrderEntry, Pricing, SimOrder
from das_copy_trader.simulator.switches import OrderFate, Switches


class Gates:
    """Answers with the note of the refusal, None where an order may pass. Changes nothing."""

    def __init__(
        self,
        *,
        market: Market,
        ledger: Ledger,
        book: Book,
        borrow: checks.Borrow,
        time_of_day: TimeOfDay,
        switches: Switches,
    ) -> None:
        self._market = market
        self._ledger = ledger
        self._book = book
        self._borrow = borrow
        self._time_of_day = time_of_day
        self._switches = switches

    def at_platform(self, entry: OrderEntry, fate: OrderFate) -> str | None:
        """Before there is an id."""
        if fate is OrderFate.PLATFORM_REJECT:
            return "Cannot route"
        routes = self._switches.known_routes
        if routes and entry.route.upper() not in {*routes, *self._switches.auto_routes}:
            return "Cannot route"
        if self._switches.known_symbols_only and self._market.find(entry.symbol) is None:
            return "Symbol not found"
        return None

    def at_broker(self, order: SimOrder, instrument: Instrument, net: int) -> str | None:
        """Prices, hours, shorts, money."""
        entry = order.entry
        if order.fate is OrderFate.BROKER_REJECT:
            return checks.NO_TRADES_NOW
        if checks.has_sub_penny(entry.pricing):
            return checks.SUB_PENNY
        working = self._book.working_shorts(order.symbol)
        return (
            checks.hours_refusal(entry, self._market.phase)
            or checks.short_refusal(order.side, order.qty, entry.pricing, instrument, net, working, self._borrow)
            or checks.power_refusal(self._ledger, self._book.reserved, order.opening_qty, order.reserve_px)
        )

    def at_route(self, order: SimOrder, instrument: Instrument, references: IdSeries) -> str | None:
        """The broker's cap on a limit, numbered by `references`, and what PostOnly asks for."""
        if self._switches.price_caps:
            note = checks.cap_refusal(order.is_buy, order.limit, instrument, self._market.phase)
            if note is not None:
                return f"{note} ref#{references.next()}[Route#{3000 + len(order.route)}]"
        if order.entry.is_post_only and checks.crosses(order.is_buy, order.limit, instrument):
            return checks.WOULD_CROSS
        return None

    def shown_tif(self, order: SimOrder) -> str:
        """The time in force that the route reports (das-cmd-api.md 3.3)."""
        for route, sent, shown in self._switches.tif_rewrites:
            if route == order.route.upper() and sent == order.entry.tif:
                return shown
        return order.entry.tif

    def is_venue_asleep(self, order: SimOrder) -> bool:
        """Whether the order's venue does not trade yet."""
        if self._market.phase is not MarketPhase.PRE:
            return False
        clock = self._time_of_day.text[:5]
        return any(route == order.route.upper() and clock < opens for route, opens in self._switches.venue_open_times)

    def of_replace(self, order: SimOrder, total: int, pricing: Pricing) -> str | None:
        """Why an order cannot become this."""
        if not order.is_open:
            return "Order is not open"
        if total - order.cum - order.cancelled <= 0:
            return "Quantity is not above what has been filled"
        if checks.has_sub_penny(pricing):
            return checks.SUB_PENNY
        instrument = self._market.instrument(order.symbol)
        net = self._ledger.net(order.symbol)
        more = total - order.qty
        if more > 0:
            working = self._book.working_shorts(order.symbol)
            refusal = checks.short_refusal(order.side, more, pricing, instrument, net, working, self._borrow)
            if refusal is not None:
                return refusal
        opening = checks.opening_shares(order.side, total - order.cum, net)
        price = checks.reserve_price(pricing, instrument, order.side)
        return checks.power_refusal(self._ledger, self._book.reserved - order.reserved, opening, price)
