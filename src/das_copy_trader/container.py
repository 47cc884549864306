"""The composition root: the only place that makes the long-lived objects and ties them together."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from das_copy_trader.api.context import ApiContext
from das_copy_trader.client.das_client import AccountTools, MasterClient, TradingClient
from das_copy_trader.client.endpoint import AccountEndpoint, SessionPolicy
from das_copy_trader.client.translate import LineEncoder
from das_copy_trader.client.type_table import Confidence, TypeEntry, TypeTable, with_own_entries
from das_copy_trader.domain.account import AccountListener
from das_copy_trader.domain.enums import AlertLevel, OrdType
from das_copy_trader.engine.blacklist_manager import BlacklistManager
from das_copy_trader.engine.multiplier_manager import MultiplierManager
from das_copy_trader.engine.replication_engine import ReplicationEngine
from das_copy_trader.engine.scheduler import DaySchedule
from das_copy_trader.engine.short_sale_manager import ShortSaleParts
from das_copy_trader.runtime.clock import Clock, trading_day_of
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.log_files import LogFiles
from das_copy_trader.runtime.logging import LogRing, Redactor, set_level
from das_copy_trader.runtime.metrics import Metrics
from das_copy_trader.runtime.network import Network
from das_copy_trader.runtime.settings import Settings
from das_copy_trader.runtime.socket_network import PriorityNetwork, SocketNetwork
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.services.alerts import AlertBook
from das_copy_trader.services.buying_power import BuyingPowerWatch
from das_copy_trader.services.config_store import ConfigStore
from das_copy_trader.services.configuration import Configuration
from das_copy_trader.services.connection_test import ConnectionTester
from das_copy_trader.services.copy_metrics import CopyMetrics, SystemReadings
from das_copy_trader.services.copy_system import CopySystem
from das_copy_trader.services.credentials import Credentials
from das_copy_trader.services.daily_restart import DailyRestart
from das_copy_trader.services.das_service import DASService
from das_copy_trader.services.env_config import EnvConfig
from das_copy_trader.services.env_store import EnvStore, MemoryEnvStore
from das_copy_trader.services.history import StepKeeper
from das_copy_trader.services.inference import InferenceKeeper
from das_copy_trader.services.journal import Journal, MemoryJournal
from das_copy_trader.services.messages import LogEntries, LogLines
from das_copy_trader.services.notification_service import NotificationService
from das_copy_trader.services.queued_actions import QueuedActions, QueueRelay
from das_copy_trader.services.rehearsal import Rehearsal
from das_copy_trader.services.relay import ReplicationRelay
from das_copy_trader.services.short_sales import ShortSaleRelay, ShortSales
from das_copy_trader.services.short_store import LiveShortStore, MemoryShortStore
from das_copy_trader.services.snapshots import Snapshots
from das_copy_trader.services.working_copies import WorkingCopies

SNAPSHOT_INTERVAL_S: Final = 1.0
LOG_INTERVAL_S: Final = 2.0
STATUS_PAGES: Final = Path(__file__).parent / "web" / "status"
DASHBOARD_PAGES: Final = Path(__file__).parent / "web" / "dashboard"

_log = structlog.get_logger(__name__)


class Container:
    """Everything that lives as long as the product runs. Needs a running event loop; HTTP and database are handed in.

    `redactor` learns every password as it becomes known.
    """

    def __init__(  # noqa: PLR0913 - the composition root takes whatever a test may want to replace
        self,
        settings: Settings,
        *,
        network: Network,
        clock: Clock,
        randomness: RandomSource,
        store: ConfigStore,
        credentials: Credentials,
        alerts: AlertBook | None = None,
        journal: Journal | None = None,
        policy: SessionPolicy | None = None,
        log_ring: LogRing | None = None,
        redactor: Redactor | None = None,
        log_files: LogFiles | None = None,
        env_store: EnvStore | None = None,
        short_store: LiveShortStore | None = None,
        boot_id: str = "boot",
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.alerts = alerts or AlertBook(clock)
        self.tasks = TaskSupervisor(self._on_task_crashed)
        self.notifications = NotificationService()
        self.log_ring = log_ring or LogRing()
        self.log_files = log_files or LogFiles(None, None)
        self.redactor = redactor or Redactor()
        self.journal: Journal = journal or MemoryJournal(partial(trading_day_of, day_turn=settings.restart_time))
        self.relay = ReplicationRelay(self.notifications, self.journal)
        self.alerts.listen(self.relay.on_alert)
        self.multipliers = MultiplierManager()
        self.blacklist = BlacklistManager()
        self.schedule = DaySchedule(clock.now(), settings.restart_time)
        self.short_store: LiveShortStore = short_store or MemoryShortStore()
        self.engine = self._make_engine()
        self.configuration = Configuration(
            store=store,
            credentials=credentials,
            settings=settings,
            multipliers=self.multipliers,
            blacklist=self.blacklist,
            clock=clock,
        )
        clients = _Clients(self._make_tools(network, randomness, policy), self.redactor)
        self.das_service = DASService(
            configuration=self.configuration,
            engine=self.engine,
            factory=clients,
            alerts=self.alerts,
            start_task=self.tasks.start,
        )
        self._tie_engine()
        self._make_system(network)
        self._make_showcase(boot_id)
        self.env_config = self._make_env_config(env_store or MemoryEnvStore(), credentials)
        self.buying_power = BuyingPowerWatch(clients=self.snapshots.clients, clock=clock, start_task=self.tasks.start)
        self.connection_tester = ConnectionTester(
            clients.master, lambda: [client for _, _, client in self.snapshots.clients()], clock
        )
        self.metrics = self._make_metrics()

    def _tie_engine(self) -> None:
        """What the engine tells, to those who keep or pass it on."""
        self.inference = InferenceKeeper(
            configuration=self.configuration,
            notifications=self.notifications,
            alerts=self.alerts,
            clock=self.clock,
            start_task=self.tasks.start,
        )
        self.engine.on_multiplier_inferred(self.inference.take)
        self.engine.queue.observer = QueueRelay(self.notifications)
        self.engine.keep_steps(StepKeeper(self.journal, self.das_service.last_row).keep)

    def _make_system(self, network: Network) -> None:
        """What starts, stops and turns the day."""
        self.system = CopySystem(
            configuration=self.configuration,
            das_service=self.das_service,
            engine=self.engine,
            alerts=self.alerts,
            clock=self.clock,
            schedule=self.schedule,
            start_timeout_s=float(self.settings.start_timeout_s),
            rehearsal=self._make_rehearsal(network),
        )
        self.daily_restart = DailyRestart(
            schedule=self.schedule,
            system=self.system,
            alerts=self.alerts,
            clock=self.clock,
            start_task=self.tasks.start,
        )

    def _make_showcase(self, boot_id: str) -> None:
        """What gathers everything for the face."""
        self.short_sales = ShortSales(
            engine=self.engine, configuration=self.configuration, store=self.short_store, clock=self.clock
        )
        self.snapshots = Snapshots(
            short_sales=self.short_sales,
            configuration=self.configuration,
            system=self.system,
            das_service=self.das_service,
            engine=self.engine,
            journal=self.journal,
            relay=self.relay,
            daily_restart=self.daily_restart,
            multipliers=self.multipliers,
            blacklist=self.blacklist,
            clock=self.clock,
            boot_id=boot_id,
        )

    def _make_env_config(self, store: EnvStore, credentials: Credentials) -> EnvConfig:
        return EnvConfig(
            store=store,
            credentials=credentials,
            settings=self.settings,
            redactor=self.redactor,
            alerts=self.alerts,
            clock=self.clock,
            apply_by_name={
                "das_servers": self.configuration.use_settings,
                "log_level": _use_log_level,
                "start_timeout_s": self._use_start_timeout,
            },
        )

    def _make_metrics(self) -> Metrics:
        metrics = Metrics()
        feed = CopyMetrics(metrics)
        self.relay.on_record.append(feed.on_record)
        self.relay.on_change.append(feed.on_change)
        self.alerts.listen(feed.on_alert)
        readings = SystemReadings(
            snapshots=self.snapshots,
            notifications=self.notifications,
            mode=lambda: self.system.mode,
            queue_sizes=lambda: {
                stored.config.follower_id: len(self.engine.queue.entries(stored.config.follower_id))
                for stored in self.configuration.followers()
            },
        )
        metrics.read(readings.read)
        return metrics

    def _make_tools(self, network: Network, randomness: RandomSource, policy: SessionPolicy | None) -> AccountTools:
        return AccountTools(
            network=network,
            master_network=PriorityNetwork(network) if isinstance(network, SocketNetwork) else None,
            clock=self.clock,
            tasks=self.tasks,
            randomness=randomness.stream("reconnect"),
            policy=policy,
            type_table=TypeTable(with_own_entries(_own_entries(self.settings))),
            trading_day=lambda: self.daily_restart.check(),  # noqa: PLW0108 - it is made after the clients' tools
        )

    def _make_rehearsal(self, network: Network) -> Rehearsal | None:
        """Only on real sockets: virtual time has no caches to keep warm."""
        if not self.settings.keep_warm or not isinstance(network, SocketNetwork):
            return None
        return Rehearsal(self.clock, self.tasks, lambda: network.reads)

    def _make_engine(self) -> ReplicationEngine:
        return ReplicationEngine(
            encoder=LineEncoder(),
            multipliers=self.multipliers,
            blacklist=self.blacklist,
            alerts=self.alerts,
            observer=self.relay,
            clock=self.clock,
            trading_day=self.schedule.trading_day,
            scheduler=asyncio.get_running_loop(),
            shorts=ShortSaleParts(
                start_task=self.tasks.start,
                store=self.short_store,
                observer=ShortSaleRelay(self.notifications, self.clock),
                max_concurrent_locates=self.settings.max_concurrent_locates,
            ),
        )

    async def _use_start_timeout(self, settings: Settings) -> None:
        self.system.start_timeout_s = float(settings.start_timeout_s)

    async def start(self) -> None:
        """Load the configuration and begin to tell. Copying stays stopped until the user starts it (product.md 4)."""
        await self.configuration.load()
        await self.short_sales.load()
        await self.env_config.load()
        self.engine.carried = await self.journal.carried(self.schedule.trading_day)
        self.tasks.start("daily restart clock", self.daily_restart.run())
        self.tasks.start("snapshots", self._tell_snapshots())
        self.tasks.start("log lines", self._tell_log_lines())
        self.tasks.start("journal", self.journal.run())
        self.tasks.start("short sale store", self.short_store.run())
        self.tasks.start("old history", self.journal.retain())
        self.tasks.start("buying power clock", self.buying_power.run())

    async def stop(self) -> None:
        """Stop copying, then everything else."""
        await self.system.stop()
        await self.tasks.stop_all()
        self.notifications.close()
        await self.short_store.close()
        await self.journal.close()

    def api_context(self, pages: Path | None = None) -> ApiContext:
        """What the face works with; `pages` is the folder of static files."""
        return ApiContext(
            env_config=self.env_config,
            system=self.system,
            configuration=self.configuration,
            queued_actions=QueuedActions(engine=self.engine, configuration=self.configuration, system=self.system),
            working_copies=WorkingCopies(engine=self.engine, das_service=self.das_service, alerts=self.alerts),
            notifications=self.notifications,
            snapshots=self.snapshots,
            journal=self.journal,
            short_sales=self.short_sales,
            alerts=self.alerts,
            log_ring=self.log_ring,
            log_files=self.log_files,
            redactor=self.redactor,
            metrics=self.metrics,
            connection_tester=self.connection_tester,
            clock=self.clock,
            tasks=self.tasks,
            pages=pages or self.settings.static_dir or default_pages(),
        )

    async def _tell_snapshots(self) -> None:
        while True:
            await asyncio.sleep(SNAPSHOT_INTERVAL_S)
            if self.notifications.client_count:
                await self.snapshots.prepare()
                self.notifications.publish_snapshot(self.snapshots.state())

    async def _tell_log_lines(self) -> None:
        told = self.log_ring.last_number
        while True:
            await asyncio.sleep(LOG_INTERVAL_S)
            entries = self.log_ring.since(told)
            if entries:
                told = entries[-1].number
                self.notifications.publish(lambda seq, entries=entries: LogEntries(seq, LogLines(entries)))  # type: ignore[misc]

    def _on_task_crashed(self, name: str, error: BaseException) -> None:
        _log.error("A background task died", task=name, exc_info=error)
        self.alerts.raise_alert(
            AlertLevel.ERROR, f"A part of the program died ({name}): stop and restart it. The log tells more."
        )


def _own_entries(settings: Settings) -> list[TypeEntry]:
    """What the user says of his platform's order types."""
    return [TypeEntry(own.words, OrdType(own.type), Confidence(own.confidence)) for own in settings.order_types]


class _Clients:
    """Makes clients; each one's password becomes a secret of the logs."""

    def __init__(self, tools: AccountTools, redactor: Redactor) -> None:
        self._tools = tools
        self._redactor = redactor

    def master(self, endpoint: AccountEndpoint, listener: AccountListener) -> MasterClient:
        """A client that can only read."""
        self._redactor.add(endpoint.password)
        return MasterClient(endpoint, self._tools, listener)

    def follower(self, endpoint: AccountEndpoint, listener: AccountListener) -> TradingClient:
        """A client that can trade."""
        self._redactor.add(endpoint.password)
        return TradingClient(endpoint, self._tools, listener)


async def _use_log_level(settings: Settings) -> None:
    set_level(settings.log_level)


def default_pages() -> Path:
    """The built dashboard where there is one, else the status page."""
    return DASHBOARD_PAGES if (DASHBOARD_PAGES / "index.html").is_file() else STATUS_PAGES
