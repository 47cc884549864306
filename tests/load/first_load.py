"""The dashboard's first load: packed JavaScript of each page, style sheets, fonts, and the time to the first row.

    python tests/load/first_load.py [--rounds 5]

Sizes are those of the built pages. Times are a real browser's with an empty cache, from the beginning of the navigation
to the first row of positions (3 followers, 8 symbols), over the product's own server and WebSocket.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from devtools.browser import VARIABLE, find_browser, this_machine  # noqa: E402 - the path is set first
from tests.support.big_desk import BigDesk  # noqa: E402 - the path is set first
from tests.support.browser import Watch, new_page, open_browser  # noqa: E402 - the path is set first
from tests.support.bundle import (  # noqa: E402 - the path is set first
    CSS_MAX,
    FIRST_PAGE_JS_MAX,
    FONT_MAX,
    PAGE_JS_MAX,
    css_bytes,
    font_bytes,
    script_bytes,
)
from tests.support.face import TOKEN, open_face, serve_face  # noqa: E402 - the path is set first

FIRST_ROW = """new Promise((tell) => {
    const look = () => document.querySelector("tr[aria-rowindex]") ? tell(performance.now()) : setTimeout(look, 1);
    look();
})"""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


async def first_rows(rounds: int) -> list[tuple[float, float]]:
    """First paint and first row of each round, in milliseconds."""
    times: list[tuple[float, float]] = []
    async with open_browser() as browser, open_face() as face:
        face.container.snapshots.state = BigDesk(3, 8).next_state  # type: ignore[method-assign]
        async with serve_face(face) as policy:
            base = f"http://127.0.0.1:{policy.port}"
            for _ in range(rounds):
                context = await browser.new_context(viewport={"width": 1280, "height": 720})
                await context.request.get(f"{base}/auth?token={TOKEN}")
                page = await new_page(context, Watch())
                await page.goto(f"{base}/", wait_until="commit")
                row = float(await page.evaluate(FIRST_ROW))
                times.append((float(await page.evaluate(FIRST_PAINT)), row))
                await context.close()
    return times


def render(sizes: dict[str, int], times: list[tuple[float, float]]) -> str:
    """The figures beside their targets."""

    def line(name: str, bytes_: int, most: int) -> str:
        return f"{name:24} {bytes_ / 1000:7.1f} kB   <= {most / 1000:.0f} kB   {'ok' if bytes_ <= most else 'MISSED'}"

    rows = [
        line(f"JavaScript {path}", size, FIRST_PAGE_JS_MAX if path == "/" else PAGE_JS_MAX)
        for path, size in sizes.items()
    ]
    rows += [line("style sheets", css_bytes(), CSS_MAX), line("fonts", font_bytes(), FONT_MAX)]
    if times:
        paint, row = sorted(times)[len(times) // 2]
        rows.append(f"{'median of ' + str(len(times)):24} first paint {paint:.0f} ms, first row {row:.0f} ms")
    return "\n".join(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    os.environ.setdefault(VARIABLE, find_browser(this_machine()) or "")
    print(render(script_bytes(), asyncio.run(first_rows(asked.rounds))))
