"""The truth of the screen, in short: the whole of it is tests/load/truth.py."""

import pytest

from tests.load.screen import run
from tests.load.truth import differences, find_truth, render
from tests.support.browser import open_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.timeout(300)  # against hanging: a slow machine takes more looks while the state moves by itself
async def test_the_pages_show_what_rest_tells_at_random_moments() -> None:
    async with open_browser() as browser:
        truth = await find_truth(browser, moments=5, seed=3)
    assert not truth.wrong, render(truth)
    assert truth.at_once + truth.later == truth.moments == 5
    assert truth.compared > 200, render(truth)
    assert len(truth.acts) > 3, render(truth)


def test_every_difference_is_named() -> None:
    told = {"mode": "Copying", "matrix": {"MSFT": ["+300", "+150"]}, "orders": [["1"]]}
    shown = {"mode": "Copying", "matrix": {"MSFT": ["+300", "+100"], "GME": ["0"]}, "orders": []}
    assert differences(told, told) == []
    assert differences(told, shown) == [
        ".matrix.MSFT[1]: REST tells '+150', the page shows '+100'",
        ".matrix.GME: REST tells None, the page shows ['0']",
        ".orders: REST tells [['1']], the page shows []",
    ]


async def test_a_big_desk_is_measured() -> None:
    found = await run(minutes=0.05, followers=3, symbols=5, events_per_s=20, throttle=1, settling_s=0.5)
    assert found.snapshots > 0
    assert found.events > 0
    assert found.heap_end > 0
    assert found.fps > 0
