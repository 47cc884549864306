"""The demo's first two minutes: one scene after another, so that somebody new sees each thing that is copied.

A scene says a sentence and does one thing, as the master, a follower's owner or bad luck would. After the last one the
scripted trader takes over.
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from das_copy_trader.protocol.vocabulary import SideWord
from das_copy_trader.simulator.control import Control, ControlError, Ticket
from das_copy_trader.simulator.market import Instrument, to_tick
from das_copy_trader.simulator.orders import Kind

Tell = Callable[[str], None]


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Who plays, by account, and in which symbols. Names as the screen shows them.

    `cheap_short` and `dear_short` need locates at `borrower`: one below its price limit, one above it.
    """

    master: str
    by_hand: str
    by_hand_name: str
    borrower_name: str
    absent_name: str
    cheap_short: str
    dear_short: str


class Scene(msgspec.Struct, frozen=True):
    """`pause_s` after the scene before it."""

    pause_s: float
    sentence: str
    act: Callable[[], object]


class DemoStory:
    """Plays the scenes; `go_away` and `come_back` are the absent follower's platform, `then` what follows."""

    def __init__(
        self,
        control: Control,
        cast: Cast,
        *,
        tell: Tell,
        go_away: Callable[[], None],
        come_back: Callable[[], None],
        then: Callable[[], None],
    ) -> None:
        self._control = control
        self._cast = cast
        self._tell = tell
        self._then = then
        self._orders: dict[str, int] = {}
        self._scenes = [*self._longs(), *self._shorts(), *self._absence(go_away, come_back)]

    @property
    def duration_s(self) -> float:
        """From `begin` to the last scene."""
        return sum(scene.pause_s for scene in self._scenes)

    def begin(self) -> None:
        """Play it once."""
        self._play(0)

    def _play(self, number: int) -> None:
        if number == len(self._scenes):
            self._then()
            return
        scene = self._scenes[number]
        self._control.broker.agenda.after(scene.pause_s, lambda: self._show(number))

    def _show(self, number: int) -> None:
        scene = self._scenes[number]
        if scene.sentence:
            self._tell(scene.sentence)
        try:
            scene.act()
        except ControlError as error:
            # The market got there first, or the user of the demo did: the story goes on without this.
            self._tell(f"Too late: {error}")
        self._play(number + 1)

    # --- scenes --------------------------------------------------------------------------------------------------

    def _longs(self) -> list[Scene]:
        cast = self._cast
        return [
            Scene(
                2.0,
                "The master buys 400 SOFI at the market. Each follower gets its share at once.",
                lambda: self._place("sofi", "SOFI", SideWord.BUY, 400, Kind.MARKET),
            ),
            Scene(
                6.0,
                "A limit order that rests below the market …",
                lambda: self._place("aapl", "AAPL", SideWord.BUY, 300, Kind.LIMIT, limit_ticks=-60),
            ),
            Scene(
                5.0,
                "… is moved up to the ask: the copies are replaced, and fill.",
                lambda: self._move_to_the_ask("aapl", "AAPL"),
            ),
            Scene(
                6.0,
                "A stop below the new position …",
                lambda: self._place("stop", "AAPL", SideWord.SELL, 300, Kind.STOP_MARKET, stop_ticks=-150),
            ),
            Scene(
                5.0,
                "… and a trailing stop for the SOFI shares.",
                lambda: self._place("trail", "SOFI", SideWord.SELL, 400, Kind.TRAILING, trail_ticks=40),
            ),
            Scene(
                6.0,
                "Out of AAPL: first the stop is cancelled, then everything is sold.",
                lambda: self._control.cancel(cast.master, self._order("stop")),
            ),
            Scene(1.5, "", lambda: self._place("exit", "AAPL", SideWord.SELL, 300, Kind.MARKET)),
            Scene(
                6.0,
                f"The master buys 200 NVDA, and the owner of «{cast.by_hand_name}» buys as much again by hand as the "
                "copy: the multiplier that he seems to want is inferred.",
                self._buy_beside_the_copy,
            ),
        ]

    def _shorts(self) -> list[Scene]:
        cast = self._cast
        return [
            Scene(
                8.0,
                "A short sale of PLTR, which is easy to borrow everywhere.",
                lambda: self._place("pltr", "PLTR", SideWord.SELL_SHORT, 200, Kind.LIMIT, limit_ticks=-5),
            ),
            Scene(
                7.0,
                f"A short sale of {cast.cheap_short}: «{cast.borrower_name}» has to locate the shares first, and buys "
                "the cheapest within its limit.",
                lambda: self._place("cheap", cast.cheap_short, SideWord.SELL_SHORT, 200, Kind.LIMIT, limit_ticks=-5),
            ),
            Scene(
                9.0,
                f"A short sale of {cast.dear_short}, where every locate is dearer than the limit: the offer waits two "
                "minutes for your yes or no («Needs you», at the right).",
                lambda: self._place("dear", cast.dear_short, SideWord.SELL_SHORT, 100, Kind.LIMIT, limit_ticks=-5),
            ),
        ]

    def _absence(self, go_away: Callable[[], None], come_back: Callable[[], None]) -> list[Scene]:
        name = self._cast.absent_name
        return [
            Scene(10.0, f"The platform of «{name}» is closed. The others do not notice.", go_away),
            Scene(
                4.0,
                f"An order that «{name}» misses: it is put on its queue.",
                lambda: self._place("missed", "AAPL", SideWord.BUY, 200, Kind.LIMIT, limit_ticks=-60),
            ),
            Scene(
                8.0,
                f"The platform of «{name}» is back. Nothing is sent late by itself: replay or discard what it missed, "
                "on the page Queue.",
                come_back,
            ),
            Scene(
                12.0, "From here on the master trades as he likes. Look around, change things, stop and start.", _rest
            ),
        ]

    # --- hands ---------------------------------------------------------------------------------------------------

    def _instrument(self, symbol: str) -> Instrument:
        return self._control.broker.market.instrument(symbol)

    def _place(self, name: str, symbol: str, side: SideWord, shares: int, kind: Kind, **ticks: int) -> None:
        """Prices in ticks from the bid; a trail is a number of ticks."""
        order_id = self._control.place(self._cast.master, self._ticket(symbol, side, shares, kind, **ticks))
        if order_id is not None:
            self._orders[name] = order_id

    def _order(self, name: str) -> int:
        if name not in self._orders:
            raise ControlError("that order was never placed.")
        return self._orders[name]

    def _ticket(self, symbol: str, side: SideWord, shares: int, kind: Kind, **ticks: int) -> Ticket:
        instrument = self._instrument(symbol)

        def price(name: str) -> Decimal | None:
            if name not in ticks:
                return None
            return to_tick(instrument.bid + ticks[name] * instrument.tick, instrument.tick)

        return Ticket(
            symbol=symbol,
            side=side.value,
            shares=shares,
            kind=kind.name,
            limit=price("limit_ticks"),
            stop=price("stop_ticks"),
            trail=ticks["trail_ticks"] * instrument.tick if "trail_ticks" in ticks else None,
        )

    def _move_to_the_ask(self, name: str, symbol: str) -> None:
        ticket = self._ticket(symbol, SideWord.BUY, 1, Kind.LIMIT, limit_ticks=5)
        self._control.replace(self._cast.master, self._order(name), ticket=ticket)

    def _buy_beside_the_copy(self) -> None:
        self._place("nvda", "NVDA", SideWord.BUY, 200, Kind.LIMIT, limit_ticks=15)
        self._control.place(self._cast.by_hand, self._ticket("NVDA", SideWord.BUY, 100, Kind.LIMIT, limit_ticks=15))


def _rest() -> None:
    """Nothing is done in this scene."""
