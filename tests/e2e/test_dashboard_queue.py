"""A follower's queue in a real browser: it goes offline, orders are missed, some are replayed, some discarded."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from playwright.async_api import Browser, expect

from das_copy_trader.protocol.vocabulary import DumpKind
from das_copy_trader.simulator.control import Ticket
from tests.support.browser import open_browser
from tests.support.desk import open_desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=15_000)


def buy(shares: int) -> Ticket:
    return Ticket(symbol="MSFT", side="B", shares=shares, limit=Decimal(150))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


async def test_what_was_missed_waits_and_only_what_is_ticked_is_sent(browser: Browser) -> None:
    async with open_desk(browser, 2) as desk:
        page = desk.page
        await desk.start()
        await desk.control.go_offline("ACCT2")
        await expect(page.get_by_role("region", name="Warnings")).to_contain_text("Not ready: Follower 2")
        orders = [await desk.place(buy(shares)) for shares in (100, 200, 300)]
        needs = page.get_by_role("complementary")
        await expect(needs).to_contain_text("Follower 2: queue (3)")
        await needs.get_by_role("link", name="Open the queue").click()
        queue = page.get_by_role("region", name="Follower 2", exact=True)
        rows = queue.get_by_role("row")
        await expect(rows).to_have_count(4)
        await expect(rows.nth(1)).to_contain_text("BUY 50 MSFT LMT 150.00")
        await queue.get_by_role("checkbox", name="BUY 50 MSFT").check()
        await expect(queue.get_by_role("button", name="Replay 1 selected…")).to_be_disabled()
        await expect(queue).to_contain_text("Follower 2 is not ready: nothing can be sent to it now.")
        await desk.look()
        desk.control.cancel("ACCT1", orders[2])
        await expect(rows.nth(3)).to_contain_text("Obsolete")
        await desk.control.go_online("ACCT2")
        await expect(queue.get_by_role("button", name="Replay 1 selected…")).to_be_enabled(timeout=30_000)
        await queue.get_by_role("button", name="Replay 1 selected…").click()
        dialog = page.get_by_role("alertdialog")
        await expect(dialog).to_contain_text("Send 1 to Follower 2?")
        await desk.look()
        await dialog.get_by_role("button", name="Replay 1").click()
        await expect(queue.get_by_role("status", name="Results")).to_contain_text("BUY 50 MSFT LMT 150.00")
        await expect(rows).to_have_count(3)
        working = [order for order in desk.control.rows("ACCT2", DumpKind.ORDERS) if " SMAT " in order]
        assert len(working) == 1, working
        await queue.get_by_role("button", name="Tick the obsolete").click()
        await queue.get_by_role("button", name="Discard 1 selected…").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Discard 1").click()
        await expect(rows).to_have_count(2)
        await expect(rows.nth(1)).to_contain_text("BUY 100 MSFT LMT 150.00")
        await expect(needs).to_contain_text("Follower 2: queue (1)")
        await page.reload()
        await expect(rows.nth(1)).to_contain_text("BUY 100 MSFT LMT 150.00")
        await desk.look()
