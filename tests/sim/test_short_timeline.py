"""How many locates run at once, how often prices are asked, how long a short without a locate takes."""

import pytest

from tests.load.shorts_timeline import LATENCY_S, time_without_locate, timeline


def test_three_followers_and_three_symbols_keep_to_the_limits() -> None:
    found = timeline()
    assert found.most_at_once == 3
    assert found.closest_s >= 3.0
    assert found.shorted == 9
    assert sum(step.text.startswith("SLNEWORDER") for step in found.steps) == 9


def test_five_followers_never_have_more_than_three_locates_in_flight() -> None:
    found = timeline(5)
    assert found.most_at_once == 3
    assert found.shorted == 15


def test_a_short_without_a_locate_takes_one_question() -> None:
    took_s, asked = time_without_locate()
    assert asked == ["GET SHORTINFO MSFT"]
    assert took_s == pytest.approx(4 * LATENCY_S, abs=0.001)
