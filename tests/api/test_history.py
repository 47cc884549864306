"""History over HTTP: pages with filters, and one order's story from the master's row to the followers' answers."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from das_copy_trader.simulator.control import Control, Ticket
from tests.support.face import DAS_PASSWORD, Face, account_body, follower_body, open_face, simulated_platforms


@pytest.fixture
async def control() -> AsyncIterator[Control]:
    async with simulated_platforms(3) as platforms:
        yield platforms


@pytest.fixture
async def face(control: Control) -> AsyncIterator[Face]:
    """A master; f2 copies half, f3 does not trade MSFT."""
    async with open_face() as opened:
        await opened.client.put("/api/master", json=account_body(1, control.platform("ACCT1").port))
        for number, multiplier in ((2, "0.5"), (3, "1")):
            port = control.platform(f"ACCT{number}").port
            body = follower_body(number, port, base_multiplier=multiplier)
            assert (await opened.client.post("/api/followers", json=body)).status_code == 201
        body = {"follower_id": "f3", "symbol": "MSFT"}
        assert (await opened.client.post("/api/blacklist", json=body)).status_code == 201
        assert (await opened.client.post("/api/start")).json()["mode"] == "copying"
        yield opened


def buy(control: Control) -> int:
    order_id = control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150)))
    assert order_id is not None
    return order_id


async def replications(face: Face, query: str = "") -> list[dict[str, object]]:
    answer = await face.client.get(f"/api/replications?{query}")
    assert answer.status_code == 200, answer.text
    body: list[dict[str, object]] = answer.json()
    return body


async def until_outcome(face: Face, order_id: int, outcome: str) -> dict[str, object]:
    async with asyncio.timeout(20):
        while True:
            found = await replications(face, f"master_order_id={order_id}&follower=f2&outcome={outcome}")
            if found:
                return found[0]
            await asyncio.sleep(0.005)


async def test_one_orders_story_is_told_in_order(face: Face, control: Control) -> None:
    order_id = buy(control)
    past = await until_outcome(face, order_id, "working")
    control.replace("ACCT1", order_id, shares=200)
    await until_outcome(face, order_id, "replaced")
    control.cancel("ACCT1", order_id)
    await until_outcome(face, order_id, "cancelled")
    answer = await face.client.get(f"/api/replications/{past['trading_day']}/{order_id}/explain")
    assert answer.status_code == 200, answer.text
    story = answer.json()
    assert story["is_complete"]
    kinds = [(step["follower_id"], step["kind"]) for step in story["steps"] if step["follower_id"] != "f3"]
    wanted = [
        (None, "seen"),
        ("f2", "decided"),
        ("f2", "sent"),
        ("f2", "changed"),
        (None, "master_replaced"),
        ("f2", "replace_sent"),
        ("f2", "changed"),
        (None, "master_cancelled"),
        ("f2", "cancel_sent"),
        ("f2", "changed"),
    ]
    rest = iter(kinds)
    assert all(one in rest for one in wanted), kinds
    sentences = [step["sentence"] for step in story["steps"]]
    assert sentences[0] == f"The master's order {order_id} was seen: BUY 100 MSFT."
    assert "f2: BUY 50 MSFT is to be sent." in sentences
    assert any(sentence.startswith("f3: skipped. MSFT is on the follower's blacklist") for sentence in sentences)
    assert any("was asked to become 100 shares in all" in sentence for sentence in sentences)
    assert any("was asked to be cancelled" in sentence for sentence in sentences)
    lines = [step["line"] for step in story["steps"]]
    assert any(line.startswith(f"%ORDER {order_id} ") for line in lines)
    assert any(line.startswith("NEWORDER ") and " MSFT SMAT 50 150" in line for line in lines)
    assert story["conclusions"]["f2"].startswith("f2: cancelled, order ")
    assert DAS_PASSWORD not in answer.text
    moments = [step["at"] for step in story["steps"]]
    assert moments == sorted(moments)


async def test_pages_are_turned_by_the_header(face: Face, control: Control) -> None:
    placed = [buy(control) for _ in range(5)]
    for order_id in placed:
        await until_outcome(face, order_id, "working")
    seen: list[object] = []
    cursor = ""
    for _ in range(3):
        answer = await face.client.get(f"/api/replications?limit=2{cursor}")
        seen += [one["master_order_id"] for one in answer.json()]
        if "X-Next-Cursor" not in answer.headers:
            break
        cursor = f"&cursor={answer.headers['X-Next-Cursor']}"
    assert seen == placed[::-1]


async def test_filters_over_http(face: Face, control: Control) -> None:
    order_id = buy(control)
    past = await until_outcome(face, order_id, "working")
    assert past["decided_us"] is not None
    for query in ("symbol=msft", "follower=f3&outcome=skipped", f"from={past['occurred_at']}".replace("+", "%2B")):
        assert [one["master_order_id"] for one in await replications(face, query)] == [order_id], query
    for query in ("symbol=IBM", "follower=f3&outcome=working", "to=2020-01-01", "master_order_id=1"):
        assert await replications(face, query) == [], query


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("?limit=0", 422),
        ("?symbol=a%20b", 422),
        ("?outcome=nonsense", 422),
        ("?from=yesterday", 422),
        ("?from=0001-01-01T00:00:00%2B14:00", 422),
        ("?cursor=nonsense", 422),
        ("?cursor=%C3%A4", 422),
        ("?cursor=WyJhIl0", 422),
        ("?master_order_id=-1", 422),
        ("/2026-01-05/1/explain", 404),
        ("/someday/1/explain", 422),
        ("/2026-01-05/x/explain", 422),
        ("/2026-01-05/99999999999999999999/explain", 422),
    ],
)
async def test_bad_input_is_told_in_a_sentence(path: str, status: int) -> None:
    async with open_face() as face:
        answer = await face.client.get(f"/api/replications{path}")
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
