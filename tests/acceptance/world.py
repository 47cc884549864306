"""The product as the texts see it: its real parts, put together around an in-memory network and virtual time."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypedDict

import msgspec

from das_copy_trader.container import Container
from das_copy_trader.domain.configuration import FollowerConfig, MasterConfig
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.runtime.faults import FaultPlan
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.memory_network import MemoryNetwork
from das_copy_trader.runtime.settings import Settings
from das_copy_trader.services.config_store import MemoryConfigStore
from das_copy_trader.services.credentials import Credentials
from das_copy_trader.services.queued_actions import QueuedActions
from das_copy_trader.services.short_store import MemoryShortStore
from tests.acceptance.platform import HOST, ScriptedPlatform
from tests.acceptance.shorts import Shorts
from tests.support.wall_clock import WallClock

MASTER_NAME: Final = "m"
EPOCH: Final = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
"""A Monday, 9:30 in New York."""

_SEALING_KEY: Final = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
_FIRST_PORT: Final = 9000
_LATEST_MAX: Final = 10_000
_READY_S: Final = 2.0


class World:
    """Platforms, network and product. `m` is the master; followers are `f1`, `f2`, … (accounts ACCT1, ACCT2, ACCT3, …)."""

    def __init__(
        self,
        randomness: RandomSource,
        faults: FaultPlan,
        make_platform: Callable[[str, int], ScriptedPlatform] = ScriptedPlatform,
        epoch: datetime = EPOCH,
    ) -> None:
        self._make_platform = make_platform
        self.clock = WallClock(asyncio.get_running_loop(), epoch)
        self.network = MemoryNetwork(randomness.stream("network"), faults)
        self._platforms: dict[str, ScriptedPlatform] = {}
        self._randomness = randomness
        self._store = MemoryConfigStore()
        self._short_store = MemoryShortStore()
        self._begin_process()

    def _begin_process(self) -> None:
        self.container = Container(
            Settings.model_construct(),
            network=self.network,
            clock=self.clock,
            randomness=self._randomness,
            store=self._store,
            credentials=Credentials(_SEALING_KEY),
            short_store=self._short_store,
        )
        self._configuration = self.container.configuration
        self._system = self.container.system
        self.queue = QueuedActions(engine=self.container.engine, configuration=self._configuration, system=self._system)
        self.shorts = Shorts(self.container)

    # --- life ---------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """The master's platform stands and its account is configured."""
        await self.container.start()
        await self._configuration.put_master(MasterConfig(**_account(0)), "secret")
        await self.open_new_platform(MASTER_NAME)

    async def close(self) -> None:
        """End everything; no part of the product may have died."""
        await self.container.stop()
        deaths = [alert for alert in self.alerts() if "died" in alert]
        assert not deaths, deaths

    async def restart(self) -> None:
        """The process dies, and another one begins with the same store: memory is gone, what was written stays."""
        for platform in self.platforms:
            if platform.link is not None:
                self.cut(platform.name)
        await self.close()
        self._begin_process()
        await self.container.start()

    # --- platforms ----------------------------------------------------------------------------------------------

    @property
    def platforms(self) -> list[ScriptedPlatform]:
        """Every platform, in the order in which the text named them."""
        return list(self._platforms.values())

    def platform(self, name: str) -> ScriptedPlatform:
        """A platform that was opened. Raises KeyError."""
        return self._platforms[name]

    async def open_new_platform(self, name: str) -> None:
        """A platform's program starts for the first time."""
        platform = self._platforms[name] = self._make_platform(name, _FIRST_PORT + _index(name))
        await self.network.listen(HOST, platform.port, platform.visit)

    def close_platform(self, name: str) -> None:
        """The platform's program ends: its links break, connects are refused."""
        platform = self.platform(name)
        self.network.refuse(HOST, platform.port)
        if platform.link is not None:
            self.cut(name)

    def open_platform(self, name: str) -> None:
        """The platform's program runs again."""
        self.network.accept(HOST, self.platform(name).port)

    def cut(self, name: str) -> None:
        """The link breaks; what was under way arrives."""
        self.network.cut(self.network.connection_to(HOST, self.platform(name).port))

    def stall(self, name: str) -> None:
        """The platform stops reading."""
        self.network.stall(self.network.connection_to(HOST, self.platform(name).port).server)

    # --- what the user does -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """The start button; then a moment for the lists."""
        await self._system.start()
        await asyncio.sleep(_READY_S)

    async def stop(self) -> None:
        """The stop button."""
        await self._system.stop()

    async def add_follower(
        self, name: str, *, multiplier: str, route: str | None, is_enabled: bool, guard_closing: bool
    ) -> None:
        """Configure a follower."""
        if name not in self._platforms:
            await self.open_new_platform(name)
        config = FollowerConfig(
            follower_id=FollowerId(name),
            name=f"Follower {name}",
            base_multiplier=Decimal(multiplier),
            order_route=route,
            enabled=is_enabled,
            guard_closing=guard_closing,
            **_account(_index(name)),
        )
        await self._configuration.add_follower(config, "secret")

    async def remove_follower(self, name: str) -> None:
        """Delete a follower."""
        await self._configuration.remove_follower(name)

    async def set_enabled(self, name: str, *, is_enabled: bool) -> None:
        """Switch a follower on or off."""
        await self._configuration.change_follower(
            name, lambda config: msgspec.structs.replace(config, enabled=is_enabled)
        )

    async def set_base(self, name: str, multiplier: str) -> None:
        """Change a follower's base multiplier."""
        await self._configuration.change_follower(
            name, lambda config: msgspec.structs.replace(config, base_multiplier=Decimal(multiplier))
        )

    async def set_multiplier(self, name: str, symbol: str, multiplier: str) -> None:
        """Give a symbol its own multiplier."""
        await self._configuration.set_multiplier(name, Symbol(symbol), Decimal(multiplier))

    async def blacklist(self, name: str, symbol: str, *, allow_closing: bool) -> None:
        """Exclude a symbol."""
        await self._configuration.exclude(name, Symbol(symbol), "", allow_closing=allow_closing)

    async def unblacklist(self, name: str, symbol: str) -> None:
        """Take an exclusion back."""
        for entry in self._configuration.blacklist(name):
            if entry.symbol == symbol:
                await self._configuration.include(entry.entry_id)

    # --- what the user sees -------------------------------------------------------------------------------------

    @property
    def mode(self) -> str:
        """What the whole is doing."""
        return self._system.mode.value

    def state(self, name: str) -> tuple[str, str]:
        """A connection's state and its reason."""
        is_master = name == MASTER_NAME
        client = (
            self.container.das_service.master if is_master else self.container.das_service.follower(FollowerId(name))
        )
        if client is None:
            return "absent", "the system does not run"
        return client.state.value, client.state_reason

    def outcome(self, master_order_id: int, name: str) -> tuple[str, str] | None:
        """What became of a master order on a follower, and why; None when nothing was decided."""
        for record in self.container.engine.latest_replications(_LATEST_MAX):
            for result in record.results:
                if record.master_order_id == master_order_id and result.follower_id == name:
                    return result.outcome.value, result.reason
        return None

    def alerts(self) -> list[str]:
        """All alerts so far, oldest first, without the mere news (level `info`)."""
        return [record.message for record in reversed(self.container.alerts.latest()) if record.level != "info"]


def _index(name: str) -> int:
    return 0 if name == MASTER_NAME else int(name[1:])


class _Account(TypedDict):
    broker_id: str
    host: str
    port: int
    username: str
    account_id: str


def _account(index: int) -> _Account:
    number = index + 1
    return _Account(
        broker_id=f"broker{number}",
        host=HOST,
        port=_FIRST_PORT + index,
        username=f"USER{number}",
        account_id=f"ACCT{number}",
    )
