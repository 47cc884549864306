"""The scripted trader and the demo's world."""

import asyncio

import pytest

from das_copy_trader.protocol.vocabulary import DumpKind
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.simulator.demo_world import DEAR_SYMBOL, FOLLOWERS, HARD_SYMBOL, MASTER, DemoWorld
from das_copy_trader.simulator.platform import Platform
from tests.simulator.world import World


def play(seed: int, seconds: float) -> tuple[DemoWorld, list[str]]:
    """What the demo's master did in that time, and its order rows at the end."""
    rows: list[str] = []
    worlds: list[DemoWorld] = []

    async def main(_: RandomSource) -> None:
        world = World(seed=seed, step_s=0.25)
        demo = DemoWorld(world.broker, world.tasks)
        worlds.append(demo)
        await world.broker.start()
        demo.begin()
        await asyncio.sleep(seconds)
        rows.extend(demo.control.rows(MASTER, DumpKind.ORDERS))
        demo.trader.stop()
        await world.broker.stop()
        await world.tasks.stop_all()
        assert world.crashes == []

    run_virtual(main, seed=seed)
    return worlds[0], rows


def test_it_trades_as_a_person_does() -> None:
    demo, rows = play(7, 3600)
    actions = demo.trader.actions
    for name in ("enter", "enter at market", "chase", "give up an entry", "stop", "target", "exit", "exit a part"):
        assert actions.get(name, 0) > 0, (name, actions)
    assert {row.split(" ")[16] for row in rows} == {"Montage", "Hotkey"}
    assert {row.split(" ")[4] for row in rows} == {"B", "S", "SS"}
    # Two and a half seconds between actions at the least, on the whole.
    assert len({row.split(" ")[2] for row in rows}) < 3600 / 2.5


def test_it_opens_no_position_by_mistake() -> None:
    demo, _ = play(11, 3600)
    shorts = {trade.symbol for trade in demo.master.ledger.trades if trade.side == "SS"}
    assert shorts <= {HARD_SYMBOL, DEAR_SYMBOL, "PLTR"}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_seed_gives_the_same_day(seed: int) -> None:
    assert play(seed, 600)[1] == play(seed, 600)[1]


def test_another_seed_gives_another_day() -> None:
    assert play(1, 600)[1] != play(2, 600)[1]


def test_a_stopped_trader_does_nothing_more() -> None:
    async def main(_: RandomSource) -> None:
        world = World(step_s=0.25)
        demo = DemoWorld(world.broker, world.tasks)
        await world.broker.start()
        demo.trader.start()
        demo.trader.start()
        await asyncio.sleep(60)
        demo.trader.stop()
        await asyncio.sleep(10)
        done = dict(demo.trader.actions)
        await asyncio.sleep(600)
        assert demo.trader.actions == done
        await world.broker.stop()

    run_virtual(main, seed=1)


def test_the_third_follower_loses_its_platform_for_a_while() -> None:
    async def main(_: RandomSource) -> None:
        world = World(step_s=0)
        demo = DemoWorld(world.broker, world.tasks, first_port=9910)
        await world.broker.start()
        demo.begin()
        demo.trader.stop()
        third: Platform = demo.follower(FOLLOWERS[2])
        seen: list[tuple[int, bool]] = []
        for second in range(800):
            if not seen or seen[-1][1] != third.is_online:
                seen.append((second, third.is_online))
            await asyncio.sleep(1)
        # Once in the story, then every five minutes.
        assert [is_online for _, is_online in seen] == [True, False, True, False, True, False, True]
        away = [back - gone for (gone, _), (back, _) in zip(seen[1::2], seen[2::2], strict=True)]
        assert away == [12, 25, 25]
        assert [platform.port for platform in world.broker.platforms] == [9910, 9911, 9912, 9913]
        await world.broker.stop()
        await world.tasks.stop_all()

    run_virtual(main, seed=1)


def test_one_follower_needs_locates() -> None:
    async def main(_: RandomSource) -> None:
        world = World(step_s=0)
        demo = DemoWorld(world.broker, world.tasks)
        assert [demo.follower(follower).locates.is_easy(HARD_SYMBOL) for follower in FOLLOWERS] == [True, False, True]
        assert demo.master.locates.is_easy(HARD_SYMBOL)
        assert len({follower.multiplier for follower in FOLLOWERS}) == len(FOLLOWERS)
        await world.broker.stop()

    run_virtual(main, seed=1)
