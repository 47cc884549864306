"""Short sale tasks and the locate ledger in SQLite: what is spent at once and for good, the rest in batches."""

import asyncio
from typing import Final

import msgspec
from sqlalchemy import RowMapping, Table, func, select
from sqlalchemy.dialects.sqlite import Insert, insert

from das_copy_trader.domain.locates import LedgerEntry, LedgerWriteError, ShortTaskRecord
from das_copy_trader.persistence import tables
from das_copy_trader.persistence.database import Database
from das_copy_trader.persistence.errors import DatabaseWriteError, StorageError

BATCH_DELAY_S: Final = 0.5
RETRY_S: Final = 5.0
WAITING_MAX: Final = 20_000


class ShortDay(msgspec.Struct, frozen=True):
    """Implements engine.short_ports.ShortHistory."""

    entries: tuple[LedgerEntry, ...]
    tasks: tuple[ShortTaskRecord, ...]
    last_entry_id: int


class SqlShortStore:
    """Implements engine.short_ports.ShortStore. The newest state of each row waits; writes go one after another."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries: dict[int, LedgerEntry] = {}
        self._tasks: dict[str, ShortTaskRecord] = {}
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self.lost_rows = 0
        """Rows that were given up because the database could not be written for too long."""

    async def load(self, trading_day: str) -> ShortDay:
        """A day's ledger and tasks. Raises StorageError."""
        ledger, tasks = tables.locate_ledger, tables.short_sale_tasks
        async with self._database.note() as connection:
            entries = await connection.execute(
                select(ledger).where(ledger.c.trading_day == trading_day).order_by(ledger.c.entry_id)
            )
            records = await connection.execute(
                select(tasks).where(tasks.c.trading_day == trading_day).order_by(tasks.c.created_at, tasks.c.task_id)
            )
            last = (await connection.execute(select(func.max(ledger.c.entry_id)))).scalar() or 0
            return ShortDay(
                tuple(_entry(row) for row in entries.mappings()),
                tuple(_record(row) for row in records.mappings()),
                last,
            )

    async def write_entry(self, entry: LedgerEntry) -> None:
        """Keep an entry; it survives a power cut when this returns. Raises LedgerWriteError."""
        async with self._writing:
            self._entries.pop(entry.entry_id, None)
            try:
                async with self._database.decide() as connection:
                    await connection.execute(_upsert(tables.locate_ledger, msgspec.structs.asdict(entry)))
            except StorageError as error:
                self.note_entry(entry)
                raise LedgerWriteError(str(error)) from error
            except asyncio.CancelledError:
                self._entries.setdefault(entry.entry_id, entry)  # written or not, it must not be forgotten
                self._wake.set()
                raise

    def note_entry(self, entry: LedgerEntry) -> None:
        """Keep an entry that costs nothing, a little later."""
        if len(self._entries) >= WAITING_MAX and entry.entry_id not in self._entries:
            del self._entries[next(iter(self._entries))]
            self.lost_rows += 1
        self._entries[entry.entry_id] = entry
        self._wake.set()

    def note_task(self, record: ShortTaskRecord) -> None:
        """Keep a task's state, a little later."""
        if len(self._tasks) >= WAITING_MAX and record.task_id not in self._tasks:
            del self._tasks[next(iter(self._tasks))]
            self.lost_rows += 1
        self._tasks[record.task_id] = record
        self._wake.set()

    async def run(self) -> None:
        """Write what waits, until cancelled."""
        wait_s = BATCH_DELAY_S
        while True:
            await self._wake.wait()
            await asyncio.sleep(wait_s)
            self._wake.clear()
            try:
                await self.flush()
            except DatabaseWriteError:
                wait_s = RETRY_S  # the journal, in the same database, tells the user
                self._wake.set()
            else:
                wait_s = BATCH_DELAY_S

    async def flush(self) -> None:
        """Write all that waits. Raises DatabaseWriteError; then it waits on."""
        async with self._writing:
            entries, self._entries = self._entries, {}
            tasks, self._tasks = self._tasks, {}
            if not entries and not tasks:
                return
            try:
                async with self._database.note() as connection:
                    for entry in entries.values():
                        await connection.execute(_upsert(tables.locate_ledger, msgspec.structs.asdict(entry)))
                    for record in tasks.values():
                        cells = msgspec.structs.asdict(record)
                        del cells["offer"]
                        await connection.execute(_upsert(tables.short_sale_tasks, cells))
            except (DatabaseWriteError, asyncio.CancelledError):
                self._entries = {**entries, **self._entries}  # what came meanwhile is newer and wins
                self._tasks = {**tasks, **self._tasks}
                raise

    async def close(self) -> None:
        """Write the rest; what cannot be written is counted."""
        try:
            await self.flush()
        except DatabaseWriteError:
            self.lost_rows += len(self._entries) + len(self._tasks)


def _upsert(table: Table, cells: dict[str, object]) -> Insert:
    values = {name: str(cell) if hasattr(cell, "value") else cell for name, cell in cells.items()}
    return insert(table).values(values).on_conflict_do_update(set_=values)


def _entry(row: RowMapping) -> LedgerEntry:
    return msgspec.convert({str(name): cell for name, cell in row.items()}, LedgerEntry)


def _record(row: RowMapping) -> ShortTaskRecord:
    return msgspec.convert({str(name): cell for name, cell in row.items()}, ShortTaskRecord)
