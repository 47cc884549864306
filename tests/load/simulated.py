"""The real product and simulated DAS platforms in one process, on virtual time."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from das_copy_trader.container import Container
from das_copy_trader.domain.configuration import FollowerConfig, MasterConfig
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.runtime.clock import LoopClock
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.memory_network import MemoryNetwork
from das_copy_trader.runtime.settings import Settings
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.services.config_store import MemoryConfigStore
from das_copy_trader.services.credentials import Credentials
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.control import Control
from das_copy_trader.simulator.market import SymbolSpec
from das_copy_trader.simulator.orders import SimOrder
from das_copy_trader.simulator.platform import AccountSpec
from das_copy_trader.simulator.switches import GuiReplace, Switches

MASTER: Final = "MASTER"
EPOCH: Final = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
_KEY: Final = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
_SWITCHES: Final = Switches(gui_replace=GuiReplace.SAME_ID)
_EQUITY: Final = Decimal(10**10)
LOW_BITS: Final = 0x7FFFFF
SYMBOLS: Final = ("MSFT", "AAPL", "IBM", "SOFI")


class SimulatedFloor:
    """A master, followers F1, F2 …, and the product between them."""

    def __init__(self, randomness: RandomSource, followers: int) -> None:
        loop = asyncio.get_running_loop()
        clock = LoopClock(loop, EPOCH)
        self.network = MemoryNetwork(randomness.stream("network"))
        self._crashes: list[str] = []
        self._tasks = TaskSupervisor(lambda name, error: self._crashes.append(f"{name}: {error!r}"))
        symbols = tuple(SymbolSpec(symbol=symbol, price=Decimal(200)) for symbol in SYMBOLS)
        self.broker = SimulatedBroker(self.network, clock, self._tasks, seed=1, symbols=symbols, step_s=0)
        self.control = Control(self.broker)
        self.names = [f"F{number}" for number in range(1, followers + 1)]
        for number, name in enumerate((MASTER, *self.names)):
            spec = AccountSpec(
                account=name, trader=name, password="secret", port=9000 + number, equity=_EQUITY, switches=_SWITCHES
            )
            self.broker.add(spec)
        self.container = Container(
            Settings.model_construct(),
            network=self.network,
            clock=clock,
            randomness=randomness,
            store=MemoryConfigStore(),
            credentials=Credentials(_KEY),
        )

    async def start(self) -> None:
        """Everybody is connected, and it copies."""
        await self.broker.start()
        await self.container.start()
        configuration = self.container.configuration
        for number, name in enumerate((MASTER, *self.names)):
            where = {"broker_id": name, "host": "127.0.0.1", "port": 9000 + number, "username": name}
            if name == MASTER:
                await configuration.put_master(MasterConfig(**where, account_id=name), "secret")  # type: ignore[arg-type]
            else:
                config = FollowerConfig(**where, account_id=name, follower_id=FollowerId(name), name=name)  # type: ignore[arg-type]
                await configuration.add_follower(config, "secret")
        await self.container.system.start()
        await asyncio.sleep(2)

    async def stop(self) -> None:
        """End everything; no part may have died."""
        await self.container.stop()
        await self.broker.stop()
        await self._tasks.stop_all()
        deaths = [alert.message for alert in self.container.alerts.latest() if "died" in alert.message]
        assert not deaths, deaths
        assert not self._crashes, self._crashes

    def open_orders(self, name: str) -> dict[int, SimOrder]:
        """What works at a platform, by the number that a copy shares with its original: the low bits.

        An auto-route's child counts for its parent.
        """
        open_by_number: dict[int, SimOrder] = {}
        for order in self.broker.platform(name).venue.open_orders():
            root = order
            while root.parent is not None:
                root = root.parent
            number = root.order_id if name == MASTER else root.entry.token
            open_by_number[number & LOW_BITS] = order
        return open_by_number
