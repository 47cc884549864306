"""Every page of the dashboard: by deep link and reload, light and dark, without a complaint of any kind."""

import re
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from das_copy_trader.container import DASHBOARD_PAGES
from das_copy_trader.simulator.control import Ticket
from tests.support.browser import Watch, axe_findings, new_page, open_browser
from tests.support.bundle import CSS_MAX, FIRST_PAGE_JS_MAX, FONT_MAX, PAGE_JS_MAX, css_bytes, font_bytes, script_bytes
from tests.support.desk import open_desk
from tests.support.face import TOKEN, account_body, follower_body, open_face, serve_face, simulated_platforms

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=15_000)
HEADING_BY_PATH = {
    "/": "Dashboard",
    "/management/": "Management",
    "/management/?follower=f2": "Management",
    "/multipliers/": "Multipliers",
    "/blacklist/": "Blacklist",
    "/health/": "Health",
    "/settings/": "Settings",
    "/settings/?follower=f2": "Settings",
    "/settings/?follower=new": "Settings",
    "/queue/": "Queue",
    "/history/": "History",
    "/env-config/": "Env config",
    "/logs/": "Logs",
    "/setup/": "Set-up",
    "/setup/?step=master": "Set-up",
    "/setup/?step=followers": "Set-up",
    "/setup/?step=check": "Set-up",
    "/setup/?step=start": "Set-up",
}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


async def _look_at(page: Page, address: str, heading: str, watch: Watch) -> None:
    await page.goto(address)
    await expect(page.get_by_role("heading", name=heading, level=1)).to_have_count(1)
    await expect(page.get_by_test_id("feed")).to_contain_text("Live")
    findings = await axe_findings(page)
    assert findings == [], "\n".join([address, *findings])
    assert watch.messages == []


async def test_every_page_is_reached_read_and_reloaded_without_a_complaint(browser: Browser) -> None:
    watch = Watch()
    async with open_face() as face, simulated_platforms(3) as control:
        ports = [platform.port for platform in control.broker.platforms]
        await face.client.put("/api/master", json=account_body(1, ports[0]))
        for number in (2, 3):
            await face.client.post("/api/followers", json=follower_body(number, ports[number - 1]))
        await face.client.put("/api/multipliers/f2/MSFT", json={"multiplier": "0.5"})
        await face.client.post("/api/blacklist", json={"follower_id": "f3", "symbol": "MSFT", "reason": "too wild"})
        await face.client.post("/api/start")
        control.set_position("ACCT1", "MSFT", 300, Decimal(200))
        control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150)))
        context = await browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
        async with serve_face(face) as policy:
            base = f"http://127.0.0.1:{policy.port}"
            page = await new_page(context, watch)
            await page.goto(f"{base}/auth?token={TOKEN}")
            for path, heading in HEADING_BY_PATH.items():
                await _look_at(page, f"{base}{path}", heading, watch)
                await page.reload()
                await expect(page.get_by_role("heading", name=heading, level=1)).to_have_count(1)
            without_slash = await page.goto(f"{base}/health")
            assert without_slash is not None
            assert without_slash.status == 200
            await page.evaluate("localStorage.setItem('das-look', JSON.stringify({theme: 'light'}))")
            await page.goto(f"{base}/")
            await expect(page.locator("html")).to_have_attribute("data-theme", "light")
            await _look_at_windows(page, base)
            await _look_at_a_phone(page, base)
            await context.close()
    assert watch.messages == []
    assert watch.outside() == []


async def _look_at_all_by_links(page: Page) -> None:
    """Every page by its link, without loading anything anew: the state that the page has stays."""
    for title in await page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts():
        name = title.split("\n")[0]
        await page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
        await expect(page.get_by_role("heading", name=name, level=1)).to_have_count(1)
        findings = await axe_findings(page)
        assert findings == [], "\n".join([name, *findings])


async def test_pages_with_nothing_to_show_can_be_read_too(browser: Browser) -> None:
    async with open_desk(browser, 0, configured=False) as desk:
        await expect(desk.page.get_by_text("There is no master account yet.")).to_be_visible()
        await _look_at_all_by_links(desk.page)


async def test_pages_that_show_what_is_old_can_be_read_too(browser: Browser) -> None:
    async with open_desk(browser, 2) as desk:
        page = desk.page
        is_held_back = False

        def connect(route: WebSocketRoute) -> None:
            server = route.connect_to_server()
            server.on_message(lambda message: None if is_held_back else route.send(message))

        await page.route_web_socket("**/ws", connect)
        await page.reload()
        await expect(page.get_by_test_id("feed")).to_contain_text("Live")
        await desk.start()
        await desk.place()
        await expect(page.get_by_role("tab", name="Working orders 3")).to_be_visible()
        is_held_back = True
        await expect(page.get_by_text("STALE").first).to_be_visible()
        await _look_at_all_by_links(page)
        await desk.go("Dashboard")
        await expect(page.get_by_text("STALE").first).to_be_visible()
        await page.get_by_role("button", name="Stop").click()
        await expect(page.get_by_role("dialog", name="Stopped, with copies still working")).to_be_visible()
        assert (await desk.face.client.get("/api/status")).json()["mode"] == "stopped"
        await desk.look()


async def _look_at_windows(page: Page, base: str) -> None:
    await page.goto(f"{base}/")
    await page.get_by_role("region", name="Replications").get_by_role("listitem").first.get_by_role("button").click()
    assert await axe_findings(page) == []
    for tab in ("Working orders", "Short sales", "Accounts", "Alerts"):
        await page.get_by_role("tab", name=re.compile(tab)).click()
        assert await axe_findings(page) == []
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("dialog", name="Command palette")).to_be_visible()
    assert await axe_findings(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Keyboard shortcuts").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await axe_findings(page) == []
    await page.keyboard.press("Escape")
    await page.goto(f"{base}/settings/?follower=f2")
    await page.get_by_role("button", name="Remove…").click()
    await expect(page.get_by_role("alertdialog")).to_be_visible()
    assert await axe_findings(page) == []
    await page.keyboard.press("Escape")


async def _look_at_a_phone(page: Page, base: str) -> None:
    await page.set_viewport_size({"width": 320, "height": 640})
    for path in HEADING_BY_PATH:
        await page.goto(f"{base}{path}")
        await expect(page.get_by_test_id("feed")).to_contain_text("Live")
        await expect(page.get_by_role("button", name="Stop")).to_be_in_viewport()
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, f"{path} is {width} wide"


def test_what_a_page_loads_stays_small() -> None:
    sizes = script_bytes()
    assert sizes["/"] <= FIRST_PAGE_JS_MAX, sizes
    assert max(sizes.values()) <= PAGE_JS_MAX, sizes
    assert 0 < css_bytes() <= CSS_MAX
    assert 0 < font_bytes() <= FONT_MAX


def test_the_pages_name_no_other_place() -> None:
    for page in DASHBOARD_PAGES.rglob("*.html"):
        addresses = set(re.findall(r'(?:src|href)="(https?:[^"]+)', page.read_text(encoding="utf-8")))
        assert addresses == set(), page
