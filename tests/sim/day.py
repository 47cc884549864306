"""A simulated trading day: the real product, a master who trades by chance, followers on a network that breaks.

First safety under faults, then every fault heals and the whole must come to rest in the right state.
"""

import asyncio
import hashlib
import random
from decimal import Decimal

import msgspec

from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.runtime.faults import FaultPlan
from das_copy_trader.runtime.ids import RandomSource
from tests.acceptance.platform import ScriptedPlatform
from tests.acceptance.world import MASTER_NAME, World
from tests.sim.trading_platform import BookedOrder, TradingPlatform

CALM_AT_THE_END_S = 180.0
SYMBOLS = ("MSFT", "AAPL", "SOFI", "IBM")


class DayReport(msgspec.Struct):
    """What a day came to. `trace` is a digest of everything that was decided and traded."""

    trace: str
    master_orders: int
    copies: int
    outcomes: dict[str, int]
    violations: list[str]


async def simulate_day(randomness: RandomSource, *, followers: int = 3, moments: int = 40) -> DayReport:
    """One day of `moments` moments, each with up to three master orders."""
    day = _Day(randomness, followers)
    await day.open(followers)
    await day.trade(moments)
    day.world.network.heal()
    await asyncio.sleep(CALM_AT_THE_END_S)
    report = day.report()
    await day.world.close()
    return report


class _Day:
    def __init__(self, randomness: RandomSource, followers: int) -> None:
        self._randomness = randomness
        self._chance = randomness.stream("day")
        plan = FaultPlan.drawn(randomness.stream("plan"))
        self.world = World(randomness, plan, self._make_platform)
        self._multipliers = [self._chance.choice(["0.5", "1", "1.25", "2", "0.05"]) for _ in range(followers)]
        self._placed: list[BookedOrder] = []

    def _make_platform(self, name: str, port: int) -> ScriptedPlatform:
        stream = self._randomness.stream(f"platform {name}")
        # Followers' platforms think; the master's rows come as they happen.
        return TradingPlatform(name, port, stream, 0.0 if name == MASTER_NAME else 0.02 + 0.5 * stream.random() ** 2)

    async def open(self, followers: int) -> None:
        await self.world.open()
        for number in range(1, followers + 1):
            await self.world.add_follower(
                f"f{number}",
                multiplier=self._multipliers[number - 1],
                route=None,
                is_enabled=True,
                guard_closing=True,
            )
        await self.world.start()

    async def trade(self, moments: int) -> None:
        master = self.world.platform(MASTER_NAME)
        assert isinstance(master, TradingPlatform)
        chance = self._chance
        for _ in range(moments):
            await asyncio.sleep(chance.expovariate(1 / 10))
            for _order in range(chance.randint(1, 3)):
                self._place(master, chance)
        await asyncio.sleep(30)

    def _place(self, master: TradingPlatform, chance: random.Random) -> None:
        order = master.place(
            chance.randint(1, 900), "B", chance.choice(SYMBOLS), chance.randint(1, 500), f"{chance.randint(10, 99)}.5"
        )
        self._placed.append(order)
        loop = asyncio.get_running_loop()
        if chance.random() < 0.3:
            loop.call_later(chance.uniform(0, 20), master.change, order, order.quantity + 100, "101.25")
        if chance.random() < 0.6:
            loop.call_later(chance.choice([0.01, 0.1, 1, 10]) * chance.random(), master.end, order, "Canceled")

    # --- judging ------------------------------------------------------------------------------------------------

    def report(self) -> DayReport:
        """Look at every platform's book and at what the product says of it."""
        violations: list[str] = []
        outcomes: dict[str, int] = {}
        digest = hashlib.sha256()
        copies = 0
        records = {
            record.master_order_id: record for record in self.world.container.engine.latest_replications(100_000)
        }
        for platform in self.world.platforms:
            assert isinstance(platform, TradingPlatform)
            digest.update(repr(sorted((key, repr(order)) for key, order in platform.book.items())).encode())
            if platform.name != MASTER_NAME:
                copies += sum(len(ids) for ids in platform.copies.values())
                violations += self._judge_follower(platform)
        for order in self._placed:
            record = records.get(order.order_id)  # type: ignore[call-overload]  # the platform's plain numbers
            digest.update(repr(record).encode())
            if record is None:
                continue
            names = [result.follower_id for result in record.results]
            if sorted(names) != sorted(platform.name for platform in self.world.platforms[1:]):
                violations.append(f"{order.order_id} has outcomes for {names}")
            for result in record.results:
                outcomes[result.outcome.value] = outcomes.get(result.outcome.value, 0) + 1
                if result.outcome.value in {"pending", "unknown"}:
                    violations.append(f"{order.order_id} on {result.follower_id} is still {result.outcome.value}")
        return DayReport(digest.hexdigest(), len(self._placed), copies, outcomes, violations)

    def _judge_follower(self, platform: TradingPlatform) -> list[str]:
        violations = []
        master_by_low_bits = {order.order_id & 0x7FFFFF: order for order in self._placed}
        multiplier = Decimal(self._multipliers[int(platform.name[1:]) - 1])
        for token, order_ids in platform.copies.items():
            if len(order_ids) > 1:
                violations.append(f"{platform.name} has {len(order_ids)} orders of token {token}")
            master = master_by_low_bits.get(token & 0x7FFFFF)
            if master is None:
                violations.append(f"{platform.name} has token {token} of no master order")
                continue
            for order_id in order_ids:
                copy = platform.book[order_id]
                if copy.is_working and not master.is_working:
                    violations.append(f"{platform.name} order {order_id} outlives {master.order_id} ({master.status})")
                if copy.is_working and copy.quantity != scale_quantity(master.quantity, multiplier):
                    violations.append(f"{platform.name} order {order_id} has {copy.quantity}, master {master.quantity}")
        return violations
