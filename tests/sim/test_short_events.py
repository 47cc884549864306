"""Each change of a short sale task is an event with all that the brief names; how an offer ended is in the ledger."""

import asyncio
import json
from decimal import Decimal
from itertools import pairwise

from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.domain.locates import LedgerKind, LedgerStatus, ShortTaskStatus
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from tests.sim.short_machine import change_route
from tests.sim.short_world import MASTER, ShortWorld

NAMED_BY_THE_BRIEF = {"task_id", "status", "symbol", "follower", "deficit", "error"}


def updates(world: ShortWorld) -> list[dict[str, object]]:
    frames = [json.loads(event.text) for event in world.container.notifications.events_after(0, 10_000)]
    return [frame["data"] for frame in frames if frame["type"] == "short_sale_task_update"]


def test_every_change_of_a_task_is_told_once() -> None:
    async def main(randomness: RandomSource) -> None:
        world = ShortWorld(randomness)
        await world.open(1)
        world.short("GME", 150)
        await asyncio.sleep(10)
        told = updates(world)
        assert all(update.keys() >= NAMED_BY_THE_BRIEF for update in told)
        assert {update["task_id"] for update in told} == {told[0]["task_id"]}
        states = list(dict.fromkeys(update["status"] for update in told))
        assert states == ["pending", "checking", "locating", "placing_order", "completed"]
        assert [told[0]["deficit"], told[-1]["deficit"]] == [None, 0]
        assert 200 in [update["deficit"] for update in told]
        without_time = [{**update, "updated_at": None} for update in told]
        assert all(before != after for before, after in pairwise(without_time))
        await world.close()

    run_virtual(main, seed=1, limit_s=600)


async def offered(randomness: RandomSource) -> tuple[ShortWorld, str]:
    """A world in which a task shows an offer above the limit."""
    world = ShortWorld(randomness)
    await world.open(1)
    for name in ("SAGE", "ARL", "LOC7"):
        change_route(world.followers[0], name, price=Decimal("0.3"))
    world.short("GME", 100)
    await asyncio.sleep(5)
    (task,) = world.container.short_sales.tasks(with_ended=False)
    assert task.offer is not None
    return world, task.task_id


def offers(world: ShortWorld) -> list[LedgerStatus]:
    shorts = world.container.engine.shorts
    assert shorts is not None
    return [entry.status for entry in shorts.ledger.entries() if entry.kind is LedgerKind.OFFER]


def test_a_rejected_offer_is_rejected_in_the_ledger_and_in_the_task() -> None:
    async def main(randomness: RandomSource) -> None:
        world, task_id = await offered(randomness)
        state = await world.container.short_sales.reject_offer(task_id)
        assert (state.status, state.error) == (
            ShortTaskStatus.CANCELLED,
            "The locate offer was rejected (locate_rejected).",
        )
        assert offers(world) == [LedgerStatus.SHOWN, LedgerStatus.REJECTED]
        (entry,) = world.container.configuration.blacklist()
        assert (entry.symbol, entry.reason) == ("GME", "locate_rejected")
        assert updates(world)[-1]["status"] == "cancelled"
        await world.close()

    run_virtual(main, seed=1, limit_s=600)


def test_an_offer_ends_with_its_task_whoever_ended_it() -> None:
    async def main(randomness: RandomSource) -> None:
        world, _ = await offered(randomness)
        (order,) = world.broker.platform(MASTER).venue.open_orders()
        world.control.cancel(MASTER, order.order_id)
        await asyncio.sleep(1)
        assert offers(world) == [LedgerStatus.SHOWN, LedgerStatus.EXPIRED]
        await world.close()

    run_virtual(main, seed=1, limit_s=600)


def test_what_an_ended_task_had_ordered_is_told_when_it_becomes_known() -> None:
    """The user cancels while the purchase is under way, too late: the platform has bought."""

    async def main(randomness: RandomSource) -> None:
        world = ShortWorld(randomness)
        await world.open(1)
        (platform,) = world.followers
        world.short("GME", 100)
        for _ in range(1000):
            await asyncio.sleep(0.0001)
            if world.heard(platform, "SLNEWORDER"):
                break
        (task,) = world.container.short_sales.tasks(with_ended=False)
        world.container.short_sales.cancel(task.task_id)
        await asyncio.sleep(20)
        last = updates(world)[-1]
        assert (last["status"], last["located_quantity"], last["cost"]) == ("cancelled", 100, "1.00")
        book = await world.container.short_sales.locates(follower_id=FollowerId("f2"))
        assert book.total_charge == platform.ledger.htb_cost == 1
        assert [left.left_quantity for left in book.inventory] == [100]
        await world.close()

    run_virtual(main, seed=1, limit_s=600)
