"""A world to show the product in: a master who trades by a script, three followers, each with a trait of its own.

`first` has half the size; `second` has hard-to-borrow symbols, so its shorts need locates; `third` takes two and a half
times the size and loses its platform for a while, again and again. `DemoStory` plays the first two minutes.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.control import Control
from das_copy_trader.simulator.demo_owners import FollowerOwners
from das_copy_trader.simulator.demo_story import Cast, DemoStory
from das_copy_trader.simulator.locates import LocateRoute
from das_copy_trader.simulator.market import SymbolSpec
from das_copy_trader.simulator.platform import AccountSpec, Platform
from das_copy_trader.simulator.script import ScriptedTrader, TraderHabits
from das_copy_trader.simulator.switches import Switches

MASTER: Final = "SIMMASTER"
PASSWORD: Final = "simulated"  # noqa: S105 - opens nothing but a simulation
HARD_SYMBOL: Final = "GNS"
DEAR_SYMBOL: Final = "HKD"
"""Hard to borrow as well, and above the price that a follower pays for a locate by itself (0.10 a share)."""
DEMO_SYMBOLS: Final = (
    SymbolSpec(symbol="AAPL", price=Decimal("231.40"), spread_ticks=2, volatility_ticks=3, lots=15),
    SymbolSpec(symbol="NVDA", price=Decimal("176.20"), spread_ticks=2, volatility_ticks=4, lots=20),
    SymbolSpec(symbol="SOFI", price=Decimal("16.00"), spread_ticks=1, volatility_ticks=1, lots=40),
    SymbolSpec(symbol="PLTR", price=Decimal("48.75"), spread_ticks=2, volatility_ticks=2, lots=18),
    SymbolSpec(symbol=HARD_SYMBOL, price=Decimal("7.85"), spread_ticks=2, volatility_ticks=2, lots=8),
    SymbolSpec(symbol=DEAR_SYMBOL, price=Decimal("3.40"), spread_ticks=2, volatility_ticks=1, lots=10),
)
_ROUTES: Final = (
    LocateRoute(name="TESTSL", price=Decimal("0.01")),
    LocateRoute(name="SAGE", price=Decimal("0.0125"), prices=((DEAR_SYMBOL, Decimal("0.32")),)),
    LocateRoute(name="LOC3", price=Decimal("0.018"), prices=((DEAR_SYMBOL, Decimal("0.28")),)),
)
_OFFLINE_FOR_S: Final = 25.0
_OFFLINE_EVERY_S: Final = 300.0


class DemoFollower(msgspec.Struct, frozen=True, kw_only=True):
    """A follower of the demo and the multiplier that it is meant to have."""

    account: str
    name: str
    multiplier: Decimal
    trait: str


FOLLOWERS: Final = (
    DemoFollower(account="SIMF1", name="Half size", multiplier=Decimal("0.5"), trait="half of the master's shares"),
    DemoFollower(
        account="SIMF2",
        name="Needs locates",
        multiplier=Decimal(1),
        trait=f"{HARD_SYMBOL} and {DEAR_SYMBOL} are hard to borrow",
    ),
    DemoFollower(
        account="SIMF3", name="Drops out", multiplier=Decimal("2.5"), trait="its platform is gone for a while at times"
    ),
)


class DemoWorld:
    """The demo's accounts and its trader on a broker. Ports are free ones unless `first_port` is given."""

    def __init__(self, broker: SimulatedBroker, tasks: TaskSupervisor, *, first_port: int = 0) -> None:
        self.broker = broker
        self.control = Control(broker)
        self._tasks = tasks
        for spec in DEMO_SYMBOLS:
            broker.market.add(spec)
        switches = Switches(accept_delay_s=0.02, fill_delay_s=0.05, cancel_delay_s=0.02, locate_delay_s=0.3)
        accounts = [MASTER, *(follower.account for follower in FOLLOWERS)]
        for place, account in enumerate(accounts):
            broker.add(
                AccountSpec(
                    account=account,
                    trader=account.replace("SIM", "USER"),
                    password=PASSWORD,
                    port=first_port + place if first_port else 0,
                    equity=Decimal(1_000_000),
                    hard_to_borrow=(HARD_SYMBOL, DEAR_SYMBOL) if account == FOLLOWERS[1].account else (),
                    locate_routes=_ROUTES,
                    switches=switches,
                )
            )
        habits = TraderHabits(
            symbols=tuple(spec.symbol for spec in DEMO_SYMBOLS),
            short_symbols=(HARD_SYMBOL, DEAR_SYMBOL, "PLTR"),
            pause_s=(3.0, 9.0),
        )
        self.trader = ScriptedTrader(self.control, MASTER, broker.randomness.stream("trader"), habits)
        self.owners = FollowerOwners(self.control, MASTER, [follower.account for follower in FOLLOWERS])

    @property
    def master(self) -> Platform:
        """The master's platform."""
        return self.broker.platform(MASTER)

    def follower(self, follower: DemoFollower) -> Platform:
        """A follower's platform."""
        return self.broker.platform(follower.account)

    def begin(self, tell: Callable[[str], None] | None = None) -> None:
        """Play the story, telling each scene; then the trader, the third follower's absences and what owners do.

        The ports are the broker's to open.
        """
        cast = Cast(
            master=MASTER,
            by_hand=FOLLOWERS[0].account,
            by_hand_name=FOLLOWERS[0].name,
            borrower_name=FOLLOWERS[1].name,
            absent_name=FOLLOWERS[2].name,
            cheap_short=HARD_SYMBOL,
            dear_short=DEAR_SYMBOL,
        )
        story = DemoStory(
            self.control,
            cast,
            tell=tell or _say_nothing,
            go_away=self._go_away,
            come_back=self._come_back,
            then=self._trade_on,
        )
        story.begin()

    def _trade_on(self) -> None:
        self.trader.start()
        self.owners.begin()
        self.broker.agenda.after(_OFFLINE_EVERY_S, self._drop_out)

    def _drop_out(self) -> None:
        self._go_away()
        self.broker.agenda.after(_OFFLINE_FOR_S, self._come_back)
        self.broker.agenda.after(_OFFLINE_EVERY_S, self._drop_out)

    def _go_away(self) -> None:
        platform = self.broker.platform(FOLLOWERS[2].account)
        self._tasks.start(f"{platform.spec.account} goes offline", platform.go_offline())

    def _come_back(self) -> None:
        platform = self.broker.platform(FOLLOWERS[2].account)
        self._tasks.start(f"{platform.spec.account} comes back", platform.go_online())


def _say_nothing(_sentence: str) -> None:
    """Stands in where nobody listens."""
