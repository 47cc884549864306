"""The status page in a real browser: what happens on the platforms is seen, and both buttons work."""

import os
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from playwright.async_api import Page, async_playwright, expect

from das_copy_trader.container import STATUS_PAGES
from das_copy_trader.simulator.control import Ticket
from tests.support.face import TOKEN, account_body, follower_body, open_face, serve_face, simulated_platforms

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

pytestmark = pytest.mark.browser


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    browser_path = os.environ.get("DAS_TEST_BROWSER")
    assert browser_path, "DAS_TEST_BROWSER names no browser: run the tests by «python3 dev.py test»"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        try:
            yield await browser.new_page()
        finally:
            await browser.close()


async def test_accounts_orders_and_alerts_are_seen_and_the_buttons_work(page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    async with open_face() as face, simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        await face.client.put("/api/master", json=account_body(1, ports[0]))
        await face.client.post("/api/followers", json=follower_body(2, ports[1], base_multiplier="0.5"))
        async with serve_face(face, STATUS_PAGES) as policy:
            await page.goto(f"http://127.0.0.1:{policy.port}/auth?token={TOKEN}")
            await expect(page.locator("#mode")).to_have_text("Stopped")
            await expect(page.locator("#stop")).to_be_disabled()
            await page.get_by_role("button", name="Start").click()
            await expect(page.locator("#mode")).to_have_text("Copying")
            await expect(page.locator("#accounts .card .chip")).to_have_text(["Ready", "Ready"])
            control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150)))
            first = page.locator("#replications > li").first
            await expect(first).to_contain_text("BUY 100 MSFT Limit 150")
            await expect(first).to_contain_text("f2 working 50")
            await expect(page.locator("#orders tbody tr")).to_have_count(2)
            control.set_position("ACCT1", "MSFT", 300, Decimal(200))
            await expect(page.locator("#positions tbody tr").first).to_contain_text("+300")
            await page.get_by_role("button", name="Stop").click()
            await expect(page.locator("#mode")).to_have_text("Stopped")
            await expect(page.locator("#feed")).to_have_text("Feed live")
        await expect(page.locator("#banner")).to_be_visible()
        await expect(page.locator("body")).to_have_class("stale")
    assert [text for text in complaints if "WebSocket" not in text and "ERR_CONNECTION" not in text] == []
