"""What happened, written to the database behind the trading's back: in batches, by one task, never awaited."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from typing import Final, TypeAlias, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from das_copy_trader.domain.configuration import AlertRecord
from das_copy_trader.domain.identifiers import OrderId
from das_copy_trader.engine.copied_position import CarriedBook
from das_copy_trader.engine.history import (
    PastReplication,
    ReplicationPage,
    ReplicationQuery,
    ReplicationStep,
    StepKind,
)
from das_copy_trader.engine.observer import FollowerResult, OutcomeChange, ReplicationKind, ReplicationRecord
from das_copy_trader.persistence import history_reader, history_sql
from das_copy_trader.persistence.database import Database
from das_copy_trader.persistence.errors import DatabaseWriteError
from das_copy_trader.runtime.clock import Clock, trading_day_of

BATCH_DELAY_S: Final = 0.2
BATCH_ROWS: Final = 200
"""Rows a transaction; between two the loop does what else there is."""
RETRY_FIRST_S: Final = 1.0
RETRY_MAX_S: Final = 30.0
WAITING_MAX: Final = 20_000
STEPS_MAX: Final = 200_000
CLOSE_TIMEOUT_S: Final = 5.0
RETAIN_INTERVAL_S: Final = 3600.0
RETAIN_PAUSE_S: Final = 0.05

_log = structlog.get_logger(__name__)
_Cell: TypeAlias = str | int | float | None
_Row: TypeAlias = tuple[_Cell, ...]
_Key = TypeVar("_Key")


class Journal:
    """Implements services.journal.Journal: keeps the newest state of each copy, and every step, until it is written.

    `on_trouble(sentence)` is told once when writing fails and what waits is kept; `on_recovered()` when all is written.
    What is older than `keep_days` trading days is forgotten by `retain`.
    """

    def __init__(
        self,
        database: Database,
        day_turn: time_of_day,
        on_trouble: Callable[[str], None],
        on_recovered: Callable[[], None],
        *,
        clock: Clock | None = None,
        keep_days: int = 90,
    ) -> None:
        self._database = database
        self._day_turn = day_turn
        self._on_trouble = on_trouble
        self._on_recovered = on_recovered
        self._clock = clock
        self._keep_days = keep_days
        self._replications: dict[tuple[str, int], _Row] = {}
        self._links: dict[tuple[str, int, str], _Row] = {}
        self._found: dict[tuple[str, int], _Row] = {}
        self._found_links: dict[tuple[str, int, str], _Row] = {}
        self._steps: deque[ReplicationStep] = deque()
        self._alerts: deque[_Row] = deque(maxlen=WAITING_MAX)
        self._rows_being_written = 0
        self._lost_steps = 0
        self._lost_after: ReplicationStep | None = None
        self._day_of_second: tuple[datetime, str] | None = None
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self.lost_rows = 0
        """Rows that were given up because the database could not be written for too long."""

    @property
    def waiting_rows(self) -> int:
        """Rows that are not in the database yet."""
        waiting = len(self._replications) + len(self._links) + len(self._steps) + len(self._alerts)
        waiting += len(self._found) + len(self._found_links)
        return waiting + self._rows_being_written

    # --- taking --------------------------------------------------------------------------------------------------

    def note_replication(self, record: ReplicationRecord) -> None:
        """The master did something; returns at once. What was found again is kept where nothing is known of it."""
        is_found = record.kind is ReplicationKind.FOUND
        rows, links = (self._found, self._found_links) if is_found else (self._replications, self._links)
        day = self._day(record.occurred_at)
        key = (day, record.master_order_id)
        waiting = self._replications.get(key)
        decided_at = _moment(record.occurred_at) if waiting is None else waiting[history_sql.DECIDED_AT]
        self._keep(
            rows,
            key,
            (
                day,
                record.master_order_id,
                record.symbol,
                record.side.value,
                record.quantity,
                record.ord_type.value if record.ord_type is not None else "",
                _decimal(record.price),
                _decimal(record.stop_price),
                decided_at,
                _decimal(record.trail_amount),
                record.time_in_force.value if record.time_in_force is not None else "",
                record.reason,
                record.decided_us,
            ),
        )
        for result in record.results:
            self._note_link(links, day, record.master_order_id, result, record.occurred_at)

    def note_outcome(self, change: OutcomeChange) -> None:
        """A copy's outcome changed; returns at once."""
        self._note_link(
            self._links, self._day(change.occurred_at), change.master_order_id, change.result, change.occurred_at
        )

    def note_steps(self, steps: Sequence[ReplicationStep]) -> None:
        """This happened, in this order; returns at once. Beyond what can be kept the newest are counted only."""
        room = max(0, STEPS_MAX - len(self._steps))
        self._steps.extend(steps[:room] if room < len(steps) else steps)
        if room < len(steps):
            self._lost_steps += len(steps) - room
            self.lost_rows += len(steps) - room
            self._lost_after = steps[-1]
        self._wake.set()

    def note_alert(self, alert: AlertRecord) -> None:
        """A person was told something; returns at once."""
        self._alerts.append((_moment(alert.raised_at), alert.level, alert.message, alert.follower_id))
        self._wake.set()

    # --- writing -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Write what waits, until cancelled."""
        retry_s = 0.0
        while True:
            await self._wake.wait()
            await asyncio.sleep(max(BATCH_DELAY_S, retry_s))
            self._wake.clear()
            try:
                await self.flush()
            except DatabaseWriteError as error:
                self._wake.set()
                if retry_s == 0.0:
                    self._on_trouble(str(error))
                retry_s = min(RETRY_MAX_S, max(RETRY_FIRST_S, retry_s * 2))
            else:
                if retry_s:
                    self._on_recovered()
                retry_s = 0.0

    async def flush(self) -> None:
        """Write all that waits. Raises DatabaseWriteError; then what is left waits on."""
        async with self._writing:
            while self.waiting_rows:
                await self._write_batch()

    async def _write_batch(self) -> None:
        """One transaction of some rows."""
        replications = _take(self._replications)
        links = _take(self._links)
        found, found_links = _take(self._found), _take(self._found_links)
        alerts = [self._alerts.popleft() for _ in range(min(BATCH_ROWS, len(self._alerts)))]
        steps = [self._steps.popleft() for _ in range(min(BATCH_ROWS, len(self._steps)))]
        lost = 0 if self._steps else self._lost_steps  # the missing ones came after all that wait
        self._lost_steps -= lost
        self._rows_being_written = len(replications) + len(links) + len(alerts) + len(steps)
        try:
            async with self._database.note() as connection:
                await _insert(connection, history_sql.UPSERT_REPLICATION, list(replications.values()))
                await _insert(connection, history_sql.UPSERT_LINK, list(links.values()))
                await _insert(connection, history_sql.ADD_REPLICATION, list(found.values()))
                await _insert(connection, history_sql.ADD_LINK, list(found_links.values()))
                await _insert(connection, history_sql.INSERT_STEP, [_step_row(step) for step in steps])
                if lost and self._lost_after is not None:
                    await _insert(connection, history_sql.INSERT_STEP, [_step_row(_gap(lost, self._lost_after))])
                await _insert(connection, history_sql.INSERT_ALERT, alerts)
        except (DatabaseWriteError, asyncio.CancelledError):
            # What came meanwhile is newer and wins.
            self._replications = {**replications, **self._replications}
            self._links = {**links, **self._links}
            self._found = {**found, **self._found}
            self._found_links = {**found_links, **self._found_links}
            self._alerts.extendleft(reversed(alerts))
            self._steps.extendleft(reversed(steps))
            self._lost_steps += lost
            raise
        finally:
            self._rows_being_written = 0

    async def close(self) -> None:
        """Write the rest within `CLOSE_TIMEOUT_S`; what could not be written is counted and logged."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.flush()
        except (DatabaseWriteError, TimeoutError) as error:
            self.lost_rows += self.waiting_rows
            _log.error("The end of the history could not be stored", rows=self.waiting_rows, reason=str(error))

    async def retain(self) -> None:
        """Forget what is older than `keep_days`, a little at a time, now and each hour, until cancelled."""
        assert self._clock is not None, "who retains knows the time"
        while True:
            oldest = trading_day_of(self._clock.now(), self._day_turn) - timedelta(days=self._keep_days)
            try:
                await self.forget_before(oldest)
            except DatabaseWriteError as error:
                _log.warning("Old history could not be removed; it is tried again in an hour", reason=str(error))
            await asyncio.sleep(RETAIN_INTERVAL_S)

    async def forget_before(self, day: date) -> int:
        """Remove everything of earlier trading days, and earlier alerts, in batches; the count of removed rows."""
        removed = 0
        limits = (day.isoformat(), BATCH_ROWS)
        for statement in history_sql.FORGET:
            count = BATCH_ROWS
            while count == BATCH_ROWS:
                async with self._writing, self._database.note() as connection:
                    count = (await connection.exec_driver_sql(statement, limits)).rowcount
                removed += count
                await asyncio.sleep(RETAIN_PAUSE_S if count == BATCH_ROWS else 0)
        return removed

    # --- reading -------------------------------------------------------------------------------------------------

    async def page(self, query: ReplicationQuery) -> ReplicationPage:
        """Master orders of any day, newest first. Raises DatabaseWriteError when the database cannot be read."""
        await self._catch_up()
        async with self._database.note() as connection:
            return await history_reader.read_page(connection, query)

    async def replication(self, trading_day: date, order_id: OrderId) -> PastReplication | None:
        """One master order of a day; None when nothing is known of it."""
        await self._catch_up()
        async with self._database.note() as connection:
            return await history_reader.read_replication(connection, trading_day, order_id)

    async def steps(self, trading_day: date, order_id: OrderId) -> list[ReplicationStep]:
        """What happened to a master order and its copies, in order; gaps of that day among it."""
        await self._catch_up()
        async with self._database.note() as connection:
            return await history_reader.read_steps(connection, trading_day, order_id)

    async def carried(self, trading_day: date) -> CarriedBook:
        """What copies of the days before this one have left; what cannot be read is not known."""
        try:
            async with self._database.note() as connection:
                return await history_reader.read_carried(connection, trading_day)
        except DatabaseWriteError:
            return {}

    async def _catch_up(self) -> None:
        """Write what waits first, so that what is read is whole; a database that cannot be written may be readable."""
        try:
            await self.flush()
        except DatabaseWriteError:
            self._wake.set()

    # --- rows ----------------------------------------------------------------------------------------------------

    def _note_link(
        self,
        links: dict[tuple[str, int, str], _Row],
        day: str,
        master_order_id: OrderId,
        result: FollowerResult,
        moment: datetime,
    ) -> None:
        self._keep(
            links,
            (day, master_order_id, result.follower_id),
            (
                day,
                master_order_id,
                result.follower_id,
                result.cl_ord_id,
                result.order_id,
                result.outcome.value,
                result.quantity,
                result.filled_quantity,
                result.reason,
                _moment(moment),
                result.sent_us,
                result.acked_us,
            ),
        )

    def _keep(self, rows: dict[_Key, _Row], key: _Key, row: _Row) -> None:
        if key not in rows and len(rows) >= WAITING_MAX:
            del rows[next(iter(rows))]
            self.lost_rows += 1
        rows[key] = row
        self._wake.set()

    def _day(self, moment: datetime) -> str:
        """The moment's trading day; worked out once a second of history."""
        second = moment.replace(microsecond=0)
        if self._day_of_second is None or self._day_of_second[0] != second:
            self._day_of_second = (second, trading_day_of(moment, self._day_turn).isoformat())
        return self._day_of_second[1]


def _take(rows: dict[_Key, _Row]) -> dict[_Key, _Row]:
    """The first rows, taken out."""
    keys = list(rows)[:BATCH_ROWS]
    return {key: rows.pop(key) for key in keys}


async def _insert(connection: AsyncConnection, statement: str, rows: list[_Row]) -> None:
    if rows:
        # Straight to the driver: what SQLAlchemy makes of a row costs the loop ten times as much.
        await connection.exec_driver_sql(statement, rows)


def _gap(lost: int, last: ReplicationStep) -> ReplicationStep:
    reason = f"{lost} steps are missing: the database could not be written for too long."
    return ReplicationStep(
        last.occurred_at, last.trading_day, OrderId(0), history_sql.MASTER, StepKind.GAP, reason=reason
    )


def _step_row(step: ReplicationStep) -> _Row:
    return (
        step.trading_day.isoformat(),
        step.master_order_id,
        step.follower_id,
        _moment(step.occurred_at),
        step.kind.value,
        step.outcome.value if step.outcome is not None else "",
        step.order_id,
        step.cl_ord_id,
        step.quantity,
        step.filled_quantity,
        step.reason,
        step.text(),
    )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _decimal(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")
