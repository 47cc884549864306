"""The end on a signal: within seconds, whatever browsers and platforms do."""

import asyncio
import signal
import socket
from pathlib import Path

from tests.support.face import account_body, follower_body, simulated_platforms
from tests.support.program import program

PATIENCE_S = 20.0


async def test_it_ends_though_a_browser_sleeps_and_a_platform_is_silent(tmp_path: Path) -> None:
    async with simulated_platforms(2) as control, program(tmp_path) as served:
        ports = [platform.port for platform in control.broker.platforms]
        async with served.client() as client:
            await client.put("/api/master", json=account_body(1, ports[0]))
            await client.post("/api/followers", json=follower_body(2, ports[1]))
            await client.post("/api/start")
        control.broker.platforms[1].set_stalled(is_stalled=True)
        host, _, port = served.base.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as sleeper:
            sleeper.sendall(
                f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {served.token}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
            )
            served.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(PATIENCE_S):
                assert await served.process.wait() == 0
