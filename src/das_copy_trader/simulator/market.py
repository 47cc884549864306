"""The market that all simulated accounts trade on: quotes on a tick grid, prints, halts, short restriction, sessions.

Pure: nothing moves by itself. `step` moves every symbol one step of a seeded random walk; `set_quote` and `print_trade`
are for scripts and tests. Prices in dollars, sizes in shares.
"""

from collections import deque
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from random import Random
from typing import Final, Protocol

import msgspec

from das_copy_trader.runtime.ids import RandomSource

LOT: Final = 100
PENNY: Final = Decimal("0.01")
SUB_DOLLAR_TICK: Final = Decimal("0.0001")
_LDLU_PERCENT: Final = 5
_PRINT_PROBABILITY: Final = 0.7


class MarketPhase(StrEnum):
    """Part of the trading day."""

    PRE = "pre"
    REGULAR = "regular"
    POST = "post"
    CLOSED = "closed"


class SymbolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How a symbol begins. `volatility_ticks` is the most that its middle moves in one step."""

    symbol: str
    price: Decimal
    spread_ticks: int = 2
    volatility_ticks: int = 2
    lots: int = 12
    is_easy_to_borrow: bool = True
    is_short_prohibited: bool = False
    is_locate_reusable: bool = True


class Instrument:
    """One symbol's market, as it stands now."""

    def __init__(self, spec: SymbolSpec, random: Random) -> None:
        self.spec = spec
        self.symbol = spec.symbol
        self.random = random
        self.tick = tick_of(spec.price)
        half = self.tick * max(1, spec.spread_ticks // 2)
        middle = to_tick(spec.price, self.tick)
        self.bid = max(self.tick, middle - half)
        self.ask = middle + half
        self.bid_size = spec.lots * LOT
        self.ask_size = spec.lots * LOT
        self.last = middle
        self.open = self.high = self.low = middle
        self.yesterday_close = middle
        self.volume = 0
        self.trade_count = 0
        self.turnover = Decimal(0)
        self.is_halted = False
        self.halted_at = ""
        self.has_short_restriction = False
        self.is_easy_to_borrow = spec.is_easy_to_borrow
        self.is_short_prohibited = spec.is_short_prohibited
        self.is_locate_reusable = spec.is_locate_reusable

    @property
    def middle(self) -> Decimal:
        """Half way between bid and ask; may lie between two ticks."""
        return (self.bid + self.ask) / 2

    @property
    def band(self) -> tuple[Decimal, Decimal]:
        """Limit down and limit up."""
        width = self.open * _LDLU_PERCENT / 100
        return to_tick(self.open - width, self.tick), to_tick(self.open + width, self.tick)

    def walk(self) -> tuple[Decimal, int] | None:
        """Move one step; returns the print of this step, if there is one."""
        random = self.random
        move = self.tick * random.randint(-self.spec.volatility_ticks, self.spec.volatility_ticks)
        # Drawn back a little to where it began: a day-long walk must not wander off to nothing.
        if random.random() < 0.1:
            move += self.tick if self.last < self.spec.price else -self.tick
        spread = self.tick * random.randint(1, max(1, self.spec.spread_ticks))
        self.bid = max(self.tick, to_tick(self.bid + move, self.tick))
        self.ask = self.bid + spread
        self.bid_size = random.randint(1, 2 * self.spec.lots) * LOT
        self.ask_size = random.randint(1, 2 * self.spec.lots) * LOT
        if random.random() >= _PRINT_PROBABILITY:
            return None
        return (self.bid if random.random() < 0.5 else self.ask), random.randint(1, 5 * LOT)

    def record(self, price: Decimal, shares: int) -> None:
        """Take a print into last, high, low and volume."""
        self.last = price
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.volume += shares
        self.turnover += price * shares
        self.trade_count += 1


class MarketListener(Protocol):
    """Who wants to know; told in the order of events, never from within another telling."""

    def on_quote(self, instrument: Instrument) -> None:
        """Bid, ask, size or state changed."""

    def on_print(self, instrument: Instrument, price: Decimal, shares: int, *, is_ours: bool) -> None:
        """A trade happened. `is_ours`: between one of the simulated accounts and the street."""

    def on_phase(self, phase: MarketPhase) -> None:
        """Another part of the day began."""


class Market:
    """All instruments, and who listens."""

    def __init__(self, randomness: RandomSource, specs: tuple[SymbolSpec, ...] = ()) -> None:
        self._randomness = randomness
        self._instruments: dict[str, Instrument] = {}
        self._listeners: list[MarketListener] = []
        self._pending: deque[Callable[[MarketListener], None]] = deque()
        self._is_telling = False
        self.phase = MarketPhase.REGULAR
        for spec in specs:
            self.add(spec)

    def listen(self, listener: MarketListener) -> None:
        """Tell this one too."""
        self._listeners.append(listener)

    def add(self, spec: SymbolSpec) -> Instrument:
        """Begin a symbol, or begin it anew."""
        instrument = Instrument(spec, self._randomness.stream(f"market/{spec.symbol}"))
        self._instruments[spec.symbol] = instrument
        return instrument

    def find(self, symbol: str) -> Instrument | None:
        """The symbol's market, if it exists."""
        return self._instruments.get(symbol.upper())

    def instrument(self, symbol: str, price_hint: Decimal | None = None) -> Instrument:
        """The symbol's market; one that nobody has named yet begins at `price_hint`, else at a price of its own."""
        name = symbol.upper()
        if (found := self._instruments.get(name)) is not None:
            return found
        price = price_hint
        if price is None or price <= 0:
            price = Decimal(self._randomness.stream(f"price/{name}").randint(500, 20_000)) / 100
        return self.add(SymbolSpec(symbol=name, price=price))

    @property
    def symbols(self) -> list[str]:
        """Every symbol, in the order of their beginning."""
        return list(self._instruments)

    def step(self) -> None:
        """Move every symbol that trades now by one step."""
        if self.phase is MarketPhase.CLOSED:
            return
        for instrument in list(self._instruments.values()):
            if instrument.is_halted:
                continue
            trade = instrument.walk()
            self._tell_quote(instrument)
            if trade is not None:
                self.print_trade(instrument.symbol, *trade)

    def set_quote(
        self, symbol: str, bid: Decimal, ask: Decimal, *, bid_size: int | None = None, ask_size: int | None = None
    ) -> None:
        """Put the quote where a script wants it. Raises ValueError unless 0 < bid < ask."""
        if not 0 < bid < ask:
            raise ValueError("A quote needs 0 < bid < ask.")
        instrument = self.instrument(symbol, (bid + ask) / 2)
        instrument.bid, instrument.ask = bid, ask
        instrument.tick = tick_of(bid)
        instrument.bid_size = instrument.bid_size if bid_size is None else bid_size
        instrument.ask_size = instrument.ask_size if ask_size is None else ask_size
        self._tell_quote(instrument)

    def print_trade(self, symbol: str, price: Decimal, shares: int, *, is_ours: bool = False) -> None:
        """A trade goes over the tape."""
        instrument = self.instrument(symbol, price)
        instrument.record(price, shares)
        self._tell(lambda listener: listener.on_print(instrument, price, shares, is_ours=is_ours))

    def set_last(self, symbol: str, price: Decimal) -> None:
        """Set the last price without a trade: for scripted beginnings."""
        self.instrument(symbol, price).last = price

    def halt(self, symbol: str, *, is_halted: bool, time_text: str = "") -> None:
        """Stop or resume trading in a symbol."""
        instrument = self.instrument(symbol)
        instrument.is_halted = is_halted
        instrument.halted_at = time_text
        self._tell_quote(instrument)

    def restrict_shorts(self, symbol: str, *, is_restricted: bool) -> None:
        """Switch the short-sale restriction (SSR) of a symbol."""
        self.instrument(symbol).has_short_restriction = is_restricted

    def set_phase(self, phase: MarketPhase) -> None:
        """Begin another part of the day."""
        if phase is self.phase:
            return
        self.phase = phase
        self._tell(lambda listener: listener.on_phase(phase))

    def new_day(self) -> None:
        """Yesterday's last becomes the close; the counters of the day begin again."""
        for instrument in self._instruments.values():
            instrument.yesterday_close = instrument.last
            instrument.open = instrument.high = instrument.low = instrument.last
            instrument.volume = instrument.trade_count = 0
            instrument.turnover = Decimal(0)
            instrument.has_short_restriction = False

    def _tell_quote(self, instrument: Instrument) -> None:
        self._tell(lambda listener: listener.on_quote(instrument))

    def _tell(self, event: Callable[[MarketListener], None]) -> None:
        # A fill told to one venue prints a trade: it waits its turn, so that everyone sees events in the same order.
        self._pending.append(event)
        if self._is_telling:
            return
        self._is_telling = True
        try:
            while self._pending:
                current = self._pending.popleft()
                for listener in list(self._listeners):
                    current(listener)
        finally:
            self._is_telling = False
            self._pending.clear()


def tick_of(price: Decimal) -> Decimal:
    """The grid of prices: a cent from one dollar up, a hundredth of a cent below (Reg NMS 612)."""
    return PENNY if price >= 1 else SUB_DOLLAR_TICK


def to_tick(price: Decimal, tick: Decimal) -> Decimal:
    """The nearest price on the grid."""
    return (price / tick).quantize(Decimal(1), rounding=ROUND_HALF_UP) * tick


def is_on_tick(price: Decimal) -> bool:
    """Whether an order may have this price."""
    return price % tick_of(price) == 0
