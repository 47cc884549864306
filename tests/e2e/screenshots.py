"""Pictures of the dashboard, taken from the demo: everything on them came through real sockets.

python tests/e2e/screenshots.py                 the README's pictures, into docs/screenshots/
python tests/e2e/screenshots.py --all FOLDER    every page, dark and light, desk and phone, to look at
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from playwright.async_api import expect  # noqa: E402 - the path is set first

from devtools.browser import VARIABLE, find_browser, this_machine  # noqa: E402 - the path is set first
from tests.support.browser import Watch, new_page, open_browser  # noqa: E402 - the path is set first

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

README = ROOT / "docs" / "screenshots"
MOST_BYTES = 250_000
PATHS = {
    "dashboard": "/",
    "management": "/management/",
    "multipliers": "/multipliers/",
    "blacklist": "/blacklist/",
    "queue": "/queue/",
    "history": "/history/",
    "settings": "/settings/",
    "follower": "/settings/?follower=simf1",
    "env-config": "/env-config/",
    "health": "/health/",
    "logs": "/logs/",
    "setup": "/setup/",
    "setup-followers": "/setup/?step=followers",
    "setup-check": "/setup/?step=check",
    "setup-start": "/setup/?step=start",
}
SIZES = {"desk": (1440, 900), "small": (1280, 720), "phone": (390, 844)}


@contextlib.asynccontextmanager
async def demo() -> AsyncIterator[str]:
    """The demo in a process of its own, as long as the block; the link that it prints."""
    command = [sys.executable, "-P", "-m", "das_copy_trader.cli", "demo", "--quiet"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            found = re.search(r"Open (http://\S+)", line.decode())
            if found:
                yield found[1]
                return
        raise SystemExit("The demo ended without printing its link.")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def sign_in(browser: Browser, link: str, size: str, theme: str) -> Page:
    """A page of a browser that knows the program and wants this look."""
    width, height = SIZES[size]
    context = await browser.new_context(viewport={"width": width, "height": height})
    await context.add_init_script(f"localStorage.setItem('das-look', JSON.stringify({{ theme: '{theme}' }}))")
    page = await new_page(context, Watch())
    await page.goto(link)
    await expect(page.get_by_test_id("feed")).to_contain_text("Live")
    return page


async def go(page: Page, link: str, path: str) -> None:
    """To a page, until it shows live values and nothing loads any more."""
    await page.goto(link.split("/auth", maxsplit=1)[0] + path)
    await expect(page.get_by_test_id("feed")).to_contain_text("Live")
    await page.wait_for_load_state("networkidle")


async def for_readme(browser: Browser, link: str) -> None:
    """The best of them. Errors: SystemExit when one is too big for a page of text."""
    page = await sign_in(browser, link, "desk", "dark")
    await expect(page.get_by_role("region", name="Replications").get_by_role("listitem").nth(12)).to_be_visible(
        timeout=120_000
    )
    needs = page.get_by_role("complementary")
    await expect(needs).to_contain_text("queue", timeout=120_000)
    await page.get_by_role("region", name="Replications").get_by_role("listitem").first.get_by_role("button").click()
    await page.screenshot(path=README / "dashboard.png")
    for name in ("queue", "management", "history"):
        await go(page, link, PATHS[name])
        await page.screenshot(path=README / f"{name}.png")
    too_big = [one.name for one in sorted(README.glob("*.png")) if one.stat().st_size > MOST_BYTES]
    if too_big:
        raise SystemExit(f"More than {MOST_BYTES // 1000} kB: {', '.join(too_big)}.")


async def everything(browser: Browser, link: str, folder: Path) -> None:
    """Every page, in every look."""
    for size in SIZES:
        for theme in ("dark", "light"):
            page = await sign_in(browser, link, size, theme)
            for name, path in PATHS.items():
                await go(page, link, path)
                await page.screenshot(path=folder / f"{name}-{size}-{theme}.png")
            await page.context.close()


async def main(folder: Path | None) -> None:
    """Start the demo, take the pictures."""
    (folder or README).mkdir(parents=True, exist_ok=True)
    async with demo() as link, open_browser() as browser:
        if folder is None:
            await for_readme(browser, link)
        else:
            await everything(browser, link, folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    os.environ.setdefault(VARIABLE, find_browser(this_machine()) or "")
    asyncio.run(main(asked.all))
