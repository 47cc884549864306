"""The database in trouble while the program runs: told, nothing lost, nothing papered over."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from das_copy_trader.domain.configuration import MultiplierRecord, StoredMaster
from das_copy_trader.persistence.config_store import SqlConfigStore
from das_copy_trader.persistence.database import Database
from das_copy_trader.persistence.errors import DatabaseWriteError
from tests.persistence.records import MASTER, multiplier


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database.open(tmp_path / "a.db")
    yield opened
    await opened.close()


async def fill_the_disk(database: Database) -> None:
    """SQLite takes a bound on its pages for the end of the disk."""
    for transaction in (database.decide, database.note):
        async with transaction() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


async def save_many(store: SqlConfigStore, count: int) -> None:
    for number in range(count):
        await store.save_multiplier(multiplier(f"S{number}"))


async def make_room(database: Database) -> None:
    for transaction in (database.decide, database.note):
        async with transaction() as connection:
            await connection.exec_driver_sql("PRAGMA max_page_count=1000000")


async def test_a_full_disk_is_a_sentence_and_what_was_stored_stays(database: Database) -> None:
    store = SqlConfigStore(database)
    await store.save_master(StoredMaster(MASTER, "sealed"))
    await fill_the_disk(database)
    with pytest.raises(DatabaseWriteError, match="full"):
        await save_many(store, 1000)
    kept = (await store.load()).multipliers
    await make_room(database)
    await store.save_multiplier(multiplier("AFTER"))
    loaded = await store.load()
    assert loaded.master is not None
    assert set(loaded.multipliers) == {*kept, multiplier("AFTER")}


async def test_a_removed_database_is_written_anew_with_everything_in_it(database: Database) -> None:
    told: list[str] = []
    database.on_restored = told.append
    store = SqlConfigStore(database)
    await store.save_master(StoredMaster(MASTER, "sealed"))
    for number in range(50):
        await store.save_multiplier(multiplier(f"S{number}"))
    async with database.note() as connection:
        await connection.exec_driver_sql("SELECT 1")
    for file in database.path.parent.glob("a.db*"):
        file.unlink()
    await asyncio.gather(*(store.save_multiplier(multiplier(f"T{number}")) for number in range(20)))
    assert len(told) == 1
    assert "removed" in told[0]
    await database.close()
    again = Database.open(database.path)
    try:
        loaded = await SqlConfigStore(again).load()
        assert loaded.master == StoredMaster(MASTER, "sealed")
        assert len(loaded.multipliers) == 70
    finally:
        await again.close()


async def test_a_removal_that_left_the_log_behind_does_no_harm(database: Database) -> None:
    store = SqlConfigStore(database)
    await store.save_multiplier(multiplier("A"))
    database.path.unlink()
    await store.save_multiplier(multiplier("B"))
    with contextlib.closing(sqlite3.connect(database.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert [record.symbol for record in (await store.load()).multipliers] == ["A", "B"]


async def test_another_file_in_its_place_is_refused(database: Database, tmp_path: Path) -> None:
    store = SqlConfigStore(database)
    await store.save_multiplier(multiplier("A"))
    other = Database.open(tmp_path / "b.db")
    await other.close()
    (tmp_path / "b.db").replace(database.path)
    with pytest.raises(DatabaseWriteError, match="replaced by another file"):
        await store.save_multiplier(multiplier("B"))


async def test_a_lock_of_another_program_is_a_sentence(database: Database) -> None:
    store = SqlConfigStore(database)
    await store.load()
    async with database.decide() as connection:
        await connection.exec_driver_sql("PRAGMA busy_timeout=20")
    with contextlib.closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseWriteError, match="locked by another program"):
            await store.save_multiplier(multiplier("A"))
        other.execute("ROLLBACK")
    await store.save_multiplier(multiplier("A"))
    assert isinstance((await store.load()).multipliers[0], MultiplierRecord)
