"""Bursts and flapping in small: limits kept, nothing lost, every action accounted for."""

import pytest

from das_copy_trader.runtime.virtual_time import run_virtual
from tests.load.burst import LIMITS, burst, most_in_any_window
from tests.load.burst import render as render_burst
from tests.load.flap import flap
from tests.load.flap import render as render_flap


def test_a_burst_keeps_every_limit_and_loses_nothing() -> None:
    report = run_virtual(
        lambda randomness: burst(randomness, orders=250, followers=2, over_s=0.5), seed=1, limit_s=10_000
    )
    assert not report.lost, render_burst(report)
    for word, (count, _) in LIMITS.items():
        assert 0 < report.most[word] <= count, render_burst(report)
    assert sum(report.outcomes.values()) == 250 * 2
    assert len(report.exit_waits_s) == 50 * 2
    # 50 exits are sent within 50 / 45 of a second, whatever 200 entries wait behind them.
    assert max(report.exit_waits_s) < 2 < max(report.entry_waits_s)
    assert report.most_waiting > 100
    assert report.oldest_waiting_s > 2


@pytest.mark.parametrize("seed", range(5))
def test_a_follower_that_flaps_has_every_action_copied_queued_or_refused_with_a_reason(seed: int) -> None:
    report = run_virtual(lambda randomness: flap(randomness, cuts=10, over_s=60.0), seed=seed, limit_s=10_000)
    assert not report.wrong, render_flap(report)
    assert report.logins["F1"] > 5
    assert report.logins["F2"] == report.logins["F3"] == 1
    for outcomes in report.outcomes.values():
        assert sum(outcomes.values()) == report.orders > 50
    assert report.outcomes["F2"] == report.outcomes["F3"]
    assert not set(report.outcomes["F2"]) - {"working", "replaced", "cancelled"}


def test_the_most_in_any_window_is_counted_with_its_begin_and_without_its_end() -> None:
    assert most_in_any_window([0.0, 0.5, 1.0, 1.4], 1.0) == 3
    assert most_in_any_window([0.0, 1.0, 2.0], 1.0) == 1
    assert most_in_any_window([], 1.0) == 0
