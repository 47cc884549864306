"""History is written behind the trading's back, and survives a database that is in trouble."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from das_copy_trader.domain.configuration import AlertRecord
from das_copy_trader.domain.enums import OrdType, Outcome, Side, TimeInForce
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol
from das_copy_trader.engine.observer import FollowerResult, OutcomeChange, ReplicationKind, ReplicationRecord
from das_copy_trader.persistence import journal as journal_module
from das_copy_trader.persistence.database import Database
from das_copy_trader.persistence.errors import DatabaseWriteError
from das_copy_trader.persistence.journal import Journal

NOW = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
F1 = FollowerId("f1")


def result(outcome: Outcome, *, filled: int = 0) -> FollowerResult:
    return FollowerResult(
        follower_id=F1,
        outcome=outcome,
        success=True,
        quantity=50,
        reason="",
        cl_ord_id=ClOrdId(1 << 30),
        order_id=OrderId(7),
        filled_quantity=filled,
        sent_us=1.0,
        acked_us=None,
    )


def record(order_id: int, outcome: Outcome = Outcome.PENDING) -> ReplicationRecord:
    return ReplicationRecord(
        kind=ReplicationKind.REPLICATED,
        occurred_at=NOW,
        master_order_id=OrderId(order_id),
        symbol=Symbol("MSFT"),
        side=Side.BUY,
        quantity=100,
        ord_type=OrdType.LIMIT,
        price=Decimal("200.50"),
        stop_price=None,
        trail_amount=None,
        time_in_force=TimeInForce.DAY,
        reason="",
        results=(result(outcome),),
    )


class Heard:
    """What the journal told."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.recoveries = 0

    def recover(self) -> None:
        self.recoveries += 1


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database.open(tmp_path / "a.db")
    yield opened
    await opened.close()


@pytest.fixture
def journal(database: Database, heard: Heard) -> Journal:
    return Journal(database, time_of_day(3, 0), heard.troubles.append, heard.recover)


def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(database.path)) as connection:
        return list(connection.execute(query))


async def test_the_newest_state_of_each_copy_is_stored(journal: Journal, database: Database) -> None:
    journal.note_replication(record(101))
    journal.note_replication(record(102))
    journal.note_outcome(OutcomeChange(NOW, OrderId(101), Symbol("MSFT"), result(Outcome.FILLED, filled=50)))
    journal.note_alert(AlertRecord(1, NOW, "warn", "look here", F1))
    await journal.flush()
    links = rows(database, "SELECT trading_day, master_order_id, outcome, cum_qty FROM order_links ORDER BY 2")
    assert links == [("2026-01-05", 101, "filled", 50), ("2026-01-05", 102, "pending", 0)]
    assert rows(database, "SELECT symbol, side, quantity, price FROM replications WHERE master_order_id = 101") == [
        ("MSFT", "BUY", 100, "200.50")
    ]
    assert rows(database, "SELECT level, message FROM alerts") == [("warn", "look here")]
    assert journal.waiting_rows == 0


async def test_what_was_found_again_is_stored_where_nothing_is_known_of_it(
    journal: Journal, database: Database
) -> None:
    journal.note_replication(record(101, Outcome.FAILED))
    await journal.flush()
    for order_id in (101, 102):
        journal.note_replication(msgspec.structs.replace(record(order_id), kind=ReplicationKind.FOUND))
    await journal.flush()
    links = rows(database, "SELECT master_order_id, outcome FROM order_links ORDER BY 1")
    assert links == [(101, "failed"), (102, "pending")]
    assert rows(database, "SELECT count(*) FROM replications") == [(2,)]


async def test_a_later_batch_overwrites_the_copy(journal: Journal, database: Database) -> None:
    journal.note_replication(record(101))
    await journal.flush()
    journal.note_outcome(OutcomeChange(NOW, OrderId(101), Symbol("MSFT"), result(Outcome.CANCELLED)))
    await journal.flush()
    assert rows(database, "SELECT outcome FROM order_links") == [("cancelled",)]


async def test_what_cannot_be_written_waits_and_trouble_is_told_once(
    journal: Journal, database: Database, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BATCH_DELAY_S", "RETRY_FIRST_S", "RETRY_MAX_S"):
        monkeypatch.setattr(journal_module, name, 0.001)
    async with database.note() as connection:
        await connection.exec_driver_sql("ALTER TABLE alerts RENAME TO hidden")
    writing = asyncio.get_running_loop().create_task(journal.run())
    journal.note_alert(AlertRecord(1, NOW, "warn", "first", None))
    async with asyncio.timeout(20):
        while not heard.troubles:  # noqa: ASYNC110 - polled from outside on purpose
            await asyncio.sleep(0.01)
        journal.note_alert(AlertRecord(2, NOW, "warn", "second", None))
        await asyncio.sleep(0.05)
        assert journal.waiting_rows == 2
        async with database.decide() as connection:
            await connection.exec_driver_sql("ALTER TABLE hidden RENAME TO alerts")
        while not heard.recoveries:  # noqa: ASYNC110 - polled from outside on purpose
            await asyncio.sleep(0.01)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert len(heard.troubles) == 1
    assert rows(database, "SELECT message FROM alerts ORDER BY alert_id") == [("first",), ("second",)]


async def test_a_failed_flush_keeps_everything_and_the_newer_wins(journal: Journal, database: Database) -> None:
    journal.note_replication(record(101))
    async with database.note() as connection:
        await connection.exec_driver_sql("ALTER TABLE order_links RENAME TO hidden")
    with pytest.raises(DatabaseWriteError):
        await journal.flush()
    journal.note_outcome(OutcomeChange(NOW, OrderId(101), Symbol("MSFT"), result(Outcome.FILLED)))
    async with database.note() as connection:
        await connection.exec_driver_sql("ALTER TABLE hidden RENAME TO order_links")
    await journal.close()
    assert rows(database, "SELECT outcome FROM order_links") == [("filled",)]


async def test_what_waits_is_bounded_and_what_is_given_up_is_counted(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "WAITING_MAX", 10)
    for order_id in range(25):
        journal.note_replication(record(order_id))
    assert journal.waiting_rows == 20
    assert journal.lost_rows == 30
