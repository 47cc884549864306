"""The daily restart's calendar: each day once, right in both daylight-saving nights, whatever the clock does."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.engine.scheduler import RECHECK_S, DaySchedule
from das_copy_trader.runtime.clock import NEW_YORK, day_start, trading_day_of

THREE = time(3, 0)
NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "turn", "begins"),
    [
        ("2026-03-06", "03:00", "2026-03-06T08:00"),
        ("2026-03-08", "03:00", "2026-03-08T07:00"),  # clocks go from 2:00 to 3:00
        ("2026-03-09", "03:00", "2026-03-09T07:00"),
        ("2026-10-31", "03:00", "2026-10-31T07:00"),
        ("2026-11-01", "03:00", "2026-11-01T08:00"),  # clocks go from 2:00 back to 1:00
        ("2026-11-02", "03:00", "2026-11-02T08:00"),
        ("2026-03-08", "02:30", "2026-03-08T07:00"),  # 2:30 does not exist
        ("2026-03-08", "02:00", "2026-03-08T07:00"),
        ("2026-03-08", "01:59", "2026-03-08T06:59"),
        ("2026-11-01", "01:30", "2026-11-01T05:30"),  # 1:30 comes twice
        ("2026-11-01", "02:30", "2026-11-01T07:30"),
        ("2026-11-01", "01:00", "2026-11-01T05:00"),
    ],
)
def test_a_day_begins_at_its_turn_in_new_york(day: str, turn: str, begins: str) -> None:
    assert day_start(date.fromisoformat(day), time.fromisoformat(turn)) == utc(begins)


@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001 - made UTC below
    minutes=st.integers(0, 60 * 24 * 10),
    turn=st.times(),
)
def test_days_never_go_back_and_each_begins_when_it_is_told_to(start: datetime, minutes: int, turn: time) -> None:
    moment = start.replace(tzinfo=UTC)
    day = trading_day_of(moment, turn)
    assert day <= trading_day_of(moment + timedelta(minutes=minutes), turn)
    assert day_start(day, turn) <= moment < day_start(day + timedelta(days=1), turn)


@pytest.mark.parametrize("turn", [THREE, time(2, 30), time(1, 30), time(0, 0), time(23, 59)])
@pytest.mark.parametrize(
    "first", [datetime(2026, 3, 5, 12, 0, tzinfo=NEW_YORK), datetime(2026, 10, 29, 12, 0, tzinfo=NEW_YORK)]
)
def test_a_week_with_a_daylight_saving_night_turns_seven_times_at_the_right_moments(
    turn: time, first: datetime
) -> None:
    now = first.astimezone(UTC)
    end = now + timedelta(days=7)
    schedule = DaySchedule(now, turn)
    turned: list[date] = []
    while now < end:
        due = schedule.next_restart_at
        now += timedelta(seconds=schedule.wait_s(now))
        day = schedule.turn(now)
        if day is not None:
            assert now == due
            local = now.astimezone(NEW_YORK)
            is_gap = turn == time(2, 30) and day == date(2026, 3, 8)
            assert local.time() == (THREE if is_gap else turn)
            turned.append(day)
    assert len(turned) == 7
    assert turned == [turned[0] + timedelta(days=number) for number in range(7)]


def test_the_clock_is_looked_at_each_half_minute_and_at_the_moment_itself() -> None:
    schedule = DaySchedule(NOON, THREE)
    assert schedule.wait_s(NOON) == RECHECK_S <= 60
    assert schedule.wait_s(schedule.next_restart_at - timedelta(seconds=4)) == 4
    assert 0 < schedule.wait_s(schedule.next_restart_at + timedelta(hours=1)) <= RECHECK_S


def test_what_was_slept_through_is_done_once_however_long_the_sleep() -> None:
    schedule = DaySchedule(NOON, THREE)
    assert schedule.turn(NOON + timedelta(days=5)) == date(2026, 3, 7)
    assert schedule.turn(NOON + timedelta(days=5, seconds=1)) is None
    assert schedule.next_restart_at == day_start(date(2026, 3, 8))


def test_a_clock_put_back_brings_no_day_back_and_a_wild_one_is_corrected() -> None:
    schedule = DaySchedule(NOON, THREE)
    due = schedule.next_restart_at
    assert schedule.turn(due) == date(2026, 3, 3)
    assert schedule.turn(due - timedelta(minutes=5)) is None
    assert schedule.turn(due) is None
    assert schedule.turn(due + timedelta(days=365)) == date(2027, 3, 3)
    assert schedule.turn(due + timedelta(hours=1)) == date(2026, 3, 3)
    assert schedule.turn(due + timedelta(days=1)) == date(2026, 3, 4)
