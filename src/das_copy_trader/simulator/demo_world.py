"""A world to show the product in: a master who trades by a script, three followers, each with a trait of its own.

`first` has half the size; `second` has hard-to-borrow symbols, so its shorts need locates; `third` takes two and a half
times the size and loses its platform for a while, again and again.
"""

from decimal import Decimal
from typing import Final

import msgspec

from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.control import Control
from das_copy_trader.simulator.market import SymbolSpec
from das_copy_trader.simulator.platform import AccountSpec, Platform
from das_copy_trader.simulator.script import ScriptedTrader, TraderHabits
from das_copy_trader.simulator.switches import Switches

MASTER: Final = "SIMMASTER"
PASSWORD: Final = "simulated"  # noqa: S105 - opens nothing but a simulation
HARD_SYMBOL: Final = "GNS"
DEMO_SYMBOLS: Final = (
    SymbolSpec(symbol="AAPL", price=Decimal("231.40"), spread_ticks=2, volatility_ticks=3, lots=15),
    SymbolSpec(symbol="NVDA", price=Decimal("176.20"), spread_ticks=2, volatility_ticks=4, lots=20),
    SymbolSpec(symbol="SOFI", price=Decimal("16.00"), spread_ticks=1, volatility_ticks=1, lots=40),
    SymbolSpec(symbol="PLTR", price=Decimal("48.75"), spread_ticks=2, volatility_ticks=2, lots=18),
    SymbolSpec(symbol=HARD_SYMBOL, price=Decimal("7.85"), spread_ticks=2, volatility_ticks=2, lots=8),
)
_OFFLINE_FIRST_S: Final = 45.0
_OFFLINE_FOR_S: Final = 25.0
_OFFLINE_EVERY_S: Final = 180.0


class DemoFollower(msgspec.Struct, frozen=True, kw_only=True):
    """A follower of the demo and the multiplier that it is meant to have."""

    account: str
    name: str
    multiplier: Decimal
    trait: str


FOLLOWERS: Final = (
    DemoFollower(account="SIMF1", name="Half size", multiplier=Decimal("0.5"), trait="half of the master's shares"),
    DemoFollower(
        account="SIMF2", name="Needs locates", multiplier=Decimal(1), trait=f"{HARD_SYMBOL} is hard to borrow"
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
        switches = Switches(accept_delay_s=0.02, fill_delay_s=0.05, cancel_delay_s=0.02)
        accounts = [MASTER, *(follower.account for follower in FOLLOWERS)]
        for place, account in enumerate(accounts):
            broker.add(
                AccountSpec(
                    account=account,
                    trader=account.replace("SIM", "USER"),
                    password=PASSWORD,
                    port=first_port + place if first_port else 0,
                    equity=Decimal(1_000_000),
                    hard_to_borrow=(HARD_SYMBOL,) if account == FOLLOWERS[1].account else (),
                    switches=switches,
                )
            )
        habits = TraderHabits(symbols=tuple(spec.symbol for spec in DEMO_SYMBOLS), short_symbols=(HARD_SYMBOL, "PLTR"))
        self.trader = ScriptedTrader(self.control, MASTER, broker.randomness.stream("trader"), habits)

    @property
    def master(self) -> Platform:
        """The master's platform."""
        return self.broker.platform(MASTER)

    def follower(self, follower: DemoFollower) -> Platform:
        """A follower's platform."""
        return self.broker.platform(follower.account)

    def begin(self) -> None:
        """Start the trader, and the third follower's absences. The ports are the broker's to open."""
        self.trader.start()
        self.broker.agenda.after(_OFFLINE_FIRST_S, self._drop_out)

    def _drop_out(self) -> None:
        platform = self.broker.platform(FOLLOWERS[2].account)
        self._tasks.start(f"{platform.spec.account} goes offline", platform.go_offline())
        self.broker.agenda.after(_OFFLINE_FOR_S, self._come_back)
        self.broker.agenda.after(_OFFLINE_EVERY_S, self._drop_out)

    def _come_back(self) -> None:
        platform = self.broker.platform(FOLLOWERS[2].account)
        self._tasks.start(f"{platform.spec.account} comes back", platform.go_online())
