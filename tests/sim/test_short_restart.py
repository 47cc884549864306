"""A new process knows what the former one spent: caps hold, tasks are listed, nothing is bought twice."""

import asyncio
from decimal import Decimal

import pytest

from das_copy_trader.domain.locates import LedgerStatus, ShortTaskStatus
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.simulator.switches import Switches
from tests.sim.short_world import ShortWorld


def test_caps_and_tasks_outlive_the_process() -> None:
    async def main(randomness: RandomSource) -> None:
        world = ShortWorld(randomness)
        await world.open(1, locate_cap_per_symbol_day=Decimal("1.5"))
        (platform,) = world.followers
        world.short("GME", 100)
        await asyncio.sleep(10)
        assert platform.ledger.htb_cost == 1
        await world.restart()
        world.short("GME", 100)
        await asyncio.sleep(20)
        tasks = world.container.short_sales.tasks(with_ended=True)
        assert [task.status for task in tasks] == [ShortTaskStatus.COMPLETED, ShortTaskStatus.FAILED]
        assert "a symbol and day" in tasks[1].error
        book = await world.container.short_sales.locates()
        assert book.total_charge == platform.ledger.htb_cost == 1
        assert [left.left_quantity for left in book.inventory] == [100]
        assert len(platform.venue.open_orders()) == 1
        await world.close()

    run_virtual(main, seed=1, limit_s=600)


def test_a_purchase_that_the_former_process_did_not_see_end_is_read_back() -> None:
    async def main(randomness: RandomSource) -> None:
        world = ShortWorld(randomness, switches=Switches(locate_delay_s=3.0))
        await world.open(1)
        (platform,) = world.followers
        order_id = world.short("GME", 100)
        await asyncio.sleep(6)
        assert world.heard(platform, "SLNEWORDER")
        await world.restart()
        world.control.cancel("ACCT1", order_id)
        await asyncio.sleep(30)
        book = await world.container.short_sales.locates()
        (purchase,) = [entry for entry in book.entries if entry.cl_ord_id is not None]
        assert purchase.status is not LedgerStatus.ASKED
        assert book.total_charge == platform.ledger.htb_cost
        assert platform.locates.located("GME") == purchase.located_qty
        await world.close()

    run_virtual(main, seed=1, limit_s=600)


def test_every_purchase_is_stored_before_it_is_sent() -> None:
    async def main(randomness: RandomSource) -> None:
        world = ShortWorld(randomness)
        await world.open(1)
        (platform,) = world.followers
        world.short("GME", 100)
        await asyncio.sleep(10)
        first, *_, last = world.short_store.written
        (bought,) = world.heard(platform, "SLNEWORDER")
        assert (first.status, first.charge) == (LedgerStatus.ASKED, Decimal(1))
        assert str(first.cl_ord_id) in bought.text
        assert (last.status, last.located_qty, last.charge) == (LedgerStatus.LOCATED, 100, Decimal(1))
        await world.close()

    run_virtual(main, seed=1, limit_s=600)


@pytest.mark.parametrize(
    "killed_after_ms", [0, 200, 402, 404, 405, 406, 407, 408, 409, 600, 806, 808, 810, 812, 1000, 1400]
)
def test_a_process_killed_at_any_instant_neither_loses_nor_repeats_a_purchase(killed_after_ms: int) -> None:
    async def main(randomness: RandomSource) -> None:
        world = ShortWorld(randomness, switches=Switches(locate_delay_s=0.4))
        await world.open(1)
        (platform,) = world.followers
        world.short("GME", 100)
        await asyncio.sleep(killed_after_ms / 1000)
        sent_before = len(world.heard(platform, "SLNEWORDER"))
        await world.kill()
        await asyncio.sleep(20)
        book = await world.container.short_sales.locates()
        assert not [
            entry for entry in book.entries if entry.cl_ord_id is not None and entry.status is LedgerStatus.ASKED
        ]
        assert book.total_charge == platform.ledger.htb_cost
        assert len(world.heard(platform, "SLNEWORDER")) == sent_before, "what an earlier process wanted is not bought"
        world.short("GME", 100)
        await asyncio.sleep(20)
        book = await world.container.short_sales.locates()
        assert book.total_charge == platform.ledger.htb_cost
        works = list(platform.venue.open_orders())
        assert platform.locates.located("GME") == sum(order.leaves for order in works), "no more than is shorted"
        assert platform.ledger.htb_cost == len(works), "a dollar a lot"
        await world.close()

    run_virtual(main, seed=1, limit_s=600)


def test_the_kills_hit_every_state_of_a_purchase() -> None:
    """Else the instants above prove nothing."""

    async def main(randomness: RandomSource) -> list[tuple[LedgerStatus | None, int]]:
        world = ShortWorld(randomness, switches=Switches(locate_delay_s=0.4))
        await world.open(1)
        (platform,) = world.followers
        world.short("GME", 100)
        found = []
        for _ in range(1500):
            await asyncio.sleep(0.001)
            kept = world.short_store.survivor()
            day = await kept.load("2026-10-02")
            status = next((entry.status for entry in day.entries if entry.cl_ord_id is not None), None)
            found.append((status, platform.locates.located("GME")))
        await world.close()
        return list(dict.fromkeys(found))

    assert run_virtual(main, seed=1, limit_s=600) == [
        (None, 0),
        (LedgerStatus.ASKED, 0),
        (LedgerStatus.ASKED, 100),
        (LedgerStatus.LOCATED, 100),
    ]
