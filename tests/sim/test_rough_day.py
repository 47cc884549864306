"""Rough days end well, are the same twice, and really meet what they are there for."""

from functools import cache

import pytest

from tests.sim.hunt import COMMAND, rough_day
from tests.sim.rough_end import RoughReport

SEEDS = range(16)


@cache
def report_of(seed: int) -> RoughReport:
    """A day, lived through once a worker."""
    return rough_day(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rough_day_ends_well(seed: int) -> None:
    report = report_of(seed)
    assert not report.wrongs, f"SEED={seed}, again with: {COMMAND.format(seed=seed)}\n" + "\n".join(report.wrongs)
    assert report.orders > 5


def test_a_rough_day_is_the_same_twice() -> None:
    assert rough_day(3) == report_of(3)


def test_rough_days_meet_kills_and_every_outcome_that_matters() -> None:
    reports = [report_of(seed) for seed in SEEDS]
    seen = {outcome for report in reports for outcome in report.outcomes}
    assert {"working", "filled", "cancelled", "queued", "skipped", "failed", "rejected"} <= seen
    assert sum(report.lives - 1 for report in reports) > 5
    assert sum(report.faults for report in reports) > 50
