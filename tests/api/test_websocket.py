"""`WS /ws`: snapshot, events, actions, and clients that do not read."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from das_copy_trader.api.access import AccessPolicy
from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.simulator.control import Ticket
from tests.support.face import (
    BEARER,
    DAS_PASSWORD,
    TOKEN,
    Face,
    account_body,
    follower_body,
    open_face,
    serve_face,
    simulated_platforms,
)

Frame = dict[str, object]


@pytest.fixture
async def face() -> AsyncIterator[Face]:
    async with open_face() as opened:
        yield opened


@asynccontextmanager
async def listening(policy: AccessPolicy) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://127.0.0.1:{policy.port}/ws", additional_headers=BEARER, max_size=None) as client:
        yield client


async def next_frame(client: ClientConnection, *types: str) -> Frame:
    """The next frame of one of these types."""
    async with asyncio.timeout(20):
        while True:
            frame: Frame = json.loads(await client.recv())
            if frame["type"] in types:
                return frame


def inside(frame: Frame) -> Frame:
    data = frame["data"]
    assert isinstance(data, dict)
    return data


async def ask(client: ClientConnection, message: object) -> Frame:
    await client.send(message if isinstance(message, str | bytes) else json.dumps(message))
    return await next_frame(client, "reply", "error")


async def test_the_whole_state_comes_at_once_and_again(face: Face) -> None:
    await face.client.post("/api/followers", json=follower_body(2))
    async with serve_face(face) as policy, listening(policy) as client:
        first = json.loads(await client.recv())
        assert first["type"] == "state_update"
        assert first["data"]["mode"] == "stopped"
        assert first["data"]["followers"][0]["follower_id"] == "f2"
        again = await next_frame(client, "state_update")
        assert inside(again)["boot_id"] == first["data"]["boot_id"]
        assert DAS_PASSWORD not in json.dumps([first, again])


async def test_an_order_and_its_cancel_are_told_with_every_followers_part(face: Face) -> None:
    async with simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        await face.client.put("/api/master", json=account_body(1, ports[0]))
        await face.client.post("/api/followers", json=follower_body(2, ports[1], base_multiplier="0.5"))
        async with serve_face(face) as policy, listening(policy) as client:
            await face.client.post("/api/start")
            order = control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150)))
            assert order is not None
            told = inside(await next_frame(client, "order_replicated"))
            assert (told["symbol"], told["side"], told["quantity"], told["type"]) == ("MSFT", "BUY", 100, "Limit")
            results = told["follower_results"]
            assert isinstance(results, dict)
            assert results["f2"]["success"] is True
            assert results["f2"]["quantity"] == 50
            assert results["f2"]["outcome"] in {"pending", "working"}
            control.cancel("ACCT1", order)
            cancelled = inside(await next_frame(client, "order_cancelled"))
            assert cancelled["master_order_id"] == order
            replications = (await face.client.get("/api/replications")).json()
            assert replications[0]["master_order_id"] == order


async def test_events_come_in_order_and_without_a_gap(face: Face) -> None:
    async with serve_face(face) as policy, listening(policy) as client:
        await client.recv()
        for number in range(300):
            face.container.alerts.raise_alert(AlertLevel.INFO, f"alert {number}")
        frames = [await next_frame(client, "alert") for _ in range(300)]
        numbers = [frame["seq"] for frame in frames]
        assert numbers == list(range(1, 301))
        assert inside(frames[-1])["message"] == "alert 299"


async def test_log_lines_come_when_there_are_new_ones(face: Face) -> None:
    async with serve_face(face) as policy, listening(policy) as client:
        await client.recv()
        face.container.log_ring.append("2026-01-05T14:30:00Z", "info", "test", "a line")
        entries = inside(await next_frame(client, "log_entries"))["entries"]
        assert isinstance(entries, list)
        assert entries[0]["message"] == "a line"


async def test_a_multiplier_is_overridden_and_answered(face: Face) -> None:
    await face.client.post("/api/followers", json=follower_body(2))
    async with serve_face(face) as policy, listening(policy) as client:
        message = {"action": "override_multiplier", "follower_id": "f2", "symbol": "msft", "multiplier": 0.25}
        reply = await ask(client, message | {"request_id": "r1"})
        assert (reply["type"], inside(reply)) == ("reply", {"action": "override_multiplier", "request_id": "r1"})
        assert face.container.multipliers.effective(FollowerId("f2"), Symbol("MSFT")) == Decimal("0.25")
        assert (await ask(client, message | {"multiplier": "0.75"}))["type"] == "reply"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "null",
        "[]",
        "1",
        "NaN",
        "{}",
        '{"action": 1}',
        '{"action": "format_disk"}',
        '{"action": "override_multiplier"}',
        b"\x00\xff",
        "[" * 20_000,
        '{"action": "override_multiplier", "follower_id": "f2", "symbol": "MSFT", "multiplier": 1, "more": 1}',
        {"action": "override_multiplier", "follower_id": "f2", "symbol": "MSFT", "multiplier": "NaN"},
        {"action": "override_multiplier", "follower_id": "f2", "symbol": "MSFT", "multiplier": 0},
        {"action": "override_multiplier", "follower_id": "f2", "symbol": "MSFT", "multiplier": True},
        {"action": "override_multiplier", "follower_id": "f2", "symbol": "MSFT", "multiplier": "1_0"},
        {"action": "override_multiplier", "follower_id": "f2", "symbol": "MSFT", "multiplier": "1e400"},
        {"action": "override_multiplier", "follower_id": "f2", "symbol": "M S", "multiplier": 1},
        {"action": "override_multiplier", "follower_id": "nobody", "symbol": "MSFT", "multiplier": 1},
        {"action": "cancel_short_sale_task", "task_id": "t1"},
        {"action": "replay_actions", "follower_id": "f2", "action_ids": ["a"]},
        {"action": "discard_actions", "follower_id": "nobody", "action_ids": []},
    ],
)
async def test_what_cannot_be_done_gets_an_error_and_the_connection_lives(face: Face, message: object) -> None:
    await face.client.post("/api/followers", json=follower_body(2))
    async with serve_face(face) as policy, listening(policy) as client:
        answer = await ask(client, message)
        assert answer["type"] == "error"
        assert inside(answer)["message"]
        assert face.container.multipliers.effective(FollowerId("f2"), Symbol("MSFT")) == 1
        good = {"action": "override_multiplier", "follower_id": "f2", "symbol": "MSFT", "multiplier": 2}
        assert (await ask(client, good))["type"] == "reply"


@pytest.mark.parametrize(
    ("message", "action", "request_id", "words"),
    [
        ({"action": "nonsense", "request_id": "r7"}, "nonsense", "r7", "There is no action 'nonsense'. Known ones: "),
        ({"action": "override_multiplier", "request_id": 7}, "override_multiplier", 7, "needed: `follower_id`"),
        ({"action": "cancel_short_sale_task", "task_id": 1}, "cancel_short_sale_task", None, "task_id: it should be a"),
        ({"action": "cancel_short_sale_task", "task_id": "1", "x": 1}, "cancel_short_sale_task", None, "known: `x`"),
        ({"action": ["x"], "request_id": True}, None, None, "action: it should be a text"),
        ({"request_id": "r"}, None, "r", "needed: `action`"),
        ('{"action": ', None, None, "it ends too early"),
        ('{"x":' * 10_000, None, None, "nested too deeply"),
        ("17", None, None, "it should be an object"),
    ],
)
async def test_an_answer_finds_its_question_and_says_what_is_wrong(
    face: Face, message: object, action: str | None, request_id: object, words: str
) -> None:
    async with serve_face(face) as policy, listening(policy) as client:
        answer = inside(await ask(client, message))
        assert (answer["action"], answer["request_id"]) == (action, request_id)
        assert words in str(answer["message"])


async def test_a_request_id_comes_back_as_it_was_sent(face: Face) -> None:
    await face.client.post("/api/followers", json=follower_body(2))
    message = {"action": "override_multiplier", "follower_id": "f2", "symbol": "MSFT", "multiplier": 2}
    async with serve_face(face) as policy, listening(policy) as client:
        for sent in (7, 0, "seven", "", None):
            assert inside(await ask(client, message | {"request_id": sent}))["request_id"] == sent


async def test_a_message_that_is_too_large_ends_the_connection_alone(face: Face) -> None:
    async with serve_face(face) as policy, listening(policy) as other:
        async with listening(policy) as client:
            await client.send("x" * 100_000)
            with pytest.raises(ConnectionClosed):
                await next_frame(client, "nothing")
        assert (await next_frame(other, "state_update"))["type"] == "state_update"


async def test_a_thousand_malformed_messages_break_nothing(face: Face) -> None:
    async with serve_face(face) as policy, listening(policy) as client:
        for number in range(1000):
            assert (await ask(client, '{"action":' * (number % 50)))["type"] == "error"
        assert (await next_frame(client, "state_update"))["type"] == "state_update"


async def test_a_client_that_does_not_read_is_dropped_and_the_others_hear_everything(face: Face) -> None:
    async with serve_face(face) as policy, listening(policy) as reader:
        sleeper = socket.create_connection(("127.0.0.1", policy.port))
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.sendall(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{policy.port}\r\nAuthorization: Bearer {TOKEN}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        try:
            notifications = face.container.notifications
            async with asyncio.timeout(60):
                while notifications.client_count < 2:  # noqa: ASYNC110 - polled from outside on purpose
                    await asyncio.sleep(0.01)
                told = 0
                while not notifications.dropped_clients:
                    for _ in range(100):
                        face.container.alerts.raise_alert(AlertLevel.INFO, f"{told} " + "x" * 4000)
                        told += 1
                    frame = await next_frame(reader, "alert")
                    while not str(inside(frame)["message"]).startswith(f"{told - 1} "):
                        frame = await next_frame(reader, "alert")
            assert notifications.client_count == 1
        finally:
            sleeper.close()
