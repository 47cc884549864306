"""A real browser on the built dashboard, and what a page may never do."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from das_copy_trader.container import DASHBOARD_PAGES

ROOT: Final = Path(__file__).parents[2]
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE: Final = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Watch:
    """What the pages of a browser said and asked for."""

    messages: list[str] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)
    allowed: str = ""
    """What a message may say all the same."""

    def follow(self, page: Page) -> None:
        """Listen to a page from now on."""
        page.on("console", self._on_message)
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("request", lambda request: self.addresses.add(request.url))

    def _on_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.messages.append(f"{message.text} ({message.location['url']})")

    def complaints(self) -> list[str]:
        """Messages that are not allowed for."""
        return [text for text in self.messages if not (self.allowed and self.allowed in text)]

    def outside(self) -> list[str]:
        """Requests that left this machine."""
        own = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
        return sorted(address for address in self.addresses if not address.startswith(own))


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """The browser that DAS_TEST_BROWSER names."""
    path = os.environ.get("DAS_TEST_BROWSER")
    assert path, "DAS_TEST_BROWSER names no browser: run the tests by «python3 dev.py test»"
    assert (DASHBOARD_PAGES / "index.html").is_file(), "The dashboard is not built: run «python3 dev.py build»"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


async def new_page(context: BrowserContext, watch: Watch) -> Page:
    """A page that is listened to; what is waited for on it comes within seconds."""
    page = await context.new_page()
    page.set_default_timeout(15_000)
    watch.follow(page)
    return page


async def axe_findings(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is, dark and light, each as one line. The look it had comes back.

    The two looks differ in colours alone, so of the light one only what is about colours is asked.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(
        """async (tags) => {
            const { dataset } = document.documentElement;
            const had = dataset.theme;
            const lines = [];
            const colours = { type: "rule", values: ["color-contrast", "link-in-text-block"] };
            for (const [theme, runOnly] of [["dark", { type: "tag", values: tags }], ["light", colours]]) {
                dataset.theme = theme;
                const { violations } = await axe.run(document, { runOnly });
                const nodes = violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)}`));
                lines.push(...nodes.map((line) => `${theme}: ${line}`));
            }
            dataset.theme = had;
            return lines;
        }""",
        AXE_TAGS,
    )
    return found
