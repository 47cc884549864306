"""Start and stop of the whole, and the mode it is in."""

import asyncio
from datetime import datetime

from das_copy_trader.domain.configuration import MasterConfig, StoredFollower
from das_copy_trader.domain.enums import AlertLevel, ConnectionState, Mode
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.engine.ports import Alerts
from das_copy_trader.engine.replication_engine import ReplicationEngine
from das_copy_trader.engine.scheduler import DaySchedule
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.services.configuration import Configuration
from das_copy_trader.services.das_service import MASTER, DASService
from das_copy_trader.services.errors import ConflictError
from das_copy_trader.services.rehearsal import Rehearsal


class CopySystem:
    """Connects everything and arms the engine once the master is ready; disarms it first when it stops.

    `rehearsal` keeps the way of an order warm while it copies.

    Implements services.configuration.ConfigurationListener: changes hold at once while it runs.
    """

    def __init__(
        self,
        *,
        configuration: Configuration,
        das_service: DASService,
        engine: ReplicationEngine,
        alerts: Alerts,
        clock: Clock,
        schedule: DaySchedule,
        start_timeout_s: float,
        rehearsal: Rehearsal | None = None,
    ) -> None:
        self._configuration = configuration
        self._das_service = das_service
        self._engine = engine
        self._alerts = alerts
        self._clock = clock
        self._schedule = schedule
        self.start_timeout_s = start_timeout_s
        """How long `start` waits for the accounts' first try."""
        self._rehearsal = rehearsal
        self._stop_lock = asyncio.Lock()
        self._engine_day = schedule.trading_day
        self._is_restarting = False
        self._starts = 0
        self.started_at: datetime | None = None
        """When the user started it; None while it is stopped."""
        das_service.on_master_state = self._on_master_state
        configuration.listen(self)

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped since."""
        return self.started_at is not None

    @property
    def _is_connected(self) -> bool:
        """Whether there are clients to change: it runs and no restart is about to make all of them anew."""
        return self.is_running and not self._is_restarting

    @property
    def mode(self) -> Mode:
        """What the whole is doing."""
        if not self.is_running:
            return Mode.STOPPED
        return self._engine.mode if self._engine.mode is not Mode.STOPPED else Mode.CONNECTING

    @property
    def mode_reason(self) -> str:
        """Why it is so, in a sentence."""
        mode = self.mode
        if mode is Mode.STOPPED:
            return "Nothing is copied until you start."
        if mode is Mode.CONNECTING and self._is_restarting:
            return "The trading day turns: everything is connected anew."
        if mode is Mode.CONNECTING:
            master = self._das_service.master
            state = f"it is {master.state.value}" if master is not None else self._das_service.fault(MASTER)
            return f"Waiting for the master: {state}."
        return "The master's orders are copied."

    async def start(self) -> None:
        """Connect every account and copy as soon as the master is ready.

        Returns when each account's first try has come to something, or after the time limit; accounts that are not
        ready go on trying. Raises ConflictError when it runs already or no master is configured.
        """
        if self.is_running:
            raise ConflictError("Copying is started already. Stop it first to start it anew.")
        if self._configuration.master is None:
            raise ConflictError("There is no master account yet. Configure it first (PUT /api/master).")
        if self._stop_lock.locked() or self._is_restarting:
            raise ConflictError("Copying is just being stopped, or the trading day turns. Try again in a moment.")
        self._schedule.turn(self._clock.now())
        self._begin_day()
        self.started_at = self._clock.now()
        self._starts += 1
        self._das_service.start_all()
        if not await self._is_settled_in_time():
            self._alerts.raise_alert(
                AlertLevel.WARN, "Not every account has connected yet; each goes on trying. See the health page."
            )

    def _begin_day(self) -> None:
        """The engine's day becomes the present one: its memory is emptied, since the platforms' ids begin anew."""
        if self._engine_day != self._schedule.trading_day:
            self._engine_day = self._schedule.trading_day
            self._engine.start_day(self._engine_day)

    async def _is_settled_in_time(self) -> bool:
        try:
            async with asyncio.timeout(self.start_timeout_s):
                await self._das_service.wait_settled()
        except TimeoutError:
            return False
        return True

    def pause_for_restart(self) -> None:
        """The trading day has turned: nothing is sent from now on until `restart`, which must follow."""
        self._engine.disarm()
        self._is_restarting = True

    async def restart(self) -> str:
        """Begin the trading day: close every connection, empty the day's maps, connect again what was started.

        What the user stopped, also meanwhile, stays stopped. Gives the result as a sentence.
        """
        starts = self._starts
        ready_before = self._das_service.ready_accounts()
        try:
            async with self._stop_lock:
                await self._das_service.stop_all()
                self._begin_day()
        finally:
            self._is_restarting = False
        if not self._runs_since(starts):
            return "The day's memory was emptied; copying was stopped and stays so."
        self._das_service.start_all()
        await self._is_settled_in_time()
        if not self._runs_since(starts):
            return "The day's memory was emptied; copying was stopped meanwhile and stays so."
        lost = [name for name in ready_before if name not in self._das_service.ready_accounts()]
        if lost:
            what = f"not connected again yet: {', '.join(lost)}. Each goes on trying; see the health page"
            self._alerts.raise_alert(AlertLevel.WARN, f"After the daily restart, {what}.")
            return f"Restarted, but {what}."
        return "Restarted; everything that was connected is connected again."

    def _runs_since(self, starts: int) -> bool:
        """Whether nobody has stopped it since that start."""
        return self.is_running and self._starts == starts

    async def stop(self) -> None:
        """Disarm, then disconnect everything. When it returns nothing is sent any more. Idempotent."""
        self._engine.disarm()
        self.started_at = None
        async with self._stop_lock:
            if self._rehearsal is not None:
                await self._rehearsal.stop()
            await self._das_service.stop_all()

    # ------------------------------------------------------------------------------------------ ConfigurationListener

    def before_master_change(self, config: MasterConfig) -> None:
        """The master can be exchanged only while nothing is copied."""
        present = self._configuration.master
        if self.is_running and present is not None:
            raise ConflictError("The master cannot be changed while copying is started. Stop it first.")

    def on_master_changed(self) -> None:
        """There was none while it was started, or it is stopped: the next start takes it."""

    def on_follower_added(self, follower_id: FollowerId) -> None:
        """Connect it now if the system runs; a restart that is under way takes it along."""
        if self._is_connected:
            self._das_service.add_follower(follower_id)

    def on_follower_changed(self, before: StoredFollower, after: StoredFollower) -> None:
        """Apply it now if the system runs."""
        if self._is_connected:
            self._das_service.change_follower(before, after)

    def on_follower_reached_otherwise(self, follower_id: FollowerId) -> None:
        """Reconnect it now if the system runs."""
        if self.is_running:
            self._das_service.reconnect_follower(follower_id)

    def on_follower_removed(self, follower_id: FollowerId) -> None:
        """Let go of it now if the system runs."""
        self._engine.remove_follower(follower_id)
        if self._is_connected:
            self._das_service.remove_follower(follower_id)

    def _on_master_state(self, state: ConnectionState) -> None:
        if state is ConnectionState.READY and self._is_connected and self._engine.mode is Mode.STOPPED:
            self._engine.arm()
            if self._rehearsal is not None:
                self._rehearsal.start()
