"""A scripted trader: trades an account by hand as a person would, so that there is something to copy.

Seeded: the same seed and market give the same day. A beat looks at one symbol and does one thing; between beats it
pauses as people do, mostly some seconds, now and then longer.
"""

from decimal import Decimal
from random import Random

import msgspec

from das_copy_trader.protocol.vocabulary import SideWord
from das_copy_trader.simulator.agenda import Agenda
from das_copy_trader.simulator.control import Control, ControlError, Ticket
from das_copy_trader.simulator.market import Instrument, to_tick
from das_copy_trader.simulator.orders import Kind, SimOrder
from das_copy_trader.simulator.platform import Platform


class TraderHabits(msgspec.Struct, frozen=True, kw_only=True):
    """What a scripted trader trades. Pauses in seconds; `short_share` of its entries in `short_symbols` are shorts.

    Of its positions `bracket_share` get a stop and a target, the others one of the two.
    """

    symbols: tuple[str, ...]
    short_symbols: tuple[str, ...] = ()
    lots: tuple[int, ...] = (100, 200, 300, 500)
    pause_s: tuple[float, float] = (1.5, 6.0)
    long_pause_s: tuple[float, float] = (10.0, 20.0)
    long_pause_share: float = 0.1
    market_share: float = 0.2
    short_share: float = 0.45
    bracket_share: float = 0.2
    route: str = "SMAT"


class ScriptedTrader:
    """Trades one account until it is stopped. `actions` counts what it did, by name."""

    def __init__(self, control: Control, account: str, random: Random, habits: TraderHabits) -> None:
        self.actions: dict[str, int] = {}
        self._control = control
        self._account = account
        self._random = random
        self._habits = habits
        self._is_running = False

    @property
    def _platform(self) -> Platform:
        return self._control.platform(self._account)

    @property
    def _agenda(self) -> Agenda:
        return self._control.broker.agenda

    def start(self) -> None:
        """Begin after a first pause."""
        if not self._is_running:
            self._is_running = True
            self._pause()

    def stop(self) -> None:
        """Do nothing more; what works keeps working."""
        self._is_running = False

    def _pause(self) -> None:
        habits = self._habits
        is_long = self._random.random() < habits.long_pause_share
        low, high = habits.long_pause_s if is_long else habits.pause_s
        self._agenda.after(self._random.uniform(low, high), self._beat)

    def _beat(self) -> None:
        if not self._is_running:
            return
        try:
            self.act()
        except ControlError:
            # The order was filled while the hand was on the mouse: that happens to people, too.
            self._count("too late")
        self._pause()

    def act(self) -> None:
        """One action."""
        if self._tidy_up():
            return
        symbol = self._random.choice(self._habits.symbols)
        net = self._platform.ledger.net(symbol)
        working = self._platform.venue.open_orders(symbol)
        if net:
            self._manage(symbol, net, working)
        elif working:
            self._nurse_entry(working[-1])
        else:
            self._enter(symbol)

    def _tidy_up(self) -> bool:
        """A stop or target that outlived its position has to go at once: it would open a new one."""
        for symbol in self._habits.symbols:
            if self._platform.ledger.net(symbol):
                continue
            for order in self._platform.venue.open_orders(symbol):
                if order.opening_qty == 0:
                    self._cancel(order, "cancel the other leg")
                    return True
        return False

    # --- entries -------------------------------------------------------------------------------------------------

    def _enter(self, symbol: str) -> None:
        habits = self._habits
        is_short = symbol in habits.short_symbols and self._random.random() < habits.short_share
        side = SideWord.SELL_SHORT if is_short else SideWord.BUY
        shares = self._random.choice(habits.lots)
        if self._random.random() < habits.market_share:
            self._place("enter at market", symbol, side, shares, Kind.MARKET)
            return
        instrument = self._instrument(symbol)
        ticks = self._random.randint(-8, 2) * instrument.tick
        touch = instrument.bid - ticks if is_short else instrument.ask + ticks
        self._place("enter", symbol, side, shares, Kind.LIMIT, limit=to_tick(touch, instrument.tick))

    def _nurse_entry(self, order: SimOrder) -> None:
        roll = self._random.random()
        if roll < 0.5 and order.pricing.kind is Kind.LIMIT:
            instrument = self._instrument(order.symbol)
            self._reprice(order, instrument.ask if order.is_buy else instrument.bid, "chase")
        elif roll < 0.8:
            self._cancel(order, "give up an entry")

    # --- a position ----------------------------------------------------------------------------------------------

    def _manage(self, symbol: str, net: int, working: list[SimOrder]) -> None:
        roll = self._random.random()
        if not working:
            if roll < 0.6:
                self._protect(symbol, net)
            else:
                self._close(symbol, net, abs(net))
        elif roll < 0.25 and abs(net) >= 200:
            self._clear(working)
            self._close(symbol, net, abs(net) // 200 * 100)
        elif roll < 0.5:
            self._clear(working)
            self._close(symbol, net, abs(net))
        elif roll < 0.75:
            self._move_a_leg(working)

    def _protect(self, symbol: str, net: int) -> None:
        """A stop or a target for the whole position, or both."""
        instrument = self._instrument(symbol)
        side = SideWord.SELL if net > 0 else SideWord.BUY
        away = instrument.tick * self._random.randint(12, 30)
        slack = instrument.tick * 10
        middle = to_tick(instrument.middle, instrument.tick)
        sign = 1 if net > 0 else -1
        stop = middle - sign * away
        roll, bracket_share = self._random.random(), self._habits.bracket_share
        if roll < (1 + bracket_share) / 2:
            self._place("stop", symbol, side, abs(net), Kind.STOP_LIMIT_EXTENDED, stop=stop, limit=stop - sign * slack)
        if roll >= (1 - bracket_share) / 2:
            self._place("target", symbol, side, abs(net), Kind.LIMIT, limit=middle + sign * away)

    def _move_a_leg(self, working: list[SimOrder]) -> None:
        order = self._random.choice(working)
        if order.pricing.kind is not Kind.LIMIT:
            return
        instrument = self._instrument(order.symbol)
        nearer = instrument.ask + 4 * instrument.tick if not order.is_buy else instrument.bid - 4 * instrument.tick
        self._reprice(order, nearer, "move the target")

    def _close(self, symbol: str, net: int, shares: int) -> None:
        instrument = self._instrument(symbol)
        side = SideWord.SELL if net > 0 else SideWord.BUY
        name = "exit" if shares == abs(net) else "exit a part"
        if self._random.random() < self._habits.market_share:
            self._place(name, symbol, side, shares, Kind.MARKET)
        else:
            sign = 1 if net > 0 else -1
            touch = (instrument.bid if net > 0 else instrument.ask) - sign * instrument.tick
            self._place(name, symbol, side, shares, Kind.LIMIT, limit=touch)

    # --- hands ---------------------------------------------------------------------------------------------------

    def _instrument(self, symbol: str) -> Instrument:
        return self._control.broker.market.instrument(symbol)

    def _place(self, name: str, symbol: str, side: SideWord, shares: int, kind: Kind, **prices: Decimal) -> None:
        source = "Hotkey" if self._random.random() < 0.6 else "Montage"
        ticket = Ticket(
            symbol=symbol,
            side=side.value,
            shares=shares,
            kind=kind.name,
            route=self._habits.route,
            source=source,
            limit=prices.get("limit"),
            stop=prices.get("stop"),
        )
        self._count(name)
        self._control.place(self._account, ticket)

    def _reprice(self, order: SimOrder, price: Decimal, name: str) -> None:
        instrument = self._instrument(order.symbol)
        limit = to_tick(price, instrument.tick)
        if limit == order.pricing.limit:
            return
        self._count(name)
        ticket = Ticket(symbol=order.symbol, side=order.side.value, shares=order.qty, limit=limit)
        self._control.replace(self._account, order.order_id, ticket=ticket)

    def _cancel(self, order: SimOrder, name: str) -> None:
        self._count(name)
        self._control.cancel(self._account, order.order_id)

    def _clear(self, working: list[SimOrder]) -> None:
        for order in working:
            if order.is_open:
                self._cancel(order, "cancel before an exit")

    def _count(self, name: str) -> None:
        self.actions[name] = self.actions.get(name, 0) + 1
