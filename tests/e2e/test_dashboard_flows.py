"""The dashboard in a real browser, on the real product and simulated platforms: what a trader does with it."""

import asyncio
import re
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from playwright.async_api import Browser, Route, expect

from tests.support.browser import Watch, new_page, open_browser
from tests.support.desk import fill_account, open_desk
from tests.support.face import TOKEN, open_face, serve_face

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=15_000)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


async def test_from_an_empty_database_to_the_first_copied_order(browser: Browser) -> None:
    async with open_desk(browser, 1, configured=False) as desk:
        page = desk.page
        ports = [platform.port for platform in desk.control.broker.platforms]
        await expect(page).to_have_title(re.compile(r"^\(1\) Stopped"))
        await page.evaluate("document.title = 'what the markup says, which may come late'")
        await expect(page).to_have_title(re.compile(r"^\(1\) Stopped"))
        await desk.go("Settings")
        await fill_account(page, 1, ports[0])
        await page.get_by_role("button", name="Add the master").click()
        await page.get_by_role("navigation", name="Accounts").get_by_role("link", name="Add a follower").click()
        await page.get_by_label("Name").fill("Half size")
        await page.get_by_label("Id", exact=True).fill("half")
        await page.get_by_label("Multiplier").fill("0.5")
        await fill_account(page, 2, ports[1])
        await page.get_by_role("button", name="Add the follower").click()
        await expect(page.get_by_role("heading", name="Follower Half size")).to_be_visible()
        await desk.go("Dashboard")
        await desk.start()
        await desk.place()
        line = page.get_by_role("region", name="Replications").get_by_role("listitem").first
        await expect(line).to_contain_text("BUY 100 MSFT LMT 150.00")
        await expect(line.get_by_role("button")).to_have_accessible_name(re.compile("Half size Working 50"))
        await expect(line).to_contain_text("1/1 sent")
        await line.get_by_role("button").click()
        await expect(line).to_contain_text("written in")


async def test_positions_stand_side_by_side_with_their_targets(browser: Browser) -> None:
    async with open_desk(browser, 2) as desk:
        page = desk.page
        await desk.start()
        desk.control.set_position("ACCT1", "MSFT", 300, Decimal(200))
        desk.control.set_position("ACCT2", "MSFT", 100, Decimal(200))
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="MSFT"))
        await expect(row.get_by_role("cell").first).to_contain_text("+300")
        await expect(row).to_contain_text("+100 / +150")
        await page.get_by_role("button", name="Working", exact=True).click()
        await expect(row).to_have_count(0)


async def test_changes_hold_from_the_next_order_on(browser: Browser) -> None:
    async with open_desk(browser, 2) as desk:
        page = desk.page
        await desk.start()
        await desk.go("Management")
        card = page.get_by_role("region", name="Follower 2")
        await card.get_by_label("Multiplier").fill("0.75")
        await card.get_by_label("Multiplier").press("Enter")
        await expect(page.get_by_text("Follower 2 now copies ×0.75.")).to_be_visible()
        await page.get_by_role("region", name="Follower 3").get_by_role("switch").click()
        await expect(page.get_by_text("Follower 3 is off.")).to_be_visible()
        await desk.go("Dashboard")
        await desk.place()
        line = page.get_by_role("region", name="Replications").get_by_role("listitem").first
        await expect(line.get_by_role("button")).to_have_accessible_name(re.compile("Follower 2 Working 75"))
        await expect(line).to_contain_text("1/2 sent")
        await desk.go("Multipliers")
        await page.get_by_label("Symbol", exact=True).fill("msft")
        await page.locator("form").get_by_label("Multiplier", exact=True).first.fill("2")
        await page.get_by_role("button", name="Set", exact=True).click()
        await expect(page.get_by_role("row").filter(has_text="MSFT")).to_contain_text("override")
        await desk.go("Dashboard")
        await desk.place()
        await expect(line.get_by_role("button")).to_have_accessible_name(re.compile("Follower 2 Working 200"))
        await desk.go("Blacklist")
        await page.get_by_label("Symbols", exact=True).fill("MSFT, GME")
        await page.get_by_role("checkbox", name="Follower 2").check()
        await page.get_by_role("button", name="Exclude, 2 entries").click()
        await expect(page.get_by_role("cell", name="MSFT", exact=True)).to_be_visible()
        await desk.go("Dashboard")
        await desk.place()
        await expect(line.get_by_role("button")).to_have_accessible_name(re.compile("Follower 2 Skipped"))
        await expect(line).to_contain_text("0/2 sent")


async def test_stop_is_one_click_and_names_the_copies_that_still_work(browser: Browser) -> None:
    async with open_desk(browser, 1) as desk:
        page = desk.page
        await desk.start()
        await desk.place()
        await expect(page.get_by_role("tab", name="Working orders 2")).to_be_visible()
        await page.get_by_role("button", name="Stop").click()
        dialog = page.get_by_role("dialog", name="Stopped, with copies still working")
        await expect(dialog).to_contain_text("Follower 2 BUY 50 MSFT LMT 150.00")
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("mode")).to_have_text("Stopped")


async def test_a_lost_server_is_unmistakable_and_found_again(browser: Browser) -> None:
    watch = Watch()
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    async with open_face() as face:
        async with serve_face(face) as policy:
            port = policy.port
            page = await new_page(context, watch)
            await page.goto(f"http://127.0.0.1:{port}/auth?token={TOKEN}")
            await expect(page.get_by_test_id("feed")).to_contain_text("Live")
        await expect(page.get_by_role("region", name="Warnings")).to_contain_text("what this page shows is old")
        await expect(page.get_by_text("STALE").first).to_be_visible()
        await expect(page).to_have_title(re.compile("Not live"))
        async with serve_face(face, port=port):
            await page.get_by_role("button", name="Try now").click()
            await expect(page.get_by_test_id("feed")).to_contain_text("Live")
            await expect(page.get_by_role("button", name="Try now")).to_have_count(0)
            await expect(page.get_by_text("STALE")).to_have_count(0)
            await context.close()
    assert [text for text in watch.messages if "WebSocket" not in text and "ERR_CONNECTION" not in text] == []


async def test_two_tabs_show_the_same_and_one_follows_the_other(browser: Browser) -> None:
    async with open_desk(browser, 1) as desk:
        other = await new_page(desk.page.context, desk.watch)
        await other.goto(f"{desk.base}/health")
        await expect(other.get_by_test_id("mode")).to_have_text("Stopped")
        await desk.start()
        await expect(other.get_by_test_id("mode")).to_have_text("Copying")
        await other.get_by_role("button", name="Stop").click()
        await expect(desk.page.get_by_test_id("mode")).to_have_text("Stopped")


async def test_the_keyboard_alone_leads_everywhere(browser: Browser) -> None:
    async with open_desk(browser, 1) as desk:
        page = desk.page
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="To the page's content")).to_be_focused()
        await page.keyboard.press("Alt+Shift+KeyB")
        await expect(page.get_by_role("heading", name="Blacklist", level=1)).to_be_visible()
        await page.keyboard.press("/")
        await expect(page.get_by_role("searchbox", name="Filter symbols")).to_be_focused()
        await page.keyboard.press("Control+k")
        await page.get_by_placeholder("Page, account, symbol or action").fill("health")
        await expect(page.get_by_role("option", name="Health")).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Health", level=1)).to_be_visible()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keyboard shortcuts and look")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_browser_without_the_cookie_is_told_what_to_do(browser: Browser) -> None:
    async with open_desk(browser, 1) as desk:
        await desk.page.context.clear_cookies()
        response = await desk.page.goto(f"{desk.base}/")
        assert response is not None
        assert response.status == 401
        desk.watch.allowed = "401 (Unauthorized)"


async def test_a_click_on_a_page_is_not_lost_to_a_filter_that_is_typed_meanwhile(browser: Browser) -> None:
    async with open_desk(browser, 1) as desk:
        page = desk.page
        await desk.start()
        await desk.place()
        loaded = asyncio.Event()

        async def load_late(route: Route) -> None:
            await loaded.wait()
            await route.continue_()

        await page.route("**/multipliers/**", load_late)
        symbol = page.get_by_role("searchbox", name="Symbol", exact=True)
        async with page.expect_request("**/multipliers/**"):
            await page.get_by_role("link", name="Multipliers").click()
        await symbol.press_sequentially("msf")
        await expect(symbol).to_have_value("msf")
        await expect(page).to_have_url(f"{desk.base}/?order=msf")
        loaded.set()
        await expect(page.get_by_role("heading", name="Multipliers", level=1)).to_be_visible()
        await page.go_back()
        await expect(symbol).to_have_value("msf")
        await desk.go("Dashboard")
        await expect(symbol).to_have_value("")
