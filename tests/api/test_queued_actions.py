"""Queued actions over HTTP and the WebSocket: listed, told, replayed, discarded."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from das_copy_trader.simulator.control import Ticket
from tests.api.test_websocket import ask, inside, listening, next_frame
from tests.support.face import Face, account_body, follower_body, open_face, serve_face, simulated_platforms

BUY = Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150))
QUEUE = "/api/queued-actions/f2"


@pytest.fixture
async def face() -> AsyncIterator[Face]:
    async with open_face() as opened:
        yield opened


async def test_from_the_missed_order_to_its_replay(face: Face) -> None:
    async with simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        await face.client.put("/api/master", json=account_body(1, ports[0]))
        await face.client.post("/api/followers", json=follower_body(2, ports[1], base_multiplier="0.5"))
        async with serve_face(face) as policy, listening(policy) as client:
            await face.client.post("/api/start")
            await control.go_offline("ACCT2")
            lost = inside(await next_frame(client, "alert"))
            assert lost["follower_id"] == "f2"
            orders = [control.place("ACCT1", BUY) for _ in range(2)]
            queued = [inside(await next_frame(client, "action_queued")) for _ in orders]
            assert [action["master_order_id"] for action in queued] == orders
            assert {(action["follower_id"], action["action_type"], action["symbol"]) for action in queued} == {
                ("f2", "order_submit", "MSFT")
            }
            (listed,) = (await face.client.get("/api/queued-actions")).json()
            assert listed["follower_id"] == "f2"
            first, second = (await face.client.get(QUEUE)).json()["actions"]
            assert [action["action_id"] for action in listed["actions"]] == [first["action_id"], second["action_id"]]
            assert (first["state"], first["reason"], first["quantity"], first["price"]) == (
                "waiting",
                "offline",
                50,
                "150",
            )
            early = (await face.client.post(f"{QUEUE}/replay", json={"action_ids": [first["action_id"]]})).json()
            assert [(result["success"], result["outcome"]) for result in early["results"]] == [(False, "queued")]
            assert early["results"][0]["error"]
            await next_frame(client, "actions_replayed")

            await control.go_online("ACCT2")
            available = inside(await next_frame(client, "queued_actions_available"))
            assert available["follower_id"] == "f2"
            action = {"action": "replay_actions", "follower_id": "f2", "action_ids": [first["action_id"]]}
            assert (await ask(client, action))["type"] == "reply"
            again = await ask(client, action)
            assert again["type"] == "error"
            update = inside(await next_frame(client, "state_update"))
            assert update["followers"][0]["queued_actions"] in {1, 2}  # type: ignore[index]
            gone = await face.client.post(f"{QUEUE}/discard", json={"action_ids": [second["action_id"], "x"]})
            assert [result["success"] for result in gone.json()["results"]] == [True, False]
            sent = [command for command in control.received("ACCT2") if "NEWORDER" in str(command)]
            assert len(sent) == 1


async def test_a_replay_is_told_with_each_result(face: Face) -> None:
    await face.client.post("/api/followers", json=follower_body(2))
    assert (await face.client.get("/api/queued-actions")).json() == []
    assert (await face.client.get(QUEUE)).json() == {"follower_id": "f2", "actions": []}
    stopped = await face.client.post(f"{QUEUE}/replay", json={"action_ids": ["a"]})
    assert stopped.status_code == 409
    discarded = await face.client.post(f"{QUEUE}/discard", json={"action_ids": ["a"]})
    assert discarded.status_code == 200
    assert discarded.json()["results"][0]["success"] is False


@pytest.mark.parametrize("body", [{}, {"action_ids": []}, {"action_ids": [1]}, {"action_ids": ["a"], "more": 1}])
async def test_bodies_that_do_not_fit(face: Face, body: dict[str, object]) -> None:
    await face.client.post("/api/followers", json=follower_body(2))
    for verb in ("replay", "discard"):
        assert (await face.client.post(f"{QUEUE}/{verb}", json=body)).status_code == 422


async def test_a_follower_that_is_not_there(face: Face) -> None:
    assert (await face.client.get("/api/queued-actions/nobody")).status_code == 404
    for verb in ("replay", "discard"):
        answer = await face.client.post(f"/api/queued-actions/nobody/{verb}", json={"action_ids": ["a"]})
        assert answer.status_code == 404
