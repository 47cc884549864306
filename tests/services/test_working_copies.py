"""What works on a follower when it is disabled, removed or a symbol is excluded; multipliers live; what is inferred."""

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal

import msgspec
import pytest

from das_copy_trader.api.problems import MEDIA_TYPE
from das_copy_trader.domain.configuration import MultiplierRecord
from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.engine.multiplier_manager import MultiplierSource
from das_copy_trader.services.config_store import MemoryConfigStore
from das_copy_trader.simulator.control import Control, Ticket
from tests.support.face import Face, account_body, follower_body, open_face, simulated_platforms

F2 = FollowerId("f2")
MSFT = Symbol("MSFT")


class BrokenStore(MemoryConfigStore):
    """A store whose disk is full when multipliers come."""

    is_full = False

    async def save_multiplier(self, record: MultiplierRecord) -> None:
        if self.is_full:
            raise OSError("the disk is full")
        await super().save_multiplier(record)


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    async with simulated_platforms(2) as platforms:
        yield platforms


@pytest.fixture
def store() -> BrokenStore:
    return BrokenStore()


@pytest.fixture
async def face(control: Control, store: BrokenStore) -> AsyncIterator[Face]:
    """A master and the follower f2, connected and copying."""
    async with open_face(store=store) as opened:
        ports = [platform.port for platform in control.broker.platforms]
        await opened.client.put("/api/master", json=account_body(1, ports[0]))
        await opened.client.post("/api/followers", json=follower_body(2, ports[1]))
        assert (await opened.client.post("/api/start")).json()["mode"] == "copying"
        yield opened


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - polled from outside on purpose
            await asyncio.sleep(0.005)


def commands(control: Control, word: str) -> list[str]:
    return [command.text for command in control.received("ACCT2") if command.text.startswith(word)]


def alerts(face: Face) -> list[str]:
    return [record.message for record in face.container.alerts.latest()]


async def copied(face: Face, control: Control, count: int = 1) -> list[int]:
    """Buys of the master that rest, with their copies at work; the master's order ids."""
    ids = []
    for _ in range(count):
        order_id = control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150)))
        assert order_id is not None
        ids.append(order_id)
    client = face.container.das_service.follower(F2)
    assert client is not None
    await until(lambda: len(client.view.working_orders(MSFT)) == count)
    return ids


async def test_the_copies_of_a_disabled_follower_are_offered_and_cancelled_one_by_one(
    face: Face, control: Control
) -> None:
    master_ids = await copied(face, control, 3)
    control.place("ACCT2", Ticket(symbol="MSFT", side="B", shares=7, limit=Decimal(149)))  # the user's own
    disabled = (await face.client.patch("/api/followers/f2/toggle", json={"enabled": False})).json()
    assert (disabled["enabled"], disabled["working_copies"]) == (False, 3)
    assert any("3 copies still work" in alert for alert in alerts(face))
    results = (await face.client.post("/api/followers/f2/cancel-copies")).json()
    assert [one["master_order_id"] for one in results] == master_ids
    assert {one["result"]["outcome"] for one in results} == {"cancelled"}
    assert "CANCEL ALL" not in commands(control, "CANCEL")
    client = face.container.das_service.follower(F2)
    assert client is not None
    await until(lambda: [order.order_qty for order in client.view.working_orders(MSFT)] == [7])
    assert (await face.client.get("/api/followers/f2")).json()["working_copies"] == 0
    assert (await face.client.post("/api/followers/f2/cancel-copies")).json() == []


async def test_a_follower_can_be_removed_with_its_copies(face: Face, control: Control) -> None:
    await copied(face, control, 2)
    removed = await face.client.delete("/api/followers/f2?cancel_copies=true")
    assert removed.status_code == 200
    assert {one["result"]["outcome"] for one in removed.json()} == {"cancelled"}
    assert (await face.client.get("/api/followers/f2")).status_code == 404
    assert commands(control, "CANCEL")


async def test_a_follower_that_is_added_again_keeps_what_works_and_what_the_user_cancelled(
    face: Face, control: Control
) -> None:
    (cancelled,) = await copied(face, control)
    await face.client.delete("/api/followers/f2?cancel_copies=true")
    await add_again(face, control)
    (working,) = await copied(face, control)
    assert (await face.client.delete("/api/followers/f2")).status_code == 204
    cancels = commands(control, "CANCEL")
    await add_again(face, control)
    shown = (await face.client.get("/api/replications")).json()
    outcomes = {one["master_order_id"]: one["follower_results"]["f2"]["outcome"] for one in shown}
    assert outcomes == {cancelled: "cancelled", working: "working"}
    assert (await face.client.get("/api/followers/f2")).json()["working_copies"] == 1
    assert commands(control, "CANCEL") == cancels
    assert not any("the copy of" in alert for alert in alerts(face))


async def add_again(face: Face, control: Control) -> None:
    """f2 is added anew and has read its platform's lists."""
    body = follower_body(2, control.broker.platforms[1].port)
    assert (await face.client.post("/api/followers", json=body)).status_code == 201
    client = face.container.das_service.follower(F2)
    assert client is not None
    await until(lambda: client.state is ConnectionState.READY)


async def test_a_follower_removed_without_its_copies_leaves_a_warning_and_gets_nothing_more(
    face: Face, control: Control
) -> None:
    (master_id,) = await copied(face, control)
    assert (await face.client.delete("/api/followers/f2")).status_code == 204
    assert any("a copy still works" in alert for alert in alerts(face))
    control.cancel("ACCT1", master_id)
    await until(lambda: not face.container.das_service.master.view.working_orders(MSFT))  # type: ignore[union-attr]
    assert commands(control, "CANCEL") == []


async def test_what_cannot_be_told_to_the_platform_is_a_conflict_and_removes_nothing(face: Face) -> None:
    await face.client.post("/api/stop")
    for answer in (
        await face.client.post("/api/followers/f2/cancel-copies"),
        await face.client.delete("/api/followers/f2?cancel_copies=true"),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (409, MEDIA_TYPE)
        assert "by hand" in answer.json()["detail"]
    assert (await face.client.get("/api/followers/f2")).status_code == 200
    assert (await face.client.post("/api/followers/nobody/cancel-copies")).status_code == 404


async def test_excluding_a_symbol_that_is_held_or_worked_warns(face: Face, control: Control) -> None:
    await copied(face, control)
    control.set_position("ACCT2", "AAPL", 50, Decimal(20))
    client = face.container.das_service.follower(F2)
    assert client is not None
    await until(lambda: client.view.net_qty(Symbol("AAPL")) == 50)
    warnings = []
    for symbol, allow_closing in (("MSFT", False), ("AAPL", True), ("TSLA", False)):
        body = {"follower_id": "f2", "symbol": symbol, "allow_closing": allow_closing}
        added = await face.client.post("/api/blacklist", json=body)
        assert added.status_code == 201
        warnings.append(added.json()["warning"])
    worked, held, nothing = warnings
    assert "1 working order in MSFT" in worked
    assert "not copied either" in worked
    assert "holds 50 AAPL" in held
    assert "closing orders are copied" in held
    assert nothing is None
    assert [alert for alert in alerts(face) if alert in (worked, held)] == [held, worked]


async def test_an_edit_is_stored_before_it_is_answered_and_holds_for_the_next_order(
    face: Face, control: Control, store: BrokenStore
) -> None:
    await face.client.put("/api/multipliers/f2/MSFT", json={"multiplier": "3"})
    assert [record.multiplier for record in (await store.load()).multipliers] == [Decimal(3)]
    await copied(face, control)
    assert commands(control, "NEWORDER")[-1].split()[5] == "300"
    await face.client.delete("/api/multipliers/f2/MSFT")
    await face.client.patch("/api/followers/f2/multiplier", json={"base_multiplier": "2"})
    control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150)))
    await until(lambda: len(commands(control, "NEWORDER")) == 2)
    assert commands(control, "NEWORDER")[-1].split()[5] == "200"
    await face.client.post("/api/blacklist", json={"follower_id": "f2", "symbol": "MSFT"})
    assert [entry.symbol for entry in (await store.load()).blacklist] == ["MSFT"]
    last = control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150)))
    await until(lambda: any(one.master_order_id == last for one in face.container.snapshots.replications(10)))
    assert len(commands(control, "NEWORDER")) == 2


async def test_an_edit_that_cannot_be_stored_does_not_hold(face: Face, store: BrokenStore) -> None:
    store.is_full = True
    assert (await face.client.put("/api/multipliers/f2/MSFT", json={"multiplier": "3"})).status_code >= 500
    assert face.container.multipliers.effective(F2, MSFT) == Decimal(1)


# --- inferred multipliers ---------------------------------------------------------------------------------------------------


class Event(msgspec.Struct):
    type: str
    data: msgspec.Raw


async def events(face: Face) -> list[dict[str, str]]:
    """The inferred multipliers that a browser which was there from now on is told of, until the queue is idle."""
    queue = face.container.notifications.join(face.container.snapshots.state())
    told: list[dict[str, str]] = []
    face.container.inference.take(F2, MSFT, Decimal("0.333333"))
    try:
        async with asyncio.timeout(0.5):
            while True:
                event = msgspec.json.decode(await queue.next(), type=Event)
                if event.type == "multiplier_inferred":
                    told.append(msgspec.json.decode(event.data))
    except TimeoutError:
        return told


async def test_an_inferred_multiplier_is_stored_then_told_and_shown(face: Face, store: BrokenStore) -> None:
    (told,) = await events(face)
    assert told.pop("occurred_at")
    assert told == {
        "follower_id": "f2",
        "symbol": "MSFT",
        "old_multiplier": "1",
        "new_multiplier": "0.333333",
    }
    assert [(r.multiplier, r.source) for r in (await store.load()).multipliers] == [
        (Decimal("0.333333"), "auto_inferred")
    ]
    (shown,) = (await face.client.get("/api/multipliers/f2")).json()
    assert (shown["multiplier"], shown["source"]) == ("0.333333", "auto_inferred")
    assert face.container.multipliers.source(F2, MSFT) is MultiplierSource.AUTO_INFERRED


async def test_the_users_own_multiplier_stands_against_an_inferred_one(face: Face) -> None:
    await face.client.put("/api/multipliers/f2/MSFT", json={"multiplier": "2"})
    assert await events(face) == []
    assert face.container.multipliers.effective(F2, MSFT) == Decimal(2)


async def test_an_inferred_multiplier_that_cannot_be_stored_does_not_hold_and_is_told(
    face: Face, store: BrokenStore
) -> None:
    store.is_full = True
    assert await events(face) == []
    assert face.container.multipliers.effective(F2, MSFT) == Decimal(1)
    assert any("could not be stored" in alert for alert in alerts(face))
