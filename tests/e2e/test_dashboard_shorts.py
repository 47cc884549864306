"""Short sales in a real browser: a locate offer accepted, one rejected and taken back off the blacklist."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from playwright.async_api import Browser, Page, expect

from das_copy_trader.protocol.vocabulary import DumpKind
from das_copy_trader.simulator.control import Ticket
from tests.support.browser import open_browser
from tests.support.desk import open_desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=15_000)
SHORT = Ticket(symbol="MSFT", side="SS", shares=400, limit=Decimal(250))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


async def _lower_the_limits(page: Page, base: str, names: dict[str, str]) -> None:
    for follower, name in names.items():
        await page.goto(f"{base}/settings/?follower={follower}")
        await page.get_by_label("Most for a locate, $ a share").fill("0.0001")
        await page.get_by_role("button", name="Save the follower").click()
        await expect(page.get_by_text(f"{name} is saved.")).to_be_visible()


async def test_one_offer_is_accepted_and_one_rejected(browser: Browser) -> None:
    async with open_desk(browser, 2, hard_to_borrow=("MSFT",)) as desk:
        page = desk.page
        await _lower_the_limits(page, desk.base, {"f2": "Follower 2", "f3": "Follower 3"})
        await page.goto(f"{desk.base}/")
        await desk.start()
        await desk.place(SHORT)
        needs = page.get_by_role("complementary")
        await expect(needs).to_contain_text("Follower 2: locate offer")
        await expect(needs).to_contain_text("Follower 3: locate offer")
        await page.get_by_role("tab", name="Short sales").click()
        tasks = page.get_by_role("region", name="Short sales", exact=True)
        first = tasks.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Follower 2: short 200 MSFT"))
        await expect(first).to_contain_text("Locate offer")
        await expect(first.locator('[aria-current="step"]')).to_contain_text("Offer")
        await desk.look()
        await needs.get_by_role("button", name="Accept the offer of MSFT for Follower 2").click()
        dialog = page.get_by_role("alertdialog")
        await expect(dialog).to_contain_text("Follower 2 borrows 200 MSFT at SAGE")
        await expect(dialog).to_contain_text("Its limit is 0.0001 a share")
        await desk.look()
        await dialog.get_by_role("button", name="Accept").click()
        await expect(first).to_contain_text("Done")
        await expect(first).to_contain_text("Located200")
        await needs.get_by_role("button", name="Reject the offer of MSFT for Follower 3").click()
        await expect(dialog).to_contain_text("MSFT goes on Follower 3's blacklist")
        await dialog.get_by_role("button", name="Reject").click()
        await expect(page.get_by_text("MSFT is on Follower 3's blacklist now.")).to_be_visible()
        await expect(needs).to_contain_text("Nothing waits for you.")
        listed = (await desk.face.client.get("/api/blacklist")).json()
        assert [(one["follower_id"], one["symbol"], one["reason"]) for one in listed] == [
            ("f3", "MSFT", "locate_rejected")
        ]
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_text("MSFT is off Follower 3's blacklist again.")).to_be_visible()
        assert (await desk.face.client.get("/api/blacklist")).json() == []
        await desk.look()
    shorts = [line for line in desk.control.rows("ACCT2", DumpKind.ORDERS) if " SMAT " in line]
    assert len(shorts) == 1, shorts
    assert [line for line in desk.control.rows("ACCT3", DumpKind.ORDERS) if "MSFT" in line] == []
