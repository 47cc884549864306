"""Every bug that is planted is found: by a rough day, or by one sentence of the acceptance texts (reliability.md 3, R4).

`SEED_BY_BUG` remembers a day that finds a bug, so that finding it costs one day; where it finds it no more, since product
or days have changed, `python -m tests.sim.hunt --planted --seeds 50` finds another. What fifty days do not meet has its
own sentence, named in `TEXT_BY_BUG`: with the bug, the text fails.
"""

from functools import cache
from pathlib import Path

import pytest

from das_copy_trader.runtime.faults import CALM
from tests.acceptance.runner import ScriptError, run_script
from tests.acceptance.script import read_script
from tests.sim.hunt import days_until_found, rough_day
from tests.sim.planted import BUGS, Spoilt, planted

TEXTS = Path(__file__).parents[1] / "acceptance"
SEED_BY_BUG: dict[str, int] = {
    "Sending is enough": 0,
    "a cancel ends every order of the symbol": 0,
    "a follower's copies are forgotten at its reconnect": 0,
    "a lost replace is not sent again": 0,
    "a replace is not scaled": 0,
    "a second Accepted copies again, no sent check": 0,
    "an exit does not wait for the entry": 0,
    "an exit is not bounded": 0,
    "copies are known by their quantity": 0,
    "int() for rounding": 0,
    "no minimum of one share": 0,
    "one line for every quantity": 0,
    "the sent set is cleared by a reconnect": 0,
    "what is missing is sent by itself": 0,
    "what is on its way binds no shares": 0,
    "what was latched while the link was down is not told": 0,
    "a disabled follower goes on": 1,
    "a replace leaves the price": 1,
    "one list without it is proof": 1,
    "what is unknown is sent again": 1,
    "round half even": 3,
    "a cancel goes to the auto-route's parent": 4,
    "an exit begins anew with each attempt": 4,
    "what has filled without a position row binds no shares": 4,
    "a cancel before the id is forgotten": 5,
    "a refused copy is sent again": 5,
    "edits do not reach the plans": 5,
    "the rows of a list are copied": 5,
    "stop stops nothing": 10,
    "an obsolete action is sent": 11,
    "no cancel on a late echo": 22,
    "a status goes back": 24,
    "a copy found after a part was sold is taken for an exit": 27,
    "a second click sends once more": 27,
    "a residue stays": 28,
    "no half-line buffer": 30,
    "an exit whose master has ended goes on": 31,
}
TEXT_BY_BUG: dict[str, str] = {
    "a lost cancel is not sent again": "4_stubborn_copy_is_cancelled_until_it_is_closed",
    "a replay passes over the blacklist": "7_replay_passes_all_filters",
    "a replay uses the first attempt's id": "4_late_echo_after_a_replay_is_cancelled",
    "the oldest replace wins": "3_replace_coalesces_before_the_ack",
}


@cache
def is_well(seed: int) -> bool:
    """Whether the product as it is has nothing wrong on that day: only then does the bug make the difference."""
    return not rough_day(seed).wrongs


@pytest.mark.parametrize("name", sorted(SEED_BY_BUG))
def test_a_rough_day_finds_it(name: str) -> None:
    seed = SEED_BY_BUG[name]
    assert days_until_found(name, range(seed, seed + 1)) is not None, (
        f"day {seed} does not find {name!r} any more; look for another with: python -m tests.sim.hunt --bug {name!r}"
    )
    assert is_well(seed), f"SEED={seed} is not well without the bug"


@pytest.mark.parametrize("name", sorted(TEXT_BY_BUG))
def test_its_own_sentence_finds_it(name: str) -> None:
    script = read_script(TEXTS / f"{TEXT_BY_BUG[name]}.das")
    with planted(name), pytest.raises(ScriptError):
        run_script(script, faults=CALM)
    assert run_script(script, faults=CALM) > 0


@pytest.mark.parametrize("name", sorted(BUGS))
def test_a_bug_still_fits(name: str) -> None:
    with planted(name):
        assert BUGS[name]


def test_every_bug_has_who_finds_it() -> None:
    assert set(SEED_BY_BUG) | set(TEXT_BY_BUG) == set(BUGS)
    assert not set(SEED_BY_BUG) & set(TEXT_BY_BUG)
    assert len(SEED_BY_BUG) >= 20
    assert max(SEED_BY_BUG.values()) < 50


def test_a_bug_is_taken_out_again() -> None:
    assert days_until_found("int() for rounding", range(1)) is not None
    assert is_well(0)


def test_a_bug_that_fits_nowhere_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BUGS, "out of date", (Spoilt("domain.quantity:scale_quantity", "no such text", ""),))
    with pytest.raises(LookupError, match="plant the bug anew"), planted("out of date"):
        pass
