"""The whole state as one value: what every account shows now, how it copies, what the system does."""

import asyncio
from collections.abc import Callable
from typing import TypeVar, cast

import msgspec

from das_copy_trader import __version__
from das_copy_trader.client.das_client import MasterClient, TradingClient
from das_copy_trader.client.rate_limits import PacingLeft
from das_copy_trader.domain.configuration import AccountConfig, StoredFollower
from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.engine.blacklist_manager import BlacklistManager
from das_copy_trader.engine.multiplier_manager import MultiplierManager
from das_copy_trader.engine.replication_engine import ReplicationEngine
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.services.account_lists import AccountLists, MasterSide
from das_copy_trader.services.configuration import Configuration
from das_copy_trader.services.copy_system import CopySystem
from das_copy_trader.services.daily_restart import DailyRestart
from das_copy_trader.services.das_service import MASTER, DASService
from das_copy_trader.services.journal import Journal
from das_copy_trader.services.messages import (
    AccountState,
    Budgets,
    DailyRestartState,
    FollowerState,
    PositionState,
    ReplicationState,
    SystemState,
    WorkingOrder,
)
from das_copy_trader.services.relay import ReplicationRelay, replication_state
from das_copy_trader.services.short_sales import ShortSales

SYSTEM_STOPPED = "Copying is not started."
NO_CLIENT = "There is no connection."
AccountStateT = TypeVar("AccountStateT", bound=AccountState)


class Snapshots:
    """Reads everything and changes nothing.

    The long lists in what it returns are encoded already (`msgspec.Raw` under the type that they decode to).
    """

    def __init__(  # noqa: PLR0913 - everything is read here
        self,
        *,
        configuration: Configuration,
        system: CopySystem,
        das_service: DASService,
        engine: ReplicationEngine,
        short_sales: ShortSales,
        journal: Journal,
        relay: ReplicationRelay,
        daily_restart: DailyRestart,
        multipliers: MultiplierManager,
        blacklist: BlacklistManager,
        clock: Clock,
        boot_id: str,
    ) -> None:
        self._configuration = configuration
        self._system = system
        self._das_service = das_service
        self._engine = engine
        self._short_sales = short_sales
        self._journal = journal
        self._relay = relay
        self._daily_restart = daily_restart
        self._multipliers = multipliers
        self._blacklist = blacklist
        self._clock = clock
        self._boot_id = boot_id
        self._lists_by_owner: dict[str, AccountLists] = {}
        self._booted_s = clock.monotonic_s()

    @property
    def boot_id(self) -> str:
        """Changes with each start of the process."""
        return self._boot_id

    @property
    def uptime_s(self) -> float:
        """Seconds since the process was made."""
        return self._clock.monotonic_s() - self._booted_s

    @property
    def history_rows_waiting(self) -> int:
        """Rows of history that are not stored yet."""
        return self._journal.waiting_rows

    async def prepare(self) -> None:
        """Encode what has changed, account by account, letting others run in between: `state` is cheap then."""
        for role, owner, client in self.clients():
            self._lists(owner if role == "follower" else MASTER, client)
            await asyncio.sleep(0)

    def state(self) -> SystemState:
        """The whole, now."""
        master = self._configuration.master
        return SystemState(
            boot_id=self._boot_id,
            build_id=__version__,
            server_time=self._clock.now(),
            mode=self._system.mode,
            mode_reason=self._system.mode_reason,
            started_at=self._system.started_at,
            master=self._master_state(master.config) if master is not None else None,
            followers=[self._follower_state(stored) for stored in self._configuration.followers()],
            history_rows_waiting=self._journal.waiting_rows,
            short_sale_tasks=self._short_sales.tasks(with_ended=False),
            daily_restart=self.daily_restart(),
        )

    def daily_restart(self) -> DailyRestartState:
        """The trading day, its next turn and what came of the last one."""
        restart = self._daily_restart
        return DailyRestartState(
            trading_day=restart.trading_day,
            next_restart_at=restart.next_restart_at,
            last_restart_at=restart.last_restart_at,
            last_result=restart.last_result,
        )

    def replications(self, limit: int) -> list[ReplicationState]:
        """What was copied today, newest first, with the present outcome of every copy."""
        return [
            replication_state(msgspec.structs.replace(record, occurred_at=self._relay.occurred_at(record)))
            for record in self._engine.latest_replications(limit)
        ]

    def clients(self) -> list[tuple[str, str, MasterClient | TradingClient]]:
        """Every client that runs: its role, its id and itself."""
        clients: list[tuple[str, str, MasterClient | TradingClient]] = []
        master = self._das_service.master
        if master is not None:
            clients.append(("master", "master", master))
        for stored in self._configuration.followers():
            client = self._das_service.follower(stored.config.follower_id)
            if client is not None:
                clients.append(("follower", stored.config.follower_id, client))
        return clients

    def absent_reason(self, follower_id: str) -> str:
        """Why an account has no client."""
        if not self._system.is_running:
            return SYSTEM_STOPPED
        for stored in self._configuration.followers():
            if stored.config.follower_id == follower_id:
                return self._das_service.fault(stored.config.follower_id) or NO_CLIENT
        return self._das_service.fault(MASTER) or NO_CLIENT

    def _master_state(self, config: AccountConfig) -> AccountState:
        return self._account_state(AccountState, config, "", self._das_service.master)

    def _follower_state(self, stored: StoredFollower) -> FollowerState:
        config = stored.config
        records = self._configuration.multipliers(config.follower_id)
        return self._account_state(
            FollowerState,
            config,
            config.follower_id,
            self._das_service.follower(config.follower_id),
            follower_id=config.follower_id,
            name=config.name,
            enabled=config.enabled,
            order_route=self._configuration.order_route(config),
            base_multiplier=config.base_multiplier,
            multipliers={record.symbol: record.multiplier for record in records},
            blacklist=[entry.symbol for entry in self._configuration.blacklist(config.follower_id)],
            queued_actions=len(self._engine.queue.entries(config.follower_id)),
        )

    def _account_state(
        self,
        make: Callable[..., AccountStateT],
        config: AccountConfig,
        owner: str,
        client: MasterClient | TradingClient | None,
        **more: object,
    ) -> AccountStateT:
        if client is None:
            return make(
                account_id=config.account_id,
                broker_id=config.broker_id,
                state=ConnectionState.DISCONNECTED,
                reason=self.absent_reason(owner),
                since=None,
                is_current=False,
                latency_ms=None,
                positions=[],
                working_orders=[],
                buying_power=None,
                **more,
            )
        lists = self._lists(owner, client)
        health = client.health()
        pacing = health.pacing
        return make(
            account_id=config.account_id,
            broker_id=config.broker_id,
            state=client.state,
            reason=client.state_reason,
            since=client.state_since,
            is_current=client.state is ConnectionState.READY,
            latency_ms=None if health.echo_p50_s is None else round(health.echo_p50_s * 1000, 3),
            positions=cast("list[PositionState]", lists.positions),
            working_orders=cast("list[WorkingOrder]", lists.working_orders),
            buying_power=health.buying_power,
            buying_power_overnight=health.buying_power_overnight,
            realized_pl=lists.realized_pl,
            unrealized_pl=lists.unrealized_pl,
            budgets=None
            if pacing is None
            else Budgets(pacing.new_orders, pacing.cancels, pacing.replaces, waiting_commands(pacing)),
            **more,
        )

    def _lists(self, owner: str, client: MasterClient | TradingClient) -> AccountLists:
        """The account's lists, up to date."""
        lists = self._lists_by_owner.get(owner)
        if lists is None or lists.view is not client.view:
            lists = self._lists_by_owner[owner] = AccountLists(client.view)
        if isinstance(client, MasterClient):
            lists.refresh_master()
            return lists
        master = self._das_service.master
        lists.refresh_follower(
            FollowerId(owner),
            is_current=client.state is ConnectionState.READY,
            master=None if master is None else MasterSide(master.view, master.state is ConnectionState.READY),
            multipliers=self._multipliers,
            blacklist=self._blacklist,
            clock=self._clock,
            short_symbols=self._short_sales.symbols_on_their_way(FollowerId(owner)),
        )
        return lists


def waiting_commands(pacing: PacingLeft) -> int:
    """Commands that a rate limit holds back now."""
    return pacing.waiting_cancels + pacing.waiting_exits + pacing.waiting_replaces + pacing.waiting_entries
