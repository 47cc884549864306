"""Keeps the way of an order warm: every millisecond a made-up order walks it, far from any account.

Orders are rare. Between two of them the processor's caches forget the way, and the next order pays for that: measured,
a cold pass takes about twice as long as a warm one (docs/HOT_PATH.md). So a second engine is fed by a made-up
platform over loopback: same code, own objects. It knows no account, no port but its own, and no real link; nothing it
does is told to anybody.
"""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Final

import structlog

from das_copy_trader.client.das_client import AccountTools, MasterClient, TradingClient
from das_copy_trader.client.endpoint import AccountEndpoint, SessionPolicy
from das_copy_trader.client.translate import LineEncoder
from das_copy_trader.domain.enums import AlertLevel, ConnectionState
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.engine.blacklist_manager import BlacklistManager
from das_copy_trader.engine.follower_settings import FollowerSettings
from das_copy_trader.engine.multiplier_manager import MultiplierManager
from das_copy_trader.engine.observer import OutcomeChange, ReplicationRecord
from das_copy_trader.engine.replication_engine import ReplicationEngine
from das_copy_trader.runtime.clock import Clock, trading_day_of
from das_copy_trader.runtime.network import Link, Listener
from das_copy_trader.runtime.socket_network import SocketNetwork
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.services.account_tap import AccountTap

INTERVAL_S: Final = 0.001
"""Measured: 2 ms gives back a quarter of the gain, 4 ms up to two thirds."""
_log = structlog.get_logger(__name__)
_ORDERS_A_DAY: Final = 500
"""After so many made-up orders the made-up day begins anew, so that nothing grows."""
_HOST: Final = "127.0.0.1"
_PORT: Final = 0  # any
_RATE_SHARE: Final = 100.0
_BURST: Final = (
    b"#LOGIN SUCCESSED\r\n#POS symb\r\n#POSEND\r\n#Order id\r\n#OrderEnd\r\n#Trade id\r\n#TradeEnd\r\n"
    b"#SLOrder id\r\n#SLOrderEnd\r\n"
)
_ROW: Final = b"%%ORDER %d 7 WARM B L 100 100 0 1.5 SMAT Accepted 10:00:00 0 MASTER USER Hotkey DAY+ N/A\r\n"


class Rehearsal:
    """Starts and stops the made-up orders; idempotent both ways.

    `traffic` counts what real platforms say. A millisecond in which they said something needs no made-up order: real
    lines keep the way warm, and the processor is theirs.
    """

    def __init__(
        self,
        clock: Clock,
        tasks: TaskSupervisor,
        traffic: Callable[[], int] = lambda: 0,
        *,
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._clock = clock
        self._traffic = traffic
        self._tasks = tasks
        self._interval_s = interval_s
        self._stage: _Stage | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def orders_taken(self) -> int:
        """Made-up orders that have reached the made-up platform since the last start."""
        return 0 if self._stage is None else self._stage.orders_taken

    def start(self) -> None:
        """Begin; returns at once."""
        if self._task is None:
            self._task = self._tasks.start("rehearsal", self._run())

    async def stop(self) -> None:
        """End; no socket of it is left."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        stage = self._stage = _Stage(self._clock, self._tasks)
        interval_s, now_s, traffic = self._interval_s, self._clock.monotonic_s, self._traffic
        seen = traffic()
        try:
            await stage.open()
            while True:
                due_s = now_s() + interval_s
                await asyncio.sleep(interval_s)
                before, seen = seen, traffic()
                if seen == before and now_s() < due_s + interval_s:  # else the loop has real work
                    stage.play()
        except OSError as error:
            _log.warning("Orders are not rehearsed: no port for it", reason=str(error))
        finally:
            await stage.close()


class _Stage:
    """A made-up platform, a master and one follower there, and an engine of their own."""

    def __init__(self, clock: Clock, tasks: TaskSupervisor) -> None:
        loop = asyncio.get_running_loop()
        self._network = SocketNetwork()
        self._platform: _Platform | None = None
        self._listener: Listener | None = None
        self._clock = clock
        self._ready_count = 0
        self._one_is_ready = asyncio.Event()
        self._played = 0
        self.orders_taken = 0
        multipliers = MultiplierManager()
        silence = _Silence()
        self._engine = ReplicationEngine(
            encoder=LineEncoder(),
            multipliers=multipliers,
            blacklist=BlacklistManager(),
            alerts=silence,
            observer=silence,
            clock=clock,
            trading_day=trading_day_of(clock.now()),
            scheduler=_NoTimers(loop),
        )
        self._tools = AccountTools(
            network=self._network,
            clock=clock,
            tasks=tasks,
            randomness=Random(0),
            policy=SessionPolicy(rate_share=_RATE_SHARE, echo_interval_s=3600.0),
        )
        self._clients: list[MasterClient | TradingClient] = []

    async def open(self) -> None:
        """Let everybody log in at the made-up platform."""
        self._listener = await self._network.listen(_HOST, _PORT, self._adopt)
        port = self._listener.port
        master = MasterClient(
            _endpoint("MASTER", port), self._tools, AccountTap(self._engine.master_listener, self._on_state)
        )
        self._engine.set_master_view(master.view)
        self._clients.append(master)
        master.start()
        await self._all_ready(1)
        follower_id = FollowerId("FOLLOWER")
        tap = AccountTap(self._engine.follower_listener(follower_id), self._on_state)
        follower = TradingClient(_endpoint(follower_id, port), self._tools, tap)
        self._engine.add_follower(FollowerSettings(follower_id, follower_id, "SMAT"), follower)
        self._clients.append(follower)
        follower.start()
        await self._all_ready(2)
        self._engine.arm()

    def play(self) -> None:
        """One made-up order, from the platform's write to the followers' sends in one of the next loop turns."""
        self._played += 1
        if self._played % _ORDERS_A_DAY == 0:
            self._engine.start_day(trading_day_of(self._clock.now()))
            for client in self._clients:
                client.reset_day()
        if self._platform is not None:
            self._platform.say(_ROW % self._played)

    async def close(self) -> None:
        """Leave nothing behind."""
        self._engine.disarm()
        for client in self._clients:
            await client.stop()
        await self._network.close()

    async def _all_ready(self, count: int) -> None:
        while self._ready_count < count:
            self._one_is_ready.clear()
            await self._one_is_ready.wait()

    def _on_state(self, state: ConnectionState, _reason: str) -> None:
        if state is ConnectionState.READY:
            self._ready_count += 1
            self._one_is_ready.set()

    def _adopt(self, link: Link) -> "_Platform":
        platform = _Platform(link, self)
        self._platform = self._platform or platform
        return platform


class _Platform:
    """The made-up platform's end of one link: lets anybody in, and takes orders without a word."""

    def __init__(self, link: Link, stage: _Stage) -> None:
        self._link = link
        self._stage = stage

    def say(self, line: bytes) -> None:
        if self._link.is_open:
            self._link.send(line)

    def on_received(self, chunk: bytes) -> None:
        if chunk.startswith(b"LOGIN"):
            self._link.send(_BURST)
        elif chunk.startswith(b"NEWORDER"):
            self._stage.orders_taken += chunk.count(b"\n")

    def on_lost(self, cause: Exception | None) -> None:
        """It will not come back."""


class _NoTimers:
    """A scheduler for an engine whose followers never answer: nothing is followed up."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def call_soon(self, callback: Callable[[], object]) -> object:
        return self._loop.call_soon(callback)

    def call_later(self, delay: float, callback: Callable[[], object]) -> object:
        return None


class _Silence:
    """Nobody is told anything."""

    def raise_alert(self, level: AlertLevel, message: str, *, follower_id: FollowerId | None = None) -> None:
        return

    def on_replication(self, record: ReplicationRecord) -> None:
        return

    def on_outcome_changed(self, change: OutcomeChange) -> None:
        return


def _endpoint(account_id: str, port: int) -> AccountEndpoint:
    return AccountEndpoint(_HOST, port, "USER", "REHEARSAL", account_id)
