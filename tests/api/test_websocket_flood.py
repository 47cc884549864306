"""A client that floods the WebSocket: it is paced or dropped, and everybody else goes on."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from das_copy_trader.api.paced_websocket import BITE_BYTES
from tests.support.face import BEARER, TOKEN, Face, open_face, serve_face


@pytest.fixture
async def face() -> AsyncIterator[Face]:
    async with open_face() as opened:
        yield opened


def frames(opcode: Opcode, count: int, payload: bytes = b"?") -> bytes:
    """So many frames in one piece, masked as a client's are."""
    return Frame(opcode, payload).serialize(mask=True) * count


async def hear_after(client: ClientConnection, message: str) -> None:
    """Send it, and listen until the connection ends."""
    await client.send(message)
    while True:
        await client.recv()


class Flooder:
    """A client without a library between it and the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def arrive(cls, port: int) -> "Flooder":
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {TOKEN}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer)

    async def answers(self, count: int, opcode: int) -> list[bytes]:
        """Read until so many frames of this kind have come."""
        heard: list[bytes] = []
        while len(heard) < count:
            first, length = await self.reader.readexactly(2)
            if length == 126:
                length = int.from_bytes(await self.reader.readexactly(2))
            elif length == 127:
                length = int.from_bytes(await self.reader.readexactly(8))
            payload = await self.reader.readexactly(length)
            if first & 0x0F == opcode and (opcode != Opcode.TEXT or json.loads(payload)["type"] == "error"):
                heard.append(payload)
        return heard


@pytest.mark.parametrize(("sent", "answered"), [(Opcode.TEXT, Opcode.TEXT), (Opcode.PING, Opcode.PONG)])
async def test_a_flood_leaves_the_loop_to_others_between_two_bites(face: Face, sent: Opcode, answered: Opcode) -> None:
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with serve_face(face) as policy, asyncio.timeout(60):
        flooder = await Flooder.arrive(policy.port)
        flood = frames(sent, 1500)
        flooder.writer.write(flood)
        counting = asyncio.ensure_future(count_turns())
        await flooder.answers(1500, answered)
        counting.cancel()
        flooder.writer.close()
    assert turns >= (1500 if sent is Opcode.TEXT else len(flood) / BITE_BYTES)


async def test_a_flood_of_ten_thousand_without_reading_is_dropped_and_others_are_served(face: Face) -> None:
    async with serve_face(face) as policy, asyncio.timeout(60):
        flooder = await Flooder.arrive(policy.port)
        async with connect(f"ws://127.0.0.1:{policy.port}/ws", additional_headers=BEARER, max_size=None) as other:
            flooder.writer.write(frames(Opcode.TEXT, 10_000))
            for _ in range(3):
                assert json.loads(await other.recv())["type"] == "state_update"
            flooder.writer.transport.abort()
            while face.container.notifications.client_count > 1:
                await other.recv()


@pytest.mark.parametrize("size", [65_537, 10_000_000])
async def test_a_frame_that_is_too_large_ends_its_own_connection(face: Face, size: int) -> None:
    async with serve_face(face) as policy, asyncio.timeout(60):
        address = f"ws://127.0.0.1:{policy.port}/ws"
        async with connect(address, additional_headers=BEARER, max_size=None) as client:
            with pytest.raises(ConnectionClosed) as closed:
                await hear_after(client, "x" * size)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        assert (await face.client.get("/api/status")).status_code == 200


async def test_text_that_is_no_text_gets_an_error_and_the_connection_lives(face: Face) -> None:
    async with serve_face(face) as policy, asyncio.timeout(60):
        flooder = await Flooder.arrive(policy.port)
        for _ in range(3):
            flooder.writer.write(frames(Opcode.TEXT, 1, b"\xff\xfe{}"))
            (answer,) = await flooder.answers(1, Opcode.TEXT)
            assert "cannot be read" in json.loads(answer)["data"]["message"]
        flooder.writer.close()


async def test_large_messages_and_pieces_arrive_whole(face: Face) -> None:
    async with serve_face(face) as policy, asyncio.timeout(60):
        address = f"ws://127.0.0.1:{policy.port}/ws"
        async with connect(address, additional_headers=BEARER, max_size=None) as client:
            messages: list[str | bytes | list[str]] = [
                "x" * 60_000,
                ["{", '"request_id": 7', "}"],
                b"\xff" * 5000,
                b"",
                "{}",
            ]
            for number, message in enumerate(messages):
                await client.send(message)
                while (frame := json.loads(await client.recv()))["type"] != "error":
                    pass
                if number == 1:
                    assert frame["data"]["request_id"] == 7
