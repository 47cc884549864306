"""The product as the benchmark runs it: real sockets, clients, engine, relay and notifications; no HTTP, no database.

It is wired as `serve` wires it, and paced as the product is, with limits raised by the product's own policy: the
benchmark's feeder places more orders a second than DAS allows (50 per connection).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from decimal import Decimal

from das_copy_trader.client.das_client import AccountTools, MasterClient, TradingClient
from das_copy_trader.client.endpoint import AccountEndpoint, SessionPolicy
from das_copy_trader.client.translate import LineEncoder
from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.domain.identifiers import FollowerId, OrderId
from das_copy_trader.engine.blacklist_manager import BlacklistManager
from das_copy_trader.engine.follower_settings import FollowerSettings
from das_copy_trader.engine.multiplier_manager import MultiplierManager
from das_copy_trader.engine.replication_engine import ReplicationEngine
from das_copy_trader.runtime.clock import Clock, SystemClock, trading_day_of
from das_copy_trader.runtime.event_loop import freeze_garbage, run
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.network import Network
from das_copy_trader.runtime.socket_network import PriorityNetwork, SocketNetwork
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.services.account_tap import AccountTap
from das_copy_trader.services.alerts import AlertBook
from das_copy_trader.services.history import StepKeeper
from das_copy_trader.services.journal import MemoryJournal
from das_copy_trader.services.notification_service import NotificationService
from das_copy_trader.services.rehearsal import Rehearsal
from das_copy_trader.services.relay import ReplicationRelay

RATE_SHARE = 400.0
"""Times the platform's limits: 2000 orders a second and connection."""
WARM_UP_S = 0.2
HOST = "127.0.0.1"


class BenchedProduct:
    """Master, followers and the engine between them. `is_ready` is set once everybody can trade and it is armed."""

    def __init__(
        self,
        network: Network,
        clock: Clock,
        *,
        master_port: int,
        ports: list[int],
        multipliers: list[Decimal],
        rehearsal: Rehearsal | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.is_ready = asyncio.Event()
        self._unready = len(ports) + 1
        self.tasks = TaskSupervisor(_end_loudly)
        self.rehearsal = rehearsal
        alerts = AlertBook(clock)
        journal = MemoryJournal(trading_day_of)
        relay = ReplicationRelay(NotificationService(), journal)
        alerts.listen(relay.on_alert)
        table = MultiplierManager()
        self.engine = ReplicationEngine(
            encoder=LineEncoder(),
            multipliers=table,
            blacklist=BlacklistManager(),
            alerts=alerts,
            observer=relay,
            clock=clock,
            trading_day=trading_day_of(clock.now()),
            scheduler=loop,
        )
        self.engine.keep_steps(StepKeeper(journal, self._last_row).keep)
        tools = AccountTools(
            network=network,
            master_network=PriorityNetwork(network) if isinstance(network, SocketNetwork) else network,
            clock=clock,
            tasks=self.tasks,
            randomness=RandomSource(1).stream("reconnect"),
            policy=SessionPolicy(rate_share=RATE_SHARE),
        )
        master = MasterClient(
            endpoint_of("MASTER", master_port), tools, AccountTap(self.engine.master_listener, self._on_state)
        )
        self.engine.set_master_view(master.view)
        self.clients: list[MasterClient | TradingClient] = [master]
        for number, (port, multiplier) in enumerate(zip(ports, multipliers, strict=True), 1):
            follower_id = FollowerId(f"F{number:03}")
            table.set_base(follower_id, multiplier)
            tap = AccountTap(self.engine.follower_listener(follower_id), self._on_state)
            client = TradingClient(endpoint_of(follower_id, port), tools, tap)
            self.engine.add_follower(FollowerSettings(follower_id, follower_id, "SMAT"), client)
            self.clients.append(client)

    async def start(self) -> None:
        """Connect everybody and copy from then on."""
        for client in self.clients:
            client.start()
        await self.is_ready.wait()
        self.engine.arm()
        if self.rehearsal is not None:
            self.rehearsal.start()
            await asyncio.sleep(WARM_UP_S)

    async def stop(self) -> None:
        """Send nothing more and disconnect."""
        self.engine.disarm()
        if self.rehearsal is not None:
            await self.rehearsal.stop()
        for client in self.clients:
            await client.stop()
        await self.tasks.stop_all()

    def _last_row(self, follower_id: FollowerId, order_id: OrderId) -> object:
        client = self.clients[int(follower_id[1:]) if follower_id else 0]
        return client.view.last_row(order_id)

    def _on_state(self, state: ConnectionState, _reason: str) -> None:
        if state is ConnectionState.READY:
            self._unready -= 1
            if self._unready == 0:
                self.is_ready.set()


def endpoint_of(account_id: str, port: int) -> AccountEndpoint:
    """One of the feeder's accounts."""
    return AccountEndpoint(HOST, port, "USER1", "PASSWORD", account_id)


def _end_loudly(name: str, error: BaseException) -> None:
    print(f"{name} died: {error!r}", file=sys.stderr, flush=True)


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--master-port", type=int, required=True)
    parser.add_argument("--follower-ports", required=True, help="comma separated")
    parser.add_argument("--multipliers", required=True, help="comma separated decimals, one per follower")
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    parser.add_argument("--no-warmer", action="store_true", help="without the rehearsals that keep the caches warm")
    return parser.parse_args()


def main() -> None:
    options = read_arguments()
    ports = [int(word) for word in options.follower_ports.split(",")]
    multipliers = [Decimal(word) for word in options.multipliers.split(",")]

    async def copy(stop: asyncio.Event) -> None:
        network, clock = SocketNetwork(), SystemClock()
        tasks = TaskSupervisor(_end_loudly)
        product = BenchedProduct(
            network,
            clock,
            master_port=options.master_port,
            ports=ports,
            multipliers=multipliers,
            rehearsal=None if options.no_warmer else Rehearsal(clock, tasks, lambda: network.reads),
        )
        await product.start()
        freeze_garbage()
        print("READY", flush=True)
        await stop.wait()
        await product.stop()
        await network.close()

    run(copy, kind=options.loop)


if __name__ == "__main__":
    main()
