"""What happened, written to the database behind the trading's back: in batches, by one task, never awaited."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from datetime import time as time_of_day
from decimal import Decimal
from typing import Final, TypeVar

import structlog
from sqlalchemy import insert
from sqlalchemy.dialects.sqlite import insert as upsert

from das_copy_trader.domain.configuration import AlertRecord
from das_copy_trader.domain.identifiers import OrderId
from das_copy_trader.engine.observer import FollowerResult, OutcomeChange, ReplicationRecord
from das_copy_trader.persistence import tables
from das_copy_trader.persistence.database import Database
from das_copy_trader.persistence.errors import DatabaseWriteError
from das_copy_trader.runtime.clock import trading_day_of

BATCH_DELAY_S: Final = 0.2
RETRY_FIRST_S: Final = 1.0
RETRY_MAX_S: Final = 30.0
WAITING_MAX: Final = 20_000
CLOSE_TIMEOUT_S: Final = 5.0

_log = structlog.get_logger(__name__)
_Cells = dict[str, str | int | Decimal | datetime | None]
_Key = TypeVar("_Key")


class Journal:
    """Implements services.journal.Journal: keeps the newest state of each copy until it is written.

    `on_trouble(sentence)` is told once when writing fails and what waits is kept; `on_recovered()` when all is written.
    """

    def __init__(
        self,
        database: Database,
        day_turn: time_of_day,
        on_trouble: Callable[[str], None],
        on_recovered: Callable[[], None],
    ) -> None:
        self._database = database
        self._day_turn = day_turn
        self._on_trouble = on_trouble
        self._on_recovered = on_recovered
        self._replications: dict[tuple[str, int], _Cells] = {}
        self._links: dict[tuple[str, int, str], _Cells] = {}
        self._alerts: deque[_Cells] = deque(maxlen=WAITING_MAX)
        self._rows_being_written = 0
        self._wake = asyncio.Event()
        self.lost_rows = 0
        """Rows that were given up because the database could not be written for too long."""

    @property
    def waiting_rows(self) -> int:
        """Rows that are not in the database yet."""
        return len(self._replications) + len(self._links) + len(self._alerts) + self._rows_being_written

    def note_replication(self, record: ReplicationRecord) -> None:
        """The master did something; returns at once."""
        day = self._day(record.occurred_at)
        self._keep(
            self._replications,
            (day, record.master_order_id),
            {
                "trading_day": day,
                "master_order_id": record.master_order_id,
                "symbol": record.symbol,
                "side": record.side.value,
                "quantity": record.quantity,
                "ord_type": record.ord_type.value if record.ord_type is not None else "",
                "price": record.price,
                "stop_price": record.stop_price,
                "decided_at": record.occurred_at,
            },
        )
        for result in record.results:
            self._note_link(day, record.master_order_id, result, record.occurred_at)

    def note_outcome(self, change: OutcomeChange) -> None:
        """A copy's outcome changed; returns at once."""
        self._note_link(self._day(change.occurred_at), change.master_order_id, change.result, change.occurred_at)

    def note_alert(self, alert: AlertRecord) -> None:
        """A person was told something; returns at once."""
        self._alerts.append(
            {
                "raised_at": alert.raised_at,
                "level": alert.level,
                "message": alert.message,
                "follower_id": alert.follower_id,
            }
        )
        self._wake.set()

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
        """Write all that waits, in one transaction. Raises DatabaseWriteError; then it waits on."""
        replications, self._replications = self._replications, {}
        links, self._links = self._links, {}
        alerts = list(self._alerts)
        self._alerts.clear()
        self._rows_being_written = len(replications) + len(links) + len(alerts)
        try:
            async with self._database.note() as connection:
                for table, rows in ((tables.replications, replications), (tables.order_links, links)):
                    for cells in rows.values():
                        await connection.execute(upsert(table).values(cells).on_conflict_do_update(set_=cells))
                if alerts:
                    await connection.execute(insert(tables.alerts), alerts)
        except (DatabaseWriteError, asyncio.CancelledError):
            # What came meanwhile is newer and wins.
            self._replications = {**replications, **self._replications}
            self._links = {**links, **self._links}
            self._alerts.extendleft(reversed(alerts))
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

    def _note_link(self, day: str, master_order_id: OrderId, result: FollowerResult, moment: datetime) -> None:
        self._keep(
            self._links,
            (day, master_order_id, result.follower_id),
            {
                "trading_day": day,
                "master_order_id": master_order_id,
                "follower_id": result.follower_id,
                "cl_ord_id": result.cl_ord_id,
                "follower_order_id": result.order_id,
                "outcome": result.outcome.value,
                "quantity": result.quantity,
                "cum_qty": result.filled_quantity,
                "reason": result.reason,
                "updated_at": moment,
            },
        )

    def _keep(self, rows: dict[_Key, _Cells], key: _Key, cells: _Cells) -> None:
        if key not in rows and len(rows) >= WAITING_MAX:
            del rows[next(iter(rows))]
            self.lost_rows += 1
        rows[key] = cells
        self._wake.set()

    def _day(self, moment: datetime) -> str:
        return trading_day_of(moment, self._day_turn).isoformat()
