"""The mirror against disorder: repeats, other orders of arrival, other cuts, and a plain model of a platform's book."""

import random
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.client.intake import Intake
from das_copy_trader.client.mirror import AccountMirror
from das_copy_trader.client.quotes import QuoteBoard
from das_copy_trader.domain.enums import OrdStatus
from das_copy_trader.domain.identifiers import OrderId, Symbol
from das_copy_trader.domain.orders import Order
from das_copy_trader.protocol.connection import Connection, Role
from tests.client.support import RecordingListener, feed, mirror_of, order

ACCEPTED = "%ORDER 2850 127601100 SOFI B L 10 10 0 16.04 SAGEPRO Accepted 05:33:00 0 ACCT1 USER1 CMDAPI DAY N/A"
FILL = [
    "%POS SOFI 2 10 16.01 0 0 0 2026/10/02-05:33:00 -0.01",
    "%OrderAct 2850 Execute Buy SOFI 10 16.01 SAGEPRO 05:33:00  127601100",
    ACCEPTED.replace("10 10 0 16.04 SAGEPRO Accepted", "10 0 0 16.04 SAGEPRO Executed"),
    "%TRADE 3129 SOFI B 10 16.01 SAGEPRO 05:33:00 2850 - 0.00 0.00",
]
SOFI = Symbol("SOFI")


def state_of(mirror: AccountMirror) -> list[tuple[object, ...]]:
    """Everything about the orders that does not name the moment of telling."""
    return [
        *[
            (o.order_id, o.status, o.order_qty, o.leaves_qty, o.cum_qty, o.canceled_qty, o.terms, o.parent_id)
            for o in sorted(mirror.orders, key=lambda each: each.order_id)
        ],
        ("net", mirror.net_qty(SOFI)),
        *[("working", o.order_id) for o in mirror.working_orders(SOFI)],
        *[("execution", e.trade_id) for e in mirror.executions],
    ]


def told_fills(listener: RecordingListener) -> int:
    return sum(event.last_qty for event in listener.events)


@pytest.mark.parametrize("lines", list(permutations(FILL)))
def test_a_fill_in_any_order(lines: tuple[str, ...]) -> None:
    plain, listener = mirror_of(RecordingListener()), RecordingListener()
    feed(plain, [ACCEPTED, *FILL])
    other = mirror_of(listener)
    feed(other, [ACCEPTED, *lines])
    assert state_of(other) == state_of(plain)
    assert told_fills(listener) == 10


@given(st.lists(st.sampled_from([ACCEPTED, *FILL]), max_size=12), st.permutations([ACCEPTED, *FILL]))
def test_a_fill_in_any_order_with_any_repeats(noise: list[str], lines: list[str]) -> None:
    """Even the first row may come late or again: the end is the same, and each share is told once."""
    plain, listener = mirror_of(RecordingListener()), RecordingListener()
    feed(plain, [ACCEPTED, *FILL])
    other = mirror_of(listener)
    feed(other, [*noise, *lines])
    assert state_of(other) == state_of(plain)
    assert told_fills(listener) == 10


@given(st.lists(st.integers(1, 400), max_size=8))
def test_any_cut_of_the_stream_gives_the_same_mirror(cuts: list[int]) -> None:
    stream = "".join(f"{line}\r\n" for line in (ACCEPTED, *FILL)).encode()
    plain = mirror_of(RecordingListener())
    feed(plain, [ACCEPTED, *FILL])
    other, connection = mirror_of(RecordingListener()), Connection(Role.CLIENT)
    intake = Intake(other, QuoteBoard(50))
    edges = sorted({0, len(stream), *(cut % len(stream) for cut in cuts)})
    for start, end in pairwise(edges):
        for message in connection.receive_messages(stream[start:end]):
            intake.handler_by_type[type(message)](message)
    assert state_of(other) == state_of(plain)


class ModelOrder:
    """An order at a platform, with the rows that it says."""

    def __init__(self, number: int, qty: int) -> None:
        self.number = number
        self.qty, self.filled, self.canceled = qty, 0, 0
        self.status = "Accepted"

    @property
    def open_qty(self) -> int:
        return self.qty - self.filled - self.canceled

    def row(self) -> str:
        return (
            f"%ORDER {self.number} {10**9 + self.number} SOFI B L {self.qty} {self.open_qty} {self.canceled} 16.04 ARCA"
            f" {self.status} 05:33:00 0 ACCT1 USER1 CMDAPI DAY N/A"
        )


class ModelPlatform:
    """Says what a platform would, in one of the orders that it may, with repeats."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.orders: list[ModelOrder] = []
        self.trades = 0
        self.net = 0

    def step(self) -> list[str]:
        choice = self.random.random()
        alive = [each for each in self.orders if each.open_qty]
        if choice < 0.25 or not alive:
            placed = ModelOrder(len(self.orders) + 1, self.random.randint(1, 300))
            self.orders.append(placed)
            return [placed.row().replace("Accepted", "Sending"), placed.row()]
        chosen = self.random.choice(alive)
        if choice < 0.7:
            return self.fill(chosen, self.random.randint(1, chosen.open_qty))
        if choice < 0.85:
            chosen.canceled = chosen.open_qty
            chosen.status = "Partial" if chosen.filled and self.random.random() < 0.5 else "Canceled"
            act = (
                f"%OrderAct {chosen.number} Canceled Buy SOFI {chosen.canceled} 16.04 ARCA 05:33:00 RT:Cxl-by-client 1"
            )
            return self.shuffled([chosen.row(), act])
        chosen.qty += self.random.randint(1, 50)
        return [chosen.row()]

    def fill(self, chosen: ModelOrder, qty: int) -> list[str]:
        self.trades += 1
        chosen.filled += qty
        chosen.status = "Partial" if chosen.open_qty else "Executed"
        self.net += qty
        return self.shuffled(
            [
                f"%POS SOFI 2 {self.net} 16.01 0 0 0",
                f"%OrderAct {chosen.number} Execute Buy SOFI {qty} 16.{self.trades:04d} ARCA 05:33:00  1",
                chosen.row(),
                f"%TRADE {self.trades} SOFI B {qty} 16.{self.trades:04d} ARCA 05:33:00 {chosen.number}",
            ]
        )

    def shuffled(self, lines: list[str]) -> list[str]:
        self.random.shuffle(lines)
        return [line for line in lines for _ in range(1 + (self.random.random() < 0.1))]


def assert_equal(model: ModelOrder, mirrored: Order) -> None:
    assert (mirrored.order_qty, mirrored.leaves_qty, mirrored.cum_qty) == (model.qty, model.open_qty, model.filled)
    assert mirrored.canceled_qty == model.canceled
    assert mirrored.is_working == bool(model.open_qty)
    if not model.open_qty:
        assert mirrored.status is (OrdStatus.CANCELED if model.canceled else OrdStatus.FILLED)


@given(st.integers(0, 10**9))
def test_the_mirror_equals_a_plain_model(seed: int) -> None:
    platform, listener = ModelPlatform(seed), RecordingListener()
    mirror = mirror_of(listener)
    for _ in range(60):
        feed(mirror, platform.step())
        for model in platform.orders:
            assert_equal(model, order(mirror, model.number))
        working = [each.order_id for each in mirror.working_orders(SOFI)]
        assert working == [OrderId(model.number) for model in platform.orders if model.open_qty]
        assert mirror.net_qty(SOFI) == platform.net
    assert told_fills(listener) == sum(model.filled for model in platform.orders)
    read_back = [model.row() for model in platform.orders]
    told = len(listener.events)
    feed(mirror, read_back)
    assert len(listener.events) == told, "a list that says nothing new tells nothing"
