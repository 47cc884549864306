"""Does a browser that stops reading cost the orders anything? Three rounds, interleaved: no browser, one that reads, one
that does not. Prints the times from the master's line to the last follower's bytes, and the ratios.

    .venv/bin/python tests/load/stalled_browser.py [ORDERS_PER_ROUND]
"""

import asyncio
import contextlib
import socket
import statistics
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from websockets.asyncio.client import connect  # noqa: E402

from das_copy_trader.api.access import AccessPolicy  # noqa: E402
from das_copy_trader.domain.enums import AlertLevel  # noqa: E402
from das_copy_trader.services.messages import Alert, AlertState  # noqa: E402
from das_copy_trader.simulator.control import Control, Ticket  # noqa: E402
from tests.support.face import (  # noqa: E402
    BEARER,
    TOKEN,
    Face,
    account_body,
    follower_body,
    open_face,
    serve_face,
    simulated_platforms,
)

FOLLOWERS = 10
ROUNDS = 4
KINDS = ("none", "reading", "stalled")
_dropped: Counter[str] = Counter()


@contextlib.asynccontextmanager
async def browser(kind: str, policy: AccessPolicy) -> AsyncIterator[None]:
    """A browser of this kind, as long as the block."""
    if kind == "none":
        yield
    elif kind == "reading":
        async with connect(f"ws://127.0.0.1:{policy.port}/ws", additional_headers=BEARER, max_size=None) as client:

            async def read() -> None:
                async for _ in client:
                    pass

            reading = asyncio.create_task(read())
            yield
            reading.cancel()
    else:
        sleeper = socket.create_connection(("127.0.0.1", policy.port))
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.sendall(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{policy.port}\r\nAuthorization: Bearer {TOKEN}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        yield
        sleeper.close()


def make_alert(seq: int, *, text: str) -> Alert:
    """An event that fills a browser's queue soon."""
    return Alert(seq, AlertState(seq, datetime.now(tz=UTC), AlertLevel.INFO, text, None))


async def round_of_orders(face: Face, control: Control, count: int) -> list[float]:
    """Place orders; microseconds to the last follower's bytes of each."""
    times: list[float] = []

    def take(record: object) -> None:
        results = getattr(record, "results", ())
        sent = [result.sent_us for result in results if result.sent_us is not None]
        if len(sent) == FOLLOWERS:
            times.append(max(sent))

    face.container.relay.on_record.append(take)
    for number in range(count):
        order = control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=1, limit=Decimal(150)))
        text = f"{number} " + "x" * 100_000
        face.container.notifications.publish(partial(make_alert, text=text))
        await asyncio.sleep(0.03)
        if order is not None:
            control.cancel("ACCT1", order)  # else the buying power would end
        await asyncio.sleep(0.03)
    face.container.relay.on_record.remove(take)
    return times


async def until_dropped(face: Face, kind: str) -> None:
    """Who does not read is dropped after 10 s in which it took nothing."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(20):
            while kind == "stalled" and face.container.notifications.client_count:  # noqa: ASYNC110 - seen from outside
                await asyncio.sleep(0.1)
    _dropped[kind] += kind == "stalled" and not face.container.notifications.client_count


async def main(count: int) -> int:
    """All rounds; the exit code is 1 when the stalled browser was not dropped."""
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    async with open_face() as face, simulated_platforms(FOLLOWERS + 1) as control:
        ports = [platform.port for platform in control.broker.platforms]
        await face.client.put("/api/master", json=account_body(1, ports[0]))
        for number in range(2, FOLLOWERS + 2):
            await face.client.post("/api/followers", json=follower_body(number, ports[number - 1]))
        await face.client.post("/api/start")
        async with serve_face(face) as policy:
            await round_of_orders(face, control, 50)
            for _ in range(ROUNDS):
                for kind in KINDS:
                    async with browser(kind, policy):
                        times[kind] += await round_of_orders(face, control, count)
                        await until_dropped(face, kind)
        dropped = _dropped["stalled"]
    reference = statistics.median(times["none"])
    for kind in KINDS:
        ordered = sorted(times[kind])
        p50, p95 = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
        print(
            f"{kind:<8} {len(ordered):>5} orders  p50 {p50:8.1f} us  p95 {p95:8.1f} us  p50 ratio {p50 / reference:.2f}"
        )
    print(f"clients dropped: {dropped} of {ROUNDS} that did not read")
    return 0 if dropped == ROUNDS else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)))
