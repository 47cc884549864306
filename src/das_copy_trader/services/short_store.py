"""Where short sale tasks and the locate ledger are kept: the port, and a store in memory for trials and tests."""

from typing import Protocol

import msgspec

from das_copy_trader.domain.locates import LedgerEntry, ShortTaskRecord
from das_copy_trader.engine.short_ports import ShortStore


class LiveShortStore(ShortStore, Protocol):
    """A store that writes in the background."""

    async def run(self) -> None:
        """Write what waits, until cancelled."""

    async def close(self) -> None:
        """Write the rest."""


class MemoryShortDay(msgspec.Struct, frozen=True):
    """Implements engine.short_ports.ShortHistory."""

    entries: tuple[LedgerEntry, ...]
    tasks: tuple[ShortTaskRecord, ...]
    last_entry_id: int


class MemoryShortStore:
    """Lasts as long as the object. Every write of an entry is kept in `written`, in order."""

    def __init__(self) -> None:
        self._entries: dict[int, LedgerEntry] = {}
        self._tasks: dict[str, ShortTaskRecord] = {}
        self.written: list[LedgerEntry] = []

    async def load(self, trading_day: str) -> MemoryShortDay:
        """A day's ledger and tasks."""
        return MemoryShortDay(
            tuple(entry for entry in self._entries.values() if entry.trading_day == trading_day),
            tuple(record for record in self._tasks.values() if record.trading_day == trading_day),
            max(self._entries, default=0),
        )

    async def write_entry(self, entry: LedgerEntry) -> None:
        """Keep an entry."""
        self.note_entry(entry)
        self.written.append(entry)

    def note_entry(self, entry: LedgerEntry) -> None:
        """Keep an entry."""
        self._entries[entry.entry_id] = entry

    def note_task(self, record: ShortTaskRecord) -> None:
        """Keep a task's state."""
        self._tasks[record.task_id] = record

    async def run(self) -> None:
        """There is nothing to write."""

    async def close(self) -> None:
        """There is nothing to write."""
