"""Numbers as a live platform writes them, ids, limits, the agenda's small print."""

import itertools

import pytest

from das_copy_trader.protocol import commands as c
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.simulator.agenda import Agenda, ManualTime
from das_copy_trader.simulator.limits import CommandLimits, Window
from das_copy_trader.simulator.numbers import IdSeries, TimeOfDay, money, shortest
from das_copy_trader.simulator.switches import Switches
from tests.simulator.fakes import StillClock
from tests.simulator.world import D


@pytest.mark.parametrize(
    ("number", "text"),
    [("36.00", "36"), ("11.20", "11.2"), ("0.000920", "0.00092"), ("100", "100"), ("-0.010", "-0.01"), ("0E+3", "0"), ("-0", "0"), ("1E+2", "100"), ("2.12345649", "2.123456")],
)  # fmt: skip
def test_prices_are_written_as_short_as_they_can_be(number: str, text: str) -> None:
    assert f"{shortest(D(number)):f}" == text


@pytest.mark.parametrize(
    ("number", "text"), [("40000", "40000.00"), ("-0.001", "0.00"), ("-0.006", "-0.01"), ("0", "0.00")]
)
def test_money_has_two_decimals(number: str, text: str) -> None:
    assert f"{money(D(number)):f}" == text


def test_ids_grow_with_gaps() -> None:
    series = IdSeries(100, 9, RandomSource(1).stream("ids"))
    ids = [series.next() for _ in range(50)]
    gaps = [after - before for before, after in itertools.pairwise(ids)]
    assert ids[0] == 100
    assert min(gaps) >= 1
    assert 1 < max(gaps) <= 9


def test_stamps_are_new_yorks() -> None:
    time_of_day = TimeOfDay(StillClock())
    assert (time_of_day.text, time_of_day.stamp) == ("11:00:00", "2026/10/02-11:00:00")


def test_a_window_slides() -> None:
    window = Window(2, 10.0)
    assert [window.admits(at) for at in (0, 5, 9.9, 10, 14, 15)] == [True, True, False, True, False, True]


def test_no_count_means_no_limit() -> None:
    limits = CommandLimits(Switches(cancels_per_min=0, inquiry_interval_s=0))
    assert all(limits.admits(c.Cancel(1), 0.0) for _ in range(1000))
    assert all(limits.admits(c.LocateInquire("A", 100, "ALLROUTE"), 0.0) for _ in range(10))


def test_cancels_of_all_kinds_share_one_limit() -> None:
    limits = CommandLimits(Switches(cancels_per_min=2))
    assert [limits.admits(command, 0.0) for command in (c.Cancel(1), c.CancelAll(), c.CancelAllSymbol("A"))] == [
        True,
        True,
        False,
    ]


def test_an_action_of_the_agenda_may_plan_another_and_pump() -> None:
    time = ManualTime()
    agenda = Agenda(time)
    done: list[str] = []

    def first() -> None:
        agenda.after(0, lambda: done.append("second"))
        agenda.run_due()
        done.append("first")

    agenda.after(0, first)
    assert done == []
    agenda.run_due()
    assert done == ["first", "second"]
    assert agenda.next_due_s is None
