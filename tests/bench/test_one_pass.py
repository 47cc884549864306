"""One synchronous pass: whatever some followers do, the others' orders are written before the master's line is done with.

The whole product runs on the in-memory network and virtual time; what is recorded is the order of events, not times.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from das_copy_trader.runtime.clock import LoopClock
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.memory_link import MemoryLink
from das_copy_trader.runtime.memory_network import MemoryNetwork
from das_copy_trader.runtime.network import Link, LinkHandler, LinkHandlerFactory, Listener
from das_copy_trader.runtime.virtual_time import run_virtual
from tests.bench.product import HOST, BenchedProduct

EPOCH = datetime(2026, 10, 2, 14, 0, tzinfo=UTC)
MASTER_PORT = 1
PORTS = list(range(2, 12))
SILENT, STALLED, LATE = PORTS[2], PORTS[4], PORTS[6]
LATE_S = 0.3
ORDERS = 300
BURST = (
    b"#LOGIN SUCCESSED\r\n#POS symb\r\n#POSEND\r\n#Order id\r\n#OrderEnd\r\n#Trade id\r\n#TradeEnd\r\n"
    b"#SLOrder id\r\n#SLOrderEnd\r\n"
)


class RecordingLink:
    """A link whose orders are written down before they are sent."""

    def __init__(self, inner: Link, port: int, book: list[int]) -> None:
        self._inner = inner
        self._port = port
        self._book = book

    @property
    def is_open(self) -> bool:
        return self._inner.is_open

    @property
    def unsent_bytes(self) -> int:
        return self._inner.unsent_bytes

    @property
    def peer(self) -> str:
        return self._inner.peer

    def send(self, payload: bytes) -> None:
        if payload.startswith(b"NEWORDER"):
            self._book.append(self._port)
        self._inner.send(payload)

    def transmit(self, payload: bytes) -> int:
        if payload.startswith(b"NEWORDER"):
            self._book.append(self._port)
        return self._inner.transmit(payload)

    def finish_send(self, payload: bytes, outcome: int | OSError) -> None:
        self._inner.finish_send(payload, outcome)

    def close(self) -> None:
        self._inner.close()

    def abort(self, cause: Exception) -> None:
        self._inner.abort(cause)


@dataclass
class Passes:
    """Which followers were written to within the handling of each of the master's order rows, and outside of any."""

    within: list[list[int]] = field(default_factory=list)
    book: list[int] = field(default_factory=list)


class WatchedMaster:
    """The master's handler: what is written while it has an order row is one pass."""

    def __init__(self, inner: LinkHandler, passes: Passes) -> None:
        self._inner = inner
        self._passes = passes

    def on_received(self, chunk: bytes) -> None:
        assert not self._passes.book, "an order was written outside of the handling of the master's row"
        self._inner.on_received(chunk)
        if chunk.startswith(b"%ORDER"):
            self._passes.within.append(list(self._passes.book))
        self._passes.book.clear()

    def on_lost(self, cause: Exception | None) -> None:
        self._inner.on_lost(cause)


class RecordingNetwork:
    """The in-memory network, with every write of an order recorded."""

    def __init__(self, inner: MemoryNetwork, passes: Passes) -> None:
        self._inner = inner
        self._passes = passes

    async def connect(self, host: str, port: int, handler_factory: LinkHandlerFactory, *, timeout_s: float) -> Link:
        def watched(link: Link) -> LinkHandler:
            handler = handler_factory(RecordingLink(link, port, self._passes.book))
            return WatchedMaster(handler, self._passes) if port == MASTER_PORT else handler

        return await self._inner.connect(host, port, watched, timeout_s=timeout_s)

    async def listen(self, host: str, port: int, handler_factory: LinkHandlerFactory) -> Listener:
        return await self._inner.listen(host, port, handler_factory)


class Platform:
    """A follower's or the master's platform: lets the account in, and answers orders as its kind does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.links: list[Link] = []
        self.orders: list[list[str]] = []

    def adopt(self, link: Link) -> "Platform":
        self.links.append(link)
        return self

    def on_received(self, chunk: bytes) -> None:
        for line in chunk.decode().splitlines():
            words = line.split()
            if words[0] == "LOGIN":
                self.links[-1].send(BURST)
            elif words[0] == "NEWORDER":
                self.orders.append(words)
                if self.port == LATE:
                    asyncio.get_running_loop().call_later(LATE_S, self.accept, words)
                elif self.port != SILENT:
                    self.accept(words)

    def accept(self, words: list[str]) -> None:
        _, token, side, symbol, route, qty, px, *_ = words
        order_id = 5000 + len(self.orders)
        row = f"%ORDER {order_id} {token} {symbol} {side} L {qty} {qty} 0 {px} {route} Accepted 10:00:00 0"
        self.links[-1].send(f"{row} F{self.port - 1:03} USER1 CMDAPI DAY+ N/A\r\n".encode())

    def on_lost(self, cause: Exception | None) -> None:
        """The client may come back."""


def test_every_follower_is_written_to_in_the_masters_own_call_stack() -> None:
    passes = Passes()
    stalled_at: list[int] = []

    async def scenario(randomness: RandomSource) -> None:
        loop = asyncio.get_running_loop()
        inner = MemoryNetwork(randomness.stream("network"), unsent_cap_bytes=2_000, window_bytes=1_000)
        platforms = {port: Platform(port) for port in [MASTER_PORT, *PORTS]}
        for port, platform in platforms.items():
            await inner.listen(HOST, port, platform.adopt)
        product = BenchedProduct(
            RecordingNetwork(inner, passes),
            LoopClock(loop, EPOCH),
            master_port=MASTER_PORT,
            ports=PORTS,
            multipliers=[Decimal(1)] * len(PORTS),
        )
        await product.start()
        stalled = platforms[STALLED].links[0]
        assert isinstance(stalled, MemoryLink)
        inner.stall(stalled)
        inner.refuse(HOST, STALLED)  # it does not come back either
        for number in range(1, ORDERS + 1):
            row = f"%ORDER {1000 + number} 7 MSFT B L 100 100 0 200.5 SMAT Accepted 10:00:00 0"
            platforms[MASTER_PORT].links[0].send(f"{row} MASTER USER1 Hotkey DAY+ N/A\r\n".encode())
            await asyncio.sleep(0.005)
            if not stalled_at and STALLED not in passes.within[-1]:
                stalled_at.append(number)
        await asyncio.sleep(1)
        healthy = [port for port in PORTS if port != STALLED]
        assert [len(platforms[port].orders) for port in healthy] == [ORDERS] * len(healthy)
        await product.stop()

    run_virtual(scenario, seed=1)
    others = [port for port in PORTS if port != STALLED]
    assert len(passes.within) == ORDERS
    for written in passes.within:
        assert [port for port in written if port != STALLED] == others
    assert stalled_at, "the stalled follower's link was never cut off"
    before, after = passes.within[: stalled_at[0] - 1], passes.within[stalled_at[0] - 1 :]
    assert all(written == PORTS for written in before)
    assert all(written == others for written in after)
