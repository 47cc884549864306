"""The open database: one connection for the user's decisions, one for the journal."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from das_copy_trader.persistence.errors import DatabaseWriteError
from das_copy_trader.persistence.migrate import explain, prepare_database

BUSY_TIMEOUT_MS = 5000


class Database:
    """An open SQLite file in WAL mode. What `decide` wrote is on the disk when it ends; the journal may lag.

    When the file is removed under it, it is written anew from what is still open, and `on_restored` is told a sentence.
    """

    def __init__(self, path: Path, on_restored: Callable[[str], None] | None = None) -> None:
        self.path = path
        self.on_restored: Callable[[str], None] = on_restored or _ignore
        self._decisions = _engine(path, "FULL")
        self._journal = _engine(path, "NORMAL")
        self._lock_by_engine = {self._decisions: asyncio.Lock(), self._journal: asyncio.Lock()}
        self._place = _place_of(path)

    @classmethod
    def open(cls, path: Path) -> "Database":
        """Check, migrate and open. Blocks; raises StorageError with a sentence."""
        prepare_database(path)
        return cls(path)

    @asynccontextmanager
    async def decide(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is on the disk when it ends. Raises DatabaseWriteError; then nothing was stored."""
        async with self._transaction(self._decisions) as connection:
            yield connection

    @asynccontextmanager
    async def note(self) -> AsyncIterator[AsyncConnection]:
        """A transaction for history: a power cut may take the last ones. Raises DatabaseWriteError."""
        async with self._transaction(self._journal) as connection:
            yield connection

    async def close(self) -> None:
        """Close both connections."""
        await self._journal.dispose()
        await self._decisions.dispose()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        if _place_of(self.path) != self._place:
            await self._restore()
        try:
            async with self._lock_by_engine[engine], engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise DatabaseWriteError(str(explain(error, self.path))) from error

    async def _restore(self) -> None:
        """Write a removed file anew. SQLite itself would go on with the file that nobody can find any more.

        Raises DatabaseWriteError when another file is in its place, or when it cannot be written.
        """
        async with self._lock_by_engine[self._decisions], self._lock_by_engine[self._journal]:
            found = _place_of(self.path)
            if found == self._place:
                return
            if found is not None:
                raise DatabaseWriteError(
                    f"The database {self.path} was replaced by another file while the program ran. "
                    "Put the former one back, or restart the program to use the new one."
                )
            rescue = self.path.with_name(f"{self.path.name}.rescue")
            try:
                await self._copy_to(rescue)
                # Closing removes files by their names, so it comes before the new ones are there.
                await self.close()
                for ending in ("-wal", "-shm"):
                    self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
                rescue.chmod(0o600)
                rescue.rename(self.path)
            except (OSError, sqlite3.Error, SQLAlchemyError) as error:
                raise DatabaseWriteError(
                    f"The database {self.path} was removed while the program ran and cannot be written anew ({error})."
                ) from error
            self._place = _place_of(self.path)
        self.on_restored(
            f"The database {self.path} was removed while the program ran. It was written anew from what was still "
            "open; nothing is lost. Find out what removed it."
        )

    async def _copy_to(self, target: Path) -> None:
        async with self._decisions.connect() as connection:
            raw = await connection.get_raw_connection()
            driver = raw.driver_connection
            assert driver is not None
            with contextlib.closing(sqlite3.connect(target, check_same_thread=False)) as copy:
                await driver.backup(copy)
                # Whoever opened a connection after the removal holds a file without a table: no copy of ours.
                tables = copy.execute("SELECT count(*) FROM sqlite_master WHERE name='followers'").fetchone()
                if tables[0] != 1:
                    raise sqlite3.OperationalError("its content is gone as well")


def _place_of(path: Path) -> tuple[int, int] | None:
    """Which file stands there; None: none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _ignore(_sentence: str) -> None:
    """Stands in until somebody wants to know."""


def _engine(path: Path, synchronous: Literal["FULL", "NORMAL"]) -> AsyncEngine:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=1, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
