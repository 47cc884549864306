"""Back-off, proof of life, traces, line counts: each alone."""

import gc
import random
import tracemalloc

from das_copy_trader.client.echo import EchoWatch
from das_copy_trader.client.endpoint import SessionPolicy
from das_copy_trader.client.line_counts import LineCounts
from das_copy_trader.client.lists import BURST_LISTS, ListLedger
from das_copy_trader.client.reconnect import Backoff
from das_copy_trader.client.trace import LineTrace
from das_copy_trader.protocol.connection import Connection, Role
from das_copy_trader.protocol.errors import RemoteProtocolError
from das_copy_trader.protocol.messages import Unknown
from das_copy_trader.protocol.vocabulary import DumpKind
from tests.client.support import RecordingListener, endpoint, feed, mirror_of


def test_back_off_table() -> None:
    backoff = Backoff(SessionPolicy(), random.Random(1))
    waits = [backoff.next_wait_s(is_refused=False) for _ in range(12)]
    assert waits[0] == 0.0
    for wait, longest in zip(waits[1:], (0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30), strict=True):
        assert 0.75 * longest <= wait <= longest
    assert backoff.tries == 12
    assert backoff.next_wait_s(is_refused=True) == 60.0
    backoff.note_steady()
    assert backoff.next_wait_s(is_refused=False) == 0.0


def test_back_off_is_the_same_for_the_same_seed() -> None:
    runs = [[Backoff(SessionPolicy(), random.Random(5)).next_wait_s(is_refused=False) for _ in range(5)] for _ in "ab"]
    assert runs[0] == runs[1]


def test_echo_is_dead_only_when_nothing_came_at_all() -> None:
    echo = EchoWatch(6.0)
    assert echo.is_due(0.0, 0.0)
    echo.note_sent(10.0)
    assert not echo.is_due(13.0, 9.0)
    assert not echo.is_dead(15.9, 9.0)
    assert echo.is_dead(16.0, 9.0)
    assert not echo.is_dead(16.0, 11.0)
    assert echo.is_due(16.0, 11.0), "lines come, the answer was lost: ask again"
    assert echo.note_answer(17.0)
    assert not echo.note_answer(17.0)
    assert echo.round_trip_s(0.5) == 7.0


def test_echo_quantiles() -> None:
    echo = EchoWatch(6.0)
    assert echo.round_trip_s(0.5) is None
    for hundredths in range(1, 301):
        echo.note_sent(0.0)
        echo.note_answer(hundredths / 100)
    assert (echo.round_trip_s(0.5), echo.round_trip_s(0.95)) == (2.01, 2.91)


def test_a_list_counts_from_header_to_end() -> None:
    lists = ListLedger()
    lists.expect(BURST_LISTS)
    assert not lists.end(DumpKind.ORDERS)
    lists.begin(DumpKind.POSITIONS)
    lists.begin(DumpKind.ORDERS)
    assert not lists.end(DumpKind.POSITIONS)
    assert lists.end(DumpKind.ORDERS)
    assert lists.missing() == "positions, trades"
    assert lists.ask(DumpKind.ORDERS)
    assert not lists.ask(DumpKind.ORDERS)
    assert lists.next_asked() is DumpKind.ORDERS
    assert lists.settle(DumpKind.ORDERS)
    assert not lists.settle(DumpKind.ORDERS)


def test_a_trace_keeps_the_last_lines_without_the_password() -> None:
    trace = LineTrace(endpoint(), lines_max=3)
    trace.note_sent(b"LOGIN USER1 s3cret-word ACCT1\r\n", 1.0)
    trace.note_received(b"LOGIN USER1 s3cre", 2.0)
    trace.note_received(b"t-word ACCT1\r\nBP 1", 2.5)
    trace.begin_link()
    trace.note_received(b"ECHO OFF\r\n", 3.0)
    assert [(line.at_s, line.is_sent, line.text) for line in trace.lines] == [
        (1.0, True, "LOGIN USER1 … ACCT1"),
        (2.5, False, "LOGIN USER1 … ACCT1"),
        (3.0, False, "ECHO OFF"),
    ]


def test_samples_are_short_and_few() -> None:
    counts = LineCounts(endpoint())
    for number in range(100):
        counts.note_unknown(Unknown(f"{number} s3cret-word {'x' * 10_000}"))
    snapshot = counts.snapshot()
    assert (snapshot.unknown, len(snapshot.samples)) == (100, 5)
    assert snapshot.samples[-1].startswith("99 … x")
    assert len(counts.last_sample) == 160


def test_memory_stays_flat_under_nonsense_and_repeats() -> None:
    listener = RecordingListener()
    mirror, counts = mirror_of(listener), LineCounts(endpoint())
    row = "%ORDER 7 70 ABCD B L 100 100 0 5 ARCA Accepted 10:00:00 0 ACCT1 USER1 CMDAPI DAY+ N/A"
    acts = "%OrderAct {} Sending Buy ABCD 100 5 ARCA 10:00:00  70"

    def round_of(number: int) -> None:
        connection = Connection(Role.CLIENT)
        try:
            connection.receive_messages(b"x" * 1_000_000)
        except RemoteProtocolError:
            assert connection.pending_bytes == 0
        counts.note_unknown(Unknown("y" * 1_000))
        feed(mirror, [row] * 20 + [acts.format(number * 1_000 + at) for at in range(100)])

    tracemalloc.start()
    for number in range(100):  # fills what is bounded
        round_of(number)
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(100, 150):
        round_of(number)
    gc.collect()
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 100_000
    assert peak - before < 5_000_000
    assert len(listener.events) == 1
