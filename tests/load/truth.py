"""The truth of the screen: at random moments of a simulated day, what the pages show equals what REST tells.

    python tests/load/truth.py [--moments 1000] [--seed 1]

The real product, simulated platforms behind real sockets, a real browser with four windows. Before each moment something
random happens on the platforms or at the desk. Then REST is asked, a snapshot goes out, the pages draw it and are read,
and REST is asked again: when both answers are equal, the pages must say the same. When something moved meanwhile by
itself (a login, an order's answer), the moment is taken again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from devtools.browser import VARIABLE, find_browser, this_machine  # noqa: E402 - the path is set first
from tests.load.screen import metrics  # noqa: E402 - the path is set first
from tests.support.browser import Watch, new_page, open_browser  # noqa: E402 - the path is set first
from tests.support.face import TOKEN, Face, open_face, serve_face, simulated_platforms  # noqa: E402
from tests.support.truth_day import HARD_TO_BORROW, SYMBOLS, RandomDay  # noqa: E402 - the path is set first
from tests.support.truth_shown import (  # noqa: E402 - the path is set first
    COUNT_FRAMES,
    shown_by_dashboard,
    shown_rows,
    snapshots_seen,
    wait_until_drawn,
)
from tests.support.truth_told import Expected, told_by_rest  # noqa: E402 - the path is set first

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

TAKEN_AGAIN_MAX = 25
"""A moment that is never still, or a page that never agrees, ends the search."""
LISTS_EVERY = 5
COLLECT_EVERY = 50
"""So often the browser is made to collect garbage: each moment builds five lists and throws them away, which nobody who
looks at the page does in hours, and the browser lets hundreds of megabytes of that pile up while there is room."""
PATHS = ("/", "/multipliers/", "/blacklist/", "/queue/")


class Truth(msgspec.Struct):
    """What the moments came to."""

    moments: int = 0
    at_once: int = 0
    """Moments at which the first look agreed."""
    later: int = 0
    """Moments at which a page that asks REST itself had to wait for the answer, or the machine for the page."""
    moved: int = 0
    """Looks that were taken again because the state itself had moved."""
    compared: int = 0
    """Values that were compared."""
    wrong: list[str] = []
    acts: dict[str, int] = {}
    memory: str = ""
    """What the dashboard's page still holds at the end after a collection, beside what it held at first."""


def differences(expected: Any, shown: Any, place: str = "") -> list[str]:  # noqa: ANN401 - JSON
    """Where two trees differ, a line each."""
    if isinstance(expected, dict) and isinstance(shown, dict):
        names = dict.fromkeys([*expected, *shown])
        return [line for one in names for line in differences(expected.get(one), shown.get(one), f"{place}.{one}")]
    if isinstance(expected, list) and isinstance(shown, list) and len(expected) == len(shown):
        pairs = enumerate(zip(expected, shown, strict=True))
        return [line for index, (one, other) in pairs for line in differences(one, other, f"{place}[{index}]")]
    return [] if expected == shown else [f"{place}: REST tells {expected!r}, the page shows {shown!r}"]


def leaves(tree: Any) -> int:  # noqa: ANN401 - JSON
    """How many values a tree has."""
    if isinstance(tree, dict):
        return sum(leaves(one) for one in tree.values())
    return sum(leaves(one) for one in tree) if isinstance(tree, list) else 1


async def look(face: Face, pages: list[Page]) -> tuple[dict[str, Any], dict[str, Any], bool]:
    """What REST tells, what is shown, and whether REST told the same before and after. The first page is the dashboard."""
    before = await told_by_rest(face.client)
    seen = [await snapshots_seen(page) for page in pages]
    await face.container.snapshots.prepare()
    face.container.notifications.publish_snapshot(face.container.snapshots.state())
    for page, count in zip(pages, seen, strict=True):
        await wait_until_drawn(page, count + 1)
    shown = await shown_by_dashboard(pages[0])
    expected = Expected(before)
    bar = shown["bar"]
    shown["bar"] = [part for part in expected.bar_parts() if part in bar]
    told = expected.dashboard() | {"title": expected.title(), "bar": expected.bar_parts()}
    if len(pages) > 1:
        multipliers, blacklist, queue = pages[1:]
        shown["multipliers"] = sorted(await shown_rows(multipliers))
        shown["blacklist"] = sorted(row[:3] for row in await shown_rows(blacklist))
        shown["queue"] = [[row[2], row[4]] for row in await shown_rows(queue)]
        told |= {
            "multipliers": sorted(expected.multipliers()),
            "blacklist": expected.blacklist(),
            "queue": expected.queue(),
        }
    after = await told_by_rest(face.client)
    return told, shown, before == after


async def moment(face: Face, pages: list[Page], truth: Truth) -> None:
    """One moment: taken again while the state moves, looked at again while a page is not there yet."""
    truth.moments += 1
    found: list[str] = []
    is_first = True
    for _ in range(TAKEN_AGAIN_MAX):
        # The pages with lists of their own ask REST themselves; every fifth moment they are looked at too.
        told, shown, is_still = await look(face, pages if truth.moments % LISTS_EVERY == 0 else pages[:1])
        if not is_still:
            truth.moved += 1
            continue
        found = differences(told, shown)
        if not found:
            truth.at_once += is_first
            truth.later += not is_first
            truth.compared += leaves(told)
            return
        is_first = False
    truth.wrong.append(f"moment {truth.moments}: {found[:5] or 'the state never stood still'}")


def held(begin: dict[str, float], end: dict[str, float]) -> str:
    """What a page holds, before and after. Lists fill up to their bounds; beyond that nothing may stay."""
    heap = f"heap {begin['JSHeapUsedSize'] / 1e6:.1f} to {end['JSHeapUsedSize'] / 1e6:.1f} MB"
    counts = [f"{begin[name]:.0f} to {end[name]:.0f}" for name in ("Nodes", "JSEventListeners")]
    return f"The dashboard after collections: {heap}, {counts[0]} nodes, {counts[1]} listeners."


async def find_truth(browser: Browser, *, moments: int, seed: int, wrong_max: int = 5) -> Truth:
    """Random moments of a simulated day. Stops early when the pages were wrong too often."""
    truth = Truth()
    watch = Watch()
    async with open_face() as face, simulated_platforms(4, HARD_TO_BORROW, SYMBOLS) as control:
        day = RandomDay(Random(seed), control, face.client)
        await day.begin()
        async with serve_face(face) as policy:
            base = f"http://127.0.0.1:{policy.port}"
            pages = []
            for path in PATHS:
                # A window each: a tab behind another one is drawn once a second at most.
                context = await browser.new_context(viewport={"width": 1600, "height": 1400}, timezone_id="UTC")
                await context.add_init_script(COUNT_FRAMES)
                page = await new_page(context, watch)
                await page.goto(f"{base}/auth?token={TOKEN}")
                if path != "/":
                    await page.goto(f"{base}{path}")
                await wait_until_drawn(page, 1)
                pages.append(page)
            session = await pages[0].context.new_cdp_session(pages[0])
            await session.send("Performance.enable")
            begin = await metrics(session, is_clean=True)
            while truth.moments < moments and len(truth.wrong) < wrong_max:
                await day.act()
                await moment(face, pages, truth)
                if truth.moments % COLLECT_EVERY == 0:
                    await session.send("HeapProfiler.collectGarbage")
            truth.memory = held(begin, await metrics(session, is_clean=True))
            for page in pages:
                await page.context.close()
    truth.acts = day.counts
    truth.wrong += [f"the browser says: {text}" for text in watch.messages]
    return truth


def render(truth: Truth) -> str:
    """The figures for people."""
    acts = ", ".join(f"{count} {name}" for name, count in sorted(truth.acts.items()))
    agreed = f"{truth.at_once} agreed at the first look, {truth.later} a little later, {len(truth.wrong)} never"
    moved = f"{truth.moved} looks were taken again because the state moved by itself"
    figures = [f"{truth.moments} moments, {truth.compared:,} values compared: {agreed}.", f"{moved}.", f"Done: {acts}."]
    return "\n".join([*figures, truth.memory, *truth.wrong])


async def _main(moments: int, seed: int) -> int:
    async with open_browser() as browser:
        truth = await find_truth(browser, moments=moments, seed=seed)
    print(render(truth))
    return 1 if truth.wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--moments", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    os.environ.setdefault(VARIABLE, find_browser(this_machine()) or "")
    sys.exit(asyncio.run(_main(arguments.moments, arguments.seed)))
