"""A minimal asyncio relay, the second reference of the latency benchmark: Protocol and transport.write, no checks.

It does what relay.c does, the way asyncio is commonly used: one Protocol per connection, the line built per follower and
written at once, what followers answer thrown away. A yardstick, not a program to trade with.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
from typing import cast

from typing_extensions import override

ID_MASK = (1 << 23) - 1


class Session(asyncio.Protocol):
    """One login; `login_ended` is done when the burst's last line has come."""

    transport: asyncio.Transport

    def __init__(self, account: str) -> None:
        self.account = account
        self.login_ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.unread = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own class is no subclass of it
        self.transport.write(f"LOGIN USER1 PASSWORD {self.account} 0\r\n".encode())

    @override
    def data_received(self, data: bytes) -> None:
        if self.login_ended.done():
            self.on_bytes(data)
            return
        self.unread += data
        if self.unread.endswith(b"#SLOrderEnd\r\n"):
            self.unread = b""
            self.login_ended.set_result(None)

    def on_bytes(self, data: bytes) -> None:
        """Throw away what a follower says."""


class MasterSession(Session):
    """Copies the first Accepted row of each order id to every follower."""

    def __init__(self, account: str, followers: list[tuple[Session, int]]) -> None:
        super().__init__(account)
        self.followers = followers
        self.copied_ids: set[int] = set()
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @override
    def on_bytes(self, data: bytes) -> None:
        *lines, self.unread = (self.unread + data).split(b"\n")
        for line in lines:
            if line.startswith(b"%ORDER "):
                self.on_order(line.rstrip(b"\r").split(b" ")[1:])

    def on_order(self, fields: list[bytes]) -> None:
        if len(fields) != 18 or fields[10] != b"Accepted" or int(fields[12]):
            return
        order_id = int(fields[0]) & ID_MASK
        if order_id in self.copied_ids:
            return
        self.copied_ids.add(order_id)
        order_qty = int(fields[5])
        token = 1 << 30 | order_id
        for follower, hundredths in self.followers:
            quantity = (order_qty * hundredths + 50) // 100 or 1
            line = b"NEWORDER %d %b %b %b %d %b TIF=DAY+\r\n"
            values = (token, fields[3], fields[2], fields[9], quantity, fields[8])
            follower.transport.write(line % values)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(None)


async def relay(master_port: int, ports: list[int], multipliers: list[str]) -> None:
    """Log in everywhere, say READY, copy until the master's connection ends."""
    loop = asyncio.get_running_loop()
    followers: list[tuple[Session, int]] = []
    for number, (port, multiplier) in enumerate(zip(ports, multipliers, strict=True), 1):
        session = Session(f"F{number:03}")
        await loop.create_connection(lambda session=session: session, "127.0.0.1", port)  # type: ignore[misc]
        followers.append((session, round(float(multiplier) * 100)))
    master = MasterSession("MASTER", followers)
    await loop.create_connection(lambda: master, "127.0.0.1", master_port)
    for session in [*(follower for follower, _ in followers), master]:
        await session.login_ended
    gc.freeze()
    print("READY", flush=True)
    await master.lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--master-port", type=int, required=True)
    parser.add_argument("--follower-ports", required=True, help="comma separated")
    parser.add_argument("--multipliers", required=True, help="comma separated decimals, one per follower")
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    options = parser.parse_args()
    ports = [int(port) for port in options.follower_ports.split(",")]
    work = relay(options.master_port, ports, options.multipliers.split(","))
    if options.loop == "uvloop":
        import uvloop

        uvloop.run(work)
    else:
        asyncio.run(work)


if __name__ == "__main__":
    main()
