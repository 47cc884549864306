"""Every bug that is planted is found by rough days, within a bounded number of them (reliability.md 3, R4).

`SEED_BY_BUG` remembers a day that finds a bug that day 0 does not find, so that this costs one day a bug; where it finds
it no more, since product or days have changed, the first `DAYS_MAX` days are searched. `python -m tests.sim.hunt
--planted` counts the days that each one needs.
"""

from functools import cache

import pytest

from tests.sim.hunt import days_until_found, rough_day
from tests.sim.planted import BUGS, Spoilt, planted

DAYS_MAX = 60
SEED_BY_BUG: dict[str, int] = {
    "round half even": 3,
    "a cancel goes to the auto-route's parent": 4,
    "a disabled follower goes on": 1,
    "a replace leaves the price": 1,
    "an exit begins anew with each attempt": 4,
    "edits do not reach the plans": 5,
    "one list without it is proof": 1,
    "a refused copy is sent again": 5,
    "the rows of a list are copied": 5,
    "what is unknown is sent again": 1,
    "a cancel before the id is forgotten": 5,
    "a copy found after a part was sold is taken for an exit": 27,
    "an exit whose master has ended goes on": 31,
}


@cache
def is_well(seed: int) -> bool:
    """Whether the product as it is has nothing wrong on that day: only then does the bug make the difference."""
    return not rough_day(seed).wrongs


@pytest.mark.parametrize("name", sorted(BUGS))
def test_a_planted_bug_is_found(name: str) -> None:
    seed = SEED_BY_BUG.get(name, 0)
    found = days_until_found(name, range(seed, seed + 1)) or days_until_found(name, range(DAYS_MAX))
    assert found is not None, f"{name!r} is not found in {DAYS_MAX} days"
    assert is_well(found[0]), f"SEED={found[0]} is not well without the bug"


@pytest.mark.parametrize("name", sorted(BUGS))
def test_a_bug_still_fits(name: str) -> None:
    with planted(name):
        assert BUGS[name]


def test_there_are_bugs_enough() -> None:
    assert len(BUGS) >= 20
    assert set(SEED_BY_BUG) <= set(BUGS)


def test_a_bug_is_taken_out_again() -> None:
    assert days_until_found("int() for rounding", range(1)) is not None
    assert is_well(0)


def test_a_bug_that_fits_nowhere_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BUGS, "out of date", (Spoilt("domain.quantity:scale_quantity", "no such text", ""),))
    with pytest.raises(LookupError, match="plant the bug anew"), planted("out of date"):
        pass
