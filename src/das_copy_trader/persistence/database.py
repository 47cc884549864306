"""The open database: one connection for the user's decisions, one for the journal."""

from collections.abc import AsyncIterator
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
    """An open SQLite file in WAL mode. What `decide` wrote is on the disk when it ends; the journal may lag."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._decisions = _engine(path, "FULL")
        self._journal = _engine(path, "NORMAL")

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
        try:
            async with engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise DatabaseWriteError(str(explain(error, self.path))) from error


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
