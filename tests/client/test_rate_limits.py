"""Pacing: limits hold over any window, order is kept, nothing is lost."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.client.rate_limits import LATE_READ_S, LIMIT_BY_KIND, PacedKind, Pacer, RateLimit, Window
from das_copy_trader.domain.identifiers import ClOrdId, OrderId

SMALL = {kind: RateLimit(4, 1.0) for kind in PacedKind} | {PacedKind.NEW_ORDER: RateLimit(6, 1.0)}
KINDS = ("cancel", "exit", "replace", "entry")
steps = st.lists(
    st.tuples(st.sampled_from((*KINDS, "wait")), st.integers(0, 5), st.sampled_from((0.0, 0.01, 0.1, 0.37, 1.0))),
    max_size=120,
)


class Bench:
    """A pacer with a clock and a record of what went out."""

    def __init__(self) -> None:
        self.pacer = Pacer(0.5, SMALL)
        self.now_s = 100.0
        self.sent: list[tuple[float, str, int]] = []
        self.next_id = 0

    def release(self) -> None:
        while (held := self.pacer.release(self.now_s)) is not None:
            kind, number = held.payload.decode().split()
            self.sent.append((self.now_s, kind, int(number)))

    def ask(self, kind: str, number: int) -> int:
        self.next_id += 1
        unique = self.next_id
        if kind in ("exit", "entry"):
            if self.pacer.claim_order(self.now_s, is_exit=kind == "exit"):
                self.sent.append((self.now_s, kind, unique))
            else:
                self.pacer.hold_order(
                    ClOrdId(unique), b"%s %d" % (kind.encode(), unique), self.now_s, is_exit=kind == "exit"
                )
        elif kind == "cancel":
            if self.pacer.claim_cancel(OrderId(unique), self.now_s):
                self.sent.append((self.now_s, kind, unique))
            else:
                self.pacer.hold_cancel(OrderId(unique), b"cancel %d" % unique, self.now_s)
        elif self.pacer.claim_replace(self.now_s):
            self.sent.append((self.now_s, kind, unique))
        else:
            self.pacer.hold_replace(OrderId(unique), b"replace %d" % unique, self.now_s)
        return unique

    def wait(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while (at_s := self.pacer.next_release_s(self.now_s)) is not None and at_s <= end_s:
            assert at_s >= self.now_s
            self.now_s = at_s
            before = len(self.sent)
            self.release()
            assert len(self.sent) > before, "the moment that was named has something to send"
        self.now_s = end_s


def limit_kind(kind: str) -> str:
    return "order" if kind in ("exit", "entry") else kind


@given(steps)
def test_limits_hold_order_is_kept_and_nothing_is_lost(script: list[tuple[str, int, float]]) -> None:
    bench = Bench()
    asked: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for kind, number, pause_s in script:
        if kind == "wait":
            bench.wait(pause_s)
        else:
            asked[kind].append(bench.ask(kind, number))
    bench.wait(1_000)
    for kind in KINDS:
        assert [number for _, sent, number in bench.sent if sent == kind] == asked[kind]
    for name, most in (("order", 3), ("cancel", 2), ("replace", 2)):
        moments = [at_s for at_s, kind, _ in bench.sent if limit_kind(kind) == name]
        for first, later in zip(moments, moments[most:], strict=False):
            assert later >= first + 1.0


def test_the_limits_of_the_manual_at_their_share() -> None:
    pacer = Pacer(0.9)
    counts: Counter[str] = Counter()
    for number in range(200):
        counts["order"] += pacer.claim_order(0.0, is_exit=False)
        counts["cancel"] += pacer.claim_cancel(OrderId(number), 0.0)
        counts["replace"] += pacer.claim_replace(0.0)
    exits = sum(pacer.claim_order(0.0, is_exit=True) for _ in range(200))
    assert counts == {"order": 41, "cancel": 90, "replace": 90}
    assert exits == 4, "a part is kept for exits"
    assert not pacer.claim_order(1.0, is_exit=False), "the platform may read the first ones late"
    assert pacer.claim_order(1.0 + LATE_READ_S, is_exit=False)
    assert not pacer.claim_replace(59.9)
    assert not pacer.claim_replace(60.0)
    assert pacer.claim_replace(60.0 + LATE_READ_S)


def test_one_inquiry_in_three_seconds_is_stretched() -> None:
    window = Window(LIMIT_BY_KIND[PacedKind.LOCATE_INQUIRY], 0.9)
    assert window.claim(0.0)
    assert not window.claim(3.2)
    assert window.room_at_s(3.2) == pytest.approx(10 / 3)
    assert window.claim(3.4)


def full_pacer() -> Pacer:
    pacer = Pacer(1.0, {kind: RateLimit(1, 1.0) for kind in PacedKind})
    assert pacer.claim_order(0.0, is_exit=False)
    assert pacer.claim_cancel(OrderId(1), 0.0)
    assert pacer.claim_replace(0.0)
    return pacer


def test_cancels_then_exits_then_replaces_then_entries() -> None:
    pacer = full_pacer()
    pacer.hold_order(ClOrdId(1), b"entry", 0.0, is_exit=False)
    pacer.hold_replace(OrderId(5), b"replace", 0.0)
    pacer.hold_order(ClOrdId(2), b"exit", 0.0, is_exit=True)
    pacer.hold_cancel(OrderId(6), b"cancel", 0.0)
    released = []
    for now_s in (1.0, 2.0):
        while (held := pacer.release(now_s)) is not None:
            released.append(held.payload)
    assert released == [b"cancel", b"exit", b"replace", b"entry"]


def test_an_exit_finds_room_whatever_burst_of_entries_came_before() -> None:
    pacer = Pacer(0.9)
    entries = 0
    while pacer.claim_order(0.0, is_exit=False):
        entries += 1
    for number in range(100):
        pacer.hold_order(ClOrdId(number), b"entry", 0.0, is_exit=False)
    left = pacer.left(0.25)
    assert (left.new_orders, left.new_entries, left.waiting_entries, left.oldest_waiting_s) == (4, 0, 100, 0.25)
    for _ in range(4):
        assert pacer.claim_order(0.5, is_exit=True)
    assert not pacer.claim_order(0.5, is_exit=True)
    pacer.hold_order(ClOrdId(1000), b"exit", 0.5, is_exit=True)
    assert pacer.next_release_s(0.5) == 1.0 + LATE_READ_S
    assert pacer.release(0.99 + LATE_READ_S) is None
    held = pacer.release(1.0 + LATE_READ_S)
    assert held is not None
    assert held.payload == b"exit"
    assert pacer.left(1.0 + LATE_READ_S).longest_exit_wait_s == 0.5 + LATE_READ_S


def test_a_replace_that_takes_another_ones_place_has_waited_as_long() -> None:
    pacer = full_pacer()
    pacer.hold_replace(OrderId(5), b"old", 0.0)
    pacer.hold_replace(OrderId(5), b"new", 0.5)
    assert pacer.left(0.75).oldest_waiting_s == 0.75
    assert pacer.release(1.0) is not None
    assert pacer.left(1.0).oldest_waiting_s is None


def test_an_exit_does_not_wait_behind_entries() -> None:
    pacer = Pacer(1.0, {kind: RateLimit(2, 1.0) for kind in PacedKind})
    assert pacer.claim_order(0.0, is_exit=False)
    assert pacer.claim_order(0.5, is_exit=False)
    pacer.hold_order(ClOrdId(3), b"entry", 0.0, is_exit=False)
    assert pacer.claim_order(1.0, is_exit=True)
    assert not pacer.claim_order(1.0, is_exit=False), "nor does a new entry pass one that waits"


def test_only_the_newest_replace_of_an_order_waits_and_a_cancel_ends_it() -> None:
    pacer = full_pacer()
    pacer.hold_replace(OrderId(5), b"old", 0.0)
    pacer.hold_replace(OrderId(6), b"other", 0.0)
    pacer.hold_replace(OrderId(5), b"new", 0.0)
    pacer.claim_cancel(OrderId(6), 0.0)
    assert pacer.left(0.0).waiting_replaces == 1
    held = pacer.release(1.0)
    assert held is not None
    assert held.payload == b"new"


def test_withdraw_and_drop() -> None:
    pacer = full_pacer()
    for number, is_exit in ((1, False), (2, True), (3, False)):
        pacer.hold_order(ClOrdId(number), b"x", 0.0, is_exit=is_exit)
    pacer.hold_cancel(OrderId(9), b"c", 0.0)
    assert pacer.withdraw(ClOrdId(1))
    assert not pacer.withdraw(ClOrdId(1))
    left = pacer.left(0.0)
    assert (left.new_orders, left.cancels, left.waiting_exits, left.waiting_entries, left.waiting_cancels) == (
        0,
        0,
        1,
        1,
        1,
    )
    assert pacer.drop_all() == [2, 3]
    assert pacer.next_release_s(0.0) is None
    assert pacer.release(100.0) is None
