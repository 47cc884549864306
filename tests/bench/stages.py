"""What each step of an order's way costs when it is warm, without any socket: the table of HOT_PATH.md.

    python tests/bench/stages.py

The links are made of air: a send is an append. Figures are the 10th percentile of many orders, so what the machine
did besides falls out; compare them with each other, not with another machine's.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import timeit
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from time import perf_counter_ns

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from das_copy_trader.client.translate import LineEncoder, order_facts  # noqa: E402 - the path is set first
from das_copy_trader.domain.enums import OrdType, Side, TimeInForce  # noqa: E402
from das_copy_trader.domain.identifiers import ClOrdId, Symbol  # noqa: E402
from das_copy_trader.domain.orders import OrderRequest, OrderTerms  # noqa: E402
from das_copy_trader.protocol.framing import LineBuffer  # noqa: E402
from das_copy_trader.protocol.messages import OrderRow  # noqa: E402
from das_copy_trader.protocol.parse import parse_line  # noqa: E402
from das_copy_trader.runtime.clock import SystemClock  # noqa: E402
from das_copy_trader.runtime.network import Link, LinkHandler, LinkHandlerFactory, Listener  # noqa: E402
from tests.bench.cell import SYMBOLS, multipliers_of  # noqa: E402
from tests.bench.product import BenchedProduct  # noqa: E402

BURST = (
    b"#LOGIN SUCCESSED\r\n#POS symb\r\n#POSEND\r\n#Order id\r\n#OrderEnd\r\n#Trade id\r\n#TradeEnd\r\n"
    b"#SLOrder id\r\n#SLOrderEnd\r\n"
)
CALM = 10
MASTER_ROW = "%ORDER {} 7 {} B L 100 100 0 200.5 SMAT Accepted 10:49:35 0 MASTER USER1 Hotkey DAY+ N/A\r\n"


class AirLink:
    """A link that keeps what is sent."""

    is_open = True
    unsent_bytes = 0
    peer = "air"

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.handler: LinkHandler | None = None

    def send(self, payload: bytes) -> None:
        self.sent.append(payload)

    def transmit(self, payload: bytes) -> int:
        """All of it is taken."""
        self.sent.append(payload)
        return len(payload)

    def finish_send(self, payload: bytes, outcome: int | OSError) -> None:
        """Nothing is ever left."""

    def close(self) -> None:
        """There is nothing to close."""

    def abort(self, cause: Exception) -> None:
        """There is nothing to cut."""

    def hear(self, chunk: bytes) -> None:
        """Bytes come from the platform."""
        assert self.handler is not None
        self.handler.on_received(chunk)


class AirNetwork:
    """Makes such links, one a port."""

    def __init__(self) -> None:
        self.link_by_port: dict[int, AirLink] = {}

    async def connect(self, host: str, port: int, handler_factory: LinkHandlerFactory, *, timeout_s: float) -> Link:
        link = self.link_by_port[port] = AirLink()
        link.handler = handler_factory(link)
        return link

    async def listen(self, host: str, port: int, handler_factory: LinkHandlerFactory) -> Listener:
        raise OSError("nobody listens in the air")


def echoes(order: bytes, order_id: int, account: str) -> bytes:
    """What a platform answers to an order: four lines at once."""
    token, side, symbol, route, qty, px = order.decode().split()[1:7]
    row = f"%ORDER {order_id} {token} {symbol} {side} L {qty} {qty} 0 {px} {route}"
    tail = f"10:49:35 0 {account} USER1 CMDAPI DAY+ N/A\r\n"
    act = f"%OrderAct {order_id} Sending Buy {symbol} {qty} {px} {route} 10:49:35  {token}\r\n"
    return f"#OrderSending\r\n{act}{row} Sending {tail}{row} Accepted {tail}".encode()


async def walk(followers: int, orders: int) -> tuple[float, float, float]:
    """Microseconds an order of the pass, of all echoes, of what is told afterwards."""
    network = AirNetwork()
    ports = list(range(2, followers + 2))
    multipliers = [Decimal(word) for word in multipliers_of(followers)]
    product = BenchedProduct(network, SystemClock(), master_port=1, ports=ports, multipliers=multipliers)
    starting = asyncio.get_running_loop().create_task(product.start())
    while len(network.link_by_port) <= followers:  # noqa: ASYNC110 - a few loop turns at most
        await asyncio.sleep(0)
    for link in network.link_by_port.values():
        link.hear(BURST)
    await starting
    passes, answers, tellings = [], [], []
    gc.collect()
    gc.freeze()
    for number in range(1, orders + 1):
        for link in network.link_by_port.values():
            link.sent.clear()
        row = MASTER_ROW.format(1000 + number, SYMBOLS[number % len(SYMBOLS)]).encode()
        passes.append(measured(lambda row=row: network.link_by_port[1].hear(row)))  # type: ignore[misc]
        heard = [
            (
                network.link_by_port[port],
                echoes(network.link_by_port[port].sent[0], number * followers + at, f"F{at:03}"),
            )
            for at, port in enumerate(ports, 1)
        ]
        answers.append(measured(lambda heard=heard: [link.hear(chunk) for link, chunk in heard]))  # type: ignore[misc]
        before_ns = perf_counter_ns()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        tellings.append(perf_counter_ns() - before_ns)
    await product.stop()
    return low(passes), low(answers), low(tellings)


def measured(work: Callable[[], object]) -> int:
    """Nanoseconds of one go."""
    before_ns = perf_counter_ns()
    work()
    return perf_counter_ns() - before_ns


def low(times_ns: list[int]) -> float:
    """The 10th percentile, in microseconds."""
    return sorted(times_ns)[len(times_ns) // CALM] / 1000


def steps() -> dict[str, float]:
    """Microseconds of single steps, best of many."""
    line = MASTER_ROW.format(1001, "MSFT").encode()
    row = parse_line(line.rstrip())
    assert isinstance(row, OrderRow)
    encoder, buffer = LineEncoder(), LineBuffer()
    terms = OrderTerms(OrdType.LIMIT, price=Decimal("200.5"), time_in_force=TimeInForce.DAY_PLUS)
    request = OrderRequest(ClOrdId(1 << 30), Symbol("MSFT"), Side.BUY, 50, terms, "SMAT")
    works: dict[str, Callable[[], object]] = {
        "cut one line off the stream (`LineBuffer.feed`)": lambda: buffer.feed(line),
        "parse an 18-field %ORDER (`parse_line`)": lambda: parse_line(line.rstrip()),
        "the row in domain words (`order_facts`)": lambda: order_facts(row),
        "build a NEWORDER line, once a group (`LineEncoder.encode`)": lambda: encoder.encode(request),
    }
    return {name: min(timeit.repeat(work, number=5000, repeat=9)) / 5000 * 1e6 for name, work in works.items()}


def main() -> None:
    for name, cost_us in steps().items():
        print(f"{name}: {cost_us:.2f} us")
    alone = asyncio.run(walk(1, 2000))
    many = asyncio.run(walk(51, 400))
    for name, one, all_of_them in zip(("the pass", "the echoes", "telling afterwards"), alone, many, strict=True):
        print(f"{name}: one follower {one:.1f} us, each further one {(all_of_them - one) / 50:.2f} us")


if __name__ == "__main__":
    main()
