"""History, kept and read: the same from the database and from memory; bounded; gaps are told."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from das_copy_trader.domain.configuration import AlertRecord
from das_copy_trader.domain.enums import OrdType, Outcome, Side, TimeInForce
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol
from das_copy_trader.engine.history import PastReplication, ReplicationQuery, ReplicationStep, StepKind
from das_copy_trader.engine.observer import FollowerResult, OutcomeChange, ReplicationKind, ReplicationRecord
from das_copy_trader.persistence import journal as journal_module
from das_copy_trader.persistence.database import Database
from das_copy_trader.persistence.journal import Journal
from das_copy_trader.runtime.clock import trading_day_of
from das_copy_trader.services.journal import Journal as JournalPort
from das_copy_trader.services.journal import MemoryJournal

NOW = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
DAY = date(2026, 1, 5)


def result(follower: str, outcome: Outcome = Outcome.WORKING, **more: object) -> FollowerResult:
    known = FollowerResult(
        follower_id=FollowerId(follower),
        outcome=outcome,
        success=True,
        quantity=50,
        reason="because",
        cl_ord_id=ClOrdId(1 << 30),
        order_id=OrderId(7),
        filled_quantity=20,
        sent_us=120.5,
        acked_us=None,
    )
    return msgspec.structs.replace(known, **more)


def record(
    order_id: int,
    *results: FollowerResult,
    at: datetime = NOW,
    kind: ReplicationKind = ReplicationKind.REPLICATED,
    symbol: str = "MSFT",
) -> ReplicationRecord:
    return ReplicationRecord(
        kind=kind,
        occurred_at=at,
        master_order_id=OrderId(order_id),
        symbol=Symbol(symbol),
        side=Side.BUY,
        quantity=100,
        ord_type=OrdType.LIMIT,
        price=Decimal("200.50"),
        stop_price=None,
        trail_amount=Decimal("0.1"),
        time_in_force=TimeInForce.DAY,
        reason="",
        results=results or (result("f1"),),
        decided_us=80.25,
    )


def step(
    master_order_id: int, kind: StepKind = StepKind.CHANGED, follower: str = "f1", **more: object
) -> ReplicationStep:
    followers = FollowerId(follower)
    known = ReplicationStep(
        NOW, DAY, OrderId(master_order_id), followers, kind, Outcome.WORKING, OrderId(55), ClOrdId(9), 50, 20, "why"
    )
    return msgspec.structs.replace(known, **more)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database.open(tmp_path / "a.db")
    yield opened
    await opened.close()


def stored(database: Database) -> Journal:
    return Journal(database, time(3, 0), _ignore, lambda: None)


def _ignore(_why: str) -> None:
    pass


@pytest.fixture(params=["memory", "sqlite"])
def journal(request: pytest.FixtureRequest, database: Database) -> JournalPort:
    return MemoryJournal(trading_day_of) if request.param == "memory" else stored(database)


async def ids(journal: JournalPort, limit: int = 100, **filters: object) -> list[int]:
    page = await journal.page(msgspec.structs.replace(ReplicationQuery(limit), **filters))
    return [past.master_order_id for past in page.replications]


async def test_everything_of_an_order_comes_back(journal: JournalPort) -> None:
    journal.note_replication(record(101, result("f2", Outcome.SKIPPED, order_id=None), result("f1")))
    (past,) = (await journal.page(ReplicationQuery(10))).replications
    assert past == await journal.replication(DAY, OrderId(101))
    assert (past.trading_day, past.decided_at, past.symbol, past.side) == (DAY, NOW, "MSFT", "BUY")
    assert (past.quantity, past.ord_type, past.price, past.stop_price) == (
        100,
        OrdType.LIMIT.value,
        Decimal("200.50"),
        None,
    )
    assert (past.trail_amount, past.time_in_force, past.reason, past.decided_us) == (
        Decimal("0.1"),
        TimeInForce.DAY.value,
        "",
        80.25,
    )
    first, second = past.copies
    assert (first.follower_id, first.outcome, first.order_id, first.cl_ord_id) == ("f1", Outcome.WORKING, 7, 1 << 30)
    assert (first.quantity, first.filled_quantity, first.reason) == (50, 20, "because")
    assert (first.sent_us, first.acked_us, first.updated_at) == (120.5, None, NOW)
    assert (second.follower_id, second.outcome, second.order_id) == ("f2", Outcome.SKIPPED, None)
    assert await journal.replication(DAY, OrderId(102)) is None
    assert await journal.replication(DAY + timedelta(days=1), OrderId(101)) is None


async def test_later_changes_keep_the_moment_of_the_decision(journal: JournalPort) -> None:
    later = NOW + timedelta(minutes=1)
    journal.note_replication(record(101))
    if isinstance(journal, Journal):
        await journal.flush()
    journal.note_replication(record(101, kind=ReplicationKind.REPLACED, at=later))
    journal.note_replication(record(101, kind=ReplicationKind.CANCELLED, at=later))
    journal.note_outcome(OutcomeChange(later, OrderId(101), Symbol("MSFT"), result("f1", Outcome.CANCELLED)))
    past = await journal.replication(DAY, OrderId(101))
    assert past is not None
    assert past.decided_at == NOW
    assert past.copies[0].outcome is Outcome.CANCELLED
    assert past.copies[0].updated_at == later


async def test_every_filter_alone_and_together(journal: JournalPort) -> None:
    minute = timedelta(minutes=1)
    journal.note_replication(record(1, result("f1"), result("f2", Outcome.SKIPPED)))
    journal.note_replication(record(2, result("f1", Outcome.FILLED), at=NOW + minute, symbol="AAPL"))
    journal.note_replication(record(3, result("f2", Outcome.FILLED), at=NOW + 2 * minute))
    assert await ids(journal) == [3, 2, 1]
    assert await ids(journal, symbol="MSFT") == [3, 1]
    assert await ids(journal, follower_id="f1") == [2, 1]
    assert await ids(journal, outcome=Outcome.FILLED) == [3, 2]
    assert await ids(journal, follower_id="f1", outcome=Outcome.FILLED) == [2]
    assert await ids(journal, follower_id="f1", outcome=Outcome.SKIPPED) == []
    assert await ids(journal, decided_from=NOW + minute) == [3, 2]
    assert await ids(journal, decided_to=NOW + minute) == [1]
    assert await ids(journal, decided_from=NOW + minute, decided_to=NOW + 2 * minute) == [2]
    assert await ids(journal, master_order_id=2) == [2]
    assert await ids(journal, master_order_id=2, symbol="MSFT") == []


async def test_pages_follow_each_other_without_gap_and_repetition_while_more_comes(journal: JournalPort) -> None:
    for order_id in range(1, 24):
        journal.note_replication(record(order_id, at=NOW + timedelta(seconds=order_id // 4)))  # several at one moment
    seen: list[PastReplication] = []
    page = await journal.page(ReplicationQuery(5))
    while True:
        seen += page.replications
        journal.note_replication(record(1000 + len(seen), at=NOW + timedelta(hours=1)))
        if page.next_key is None:
            break
        page = await journal.page(ReplicationQuery(5, after=page.next_key))
    assert sorted(past.master_order_id for past in seen) == list(range(1, 24))
    moments = [past.decided_at for past in seen]
    assert moments == sorted(moments, reverse=True)


async def test_the_same_id_on_two_days_is_two_orders(journal: JournalPort) -> None:
    next_day = NOW + timedelta(days=1)
    journal.note_replication(record(101))
    journal.note_replication(record(101, at=next_day, symbol="SOFI"))
    assert await ids(journal) == [101, 101]
    past = await journal.replication(DAY + timedelta(days=1), OrderId(101))
    assert past is not None
    assert past.symbol == "SOFI"


async def test_steps_come_back_in_order_and_only_of_that_order(journal: JournalPort) -> None:
    told = [
        step(101, StepKind.SEEN, "", outcome=None, order_id=OrderId(101), reason=""),
        step(101, StepKind.SENT, line="NEWORDER 1 B MSFT SMAT 50 200.5"),
        step(101, StepKind.CHANGED, read_line=lambda: "%ORDER 55 …"),
    ]
    journal.note_steps([told[0], step(102), told[1]])
    journal.note_steps([told[2], step(101, trading_day=DAY + timedelta(days=1))])
    found = await journal.steps(DAY, OrderId(101))
    assert [(one.kind, one.text()) for one in found] == [
        (StepKind.SEEN, ""),
        (StepKind.SENT, "NEWORDER 1 B MSFT SMAT 50 200.5"),
        (StepKind.CHANGED, "%ORDER 55 …"),
    ]
    assert found[:2] == told[:2]


async def test_what_is_too_much_is_bounded_and_the_gap_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "STEPS_MAX", 10)
    journal = stored(database)
    for number in range(25):
        journal.note_steps([step(101, quantity=number)])
    assert journal.waiting_rows == 10
    assert journal.lost_rows == 15
    journal.note_steps([step(101)])
    found = await journal.steps(DAY, OrderId(101))
    assert [one.quantity for one in found[:10]] == list(range(10))
    assert [one.kind for one in found[10:]] == [StepKind.GAP]
    assert "16 steps" in found[-1].reason


async def test_steps_survive_a_database_in_trouble_in_their_order(database: Database) -> None:
    journal = stored(database)
    async with database.note() as connection:
        await connection.exec_driver_sql("ALTER TABLE replication_steps RENAME TO hidden")
    journal.note_steps([step(101, quantity=1)])
    journal.note_replication(record(101))
    assert [past.master_order_id for past in (await journal.page(ReplicationQuery(5))).replications] == []
    journal.note_steps([step(101, quantity=2)])
    async with database.note() as connection:
        await connection.exec_driver_sql("ALTER TABLE hidden RENAME TO replication_steps")
    assert [one.quantity for one in await journal.steps(DAY, OrderId(101))] == [1, 2]
    assert await ids(journal) == [101]


async def test_many_rows_are_written_in_small_transactions(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "BATCH_ROWS", 7)
    journal = stored(database)
    for order_id in range(40):
        journal.note_replication(record(order_id))
        journal.note_steps([step(order_id)])
    await asyncio.gather(journal.flush(), journal.flush())
    assert journal.waiting_rows == 0
    assert len(await ids(journal)) == 40
    with contextlib.closing(sqlite3.connect(database.path)) as connection:
        assert connection.execute("SELECT count(*) FROM replication_steps").fetchone() == (40,)


async def test_old_days_are_forgotten_in_batches_and_the_rest_stays(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "BATCH_ROWS", 3)
    monkeypatch.setattr(journal_module, "RETAIN_PAUSE_S", 0)
    journal = stored(database)
    for days in range(10):
        at = NOW - timedelta(days=days)
        journal.note_replication(record(days + 1, at=at))
        journal.note_steps([step(days + 1, trading_day=DAY - timedelta(days=days))])
        journal.note_alert(AlertRecord(days, at, "warn", "look", None))
    await journal.flush()
    assert await journal.forget_before(DAY - timedelta(days=2)) == 7 * 4
    assert await ids(journal) == [1, 2, 3]
    with contextlib.closing(sqlite3.connect(database.path)) as connection:
        for table in ("replications", "order_links", "replication_steps", "alerts"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (3,)
    assert await journal.forget_before(DAY - timedelta(days=2)) == 0


async def test_memory_is_bounded(database: Database) -> None:
    journal = MemoryJournal(trading_day_of, orders_kept=3)
    for order_id in range(10):
        journal.note_replication(record(order_id, at=NOW + timedelta(seconds=order_id)))
    assert await ids(journal) == [9, 8, 7]
    journal.note_outcome(OutcomeChange(NOW, OrderId(1), Symbol("MSFT"), result("f1", Outcome.FILLED)))
    assert await ids(journal) == [9, 8, 7]
