import asyncio
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.runtime.clock import NEW_YORK, Clock, LoopClock, SystemClock, trading_day_of
from das_copy_trader.runtime.ids import Counter, RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # An ordinary night: 3:00 New York is 8:00 UTC in winter, 7:00 in summer.
        ("2026-01-15T07:59:59+00:00", date(2026, 1, 14)),
        ("2026-01-15T08:00:00+00:00", date(2026, 1, 15)),
        ("2026-07-15T06:59:59+00:00", date(2026, 7, 14)),
        ("2026-07-15T07:00:00+00:00", date(2026, 7, 15)),
        # Spring forward, 8 March 2026: the night has no 2:00; 1:59:59 EST is followed by 3:00 EDT.
        ("2026-03-08T06:59:59+00:00", date(2026, 3, 7)),
        ("2026-03-08T07:00:00+00:00", date(2026, 3, 8)),
        # Fall back, 1 November 2026: 1:00 to 2:00 comes twice, the day turns once.
        ("2026-11-01T05:30:00+00:00", date(2026, 10, 31)),
        ("2026-11-01T06:30:00+00:00", date(2026, 10, 31)),
        ("2026-11-01T07:59:59+00:00", date(2026, 10, 31)),
        ("2026-11-01T08:00:00+00:00", date(2026, 11, 1)),
    ],
)
def test_trading_day_turns_at_three_in_new_york(moment: str, day: date) -> None:
    assert trading_day_of(datetime.fromisoformat(moment)) == day


def test_trading_day_turns_at_the_time_that_was_set() -> None:
    moment = datetime(2026, 5, 5, 4, 0, tzinfo=NEW_YORK)
    assert trading_day_of(moment, time(4, 0)) == date(2026, 5, 5)
    assert trading_day_of(moment, time(4, 1)) == date(2026, 5, 4)


@given(start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), hours=st.integers(0, 24 * 30))  # noqa: DTZ001 - made UTC below
def test_trading_day_never_goes_back(start: datetime, hours: int) -> None:
    moment = start.replace(tzinfo=UTC)
    assert trading_day_of(moment) <= trading_day_of(moment + timedelta(hours=hours))


def test_loop_clock_moves_with_the_loop() -> None:
    epoch = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)

    async def main(_: RandomSource) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(5)
        clock: Clock = LoopClock(loop, epoch)
        assert clock.now() == epoch
        before_ns = clock.perf_ns()
        await asyncio.sleep(90)
        assert clock.now() == epoch + timedelta(seconds=90)
        assert clock.monotonic_s() == loop.time()
        assert clock.perf_ns() - before_ns == 90_000_000_000

    run_virtual(main, seed=1)


async def test_system_clock_has_a_zone_and_follows_the_loop() -> None:
    clock: Clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    before_s, before_ns = clock.monotonic_s(), clock.perf_ns()
    await asyncio.sleep(0)
    assert clock.monotonic_s() >= before_s
    assert clock.perf_ns() >= before_ns


def test_streams_of_one_seed_are_apart_and_repeat() -> None:
    first, again = RandomSource(7), RandomSource(7)
    assert first.stream("a").random() == again.stream("a").random()
    assert first.stream("a").random() != first.stream("b").random()
    assert first.stream("a").random() != RandomSource(8).stream("a").random()


def test_counter_counts() -> None:
    counter = Counter(5)
    assert [counter.next() for _ in range(3)] == [5, 6, 7]
