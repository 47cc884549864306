"""The real program against simulated platforms on real sockets: what the master does arrives at every follower."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from das_copy_trader.protocol.vocabulary import DumpKind
from das_copy_trader.simulator.control import Control, Ticket
from tests.support.face import account_body, follower_body, simulated_platforms
from tests.support.program import program

MULTIPLIER_BY_FOLLOWER = {"f2": "0.5", "f3": "1", "f4": "2.5"}
WANTED_S = 20


@dataclass
class Scene:
    """The program with a master (ACCT1) and three followers, copying; the events of its WebSocket are collected."""

    control: Control
    client: httpx.AsyncClient
    frames: list[dict[str, object]] = field(default_factory=list)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WANTED_S):
            while not holds():  # noqa: ASYNC110 - what is waited for happens in another process
                await asyncio.sleep(0.02)

    def events(self, kind: str) -> list[dict[str, object]]:
        return [dict(frame["data"]) for frame in self.frames if frame["type"] == kind]  # type: ignore[call-overload]

    def copies(self, number: int) -> list[list[str]]:
        """The follower's orders as its own platform has them; of an auto-routed one the child, which is what works."""
        rows = [row.split() for row in self.control.rows(f"ACCT{number}", DumpKind.ORDERS)]
        parents = {row[13] for row in rows}
        return [row for row in rows if row[1] not in parents]

    def totals(self) -> dict[str, list[int]]:
        return {f"f{number}": [int(row[6]) for row in self.copies(number)] for number in (2, 3, 4)}

    def statuses(self) -> dict[str, list[str]]:
        return {f"f{number}": [row[11] for row in self.copies(number)] for number in (2, 3, 4)}


@asynccontextmanager
async def copying(folder: Path) -> AsyncIterator[Scene]:
    async with simulated_platforms(4) as control, program(folder) as served, served.client() as client:
        ports = [platform.port for platform in control.broker.platforms]
        await client.put("/api/master", json=account_body(1, ports[0]))
        for number, multiplier in zip((2, 3, 4), MULTIPLIER_BY_FOLLOWER.values(), strict=True):
            await client.post(
                "/api/followers", json=follower_body(number, ports[number - 1], base_multiplier=multiplier)
            )
        headers = {"authorization": f"Bearer {served.token}"}
        async with connect(served.base.replace("http", "ws") + "/ws", additional_headers=headers) as socket:
            scene = Scene(control, client)
            reading = asyncio.create_task(_collect(socket, scene.frames))
            status = (await client.post("/api/start")).json()
            assert [follower["state"] for follower in status["followers"]] == ["ready", "ready", "ready"]
            yield scene
            reading.cancel()


async def _collect(socket: ClientConnection, frames: list[dict[str, object]]) -> None:
    async for text in socket:  # one by one: the test reads them while they come
        frames += [json.loads(text)]


def limit_order(shares: int, price: str, side: str = "B") -> Ticket:
    return Ticket(symbol="MSFT", side=side, shares=shares, limit=Decimal(price), route="ARCA")


async def test_an_order_its_replace_and_its_cancel_arrive_at_every_follower(tmp_path: Path) -> None:
    async with copying(tmp_path) as scene:
        master_id = scene.control.place("ACCT1", limit_order(101, "150"))
        assert master_id is not None
        await scene.until(lambda: scene.totals() == {"f2": [51], "f3": [101], "f4": [253]})
        await scene.until(lambda: bool(scene.events("order_replicated")))
        [told] = scene.events("order_replicated")
        assert told["master_order_id"] == master_id
        assert {name: result["quantity"] for name, result in told["follower_results"].items()} == {  # type: ignore[attr-defined]
            "f2": 51,
            "f3": 101,
            "f4": 253,
        }

        scene.control.replace("ACCT1", master_id, shares=201, ticket=limit_order(201, "151.5"))
        await scene.until(lambda: scene.totals() == {"f2": [101], "f3": [201], "f4": [503]})
        await scene.until(lambda: bool(scene.events("order_replaced")))
        assert {row[9] for number in (2, 3, 4) for row in scene.copies(number)} == {"151.5"}

        scene.control.cancel("ACCT1", master_id)
        await scene.until(lambda: scene.statuses() == {"f2": ["Canceled"], "f3": ["Canceled"], "f4": ["Canceled"]})
        await scene.until(lambda: bool(scene.events("order_cancelled")))

        await scene.until(lambda: len(scene.events("replication_update")) >= 3)
        outcomes = await _outcomes(scene.client, master_id)
        assert outcomes == dict.fromkeys(MULTIPLIER_BY_FOLLOWER, "cancelled")


async def _outcomes(client: httpx.AsyncClient, master_id: int) -> dict[str, str]:
    replications = (await client.get("/api/replications")).json()
    entries = replications if isinstance(replications, list) else replications["items"]
    [entry] = [entry for entry in entries if entry["master_order_id"] == master_id]
    return {name: result["outcome"] for name, result in entry["follower_results"].items()}


@pytest.mark.parametrize(
    ("kind", "prices", "type_text"),
    [
        ("MARKET", {}, "MKT"),
        ("STOP_MARKET", {"stop": "210"}, "SM:210"),
        ("STOP_LIMIT", {"stop": "210", "limit": "211"}, "SL:210"),
        ("STOP_LIMIT_EXTENDED", {"stop": "210", "limit": "211"}, "SLP:210"),
        ("TRAILING", {"trail": "2.5"}, "ST:2.5"),
    ],
)
async def test_every_order_type_arrives_as_what_it_is(
    tmp_path: Path, kind: str, prices: dict[str, str], type_text: str
) -> None:
    async with copying(tmp_path) as scene:
        ticket = Ticket(
            symbol="MSFT",
            side="B",
            shares=100,
            kind=kind,
            **{name: Decimal(price) for name, price in prices.items()},  # type: ignore[arg-type]
        )
        scene.control.place("ACCT1", ticket)
        await scene.until(lambda: scene.totals() == {"f2": [50], "f3": [100], "f4": [250]})
        types = {row[5].upper() for number in (1, 2, 3, 4) for row in scene.copies(number)}
        assert types == {type_text}


async def test_after_stop_nothing_is_sent(tmp_path: Path) -> None:
    async with copying(tmp_path) as scene:
        master_id = scene.control.place("ACCT1", limit_order(100, "150"))
        assert master_id is not None
        await scene.until(lambda: scene.totals() == {"f2": [50], "f3": [100], "f4": [250]})
        assert (await scene.client.post("/api/stop")).json()["mode"] == "stopped"
        before = [len(scene.control.received(f"ACCT{number}")) for number in (2, 3, 4)]
        scene.control.cancel("ACCT1", master_id)
        scene.control.place("ACCT1", limit_order(100, "149"))
        await asyncio.sleep(0.5)
        assert [len(scene.control.received(f"ACCT{number}")) for number in (2, 3, 4)] == before
