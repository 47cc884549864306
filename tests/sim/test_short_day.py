"""Seeded days of shorts, covers, cancels, declines, silences, lost links and clicks: what must never happen does not."""

import asyncio
import random
from decimal import Decimal

import msgspec
import pytest

from das_copy_trader.domain.enums import Outcome
from das_copy_trader.domain.locates import LedgerStatus, in_lots
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.services.errors import ConflictError
from das_copy_trader.simulator.control import ControlError
from das_copy_trader.simulator.locates import LocateHabit
from das_copy_trader.simulator.platform import Platform
from das_copy_trader.simulator.switches import AvailNetting, Breach, Switches
from tests.sim.short_world import HARD, MASTER, ShortWorld

SEEDS = range(30)
MULTIPLIER = Decimal("1.5")
TRIP_S = 0.05
"""Longer than a line is under way."""


class _Day:
    def __init__(self, world: ShortWorld, chance: random.Random) -> None:
        self.world = world
        self.chance = chance
        self.shorts: dict[int, tuple[str, int]] = {}
        self.ended_at: dict[int, float] = {}
        self.wanted_lots: dict[str, int] = dict.fromkeys(HARD, 0)
        self.hand_cancelled = 0

    async def live(self, moments: int) -> None:
        acts = [
            self.short, self.short, self.short, self.cancel, self.fill, self.cover, self.grow, self.click, self.click,
            self.break_link, self.change_route, self.fill_copy,
        ]  # fmt: skip
        for _ in range(moments):
            act = self.chance.choice(acts)
            try:
                await act()
            except (ControlError, ConflictError):
                self.hand_cancelled += 1
            await asyncio.sleep(self.chance.choice([0.001, 0.02, 0.4, 2, 5, 9]))
            self.look()

    # --- what happens --------------------------------------------------------------------------------------------

    async def short(self) -> None:
        symbol, shares = self.chance.choice(HARD), self.chance.choice([1, 40, 100, 130, 400])
        order_id = self.world.short(symbol, shares)
        self.shorts[order_id] = (symbol, shares)
        self.wanted_lots[symbol] += in_lots(scale_quantity(shares, MULTIPLIER))

    def _some_short(self) -> int:
        if not self.shorts:
            raise ControlError("there is none")
        return self.chance.choice(list(self.shorts))

    async def cancel(self) -> None:
        order_id = self._some_short()
        self.world.control.cancel(MASTER, order_id)
        self.ended_at[order_id] = asyncio.get_running_loop().time()

    async def fill(self) -> None:
        order_id = self._some_short()
        self.world.control.fill(MASTER, order_id, shares=self.chance.choice([None, 1]))

    async def grow(self) -> None:
        order_id = self._some_short()
        symbol, shares = self.shorts[order_id]
        total = self.chance.choice([shares + 100, max(1, shares // 2)])
        self.world.control.replace(MASTER, order_id, shares=total)
        self.shorts[order_id] = (symbol, total)
        self.wanted_lots[symbol] += in_lots(
            max(0, scale_quantity(total, MULTIPLIER) - scale_quantity(shares, MULTIPLIER))
        )

    async def cover(self) -> None:
        symbol = self.chance.choice(HARD)
        holding = self.world.broker.platform(MASTER).ledger.find(symbol)
        if holding is not None and holding.net < 0:
            self.world.cover(symbol, -holding.net)

    async def click(self) -> None:
        tasks = self.world.container.short_sales.tasks(with_ended=False)
        if not tasks:
            return
        task = self.chance.choice(tasks)
        what = self.chance.choice(["cancel", "accept", "accept", "reject"])
        if what == "cancel":
            self.world.container.short_sales.cancel(task.task_id)
        elif what == "accept":
            self.world.container.short_sales.accept_offer(task.task_id)
        else:
            await self.world.container.short_sales.reject_offer(task.task_id)
            for entry in self.world.container.configuration.blacklist():
                await self.world.container.configuration.include(entry.entry_id)

    async def break_link(self) -> None:
        self.world.control.disconnect(self.chance.choice(self.world.followers).spec.account)

    async def change_route(self) -> None:
        platform = self.chance.choice(self.world.followers)
        routes = platform.locates._routes
        name = self.chance.choice(["SAGE", "ARL", "LOC7"])
        routes[name] = msgspec.structs.replace(
            routes[name],
            habit=self.chance.choice([LocateHabit.SELLS, LocateHabit.SELLS, *LocateHabit]),
            price=Decimal(self.chance.choice(["0.001", "0.02", "0.08", "0.15", "0.4"])),
            size=self.chance.choice([0, 100, 300, 100_000]),
        )

    async def fill_copy(self) -> None:
        platform = self.chance.choice(self.world.followers)
        working = self.world.open_orders(platform)
        if working:
            order = self.chance.choice(working)
            self.world.control.fill(platform.spec.account, order.order_id, shares=self.chance.choice([None, 1]))

    # --- what must hold ------------------------------------------------------------------------------------------

    def look(self) -> None:
        for platform in self.world.followers:
            for symbol in HARD:
                located = platform.locates.located(symbol)
                holding = platform.ledger.find(symbol)
                net = holding.net if holding is not None else 0
                assert max(0, -net) + platform.venue.working_shorts(symbol) <= located, f"{symbol} short beyond located"
                if (
                    platform.switches.locate_avail is not AvailNetting.NET
                ):  # taken for gross, working shorts count twice
                    assert located <= self.wanted_lots[symbol], (
                        f"{located} {symbol} located, {self.wanted_lots[symbol]} asked"
                    )

    def judge_commands(self, platform: Platform) -> None:
        last_s = -10.0
        for command in self.world.heard(platform, "SLPRICEINQUIRE"):
            assert command.at_s - last_s >= 3.0 - TRIP_S, "inquiries too close"
            assert command.text.endswith(" ALLROUTEWTTYPE1")
            last_s = command.at_s
        for command in self.world.heard(platform, "SLNEWORDER"):
            _, symbol, _, route, *_ = command.text.split()
            assert route != "TESTSL"
            alive = [
                order_id
                for order_id, (name, _) in self.shorts.items()
                if name == symbol and self.ended_at.get(order_id, command.at_s) >= command.at_s - TRIP_S
            ]
            assert alive, f"{command} after the master's cancel"

    async def judge(self) -> None:
        for record in self.world.container.engine.latest_replications(10_000):
            for result in record.results:
                assert result.outcome is not Outcome.SHORT_TASK, f"{record.master_order_id} waits for ever"
                assert "Not Shortable" not in result.reason, f"{result.follower_id}: {result.reason}"
        book = await self.world.container.short_sales.locates()
        for platform in self.world.followers:
            self.judge_commands(platform)
            follower_id = "f" + platform.spec.account.removeprefix("ACCT")
            charged = sum(entry.charge for entry in book.entries if entry.follower_id == follower_id)
            unknown = [entry for entry in book.entries if entry.status is LedgerStatus.ASKED and entry.charge]
            assert not unknown, unknown
            assert charged == platform.ledger.htb_cost, f"ledger {charged}, venue {platform.ledger.htb_cost}"


def walk(seed: int) -> int:
    """One day; the number of locates that were bought in it."""

    async def main(randomness: RandomSource) -> int:
        chance = randomness.stream("short day")
        switches = Switches(
            locate_avail=chance.choice(list(AvailNetting)),
            locate_delay_s=chance.choice([0.0, 0.2, 2.0]),
            accept_delay_s=chance.choice([0.0, 0.1]),
            breach=Breach.CLOSE,
        )
        world = ShortWorld(randomness, switches=switches, seed=seed)
        await world.open(
            2, base_multiplier=MULTIPLIER, locate_retry_timeout=40, auto_accept_locates=chance.random() < 0.3
        )
        day = _Day(world, chance)
        await day.live(60)
        await asyncio.sleep(300)
        day.look()
        await day.judge()
        await world.close()
        return sum(platform.locates.located(symbol) > 0 for platform in world.followers for symbol in HARD)

    return run_virtual(main, seed=seed, limit_s=7200)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_of_shorts_ends_well(seed: int) -> None:
    assert walk(seed) >= 0


def test_days_of_shorts_do_buy_locates() -> None:
    assert sum(walk(seed) for seed in range(6)) > 10
