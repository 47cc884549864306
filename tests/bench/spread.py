"""The order of writes and their spread on real sockets, with troubled followers and without.

    python tests/bench/spread.py [--orders 100] [--rounds 5] [--loop asyncio]

Ten followers. Healthy: all of them answer at once. Troubled: the third never answers, the fifth's socket is not read,
the seventh answers after 300 ms. Shown: in which order the kernel stamped the arrivals, from the master's row to the
last of those that are read, and the ratio of the two. It reports and never asserts.
"""

from __future__ import annotations

import argparse
import selectors
import socket
import statistics
import struct
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.cell import Child, cpus  # noqa: E402 - the path is set first
from tests.bench.programs import HERE  # noqa: E402

FOLLOWERS = 10
SILENT, STALLED, LATE = 3, 5, 7
LATE_S = 0.3
GAP_S = 0.01
BURST = (
    b"#LOGIN SUCCESSED\r\n#POS symb\r\n#POSEND\r\n#Order id\r\n#OrderEnd\r\n#Trade id\r\n#TradeEnd\r\n"
    b"#SLOrder id\r\n#SLOrderEnd\r\n"
)
STAMP_OPTION = 35 if sys.platform == "linux" else None  # SO_TIMESTAMPNS


@dataclass
class Arrivals:
    """Who got each order, in the order of arrival, and when (nanoseconds after the write of the master's row)."""

    followers: list[int] = field(default_factory=list)
    after_ns: list[int] = field(default_factory=list)


class Stage:
    """Plays the platforms of the master (0) and of the followers (1..10)."""

    def __init__(self, *, has_trouble: bool) -> None:
        self.has_trouble = has_trouble
        self.selector = selectors.DefaultSelector()
        self.listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(FOLLOWERS + 1)]
        self.links: dict[int, socket.socket] = {}
        self.logged_in: dict[int, bool] = {}
        self.due: list[tuple[float, int, bytes]] = []
        self.next_id = 5000
        self.stamped: list[tuple[int, int]] = []
        for number, listener in enumerate(self.listeners):
            if STAMP_OPTION is not None:
                listener.setsockopt(socket.SOL_SOCKET, STAMP_OPTION, 1)
            self.selector.register(listener, selectors.EVENT_READ, (number, True))

    @property
    def ports(self) -> list[int]:
        """Where the program has to connect to."""
        return [int(listener.getsockname()[1]) for listener in self.listeners]

    def turn(self, until_s: float) -> None:
        """Serve until this moment of the monotonic clock."""
        while (left_s := until_s - time.monotonic()) > 0:
            for key, _ in self.selector.select(min(left_s, 0.001)):
                number, is_listener = key.data
                self._accept(number) if is_listener else self._read(number)
            now_s = time.monotonic()
            while self.due and self.due[0][0] <= now_s:
                _, number, rows = self.due.pop(0)
                self.links[number].send(rows)

    def play(self, order_id: int) -> Arrivals:
        """One order of the master, and what came of it."""
        self.stamped.clear()
        row = f"%ORDER {order_id} 7 MSFT B L 100 100 0 200.5 SMAT Accepted 10:00:00 0 MASTER USER1 Hotkey DAY+ N/A\r\n"
        sent_ns = time.time_ns()
        self.links[0].send(row.encode())
        self.turn(time.monotonic() + GAP_S)
        self.stamped.sort()
        return Arrivals([number for _, number in self.stamped], [at_ns - sent_ns for at_ns, _ in self.stamped])

    def close(self) -> None:
        """Close every socket."""
        for sock in [*self.listeners, *self.links.values()]:
            sock.close()
        self.selector.close()

    def _accept(self, number: int) -> None:
        link, _ = self.listeners[number].accept()
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.links[number] = link
        self.selector.register(link, selectors.EVENT_READ, (number, False))

    def _read(self, number: int) -> None:
        link = self.links[number]
        chunk, control, _, _ = link.recvmsg(65_536, 128)
        received_ns = time.time_ns()
        for _, kind, stamp in control:
            if kind == STAMP_OPTION:
                seconds, nanoseconds = struct.unpack("qq", stamp)
                received_ns = seconds * 1_000_000_000 + nanoseconds
        if not chunk:
            self.selector.unregister(link)
            return
        for line in chunk.decode().splitlines():
            if line.startswith("LOGIN"):
                link.send(BURST)
                self.logged_in[number] = True
                if self.has_trouble and number == STALLED:
                    self.selector.unregister(link)
            elif line.startswith("NEWORDER"):
                self.stamped.append((received_ns, number))
                self._answer(number, line.split())

    def _answer(self, number: int, words: list[str]) -> None:
        if self.has_trouble and number == SILENT:
            return
        _, token, side, symbol, route, qty, px, *_ = words
        self.next_id += 1
        row = f"%ORDER {self.next_id} {token} {symbol} {side} L {qty} {qty} 0 {px} {route} Accepted 10:00:00 0"
        rows = f"#OrderSending\r\n{row} F{number:03} USER1 CMDAPI DAY+ N/A\r\n".encode()
        if self.has_trouble and number == LATE:
            self.due.append((time.monotonic() + LATE_S, number, rows))
        else:
            self.links[number].send(rows)


def measure(*, has_trouble: bool, orders: int, loop: str) -> list[Arrivals]:
    """Run the product beside ten followers and give every order's arrivals, the first tenth left out."""
    stage = Stage(has_trouble=has_trouble)
    ports = stage.ports
    argv = [sys.executable, str(HERE / "product.py"), "--loop", loop, "--master-port", str(ports[0])]
    argv += ["--follower-ports", ",".join(map(str, ports[1:])), "--multipliers", ",".join(["1"] * FOLLOWERS)]
    with tempfile.TemporaryDirectory() as directory, Child(argv, Path(directory) / "program", cpus()[1]):
        deadline_s = time.monotonic() + 20
        while len(stage.logged_in) <= FOLLOWERS and time.monotonic() < deadline_s:
            stage.turn(time.monotonic() + 0.05)
        stage.turn(time.monotonic() + 1.5)
        arrivals = [stage.play(1001 + number) for number in range(orders)]
        stage.close()
    return arrivals[orders // 10 :]


def describe(name: str, arrivals: list[Arrivals], watched: list[int]) -> float:
    """Print one case; gives the median of the last watched arrival, in microseconds."""
    lasts, spreads, orders = [], [], Counter[tuple[int, ...]]()
    for each in arrivals:
        times = [at_ns for number, at_ns in zip(each.followers, each.after_ns, strict=True) if number in watched]
        if len(times) == len(watched):
            lasts.append(times[-1] / 1000)
            spreads.append((times[-1] - times[0]) / 1000)
        orders[tuple(each.followers)] += 1
    common, count = orders.most_common(1)[0]
    print(f"{name}: all of {len(watched)} reached in {len(lasts)} of {len(arrivals)} orders")
    print(f"  order of writes (in {count} of {len(arrivals)} orders): {' '.join(map(str, common))}")
    print(
        f"  first to last p50 {statistics.median(spreads):.0f} us; master's row to last p50 {statistics.median(lasts):.0f} us"
    )
    return statistics.median(lasts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    options = parser.parse_args()
    watched = [number for number in range(1, FOLLOWERS + 1) if number != STALLED]
    ratios = []
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}")
        cases = {}
        for name in ("healthy", "troubled") if number % 2 == 0 else ("troubled", "healthy"):
            arrivals = measure(has_trouble=name == "troubled", orders=options.orders, loop=options.loop)
            cases[name] = describe(name, arrivals, watched)
        ratios.append(cases["troubled"] / cases["healthy"])
    print(f"troubled / healthy, last of the {len(watched)} that are read, p50: median {statistics.median(ratios):.2f}")
    print("rounds: " + ", ".join(f"{ratio:.2f}" for ratio in ratios))


if __name__ == "__main__":
    main()
