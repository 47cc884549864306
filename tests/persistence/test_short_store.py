"""The ledger and the tasks in SQLite: what was spent is there after the end, and the caps hold in the next life."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol
from das_copy_trader.domain.locates import (
    LedgerEntry,
    LedgerKind,
    LedgerStatus,
    LedgerWriteError,
    ShortTaskRecord,
    ShortTaskStatus,
)
from das_copy_trader.persistence.database import Database
from das_copy_trader.persistence.short_store import SqlShortStore

NOW = datetime(2026, 10, 2, 14, 0, 0, 250_000, tzinfo=UTC)
ENTRY = LedgerEntry(
    entry_id=7,
    trading_day="2026-10-02",
    kind=LedgerKind.PURCHASE,
    status=LedgerStatus.ASKED,
    follower_id=FollowerId("f1"),
    symbol=Symbol("GME"),
    task_id="t1",
    master_order_id=OrderId(101),
    route="SAGE",
    order_qty=300,
    price=Decimal("0.01"),
    charge=Decimal("3.00"),
    cl_ord_id=ClOrdId(1 << 29),
    occurred_at=NOW,
    updated_at=NOW,
)
TASK = ShortTaskRecord(
    task_id="t1",
    trading_day="2026-10-02",
    follower_id=FollowerId("f1"),
    follower="Follower one",
    master_order_id=OrderId(101),
    symbol=Symbol("GME"),
    status=ShortTaskStatus.LOCATING,
    quantity=300,
    max_sell=0,
    deficit=300,
    located_quantity=0,
    cost=Decimal("3.00"),
    error="",
    created_at=NOW,
    updated_at=NOW,
)


async def test_a_purchase_is_there_for_the_next_life(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "a.db")
    store = SqlShortStore(database)
    await store.write_entry(ENTRY)
    located = msgspec.structs.replace(ENTRY, status=LedgerStatus.LOCATED, located_qty=300, locate_id=91)
    store.note_entry(located)
    store.note_task(TASK)
    await store.close()
    await database.close()

    again = Database.open(tmp_path / "a.db")
    day = await SqlShortStore(again).load("2026-10-02")
    other = await SqlShortStore(again).load("2026-10-03")
    await again.close()
    assert day.entries == (located,)
    assert day.tasks == (TASK,)
    assert (other.entries, other.tasks, other.last_entry_id) == ((), (), 7)


async def test_an_older_state_never_overwrites_a_newer_one(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "a.db")
    store = SqlShortStore(database)
    store.note_entry(ENTRY)
    located = msgspec.structs.replace(ENTRY, status=LedgerStatus.LOCATED, located_qty=300)
    await store.write_entry(located)
    await store.flush()
    assert (await store.load("2026-10-02")).entries == (located,)
    await database.close()


async def test_what_cannot_be_written_is_refused_and_waits(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "a.db")
    store = SqlShortStore(database)
    async with database.decide() as connection:
        await connection.exec_driver_sql("DROP TABLE locate_ledger")
    with pytest.raises(LedgerWriteError):
        await store.write_entry(ENTRY)
    await store.close()
    assert store.lost_rows == 1
    await database.close()
