"""One account's order book: the life of its orders, from entry to end, against the moving market.

Pure: time comes from the agenda, randomness from a seeded stream. Everything that happens is told to the listener
within the call that makes it happen, in the order in which a live platform was seen to tell it (das-cmd-api.md 4).
"""

from collections import deque
from decimal import Decimal

import msgspec

from das_copy_trader.protocol.vocabulary import NO_PREF, StatusWord
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.simulator import checks, matching
from das_copy_trader.simulator.agenda import Agenda
from das_copy_trader.simulator.book import Book
from das_copy_trader.simulator.gates import Gates
from das_copy_trader.simulator.ledger import Ledger, Trade
from das_copy_trader.simulator.market import Instrument, Market, MarketPhase
from das_copy_trader.simulator.numbers import IdSeries, TimeOfDay
from das_copy_trader.simulator.orders import Kind, OrderEntry, Pricing, SimOrder
from das_copy_trader.simulator.reports import Report, VenueListener, What
from das_copy_trader.simulator.switches import OrderFate, ReplaceMeaning, Switches

FIRST_ORDER_ID = 2001
FIRST_TRADE_ID = 3001
_BAND_CANCEL_S = 1.0
NOTE_HERE = "Canceled"
NOTE_BY_CLIENT = "RT:Cxl-by-client"
NOTE_BY_VENUE = "RT:Cxl-by-Venue"
NOTE_BAND = "RT:Ven: R081: Price Too Far Outside"


class Venue:
    """The orders of one account. All calls return at once; `cancel` and `replace` say whether the order is open."""

    def __init__(
        self,
        *,
        market: Market,
        ledger: Ledger,
        borrow: checks.Borrow,
        agenda: Agenda,
        time_of_day: TimeOfDay,
        switches: Switches,
        randomness: RandomSource,
        listener: VenueListener,
    ) -> None:
        self.market = market
        self.ledger = ledger
        self.switches = switches
        self.fates: deque[OrderFate] = deque()
        self._agenda = agenda
        self._time_of_day = time_of_day
        self._listener = listener
        self._ids_random = randomness.stream("ids")
        self._fill_random = randomness.stream("fills")
        self._book = Book()
        self._gates = Gates(
            market=market, ledger=ledger, book=self._book, borrow=borrow, time_of_day=time_of_day, switches=switches
        )
        self._begin_ids()

    # --- reading -------------------------------------------------------------------------------------------------

    @property
    def orders(self) -> list[SimOrder]:
        """Every order of the day, oldest first."""
        return self._book.orders

    def find(self, order_id: int) -> SimOrder | None:
        """The order with this id."""
        return self._book.find(order_id)

    def is_open(self, order_id: int) -> bool:
        """Whether CANCEL and REPLACE find it."""
        return self._book.is_open(order_id)

    def open_orders(self, symbol: str | None = None) -> list[SimOrder]:
        """Orders that can still fill, oldest first."""
        return self._book.open_orders(symbol)

    def working_shorts(self, symbol: str) -> int:
        """Shares of working short sales."""
        return self._book.working_shorts(symbol)

    @property
    def buying_power(self) -> Decimal:
        """What is free, dollars."""
        return self.ledger.buying_power(self._book.reserved)

    # --- entering ------------------------------------------------------------------------------------------------

    def submit(self, entry: OrderEntry) -> SimOrder | None:
        """Enter an order. None when it was refused before it had an id, or lost."""
        fate = self.fates.popleft() if self.fates else self.switches.order_fate
        if fate is OrderFate.LOST:
            return None
        if (note := self._gates.at_platform(entry, fate)) is not None:
            self._listener.on_refused(entry, note)
            return None
        hint = next(iter(entry.pricing.prices), None)
        instrument = self.market.instrument(entry.symbol, hint)
        net = self.ledger.net(entry.symbol)
        order = SimOrder(self._order_ids.next(), entry, checks.corrected_side(entry.side, net), self._time_of_day.text)
        order.fate = fate
        order.opening_qty = checks.opening_shares(order.side, order.qty, net)
        order.reserve_px = checks.reserve_price(entry.pricing, instrument, order.side)
        refusal = self._gates.at_broker(order, instrument, net)
        self._book.keep(order)
        if refusal is not None:
            self._tell(What.SENDING, order, order.leaves)
            self._agenda.after(self.switches.accept_delay_s, lambda: self._reject(order, refusal))
        elif checks.waits(entry, self.market.phase):
            self._tell(What.SENDING, order, order.leaves)
            self._agenda.after(self.switches.accept_delay_s, lambda: self._hold(order))
        elif order.is_held:
            self._tell(What.SENDING, order, order.leaves)
            self._agenda.after(self.switches.accept_delay_s, lambda: self._accept_held(order))
        elif self._makes_children(order):
            self._set(order, StatusWord.ACCEPTED, What.ACCEPTED)
            self._send_child(order)
        else:
            self._tell(What.SENDING, order, order.leaves)
            self._agenda.after(self.switches.accept_delay_s, lambda: self._at_route(order))
        return order

    def _hold(self, order: SimOrder) -> None:
        # It may have been cancelled on its way, here and below: what comes later looks at the order again.
        if order.status is StatusWord.SENDING:
            self._set(order, StatusWord.HOLD, What.HELD)

    def _accept_held(self, order: SimOrder) -> None:
        if order.status is StatusWord.SENDING:
            order.best_print = self.market.instrument(order.symbol).last
            self._set(order, StatusWord.ACCEPTED, What.ACCEPTED)

    def _makes_children(self, order: SimOrder) -> bool:
        return self.switches.auto_route_children and order.route.upper() in self.switches.auto_routes

    def _send_child(self, parent: SimOrder) -> None:
        """The auto-route sends a child; the parent is Triggered for ever (seen live, das-cmd-api.md 4.5)."""
        entry = parent.entry
        pricing = Pricing(kind=Kind.MARKET) if parent.works_as_market else self._child_pricing(parent)
        route = entry.pref if entry.pref != NO_PREF else self.switches.auto_route_venue
        child_entry = msgspec.structs.replace(entry, shares=parent.leaves, pricing=pricing, route=route)
        child = SimOrder(self._order_ids.next(), child_entry, parent.side, self._time_of_day.text)
        child.parent = parent
        child.fate = parent.fate
        child.opening_qty = parent.opening_qty
        child.reserve_px = parent.reserve_px
        self._book.keep(child)
        self._tell(What.SENDING, child, child.leaves)
        parent.leaves = 0
        self._set(parent, StatusWord.TRIGGERED, What.TRIGGERED)
        self._book.forget_if_done(parent)
        self._agenda.after(self.switches.accept_delay_s, lambda: self._at_route(child))

    def _child_pricing(self, parent: SimOrder) -> Pricing:
        pricing = parent.pricing
        if pricing.kind is Kind.PEG:
            return pricing
        limit = pricing.limit
        if limit is None:
            instrument = self.market.instrument(parent.symbol)
            limit = instrument.ask if parent.is_buy else instrument.bid
        return Pricing(kind=Kind.LIMIT, limit=limit)

    def _at_route(self, order: SimOrder) -> None:
        """The order reaches where it trades."""
        if not order.is_open:
            return
        instrument = self.market.instrument(order.symbol)
        refusal = self._gates.at_route(order, instrument, self._references)
        if refusal is not None:
            self._reject(order, refusal)
            return
        order.shown_tif = self._gates.shown_tif(order)
        order.reserve_px = order.limit or order.reserve_px
        self._set(order, StatusWord.ACCEPTED, What.ACCEPTED, order.leaves)
        percent = self.switches.venue_band_percent
        if order.fate is OrderFate.VENUE_CANCEL or self._gates.is_venue_asleep(order):
            self.end_by_venue(order, NOTE_BY_VENUE)
        elif order.fate is OrderFate.TIMEOUT_LATE_FILL:
            order.is_blocked = True
            self._tell(What.TIMED_OUT, order, order.leaves)
            self._agenda.after(self.switches.late_fill_s, lambda: self._fill_late(order))
        elif percent and checks.is_outside_venue_band(order.is_buy, order.limit, instrument, percent):
            order.is_blocked = True
            self._agenda.after(_BAND_CANCEL_S, lambda: self.end_by_venue(order, NOTE_BAND))
        else:
            self._agenda.after(self.switches.fill_delay_s, lambda: self.match(order))

    def _fill_late(self, order: SimOrder) -> None:
        self.force_fill(order)

    # --- cancelling and replacing --------------------------------------------------------------------------------

    def cancel(self, order_id: int) -> bool:
        """Cancel an order; False when it is not open (done, unknown, or a Triggered parent)."""
        order = self._book.find(order_id)
        if order is None or not order.is_open:
            return False
        if order.status is StatusWord.HOLD or order.is_held:
            self._end(order, StatusWord.CANCELED, What.CANCELED_HERE, NOTE_HERE)
        else:
            self._agenda.after(self.switches.cancel_delay_s, lambda: self._cancel_at_route(order))
        return True

    def _cancel_at_route(self, order: SimOrder) -> None:
        if order.is_open:
            self._end(order, StatusWord.CANCELED, What.CANCELED_BY_CLIENT, NOTE_BY_CLIENT)
        else:
            self._tell(What.CANCEL_REFUSED, order, order.leaves, note="Too late to cancel")

    def replace(self, order_id: int, shares: int, pricing: Pricing, tif: str | None = None) -> bool:
        """Change an order's total (or open part, by switch), prices and time in force; False when it is not open."""
        order = self._book.find(order_id)
        if order is None or not order.is_open:
            return False
        total = order.cum + shares if self.switches.replace_meaning is ReplaceMeaning.OPEN else shares
        if order.pricing.kind is Kind.STOP_LIMIT_EXTENDED and pricing.kind is Kind.STOP_LIMIT:
            # REPLACE has no form of its own for it; it stays what it is (seen live, das-cmd-api.md 2.4).
            pricing = msgspec.structs.replace(pricing, kind=Kind.STOP_LIMIT_EXTENDED)
        self._listener.on_report(Report(what=What.REPLACING, order=order, shares=total, price=act_price(pricing)))
        self._agenda.after(self.switches.accept_delay_s, lambda: self._apply_replace(order, total, pricing, tif))
        return True

    def _apply_replace(self, order: SimOrder, total: int, pricing: Pricing, tif: str | None) -> None:
        if (note := self._gates.of_replace(order, total, pricing)) is not None:
            self._tell(What.REPLACE_REFUSED, order, total, note=note)
            return
        order.qty = total
        order.leaves = total - order.cum - order.cancelled
        order.pricing = pricing
        order.opening_qty = checks.opening_shares(order.side, order.leaves, self.ledger.net(order.symbol))
        order.reserve_px = checks.reserve_price(pricing, self.market.instrument(order.symbol), order.side)
        order.is_fired = False
        order.is_resting = False
        if tif is not None:
            order.shown_tif = tif
        self._tell(What.REPLACED, order, total, stamp=True)
        if not order.is_held and order.status is not StatusWord.HOLD:
            self._agenda.after(self.switches.fill_delay_s, lambda: self.match(order))

    # --- ends ----------------------------------------------------------------------------------------------------

    def end_by_venue(self, order: SimOrder, note: str) -> None:
        """The venue takes an accepted order away; nothing happens when it is not open."""
        if order.is_open:
            self._end(order, StatusWord.CANCELED, What.CANCELED_BY_VENUE, note)

    def reject(self, order: SimOrder, note: str) -> bool:
        """Refuse an open order after all; False when it is not open."""
        if not order.is_open:
            return False
        self._reject(order, note)
        return True

    def _reject(self, order: SimOrder, note: str) -> None:
        if not order.is_open:
            return
        shares = order.leaves
        order.leaves = 0
        order.cancelled = 0 if self.switches.rejected_cxlqty_zero else shares
        order.status = StatusWord.REJECTED
        self._book.forget_if_done(order)
        self._tell(What.REJECTED, order, shares, note=note, stamp=True)

    def _end(self, order: SimOrder, status: StatusWord, what: What, note: str) -> None:
        shares = order.leaves
        order.leaves = 0
        order.cancelled += shares
        order.status = status
        self._book.forget_if_done(order)
        self._tell(what, order, shares, note=note, stamp=True)

    # --- filling -------------------------------------------------------------------------------------------------

    def match(self, order: SimOrder) -> None:
        """Trade against the quote as far as price, size, hours and time in force allow."""
        matching.match(self, order)

    def force_fill(self, order: SimOrder, shares: int | None = None, price: Decimal | None = None) -> int:
        """Fill an accepted order whatever the market says, by default at the quote or its limit; the shares filled."""
        if not order.is_open or order.status is StatusWord.SENDING:
            return 0
        instrument = self.market.instrument(order.symbol)
        taken = order.leaves if shares is None else min(shares, order.leaves)
        touch = instrument.ask if order.is_buy else instrument.bid
        if order.limit is not None:
            touch = min(touch, order.limit) if order.is_buy else max(touch, order.limit)
        order.is_blocked = False
        self.execute(order, taken, price if price is not None else touch, "-")
        return taken

    def execute(self, order: SimOrder, shares: int, price: Decimal, liq: str) -> None:
        """One execution: order, position, trade; told; then printed on the tape."""
        order.leaves -= shares
        order.cum += shares
        order.status = StatusWord.PARTIAL if order.leaves else StatusWord.EXECUTED
        order.time_text = self._time_of_day.text
        holding = self.ledger.holding(order.symbol, self._time_of_day.stamp)
        realized = holding.apply(shares if order.is_buy else -shares, price)
        trade = Trade(
            trade_id=self._trade_ids.next(),
            order_id=order.order_id,
            symbol=order.symbol,
            side=order.side,
            qty=shares,
            price=price,
            route=order.route,
            time_text=order.time_text,
            liq=liq,
            pl=realized,
        )
        self.ledger.trades.append(trade)
        self._book.forget_if_done(order)
        self._listener.on_report(
            Report(what=What.EXECUTED, order=order, shares=shares, price=price, trade=trade, holding=holding)
        )
        self.market.print_trade(order.symbol, price, shares, is_ours=True)

    def fire(self, order: SimOrder) -> None:
        """A held stop's trade has come."""
        order.is_fired = True
        if self._makes_children(order):
            self._send_child(order)
            return
        if order.limit is None and not order.works_as_market:
            order.pricing = self._child_pricing(order)
        self._agenda.after(self.switches.fill_delay_s, lambda: self.match(order))

    def coin(self) -> bool:
        """Chance of a resting order at the price of a print."""
        return self._fill_random.random() < 0.5

    # --- the market tells ----------------------------------------------------------------------------------------

    def on_quote(self, instrument: Instrument) -> None:
        """Working orders look at the new quote."""
        for order in self.open_orders(instrument.symbol):
            self.match(order)

    def on_print(self, instrument: Instrument, price: Decimal, shares: int, *, is_ours: bool) -> None:
        """Stops fire and resting orders fill by trades."""
        for order in self.open_orders(instrument.symbol):
            matching.on_print(self, order, price, shares, is_ours=is_ours)

    def on_phase(self, phase: MarketPhase) -> None:
        """Orders that waited for this part of the day go out; those whose day is over are closed."""
        for order in self.open_orders():
            if phase is MarketPhase.REGULAR and order.status is StatusWord.HOLD and order.entry.tif != "AtClose":
                self._release(order)
            elif order.entry.tif == "AtClose" and phase is not MarketPhase.REGULAR and order.status is StatusWord.HOLD:
                self._auction(order)
            elif self._is_day_over(order, phase):
                self._end(order, StatusWord.CLOSED, What.CLOSED, "")

    def _release(self, order: SimOrder) -> None:
        order.status = StatusWord.SENDING
        if self._makes_children(order):
            self._send_child(order)
        else:
            self._at_route(order)

    def _auction(self, order: SimOrder) -> None:
        last = self.market.instrument(order.symbol).last
        limit = order.limit
        if limit is None or (limit >= last if order.is_buy else limit <= last):
            self.execute(order, order.leaves, last, "-")
        else:
            self._end(order, StatusWord.CLOSED, What.CLOSED, "")

    def _is_day_over(self, order: SimOrder, phase: MarketPhase) -> bool:
        tif = order.entry.tif
        if tif == "GTC":
            return False
        return phase is MarketPhase.CLOSED or (phase is MarketPhase.POST and tif != "DAY+")

    def new_day(self) -> None:
        """Ids begin again, also those of orders good till cancelled; all other orders are forgotten."""
        kept = [order for order in self.orders if order.is_open and order.entry.tif == "GTC"]
        self._book.clear()
        self.ledger.new_day()
        self._begin_ids()
        for order in kept:
            order.order_id = self._order_ids.next()
            self._book.keep(order)

    # --- small things --------------------------------------------------------------------------------------------

    def _begin_ids(self) -> None:
        self._order_ids = IdSeries(FIRST_ORDER_ID, 9, self._ids_random)
        self._trade_ids = IdSeries(FIRST_TRADE_ID, 7, self._ids_random)
        self._references = IdSeries(114_001, 50, self._ids_random)

    def _set(self, order: SimOrder, status: StatusWord, what: What, shares: int = 0) -> None:
        order.status = status
        self._tell(what, order, shares, stamp=True)

    def _tell(self, what: What, order: SimOrder, shares: int, *, note: str = "", stamp: bool = False) -> None:
        if stamp:
            order.time_text = self._time_of_day.text
        self._listener.on_report(Report(what=what, order=order, shares=shares, note=note))


def act_price(pricing: Pricing) -> Decimal | None:
    """The price that %OrderAct shows: the stop or trail where there is one, else the limit (seen live for SLP)."""
    for price in (pricing.stop, pricing.trail, pricing.low, pricing.limit):
        if price is not None:
            return price
    return None
