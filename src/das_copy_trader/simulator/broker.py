"""The whole simulated world in one process: one market, any number of platforms, one agenda on the event loop."""

import asyncio
from typing import Final

from das_copy_trader.runtime.clock import Clock
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.network import Network
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.simulator.agenda import Agenda
from das_copy_trader.simulator.market import Market, SymbolSpec
from das_copy_trader.simulator.numbers import TimeOfDay
from das_copy_trader.simulator.platform import AccountSpec, Platform

MARKET_STEP_S: Final = 0.25


class LoopPump:
    """Runs an agenda by the running event loop's timers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None
        self._armed_for_s = 0.0
        self.agenda = Agenda(loop.time, self._arm)

    def stop(self) -> None:
        """No timer any more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _arm(self) -> None:
        due_s = self.agenda.next_due_s
        if due_s is None:
            return
        if self._handle is not None:
            if self._armed_for_s <= due_s:
                return
            self._handle.cancel()
        self._armed_for_s = due_s
        self._handle = self._loop.call_at(due_s, self._run)

    def _run(self) -> None:
        self._handle = None
        self.agenda.run_due()
        self._arm()


class SimulatedBroker:
    """Platforms that share a market. `step_s` 0: the market stands still until somebody moves it.

    Made inside a running event loop. The same seed, commands and times give the same lines.
    """

    def __init__(
        self,
        network: Network,
        clock: Clock,
        tasks: TaskSupervisor,
        *,
        seed: int,
        symbols: tuple[SymbolSpec, ...] = (),
        step_s: float = MARKET_STEP_S,
    ) -> None:
        self._network = network
        self._tasks = tasks
        self._step_s = step_s
        self.randomness = RandomSource(seed)
        self.time_of_day = TimeOfDay(clock)
        self._pump = LoopPump(asyncio.get_running_loop())
        self.agenda = self._pump.agenda
        self.market = Market(self.randomness, symbols)
        self._platforms: dict[str, Platform] = {}
        if step_s > 0:
            self.agenda.after(step_s, self._step)

    @property
    def platforms(self) -> list[Platform]:
        """Every platform, in the order of their making."""
        return list(self._platforms.values())

    def platform(self, account: str) -> Platform:
        """The platform of this account. Raises KeyError."""
        return self._platforms[account]

    def add(self, spec: AccountSpec) -> Platform:
        """One more account; its port opens with `start` or `go_online`."""
        platform = Platform(
            spec,
            market=self.market,
            agenda=self.agenda,
            time_of_day=self.time_of_day,
            randomness=self.randomness,
            network=self._network,
            tasks=self._tasks,
        )
        for other in self._platforms.values():
            if other.spec.account in spec.switches.foreign_accounts:
                other.share_rows_with(platform)
            if spec.account in other.switches.foreign_accounts:
                platform.share_rows_with(other)
        self._platforms[spec.account] = platform
        return platform

    async def start(self) -> None:
        """Open every port. Raises OSError when one is taken; those that are open stay open."""
        for platform in self._platforms.values():
            await platform.go_online()

    async def stop(self) -> None:
        """Close everything."""
        self._pump.stop()
        for platform in self._platforms.values():
            await platform.go_offline()

    def new_day(self) -> None:
        """Another day for the market and every account; every program is restarted, so every client is dropped."""
        self.market.new_day()
        for platform in self._platforms.values():
            platform.new_day()
            platform.disconnect()

    def _step(self) -> None:
        self.market.step()
        self.agenda.after(self._step_s, self._step)
