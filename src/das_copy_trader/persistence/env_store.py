"""The settings that the user stored in the program, in SQLite: one sealed text."""

import contextlib
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from das_copy_trader.domain.configuration import StoredEnv
from das_copy_trader.persistence import tables
from das_copy_trader.persistence.database import Database
from das_copy_trader.persistence.migrate import explain

_ROW_ID: Final = 1


class SqlEnvStore:
    """Implements services.env_store.EnvStore. Raises DatabaseWriteError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_env(self) -> StoredEnv | None:
        """What is stored; None when nothing is."""
        async with self._database.decide() as connection:
            row = (await connection.execute(select(tables.env_config))).mappings().first()
            return None if row is None else StoredEnv(row["sealed_content"], row["updated_at"])

    async def save_env(self, stored: StoredEnv) -> None:
        """Keep it in place of what was there."""
        cells = {"id": _ROW_ID, "sealed_content": stored.sealed_content, "updated_at": stored.updated_at}
        async with self._database.decide() as connection:
            await connection.execute(insert(tables.env_config).values(cells).on_conflict_do_update(set_=cells))


def read_stored_env(path: Path) -> StoredEnv | None:
    """What is stored, before anything runs: the settings decide how everything else is made. Raises StorageError.

    None too where the database is still an empty file.
    """
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'env_config'").fetchone():
                return None
            row = connection.execute("SELECT sealed_content, updated_at FROM env_config").fetchone()
    except sqlite3.Error as error:
        raise explain(error, path) from error
    return None if row is None else StoredEnv(row[0], datetime.fromisoformat(row[1]))
