"""Manages the clients of all accounts: makes them, starts them at once, stops them, follows the configuration live."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Final, Protocol

from das_copy_trader.client.das_client import MasterClient, TradingClient
from das_copy_trader.client.endpoint import AccountEndpoint
from das_copy_trader.client.errors import ClientError
from das_copy_trader.domain.account import AccountListener
from das_copy_trader.domain.configuration import FollowerConfig, StoredFollower
from das_copy_trader.domain.enums import AlertLevel, ConnectionState
from das_copy_trader.domain.identifiers import FollowerId, OrderId
from das_copy_trader.engine.follower_settings import FollowerSettings
from das_copy_trader.engine.ports import Alerts
from das_copy_trader.engine.replication_engine import ReplicationEngine
from das_copy_trader.services.account_tap import AccountTap
from das_copy_trader.services.configuration import Configuration
from das_copy_trader.services.credentials import SealBrokenError
from das_copy_trader.services.errors import UnusableError

MASTER: Final = FollowerId("")
"""The master's key beside the followers' ids, which are never empty."""
_SETTLED: Final = frozenset(
    {
        ConnectionState.READY,
        ConnectionState.DEGRADED,
        ConnectionState.LOGIN_REFUSED,
        ConnectionState.DISCONNECTED,
    }
)
"""States in which a first try has come to something; the client goes on trying by itself."""


class ClientFactory(Protocol):
    """Makes clients; they do nothing until they are started."""

    def master(self, endpoint: AccountEndpoint, listener: AccountListener) -> MasterClient:
        """A client that can only read."""

    def follower(self, endpoint: AccountEndpoint, listener: AccountListener) -> TradingClient:
        """A client that can trade."""


class _Line:
    """One account's client and the tap on it."""

    def __init__(self, client: MasterClient | TradingClient, tap: AccountTap) -> None:
        self.client = client
        self.tap = tap
        self.settled = asyncio.Event()
        self.was_ready = False


class DASService:
    """The clients of the master and the followers. `start_task(name, coroutine)` runs something in the background."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        engine: ReplicationEngine,
        factory: ClientFactory,
        alerts: Alerts,
        start_task: Callable[[str, Coroutine[object, object, None]], object],
    ) -> None:
        self._configuration = configuration
        self._engine = engine
        self._factory = factory
        self._alerts = alerts
        self._start_task = start_task
        self._lines: dict[FollowerId, _Line] = {}
        self._fault_by_id: dict[FollowerId, str] = {}
        self.on_master_state: Callable[[ConnectionState], None] = _ignore
        """Told whenever the master's connection changes."""

    # ------------------------------------------------------------------------------------------------------- to read

    @property
    def master(self) -> MasterClient | None:
        """The master's client while the system runs."""
        line = self._lines.get(MASTER)
        return line.client if line is not None and isinstance(line.client, MasterClient) else None

    def follower(self, follower_id: FollowerId) -> TradingClient | None:
        """A follower's client while the system runs."""
        line = self._lines.get(follower_id)
        return line.client if line is not None and isinstance(line.client, TradingClient) else None

    def fault(self, follower_id: FollowerId) -> str:
        """Why an account has no client although the system runs; empty when it has one."""
        return self._fault_by_id.get(follower_id, "")

    def last_row(self, follower_id: FollowerId, order_id: OrderId) -> object:
        """The row that a platform last told of an order; None when there is none. An empty id: the master."""
        line = self._lines.get(follower_id)
        return None if line is None else line.client.view.last_row(order_id)

    def ready_accounts(self) -> list[str]:
        """Who can trade, or be copied, now: `master` and the followers' ids."""
        return [
            follower_id or "master"
            for follower_id, line in self._lines.items()
            if line.client.state is ConnectionState.READY
        ]

    # --------------------------------------------------------------------------------------------------- start, stop

    def start_all(self) -> None:
        """Make and start every account's client; returns at once, they connect concurrently."""
        self._start_master()
        for stored in self._configuration.followers():
            self._start_follower(stored)

    async def wait_settled(self) -> None:
        """Wait until each account's first try has come to something, good or bad."""
        for line in list(self._lines.values()):
            await line.settled.wait()

    async def stop_all(self) -> None:
        """Stop every client; when it returns nothing is sent any more. Idempotent."""
        lines, self._lines = self._lines, {}
        self._fault_by_id.clear()
        await asyncio.gather(*(self._stop(line) for line in lines.values()))

    # ----------------------------------------------------------------------------------------------------------- live

    def restart_master(self) -> None:
        """The master's account or address changed."""
        self._retire(MASTER)
        self._start_master()

    def add_follower(self, follower_id: FollowerId) -> None:
        """A follower was added while the system runs."""
        self._start_follower(self._configuration.follower(follower_id))

    def change_follower(self, before: StoredFollower, after: StoredFollower) -> None:
        """A follower's account, address or rules changed while the system runs."""
        follower_id = after.config.follower_id
        if follower_id in self._lines and not _is_reached_otherwise(before, after):
            self._engine.update_follower(self._rules(after.config))
            return
        self._retire(follower_id)
        self._start_follower(after)

    def reconnect_follower(self, follower_id: FollowerId) -> None:
        """A follower is reached otherwise than before while the system runs."""
        self._retire(follower_id)
        self._start_follower(self._configuration.follower(follower_id))

    def remove_follower(self, follower_id: FollowerId) -> None:
        """A follower was removed while the system runs: nothing more is sent to it."""
        self._engine.remove_follower(follower_id)
        self._retire(follower_id)

    # --------------------------------------------------------------------------------------------------------- inside

    def _start_master(self) -> None:
        stored = self._configuration.master
        if stored is None:
            return
        endpoint = self._endpoint(MASTER, lambda: self._configuration.endpoint(stored))
        if endpoint is None:
            return
        tap = AccountTap(self._engine.master_listener, lambda state, reason: self._on_state(MASTER, state, reason))
        client = self._factory.master(endpoint, tap)
        self._engine.set_master_view(client.view)
        self._lines[MASTER] = _Line(client, tap)
        client.start()

    def _start_follower(self, stored: StoredFollower) -> None:
        follower_id = stored.config.follower_id
        endpoint = self._endpoint(follower_id, lambda: self._configuration.endpoint(stored))
        if endpoint is None:
            return
        listener = self._engine.follower_listener(follower_id)
        tap = AccountTap(listener, lambda state, reason: self._on_state(follower_id, state, reason))
        client = self._factory.follower(endpoint, tap)
        self._lines[follower_id] = _Line(client, tap)
        self._engine.add_follower(self._rules(stored.config), client, client.locator)
        client.start()

    def _endpoint(self, follower_id: FollowerId, make: Callable[[], AccountEndpoint]) -> AccountEndpoint | None:
        self._fault_by_id.pop(follower_id, None)
        try:
            return make()
        except (UnusableError, SealBrokenError) as error:
            self._fault_by_id[follower_id] = str(error)
            self._alert(AlertLevel.ERROR, follower_id, str(error))
            return None

    def _rules(self, config: FollowerConfig) -> FollowerSettings:
        return FollowerSettings(
            follower_id=config.follower_id,
            name=config.name,
            order_route=self._configuration.order_route(config),
            is_enabled=config.enabled,
            guard_closing=config.guard_closing,
            max_locate_price=config.max_locate_price,
            locate_retry_timeout_s=float(config.locate_retry_timeout),
            auto_accept_locates=config.auto_accept_locates,
            auto_accept_max_price=config.auto_accept_max_price,
            locate_cap_per_order=config.locate_cap_per_order,
            locate_cap_per_symbol_day=config.locate_cap_per_symbol_day,
            locate_cap_per_day=config.locate_cap_per_day,
            price_inquiries=config.price_inquiries,
            locate_routes=self._configuration.locate_routes(config),
            replace_quantity=config.replace_quantity,
        )

    def _retire(self, follower_id: FollowerId) -> None:
        """Take an account's client out of service now and stop it in the background."""
        self._fault_by_id.pop(follower_id, None)
        line = self._lines.pop(follower_id, None)
        if line is not None:
            line.tap.mute()
            line.settled.set()
            self._start_task(f"stop {follower_id or 'master'}", self._stop(line))

    async def _stop(self, line: _Line) -> None:
        await line.client.stop()
        line.settled.set()

    def _on_state(self, follower_id: FollowerId, state: ConnectionState, reason: str) -> None:
        line = self._lines.get(follower_id)
        if line is not None:
            if state is ConnectionState.READY:
                if line.settled.is_set() and not line.was_ready:
                    self._alert(AlertLevel.INFO, follower_id, "is ready.")
                line.was_ready = True
                self._start_task(f"client count {follower_id or 'master'}", self._check_alone(follower_id, line))
            elif line.was_ready or state is ConnectionState.LOGIN_REFUSED:
                line.was_ready = False
                self._alert(AlertLevel.ERROR, follower_id, f"cannot trade: {reason}")
            if state in _SETTLED:
                line.settled.set()
        if follower_id == MASTER:
            self.on_master_state(state)

    async def _check_alone(self, follower_id: FollowerId, line: _Line) -> None:
        """Another program on the same platform may be a second copier (reliability.md 4, rule 9)."""
        try:
            count = await line.client.client_count()
        except ClientError:
            return  # builds that do not know the question
        address = line.client.endpoint.address
        own = sum(other.client.endpoint.address == address for other in self._lines.values())
        if count > own and self._lines.get(follower_id) is line:
            what = f"{count} programs use its CMD API; make sure that none of the others is a copier."
            self._alert(AlertLevel.WARN, follower_id, what)

    def _alert(self, level: AlertLevel, follower_id: FollowerId, message: str) -> None:
        if follower_id == MASTER:
            self._alerts.raise_alert(level, f"The master {message}" if message[0].islower() else f"Master: {message}")
            return
        self._alerts.raise_alert(level, f"{follower_id}: {message}", follower_id=follower_id)


def _is_reached_otherwise(before: StoredFollower, after: StoredFollower) -> bool:
    if before.sealed_password != after.sealed_password:
        return True
    names = ("broker_id", "host", "port", "username", "account_id")
    return any(getattr(before.config, name) != getattr(after.config, name) for name in names)


def _ignore(_state: ConnectionState) -> None:
    """Stands in until somebody wants to know."""
