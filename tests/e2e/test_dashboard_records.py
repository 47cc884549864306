"""The dashboard's records in a real browser: stored settings, logs, history with its stories."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, expect

from das_copy_trader.runtime.settings import Settings
from tests.support.browser import open_browser
from tests.support.desk import open_desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=15_000)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)


@pytest.mark.usefixtures("bare_environment")
async def test_settings_are_checked_compared_and_stored(browser: Browser) -> None:
    async with open_desk(browser, 1) as desk:
        page = desk.page
        # Being refused is what is tried here; the browser writes it down for every such answer.
        desk.watch.allowed = "status of 422"
        await page.goto(f"{desk.base}/env-config/")
        content = page.get_by_label("Stored content")
        await content.fill("# mine\nLOG_LEVEL=debug\nAPP_PORT=99999\nhello\n")
        await page.get_by_role("button", name="Check and review…").click()
        await expect(page.get_by_role("button", name="Line 4: it is neither a comment nor")).to_be_visible()
        await desk.look()
        await content.fill("# mine\nLOG_LEVEL=debug\nAPP_PORT=99999\n")
        await page.get_by_role("button", name="Check and review…").click()
        await page.get_by_role("button", name="Line 3:").click()
        await expect(content).to_be_focused()
        assert (await desk.face.client.get("/api/env-config")).json()["content"] == ""
        await content.fill("# mine\nLOG_LEVEL=debug\nAPP_PORT=9999\nAPP_AUTH_TOKEN=a-token-that-is-long\n")
        await page.get_by_role("button", name="Check and review…").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("In force at once")
        await expect(dialog.get_by_role("listitem").nth(1)).to_contain_text("LOG_LEVEL=debug")
        await desk.look()
        await dialog.get_by_role("button", name="Store and apply").click()
        await expect(page.get_by_text("In force now: LOG_LEVEL.")).to_be_visible()
        await expect(content).to_have_value("# mine\nLOG_LEVEL=debug\nAPP_PORT=9999\nAPP_AUTH_TOKEN=********\n")
        port = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="APP_PORT"))
        await expect(port).to_contain_text("waits for a restart")
        await desk.look()


async def test_logs_are_filtered_followed_and_downloaded(browser: Browser) -> None:
    async with open_desk(browser, 1) as desk:
        page = desk.page
        await desk.start()
        ring = desk.face.container.log_ring
        ring.append("2026-11-23T15:00:00Z", "info", "das_copy_trader.test", "nothing much")
        ring.append("2026-11-23T15:00:01Z", "warning", "das_copy_trader.test", "a line of this test")
        await desk.go("Logs")
        lines = page.get_by_role("region", name="Log lines")
        await expect(lines).to_contain_text("a line of this test")
        await page.get_by_label("From level").select_option("warning")
        await expect(page).to_have_url(f"{desk.base}/logs/?level=warning")
        await page.get_by_label("Text").fill("of THIS test")
        await expect(lines.get_by_role("listitem")).to_have_count(1)
        ring.append("2026-11-23T15:00:02Z", "error", "das_copy_trader.test", "another one of this test")
        await expect(lines.get_by_role("listitem")).to_have_count(2)
        await desk.look()
        await page.get_by_label("Text").fill("nothing is like this")
        await expect(page.get_by_text("lines fits these filters")).to_be_visible()
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Download diagnostics").click()
        assert (await download.value).suggested_filename == "das-copy-trader-diagnostics.zip"


async def test_history_is_filtered_by_its_address_and_explains_an_order(browser: Browser) -> None:
    async with open_desk(browser, 2) as desk:
        page = desk.page
        await desk.face.client.post("/api/blacklist", json={"follower_id": "f3", "symbol": "MSFT"})
        await desk.start()
        order_id = await desk.place()
        line = page.get_by_role("region", name="Replications").get_by_role("listitem").first
        await expect(line.get_by_role("button")).to_contain_text("1/2 sent")
        await desk.go("History")
        orders = page.get_by_role("region", name="Orders found")
        row = orders.get_by_role("row").nth(1)
        await expect(row).to_contain_text("BUY 100 MSFT")
        await expect(row).to_contain_text("Skipped")
        await desk.look()
        await page.goto(f"{desk.base}/history/?symbol=MSFT&outcome=skipped&follower=f3")
        await expect(row).to_contain_text("BUY 100 MSFT")
        await page.goto(f"{desk.base}/history/?outcome=skipped&follower=f2")
        await expect(page.get_by_text("No order fits.")).to_be_visible()
        await page.goto(f"{desk.base}/history/?symbol=MSFT")
        await page.get_by_role("link", name=f"Explain order {order_id}").click()
        story = page.get_by_role("dialog")
        await expect(story).to_contain_text(f"Master order {order_id}")
        await expect(story).to_contain_text("Decided")
        await expect(story).to_contain_text("blacklist")
        await desk.look()
        await page.reload()
        await expect(story).to_contain_text(f"Master order {order_id}")
        await page.keyboard.press("Escape")
        await expect(story).to_have_count(0)
        await expect(page).to_have_url(f"{desk.base}/history/?symbol=MSFT")
