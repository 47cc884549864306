"""A trader's desk for tests in a real browser: the product, simulated platforms, and a page that is signed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from playwright.async_api import Browser, Page, expect

from das_copy_trader.simulator.control import Control, Ticket
from tests.support.browser import Watch, axe_findings, new_page
from tests.support.face import (
    DAS_PASSWORD,
    TOKEN,
    Face,
    account_body,
    follower_body,
    open_face,
    serve_face,
    simulated_platforms,
)

BUY_MSFT = Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150))


@dataclass
class Desk:
    """A trader's desk: the product, its platforms, a page that has opened the printed link."""

    face: Face
    control: Control
    page: Page
    watch: Watch
    base: str

    async def start(self) -> None:
        """Start, and wait until the window with the accounts' progress has gone by itself."""
        await self.page.get_by_role("button", name="Start").click()
        await expect(self.page.get_by_test_id("mode")).to_have_text("Copying")
        await expect(self.page.get_by_role("dialog")).to_have_count(0)

    async def go(self, title: str) -> None:
        """To a page by its link. Until its heading is there the page before still takes what is typed."""
        await self.page.get_by_role("navigation", name="Pages").get_by_role("link", name=title).click()
        await expect(self.page.get_by_role("heading", name=title, level=1)).to_have_count(1)

    async def place(self, ticket: Ticket = BUY_MSFT) -> int:
        """An order of the master; its id."""
        order_id = self.control.place("ACCT1", ticket)
        assert order_id is not None
        return order_id

    async def look(self) -> None:
        """The page as it is has nothing that axe-core finds wrong."""
        findings = await axe_findings(self.page)
        assert findings == [], "\n".join(findings)


@asynccontextmanager
async def open_desk(
    browser: Browser, followers: int, *, configured: bool = True, hard_to_borrow: tuple[str, ...] = ()
) -> AsyncIterator[Desk]:
    """The desk with so many followers at half the master's size. At its end no page may have complained."""
    # Without a master its address answers 404, which is the honest answer; the browser writes it down.
    watch = Watch(allowed="" if configured else "/api/master")
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    async with open_face() as face, simulated_platforms(followers + 1, hard_to_borrow) as control:
        ports = [platform.port for platform in control.broker.platforms]
        if configured:
            await face.client.put("/api/master", json=account_body(1, ports[0]))
            for number in range(2, followers + 2):
                body = follower_body(number, ports[number - 1], base_multiplier="0.5")
                await face.client.post("/api/followers", json=body)
        async with serve_face(face) as policy:
            base = f"http://127.0.0.1:{policy.port}"
            page = await new_page(context, watch)
            await page.goto(f"{base}/auth?token={TOKEN}")
            await expect(page.get_by_test_id("feed")).to_contain_text("Live")
            yield Desk(face, control, page, watch, base)
            await context.close()
    assert watch.complaints() == [], watch.complaints()
    assert watch.outside() == []


async def fill_account(page: Page, number: int, port: int) -> None:
    """Type an account of the simulated platforms into the form that is open."""
    form = page.locator("form")
    await form.get_by_label("Broker", exact=True).fill("SIM")
    await form.get_by_label("Port").fill(str(port))
    await form.get_by_label("User", exact=True).fill(f"USER{number}")
    await form.get_by_label("Password").fill(DAS_PASSWORD)
    await form.get_by_label("Account", exact=True).fill(f"ACCT{number}")
