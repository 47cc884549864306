"""A small simulated world on virtual time, and a client that is nothing but lines."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from das_copy_trader.runtime.clock import NEW_YORK, LoopClock
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.memory_network import MemoryNetwork
from das_copy_trader.runtime.network import Link
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.control import Control
from das_copy_trader.simulator.locates import DEFAULT_ROUTES, LocateRoute
from das_copy_trader.simulator.platform import AccountSpec, Platform
from das_copy_trader.simulator.switches import Switches

T = TypeVar("T")
D = Decimal
MORNING = datetime(2026, 10, 2, 10, 0, tzinfo=NEW_YORK)
TRIP_S = 0.01
"""Longer than the way there and back."""


class Wire:
    """One client of a platform: lines out, lines in. Implements `LinkHandler`."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.lines: list[str] = []
        self.is_lost = False
        self._rest = b""

    def on_received(self, chunk: bytes) -> None:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        self.lines.extend(line.decode("latin-1").rstrip("\r") for line in whole)

    def on_lost(self, cause: Exception | None) -> None:
        self.is_lost = True

    @property
    def unfinished(self) -> bytes:
        return self._rest

    def send(self, *lines: str) -> None:
        self.link.send("".join(line + "\r\n" for line in lines).encode("latin-1"))

    async def ask(self, *lines: str, wait_s: float = 0.0) -> list[str]:
        """Send lines; what came back within `wait_s`."""
        before = len(self.lines)
        self.send(*lines)
        await asyncio.sleep(TRIP_S + wait_s)
        return self.lines[before:]

    def starting(self, start: str) -> list[str]:
        return [line for line in self.lines if line.startswith(start)]


class World:
    """One broker with a still market (or a moving one), and accounts made on demand."""

    def __init__(self, *, seed: int = 1, now: datetime = MORNING, step_s: float = 0.0) -> None:
        self.network = MemoryNetwork(RandomSource(seed).stream("network"))
        self.crashes: list[BaseException] = []
        self.tasks = TaskSupervisor(lambda _, error: self.crashes.append(error))
        clock = LoopClock(asyncio.get_running_loop(), now.astimezone(UTC))
        self.broker = SimulatedBroker(self.network, clock, self.tasks, seed=seed, step_s=step_s)
        self.control = Control(self.broker)
        self.market = self.broker.market

    async def account(
        self,
        name: str = "ACCT1",
        *,
        switches: Switches | None = None,
        equity: int = 250_000,
        hard: tuple[str, ...] = (),
        routes: tuple[LocateRoute, ...] = DEFAULT_ROUTES,
    ) -> Platform:
        spec = AccountSpec(
            account=name,
            trader=name.replace("ACCT", "USER"),
            password="secret",
            equity=D(equity),
            switches=switches if switches is not None else Switches(),
            hard_to_borrow=hard,
            locate_routes=routes,
        )
        platform = self.broker.add(spec)
        await platform.go_online()
        return platform

    async def connect(self, platform: Platform) -> Wire:
        wires: list[Wire] = []

        def made(link: Link) -> Wire:
            wires.append(Wire(link))
            return wires[0]

        await self.network.connect("127.0.0.1", platform.port, made, timeout_s=1)
        await asyncio.sleep(TRIP_S)
        return wires[0]

    async def logged_in(self, platform: Platform, *, watch: bool = False) -> Wire:
        wire = await self.connect(platform)
        spec = platform.spec
        await wire.ask(f"LOGIN {spec.trader} {spec.password} {spec.account} {int(watch)}")
        wire.lines.clear()
        return wire

    async def wire(self, switches: Switches | None = None) -> Wire:
        """The account ACCT1, its quote of SOFI at 15.99 × 16.01, and a client that is logged in."""
        self.market.set_quote("SOFI", D("15.99"), D("16.01"), bid_size=1000, ask_size=1000)
        self.market.set_last("SOFI", D("16"))
        return await self.logged_in(await self.account(switches=switches))


def simulated(test: Callable[[World], Awaitable[None]]) -> Callable[[], None]:
    """Run a test in a world of its own, on virtual time."""

    def run() -> None:
        async def main(_: RandomSource) -> None:
            world = World()
            await test(world)
            await world.broker.stop()
            await world.tasks.stop_all()
            assert world.crashes == []

        run_virtual(main, seed=1)

    functools.update_wrapper(run, test)
    del run.__wrapped__  # type: ignore[attr-defined]  # else pytest would ask for a fixture named after the argument
    return run
