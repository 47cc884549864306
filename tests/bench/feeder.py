"""The feeder of the latency benchmark where no C compiler is: same arguments, same talk, same samples as feeder.c.

Receive times are user-space times here, and a busy Python process adds its own noise: good enough to see a copier that
waits between followers, not to compare two that do not.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import random
import selectors
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

FIRST_ID = 1001
ID_MASK = (1 << 23) - 1
BURST_RATE = 1000.0
GRACE_S = 5.0
AFTER_BURST_S = 5.0
LINGER_S = 0.1
SAMPLE = struct.Struct("=IIqqII")
GREETING = b"#Welcome to DAS Command API\r\n#Please login to continue.\r\n"
BLOCK_BY_QUERY = {
    b"GET POSITIONS": b"#POS symb type qty avgcost initqty initprice Realized CreatTime Unrealized\r\n#POSEND\r\n",
    b"GET ORDERS": b"#Order id token symb b/s mkt/lmt qty lvqty cxlqty price route status time origoid account trader"
    b" orderSrc TIF Pref\r\n#OrderEnd\r\n",
    b"GET TRADES": b"#Trade id symb b/s qty price route time orderid Liq EcnFee PL\r\n#TradeEnd\r\n",
    b"GET LOCATES": b"#SLOrder id symb shares openshares exeshares exeprice status route time lmtPrice token notes\r\n"
    b"#SLOrderEnd\r\n",
}
LOGIN_BURST = b"#LOGIN SUCCESSED\r\n" + b"".join(BLOCK_BY_QUERY.values())
REPLY_BY_WORD = {
    b"ECHO": b"ECHO OFF\r\n",
    b"CLIENT": b"Client number 1\r\n",
    b"POSREFRESH": BLOCK_BY_QUERY[b"GET POSITIONS"],
    b"UNSB": b"",
    b"RETURNFULLLV1": b"",
    b"QUIT": b"",
}


@dataclass
class Link:
    """One account: its listener, and its connection once there is one."""

    index: int
    listener: socket.socket
    connection: socket.socket | None = None
    account: str = ""
    trader: str = ""
    is_logged_in: bool = False
    unread: bytes = b""
    next_id: int = 5001


@dataclass
class Counts:
    """What came and what went wrong; printed as JSON at the end."""

    sent: int = 0
    expected: int = 0
    received: int = 0
    duplicates: int = 0
    wrong: int = 0
    unknown_commands: int = 0
    replies_dropped: int = 0
    disconnects: int = 0
    stalled_unread_bytes: int = 0
    is_stalled_link_up: bool | None = None


@dataclass
class Feeder:
    """Plays DAS for the master (link 0) and the followers, and notes when each copy arrived."""

    options: argparse.Namespace
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    links: list[Link] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    sent_ns: list[int] = field(default_factory=list)
    due_s: list[float] = field(default_factory=list)
    sample_by_copy: dict[tuple[int, int], bytes] = field(default_factory=dict)
    answers: list[tuple[float, int, int, bytes]] = field(default_factory=list)
    hanging: list[socket.socket] = field(default_factory=list)
    last_progress_s: float = 0.0
    complete_since_s: float = 0.0

    def open(self) -> None:
        """Listen on a free port an account and tell the runner which."""
        for index in range(self.options.followers + 1):
            listener = socket.create_server(("127.0.0.1", 0))
            listener.setblocking(False)
            self.links.append(Link(index, listener))
            self.selector.register(listener, selectors.EVENT_READ, self.links[-1])
        self.counts.expected = self.options.orders * (self.options.followers - bool(self.options.stalled))
        print("PORTS", *(link.listener.getsockname()[1] for link in self.links), flush=True)

    def start(self) -> None:
        """Plan the master's orders: open loop, jittered, from now on."""
        draw = random.Random(self.options.seed)
        begin_s = planned_s = time.monotonic() + 0.05
        for order in range(self.options.orders):
            if order and order == self.options.burst:
                planned_s += AFTER_BURST_S  # what the burst has left to read is not the stalled follower's doing
            gap_s = 1 / (BURST_RATE if order < self.options.burst else self.options.rate)
            self.due_s.append(planned_s + draw.uniform(0.1, 0.9) * gap_s)
            planned_s += gap_s
        stalled = self.links[self.options.stalled].connection if self.options.stalled else None
        if stalled is not None:
            self.selector.unregister(stalled)
        self.last_progress_s = begin_s

    def accept(self, link: Link) -> None:
        """Take a connection and greet it."""
        connection, _ = link.listener.accept()
        connection.setblocking(False)
        if self.due_s and link.index and link.index == self.options.stalled:
            self.hanging.append(connection)  # connected, and never a word
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.connection = connection
        self.selector.register(connection, selectors.EVENT_READ, link)
        self.reply(link, GREETING)

    def read(self, link: Link) -> None:
        """Read what has come, line by line."""
        assert link.connection is not None
        try:
            got = link.connection.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            got = b""
        received_ns = time.time_ns()
        if not got:
            self.counts.disconnects += 1
            self.selector.unregister(link.connection)
            link.connection.close()
            link.connection = None
            return
        *lines, link.unread = (link.unread + got).split(b"\n")
        for line in lines:
            self.on_line(link, line.rstrip(b"\r").split(), received_ns)

    def reply(self, link: Link, text: bytes) -> None:
        """Write at once, or count the reply as dropped: a harness that waits would measure itself."""
        try:
            sent = link.connection.send(text) if link.connection and text else len(text)
        except (BlockingIOError, ConnectionError):
            sent = 0
        self.counts.replies_dropped += sent != len(text)

    def on_line(self, link: Link, words: list[bytes], received_ns: int) -> None:
        """Answer a command; unknown ones as DAS does."""
        verb = words[0].upper() if words else b""
        query = b" ".join(words[:2]).upper()
        if verb == b"NEWORDER":
            self.take_copy(link, words, received_ns)
        elif verb == b"LOGIN":
            link.trader, link.account, link.is_logged_in = words[1].decode(), words[3].decode(), True
            self.reply(link, LOGIN_BURST)
            if all(each.is_logged_in for each in self.links):
                print("LOGGED_IN", flush=True)
        elif query in BLOCK_BY_QUERY:
            self.reply(link, BLOCK_BY_QUERY[query])
        elif verb in REPLY_BY_WORD:
            self.reply(link, REPLY_BY_WORD[verb])
        elif query == b"GET BP":
            self.reply(link, b"#buyingpower bp,nbp\r\nBP 900000000.00 900000000.00\r\n")
        elif query == b"GET ACCOUNTINFO":
            self.reply(link, b"$AccountInfo 900000000.00 900000000.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00\r\n")
        elif query == b"GET SHORTINFO":
            self.reply(link, b"$SHORTINFO %b Y 1000000000 Y 0 0 N N\r\n" % words[2])
        elif query == b"GET SYMSTATUS":
            self.reply(link, b"$SymStatus %b SSR:N\r\n" % words[2])
        elif query == b"GET ROUTESTATUS":
            self.reply(link, b"$RouteStatus SMAT Enabled\r\n")
        elif verb == b"SB":
            self.reply(link, b"$Quote %b A:200.51 Asz:5 B:200.49 Bsz:5 V:100000 L:200.5\r\n" % words[1])
        else:
            self.counts.unknown_commands += 1
            self.reply(link, b"INVALD COMMAND!\r\n")

    def take_copy(self, link: Link, words: list[bytes], received_ns: int) -> None:
        """Check one NEWORDER against its master order, note its time, answer it."""
        order = (int(words[1]) & ID_MASK) - FIRST_ID
        follower = link.index - 1
        if follower < 0 or not 0 <= order < len(self.sent_ns) or len(words) < 7:
            self.counts.wrong += 1
            return
        exact = self.quantity_of(order) * Decimal(self.options.multipliers[follower])
        quantity = max(1, int(exact.to_integral_value(ROUND_HALF_UP)))
        due = [b"B", self.symbol_of(order).encode(), str(quantity).encode(), b"200.5"]
        self.counts.wrong += [words[2], words[3], words[5], words[6]] != due
        self.last_progress_s = time.monotonic()
        if (order, follower) in self.sample_by_copy:
            self.counts.duplicates += 1
            return
        sample = SAMPLE.pack(order, follower, self.sent_ns[order], received_ns, int(words[5]), 0)
        self.sample_by_copy[order, follower] = sample
        self.counts.received += 1
        if not self.options.silent:
            due_s = self.last_progress_s + self.options.echo_delay_us / 1e6
            heapq.heappush(self.answers, (due_s, self.counts.received, link.index, self.answer_to(link, words)))

    def answer_to(self, link: Link, words: list[bytes]) -> bytes:
        """Render the acknowledgement and the three rows DAS sends for a limit order."""
        token, side, symbol, route, quantity, price = (word.decode() for word in words[1:7])
        now = time.strftime("%H:%M:%S")
        head = f"%ORDER {link.next_id} {token} {symbol} {side} L {quantity} {quantity} 0 {price} {route}"
        tail = f"{now} 0 {link.account} {link.trader} CMDAPI DAY+ N/A"
        act = f"%OrderAct {link.next_id} Sending Buy {symbol} {quantity} {price} {route} {now}  {token}"
        link.next_id += 1
        return f"#OrderSending\r\n{act}\r\n{head} Sending {tail}\r\n{head} Accepted {tail}\r\n".encode()

    def symbol_of(self, order: int) -> str:
        """Symbol of the n-th master order."""
        return str(self.options.symbols[order % len(self.options.symbols)])

    def quantity_of(self, order: int) -> int:
        """Shares of the n-th master order."""
        return int(self.options.quantities[order % len(self.options.quantities)])

    def send_order(self) -> None:
        """Write the master's next row."""
        order = len(self.sent_ns)
        quantity = self.quantity_of(order)
        head = f"%ORDER {FIRST_ID + order} {7 + order % 900} {self.symbol_of(order)} B L {quantity} {quantity} 0 200.5 SMAT"
        tail = f"{time.strftime('%H:%M:%S')} 0 MASTER {self.links[0].trader} Hotkey DAY+ N/A\r\n"
        sending = f"{head} Sending {tail}" if self.options.sending_row else ""
        text = f"{sending}{head} Accepted {tail}".encode()
        self.sent_ns.append(time.time_ns())
        self.reply(self.links[0], text)
        self.last_progress_s = time.monotonic()

    def run_due(self) -> float | None:
        """Do what is due; seconds until there is more, None at the end."""
        now_s = time.monotonic()
        if not self.due_s:
            return 0.05
        while self.answers and self.answers[0][0] <= now_s:
            _, _, index, text = heapq.heappop(self.answers)
            self.reply(self.links[index], text)
        while len(self.sent_ns) < len(self.due_s) and self.due_s[len(self.sent_ns)] <= now_s:
            self.send_order()
        if len(self.sent_ns) < len(self.due_s):
            next_s = self.due_s[len(self.sent_ns)]
        else:
            is_complete = self.counts.received >= self.counts.expected and not self.answers
            if is_complete and not self.complete_since_s:
                self.complete_since_s = now_s
            next_s = self.complete_since_s + LINGER_S if is_complete else self.last_progress_s + GRACE_S
            if next_s <= now_s:
                return None
        if self.answers:
            next_s = min(next_s, self.answers[0][0])
        return max(0.0, next_s - now_s)

    def run(self, go: threading.Event) -> None:
        """Serve until everything has come, or nothing has moved for the grace time."""
        while (wait_s := self.run_due()) is not None:
            for key, _ in self.selector.select(wait_s):
                link: Link = key.data
                if key.fileobj is link.listener:
                    self.accept(link)
                else:
                    self.read(link)
            if go.is_set() and not self.due_s:
                self.start()
        self.counts.sent = len(self.sent_ns)
        with Path(self.options.out).open("wb") as file:
            file.writelines(sample for _, sample in sorted(self.sample_by_copy.items()))
        print("DONE", json.dumps(vars(self.counts)), flush=True)


def await_go(go: threading.Event) -> None:
    """Set the event at the runner's GO; leave when the runner has gone (stdin is no selectable thing on Windows)."""
    if not sys.stdin.readline():
        os._exit(1)
    go.set()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--followers", type=int, required=True)
    parser.add_argument("--orders", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="master orders a second")
    parser.add_argument("--burst", type=int, default=0, help="so many orders at the start come at 1000 a second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stalled", type=int, default=0, help="number of the follower that is not read, 0 = none")
    parser.add_argument("--echo-delay-us", type=int, default=0)
    parser.add_argument("--silent", action="store_true", help="followers answer no order")
    parser.add_argument("--sending-row", action="store_true", help="a Sending row before each Accepted")
    parser.add_argument("--symbols", type=lambda text: text.split(","), required=True)
    parser.add_argument("--quantities", type=lambda text: text.split(","), required=True)
    parser.add_argument("--multipliers", type=lambda text: text.split(","), required=True)
    parser.add_argument("--out", required=True)
    feeder = Feeder(parser.parse_args())
    feeder.open()
    go = threading.Event()
    threading.Thread(target=await_go, args=(go,), daemon=True).start()
    feeder.run(go)


if __name__ == "__main__":
    main()
