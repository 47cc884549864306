"""Both stores keep what they are given, digit by digit, over a restart where they promise it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from das_copy_trader.domain.configuration import (
    FollowerConfig,
    MasterConfig,
    MultiplierRecord,
    StoredFollower,
    StoredMaster,
)
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.persistence.config_store import SqlConfigStore
from das_copy_trader.persistence.database import Database
from das_copy_trader.services.config_store import ConfigStore, MemoryConfigStore

NOW = datetime(2026, 1, 5, 14, 30, 0, 123456, tzinfo=UTC)
F1, F2 = FollowerId("f1"), FollowerId("f2")


def follower(follower_id: FollowerId, **more: object) -> StoredFollower:
    fields: dict[str, object] = {
        "broker_id": "B",
        "host": "h",
        "port": 1,
        "username": "u",
        "account_id": "A",
        "follower_id": follower_id,
        "name": "n",
    }
    return StoredFollower(FollowerConfig(**(fields | more)), "sealed")  # type: ignore[arg-type]


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ConfigStore]:
    if request.param == "memory":
        yield MemoryConfigStore()
        return
    database = Database.open(tmp_path / "a.db")
    yield SqlConfigStore(database)
    await database.close()


async def test_a_new_store_is_empty(store: ConfigStore) -> None:
    loaded = await store.load()
    assert (loaded.master, loaded.followers, loaded.multipliers, loaded.blacklist) == (None, (), (), ())


async def test_the_master_is_kept_and_overwritten(store: ConfigStore) -> None:
    first = MasterConfig(
        broker_id="B", host="h", port=1, username="u", account_id="A", locate_routes={"ALLROUTE": 1}, order_route="ARCA"
    )
    await store.save_master(StoredMaster(first, "sealed"))
    assert (await store.load()).master == StoredMaster(first, "sealed")
    second = MasterConfig(broker_id="C", host="h2", port=2, username="u2", account_id="A2")
    await store.save_master(StoredMaster(second, None))
    assert (await store.load()).master == StoredMaster(second, None)


async def test_followers_keep_their_order_and_their_decimals(store: ConfigStore) -> None:
    one = follower(F2, base_multiplier=Decimal("0.333333"), max_locate_price=Decimal("0.10"), enabled=False)
    two = follower(F1, auto_accept_locates=True, locate_retry_timeout=7)
    await store.save_follower(one)
    await store.save_follower(two)
    changed = follower(F2, base_multiplier=Decimal("2.50"))
    await store.save_follower(changed)
    loaded = await store.load()
    assert loaded.followers == (changed, two)
    assert str(loaded.followers[0].config.base_multiplier) == "2.50"


async def test_a_deleted_follower_takes_its_tables_along(store: ConfigStore) -> None:
    for follower_id in (F1, F2):
        await store.save_follower(follower(follower_id))
        await store.save_multiplier(MultiplierRecord(follower_id, Symbol("MSFT"), Decimal(2), "user_override", NOW))
        await store.add_blacklist_entry(follower_id, Symbol("TSLA"), "why", NOW, allow_closing=True)
    await store.delete_follower(F1)
    loaded = await store.load()
    assert [stored.config.follower_id for stored in loaded.followers] == [F2]
    assert [record.follower_id for record in loaded.multipliers] == [F2]
    assert [entry.follower_id for entry in loaded.blacklist] == [F2]


async def test_multipliers_are_overwritten_and_deleted_one_by_one(store: ConfigStore) -> None:
    for value in ("1.5", "0.25"):
        await store.save_multiplier(MultiplierRecord(F1, Symbol("MSFT"), Decimal(value), "user_override", NOW))
    other = MultiplierRecord(F1, Symbol("BRK/B"), Decimal(3), "auto_inferred", NOW)
    await store.save_multiplier(other)
    assert len((await store.load()).multipliers) == 2
    await store.delete_multiplier(F1, Symbol("MSFT"))
    assert (await store.load()).multipliers == (other,)


async def test_a_number_of_an_entry_is_never_given_twice(store: ConfigStore) -> None:
    moment = NOW.astimezone(timezone(timedelta(hours=-5)))
    first = await store.add_blacklist_entry(F1, Symbol("A"), "", moment, allow_closing=False)
    second = await store.add_blacklist_entry(F1, Symbol("B"), "r", moment, allow_closing=True)
    await store.delete_blacklist_entry(second.entry_id)
    third = await store.add_blacklist_entry(F1, Symbol("C"), "", moment, allow_closing=False)
    assert first.entry_id < second.entry_id < third.entry_id
    loaded = (await store.load()).blacklist
    assert [entry.symbol for entry in loaded] == ["A", "C"]
    assert loaded[0].created_at == NOW
