"""The whole product between simulated DAS platforms of which the followers' find some symbols hard to borrow."""

import asyncio
from collections import deque
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from cryptography.fernet import Fernet

from das_copy_trader.container import Container
from das_copy_trader.domain.configuration import FollowerConfig, MasterConfig
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.domain.locates import LedgerEntry, ShortTaskRecord
from das_copy_trader.runtime.clock import NEW_YORK, LoopClock
from das_copy_trader.runtime.faults import CALM, FaultPlan
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.memory_network import MemoryNetwork
from das_copy_trader.runtime.settings import Settings
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.services.config_store import MemoryConfigStore
from das_copy_trader.services.credentials import Credentials
from das_copy_trader.services.short_store import MemoryShortDay, MemoryShortStore
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.control import Control, Ticket
from das_copy_trader.simulator.locates import LocateRoute
from das_copy_trader.simulator.orders import SimOrder
from das_copy_trader.simulator.platform import AccountSpec, Platform, ReceivedCommand
from das_copy_trader.simulator.switches import Switches

MORNING = datetime(2026, 10, 2, 10, 0, tzinfo=NEW_YORK)
MASTER = "ACCT1"
WRITTEN_AFTER_S = 0.5
"""The database's batches (persistence/short_store.py)."""
HARD = ("GME", "AMC", "BBBY")
ROUTES = (
    LocateRoute(name="TESTSL", price=Decimal("0.0001")),
    LocateRoute(name="SAGE", price=Decimal("0.01")),
    LocateRoute(name="ARL", price=Decimal("0.02"), size=300, min_charge=Decimal(1)),
    LocateRoute(name="LOC7", price=Decimal("0.05"), is_offer_route=True),
)
SORT_OF_ROUTE = {"SAGE": 0, "ARL": 0, "LOC7": 1}


class LossyShortStore(MemoryShortStore):
    """Forgets, when its process is killed, what it was told in the last half second and not asked to keep."""

    def __init__(self, kept: MemoryShortStore | None = None) -> None:
        super().__init__()
        self._noted: deque[tuple[float, LedgerEntry | ShortTaskRecord]] = deque()
        if kept is not None:
            self._entries, self._tasks, self.written = dict(kept._entries), dict(kept._tasks), list(kept.written)

    async def load(self, trading_day: str) -> MemoryShortDay:
        self._settle()
        return await super().load(trading_day)

    async def write_entry(self, entry: LedgerEntry) -> None:
        self._settle()
        super().note_entry(entry)
        self.written.append(entry)

    def note_entry(self, entry: LedgerEntry) -> None:
        self._note(entry)

    def note_task(self, record: ShortTaskRecord) -> None:
        self._note(record)

    def survivor(self) -> "LossyShortStore":
        """What the next process finds when this one is killed now."""
        self._settle()
        return LossyShortStore(self)

    def _note(self, row: LedgerEntry | ShortTaskRecord) -> None:
        self._settle()
        self._noted.append((asyncio.get_running_loop().time(), row))

    def _settle(self) -> None:
        now_s = asyncio.get_running_loop().time()
        while self._noted and now_s - self._noted[0][0] >= WRITTEN_AFTER_S:
            row = self._noted.popleft()[1]
            if isinstance(row, LedgerEntry):
                super().note_entry(row)
            else:
                super().note_task(row)


class ShortWorld:
    """Accounts ACCT1 (the master) and ACCT2, … (followers f2, …); orders rest at 30 in a market at 20."""

    def __init__(
        self, randomness: RandomSource, *, faults: FaultPlan = CALM, switches: Switches | None = None, seed: int = 1
    ) -> None:
        self.network = MemoryNetwork(randomness.stream("network"), faults)
        clock = LoopClock(asyncio.get_running_loop(), MORNING.astimezone(UTC))
        self.crashes: list[str] = []
        self._tasks = TaskSupervisor(lambda name, error: self.crashes.append(f"{name}: {error!r}"))
        self.broker = SimulatedBroker(self.network, clock, self._tasks, seed=seed, step_s=0)
        self.control = Control(self.broker)
        self._switches = switches or Switches(known_routes=())
        self._clock = clock
        self._randomness = randomness
        self._store = MemoryConfigStore()
        self.short_store = LossyShortStore()
        self._credentials = Credentials(Fernet.generate_key().decode())
        self.container = self._new_container()
        self.followers: list[Platform] = []

    def _new_container(self) -> Container:
        return Container(
            Settings.model_construct(),
            network=self.network,
            clock=self._clock,
            randomness=self._randomness,
            store=self._store,
            credentials=self._credentials,
            short_store=self.short_store,
        )

    async def restart(self) -> None:
        """The product's process ends and starts anew, with what it had stored; copying is started again."""
        await self.container.stop()
        self.container = self._new_container()
        await self.container.start()
        await self.container.system.start()
        await asyncio.sleep(1)

    async def kill(self) -> None:
        """The product's process dies here and now: links are reset, what was not written is lost. Another one begins."""
        self.short_store, dying = self.short_store.survivor(), self.container
        for platform in (self.broker.platform(MASTER), *self.followers):
            platform.disconnect()
        await dying.stop()
        self.container = self._new_container()
        await self.container.start()
        await self.container.system.start()

    async def open(self, followers: int, **rules: object) -> None:
        """Everybody is there, copying has started."""
        for symbol in HARD:
            self.broker.market.set_quote(symbol, Decimal("19.99"), Decimal("20.01"), bid_size=9000, ask_size=9000)
            self.broker.market.set_last(symbol, Decimal(20))
        await self.container.start()
        for number in range(1, followers + 2):
            name = f"ACCT{number}"
            is_master = name == MASTER
            spec = AccountSpec(
                account=name,
                trader=f"USER{number}",
                password="secret",
                equity=Decimal(50_000_000),
                hard_to_borrow=() if is_master else HARD,
                locate_routes=ROUTES,
                switches=self._switches,
            )
            platform = self.broker.add(spec)
            await platform.go_online()
            account = {
                "broker_id": f"B{number}",
                "host": "127.0.0.1",
                "port": platform.port,
                "username": spec.trader,
                "account_id": name,
            }
            if is_master:
                await self.container.configuration.put_master(msgspec.convert(account, MasterConfig), "secret")
            else:
                self.followers.append(platform)
                more = {"follower_id": FollowerId(f"f{number}"), "name": f"f{number}", "locate_routes": SORT_OF_ROUTE}
                config = msgspec.convert({**account, **more}, FollowerConfig)
                await self.container.configuration.add_follower(msgspec.structs.replace(config, **rules), "secret")
        await self.container.system.start()
        await asyncio.sleep(1)

    async def close(self) -> None:
        """End everything; nothing may have died."""
        await self.container.stop()
        await self.broker.stop()
        await self._tasks.stop_all()
        died = [record.message for record in self.container.alerts.latest() if "died" in record.message]
        assert (self.crashes, died) == ([], [])

    # --- hands ---------------------------------------------------------------------------------------------------

    def short(self, symbol: str, shares: int) -> int:
        """The master sells short."""
        ticket = Ticket(symbol=symbol, side="SS", shares=shares, limit=Decimal(21), route="ARCA")
        order_id = self.control.place(MASTER, ticket)
        assert order_id is not None
        return order_id

    def cover(self, symbol: str, shares: int) -> None:
        """The master buys at the market."""
        self.control.place(MASTER, Ticket(symbol=symbol, side="B", shares=shares, limit=Decimal(21), route="ARCA"))

    def open_orders(self, platform: Platform) -> list[SimOrder]:
        """What works at a platform."""
        return list(platform.venue.open_orders())

    def heard(self, platform: Platform, *words: str) -> list[ReceivedCommand]:
        """Commands that the platform received and that begin with one of these words."""
        return [command for command in platform.received if command.text.split(" ", 1)[0] in words]
