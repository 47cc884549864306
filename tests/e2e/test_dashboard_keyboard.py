"""Every flow of the dashboard by the keyboard alone: Tab, typing, Space and Enter; the mouse is never touched."""

import re
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from das_copy_trader.simulator.control import Ticket
from tests.support.browser import open_browser
from tests.support.desk import Desk, open_desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=15_000)
TABS_MAX = 150
IS_FOCUSED = "element => element === document.activeElement"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


async def reach(page: Page, target: Locator) -> None:
    """Press Tab until it has the focus."""
    await expect(target).to_be_enabled()
    for _ in range(TABS_MAX):
        if await target.evaluate(IS_FOCUSED):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {target}.")


async def press(page: Page, target: Locator, key: str = "Enter") -> None:
    await reach(page, target)
    await page.keyboard.press(key)


async def write(page: Page, target: Locator, text: str) -> None:
    await reach(page, target)
    await page.keyboard.press("Control+a")
    await page.keyboard.type(text)


async def lead(page: Page, letter: str, title: str) -> None:
    await page.keyboard.press(f"Alt+Shift+Key{letter}")
    await expect(page.get_by_role("heading", name=title, level=1)).to_have_count(1)


async def _write_account(page: Page, number: int, port: int) -> None:
    for label, text in {"Broker": "SIM", "User": f"USER{number}", "Account": f"ACCT{number}"}.items():
        await write(page, page.locator("form").get_by_label(label, exact=True), text)
    await write(page, page.locator("form").get_by_label("Port"), str(port))
    await write(page, page.locator("form").get_by_label("Password"), "Pa55word-of-DAS")


async def test_set_up_and_start(browser: Browser) -> None:
    async with open_desk(browser, 1, configured=False) as desk:
        page = desk.page
        ports = [platform.port for platform in desk.control.broker.platforms]
        await press(page, page.get_by_role("complementary").get_by_role("link", name="Set it up"))
        await press(page, page.get_by_role("button", name="Begin with the master"))
        await _write_account(page, 1, ports[0])
        await press(page, page.get_by_role("button", name="Add the master"))
        await press(page, page.get_by_role("button", name="Next: followers"))
        for label, text in {"Name": "Half size", "Id": "half", "Multiplier": "0.5"}.items():
            await write(page, page.get_by_label(label, exact=True), text)
        await _write_account(page, 2, ports[1])
        await press(page, page.get_by_role("button", name="Add the follower"))
        await expect(page.get_by_role("region", name="Followers so far")).to_contain_text("Half size")
        await press(page, page.get_by_role("button", name="Next: check"))
        await press(page, page.get_by_role("button", name="Test connection: Half size"))
        await expect(page.get_by_role("region", name="Half size, account ACCT2")).to_contain_text("can be used")
        await press(page, page.get_by_role("button", name="Next: start"))
        await press(page, page.get_by_role("button", name="Start copying"))
        await expect(page.get_by_test_id("mode")).to_have_text("Copying")


async def _multiplier_and_blacklist(desk: Desk) -> None:
    page = desk.page
    await lead(page, "U", "Multipliers")
    await write(page, page.locator("form").get_by_label("Symbol", exact=True), "aapl")
    await write(page, page.locator("form").get_by_label("Multiplier", exact=True).first, "2")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("row").filter(has_text="AAPL")).to_contain_text("override")
    await lead(page, "B", "Blacklist")
    await write(page, page.get_by_label("Symbols", exact=True), "GME")
    await press(page, page.get_by_role("checkbox", name="Follower 2"), "Space")
    await press(page, page.get_by_role("button", name="Exclude", exact=True))
    await expect(page.get_by_role("cell", name="GME", exact=True)).to_be_visible()
    await lead(page, "M", "Management")
    await press(page, page.get_by_role("region", name="Follower 3").get_by_role("switch"), "Space")
    await expect(page.get_by_text("Follower 3 is off.")).to_be_visible()


async def _queue(desk: Desk) -> None:
    page = desk.page
    await desk.control.go_offline("ACCT2")
    await expect(page.get_by_role("region", name="Warnings")).to_contain_text("Not ready: Follower 2")
    await desk.place()
    await lead(page, "Q", "Queue")
    await desk.control.go_online("ACCT2")
    queue = page.get_by_role("region", name="Follower 2", exact=True)
    await press(page, queue.get_by_role("checkbox", name="BUY 50 MSFT"), "Space")
    replay = queue.get_by_role("button", name="Replay 1 selected…")
    await expect(replay).to_be_enabled(timeout=30_000)
    await press(page, replay)
    await press(page, page.get_by_role("alertdialog").get_by_role("button", name="Replay 1"))
    await expect(queue.get_by_role("status", name="Results")).to_contain_text("BUY 50 MSFT LMT 150.00")


async def _offer(desk: Desk) -> None:
    page = desk.page
    await lead(page, "D", "Dashboard")
    await desk.place(Ticket(symbol="MSFT", side="SS", shares=400, limit=Decimal(250)))
    accept = page.get_by_role("complementary").get_by_role("button", name=re.compile("Accept the offer of MSFT"))
    await press(page, accept)
    await press(page, page.get_by_role("alertdialog").get_by_role("button", name="Accept"))
    await press(page, page.get_by_role("tab", name="Replications"))
    for name in ("Working orders", "Short sales"):
        await page.keyboard.press("ArrowRight")
        # The next key goes where this one has led to: the focus moves a moment after the key.
        await expect(page.get_by_role("tab", name=name)).to_be_focused()
    await expect(page.get_by_role("region", name="Short sales", exact=True)).to_contain_text("Done")


async def _settings(desk: Desk) -> None:
    page = desk.page
    await lead(page, "E", "Env config")
    await write(page, page.get_by_label("Stored content"), "# by keyboard")
    # In a text a Tab could be a letter: the way out has to work as well.
    await press(page, page.get_by_role("button", name="Check and review…"))
    await press(page, page.get_by_role("dialog").get_by_role("button", name="Store and apply"))
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert (await desk.face.client.get("/api/env-config")).json()["content"].startswith("# by keyboard")


async def test_a_day_from_start_to_stop(browser: Browser) -> None:
    async with open_desk(browser, 2, hard_to_borrow=("MSFT",)) as desk:
        page = desk.page
        await desk.face.client.put("/api/followers/f2", json={"max_locate_price": "0.0001"})
        await press(page, page.get_by_role("button", name="Start"))
        await expect(page.get_by_test_id("mode")).to_have_text("Copying")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await _multiplier_and_blacklist(desk)
        await _queue(desk)
        await _offer(desk)
        await _settings(desk)
        await press(page, page.get_by_role("button", name="Stop"))
        await expect(page.get_by_test_id("mode")).to_have_text("Stopped")
