"""Start, stop and edits while it runs: what is sent, and what is not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal

import pytest

from das_copy_trader.domain.enums import ConnectionState, Mode
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.simulator.control import Control, Ticket
from tests.support.face import Face, account_body, follower_body, open_face, simulated_platforms

F2, F3 = FollowerId("f2"), FollowerId("f3")


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    async with simulated_platforms(3) as platforms:
        yield platforms


@pytest.fixture
async def face(control: Control) -> AsyncIterator[Face]:
    """A master and the follower f2 (half), connected and copying."""
    async with open_face() as opened:
        await opened.client.put("/api/master", json=account_body(1, port_of(control, 1)))
        await opened.client.post("/api/followers", json=follower_body(2, port_of(control, 2), base_multiplier="0.5"))
        assert (await opened.client.post("/api/start")).json()["mode"] == "copying"
        yield opened


def port_of(control: Control, number: int) -> int:
    return control.platform(f"ACCT{number}").port


def buy(control: Control) -> int:
    order_id = control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150)))
    assert order_id is not None
    return order_id


def orders(control: Control, number: int) -> list[str]:
    return [command.text for command in control.received(f"ACCT{number}") if command.text.startswith("NEWORDER")]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - polled from outside on purpose
            await asyncio.sleep(0.005)


async def told_of(face: Face, order_id: int) -> None:
    """Wait until the engine has decided about a master order."""
    await until(lambda: any(one.master_order_id == order_id for one in face.container.snapshots.replications(10)))


async def test_a_master_order_reaches_the_follower_scaled(face: Face, control: Control) -> None:
    buy(control)
    await until(lambda: len(orders(control, 2)) == 1)
    assert " MSFT SMAT 50 150 " in orders(control, 2)[0]


async def test_after_stop_nothing_is_sent(face: Face, control: Control) -> None:
    first = buy(control)
    await until(lambda: len(orders(control, 2)) == 1)
    assert (await face.client.post("/api/stop")).status_code == 200
    before = len(control.received("ACCT2"))
    buy(control)
    control.cancel("ACCT1", first)
    await asyncio.sleep(0.1)
    assert len(control.received("ACCT2")) == before
    assert face.container.system.mode is Mode.STOPPED


async def test_a_follower_that_is_added_while_it_runs_copies(face: Face, control: Control) -> None:
    await face.client.post("/api/followers", json=follower_body(3, port_of(control, 3), base_multiplier=2))
    await until(lambda: ready(face, F3))
    buy(control)
    await until(lambda: len(orders(control, 3)) == 1)
    assert " MSFT SMAT 200 150 " in orders(control, 3)[0]


def ready(face: Face, follower_id: FollowerId) -> bool:
    client = face.container.das_service.follower(follower_id)
    return client is not None and client.state is ConnectionState.READY


async def test_a_follower_that_is_removed_gets_nothing_more(face: Face, control: Control) -> None:
    await face.client.post("/api/followers", json=follower_body(3, port_of(control, 3)))
    await until(lambda: ready(face, F3))
    assert (await face.client.delete("/api/followers/f2")).status_code == 204
    buy(control)
    await until(lambda: len(orders(control, 3)) == 1)
    assert orders(control, 2) == []


async def test_rules_hold_from_the_next_order_on_without_a_reconnect(face: Face, control: Control) -> None:
    client = face.container.das_service.follower(F2)
    await face.client.patch("/api/followers/f2/multiplier", json={"base_multiplier": 3})
    await face.client.put("/api/followers/f2", json={"order_route": "ARCA"})
    buy(control)
    await until(lambda: len(orders(control, 2)) == 1)
    assert " MSFT ARCA 300 150 " in orders(control, 2)[0]
    await face.client.put("/api/multipliers/f2/MSFT", json={"multiplier": "0.1"})
    buy(control)
    await until(lambda: len(orders(control, 2)) == 2)
    assert " MSFT ARCA 10 150 " in orders(control, 2)[1]
    assert face.container.das_service.follower(F2) is client


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/followers/f2/toggle", {"enabled": False}),
        ("POST", "/api/blacklist", {"follower_id": "f2", "symbol": "MSFT"}),
    ],
)
async def test_an_excluded_follower_gets_nothing_from_the_next_order_on(
    face: Face, control: Control, method: str, path: str, body: dict[str, object]
) -> None:
    assert (await face.client.request(method, path, json=body)).is_success
    order_id = buy(control)
    await told_of(face, order_id)
    result = face.container.snapshots.replications(1)[0].follower_results["f2"]
    assert result.outcome == "skipped"
    assert result.reason
    assert orders(control, 2) == []


async def test_another_address_reconnects_the_follower(face: Face, control: Control) -> None:
    first = face.container.das_service.follower(F2)
    changes = {"port": port_of(control, 3), "username": "USER3", "account_id": "ACCT3"}
    assert (await face.client.put("/api/followers/f2", json=changes)).status_code == 200
    await until(lambda: ready(face, F2))
    assert face.container.das_service.follower(F2) is not first
    buy(control)
    await until(lambda: len(orders(control, 3)) == 1)
    assert orders(control, 2) == []


async def test_it_waits_for_a_master_that_is_not_there_yet_and_then_copies(control: Control) -> None:
    port = port_of(control, 1)
    await control.go_offline("ACCT1")
    async with open_face() as face:
        await face.client.put("/api/master", json=account_body(1, port))
        await face.client.post("/api/followers", json=follower_body(2, port_of(control, 2)))
        assert (await face.client.post("/api/start")).json()["mode"] == "connecting"
        await control.go_online("ACCT1")
        await until(lambda: face.container.system.mode is Mode.COPYING)
        buy(control)
        await until(lambda: len(orders(control, 2)) == 1)


async def test_a_stop_ends_a_start_that_still_waits(control: Control) -> None:
    async with open_face() as face:
        await face.client.put("/api/master", json=account_body(1, port_of(control, 1)))
        starting = asyncio.get_running_loop().create_task(face.client.post("/api/start"))
        await until(lambda: face.container.system.is_running)
        assert (await face.client.post("/api/stop")).status_code == 200
        assert (await starting).status_code == 200
        assert face.container.system.mode is Mode.STOPPED
