"""The first run in a real browser: from an empty database to the first copied order, with a mistake on the way."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser import open_browser
from tests.support.desk import fill_account, open_desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=15_000)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


async def test_the_set_up_leads_from_nothing_to_the_first_copied_order(browser: Browser) -> None:
    async with open_desk(browser, 1, configured=False) as desk:
        page = desk.page
        ports = [platform.port for platform in desk.control.broker.platforms]
        await expect(page).to_have_title(re.compile(r"^\(1\) Stopped"))
        await page.get_by_role("complementary").get_by_role("link", name="Set it up").click()
        await expect(page.get_by_role("button", name="Begin with the master")).to_be_visible()
        await desk.look()
        await page.get_by_role("button", name="Begin with the master").click()
        await expect(page.get_by_role("button", name="Next: followers")).to_be_disabled()
        await fill_account(page, 1, ports[0])
        await desk.look()
        await page.get_by_role("button", name="Add the master").click()
        await page.get_by_role("button", name="Next: followers").click()
        await page.get_by_label("Name").fill("Half size")
        await page.get_by_label("Id", exact=True).fill("half")
        await page.get_by_label("Multiplier").fill("0.5")
        await fill_account(page, 2, ports[1])
        await page.locator("form").get_by_label("Password").fill("not-the-password")
        await page.get_by_role("button", name="Add the follower").click()
        await expect(page.get_by_role("region", name="Followers so far")).to_contain_text("Half size")
        await page.get_by_role("button", name="Next: check").click()
        await page.get_by_role("button", name="Test connection: the master").click()
        master = page.get_by_role("region", name="Master, account ACCT1")
        await expect(master).to_contain_text("This account can be used.")
        await page.get_by_role("button", name="Test connection: Half size").click()
        half = page.get_by_role("region", name="Half size, account ACCT2")
        await expect(half).to_contain_text("This account cannot be used like this.")
        await expect(half.get_by_role("listitem").filter(has_text="Login")).to_contain_text("Failed")
        await desk.look()
        await page.goto(f"{desk.base}/settings/?follower=half")
        await fill_account(page, 2, ports[1])
        await page.get_by_role("button", name="Save the follower").click()
        await expect(page.get_by_text("Half size is saved.")).to_be_visible()
        await page.goto(f"{desk.base}/setup/?step=check")
        await page.get_by_role("button", name="Test connection: Half size").click()
        await expect(half).to_contain_text("This account can be used.")
        await page.get_by_role("button", name="Next: start").click()
        await desk.look()
        await page.get_by_role("button", name="Start copying").click()
        await expect(page.get_by_test_id("mode")).to_have_text("Copying")
        await page.get_by_role("link", name="To the dashboard").click()
        await desk.place()
        line = page.get_by_role("region", name="Replications").get_by_role("listitem").first
        await expect(line).to_contain_text("BUY 100 MSFT LMT 150.00")
        await expect(line).to_contain_text("1/1 sent")
