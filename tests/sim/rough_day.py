"""A rough day: the real product, a master who goes in and out, bad platforms, broken links, kills, and a user who clicks.

Half of the faults are aimed at the 50 ms around an order of the master's. First everything may break, and safety is
judged at every line; then all faults heal, and what must be in step has to be (reliability.md 5).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Final

from das_copy_trader.runtime.faults import FaultPlan
from das_copy_trader.runtime.ids import RandomSource
from tests.acceptance.platform import ScriptedPlatform
from tests.acceptance.world import MASTER_NAME
from tests.sim.rough_end import RoughEnd, RoughReport
from tests.sim.rough_judge import Judge, Rules
from tests.sim.rough_platform import Habits, RoughOrder, RoughPlatform
from tests.sim.rough_world import RoughWorld

SYMBOLS: Final = ("MSFT", "SOFI")
MULTIPLIERS: Final = ("0.5", "1", "1.25", "2", "0.05", "0.33")
AIM_S: Final = 0.05
CALM_S: Final = 60.0
ALLOWANCE_S: Final = 25.0
"""How long after a fault has ended it may still be felt: reconnects back off, lists come twice, some seconds apart."""


def drawn_plan(chance: random.Random) -> FaultPlan:
    """A network that is slow and cuts lines anywhere; links are broken by the day, at chosen moments."""
    return FaultPlan(
        latency_s=0.0002 * 100 ** chance.random(),
        jitter_s=chance.choice([0.0, 0.001, 0.02, 0.08]),
        slow_rate=chance.choice([0.0, 0.0, 0.02]),
        slow_s=0.6,
        split_rate=chance.choice([0.0, 0.1, 0.5, 1.0]),
        glue_rate=chance.choice([0.0, 0.5, 1.0]),
    )


async def simulate_rough_day(randomness: RandomSource, *, followers: int = 2, moments: int = 14) -> RoughReport:
    """One day of so many moments, each with an order or a change of the master's, and a fault or a click beside it."""
    day = RoughDay(randomness, followers)
    await day.open()
    await day.live(moments)
    return await day.end()


class RoughDay:
    """The day; everything that is drawn comes from the seed."""

    def __init__(self, randomness: RandomSource, followers: int) -> None:
        self._chance = randomness.stream("rough day")
        self._randomness = randomness
        self.names = [f"f{number}" for number in range(1, followers + 1)]
        self.rules = {name: self._drawn_rules() for name in self.names}
        self._is_calm_day = self._chance.random() < 0.25
        self.world = RoughWorld(randomness, drawn_plan(randomness.stream("rough plan")), self._make_platform)
        self.judge = Judge(self.platforms, self.rules)
        self.world.network.ear = self.judge
        self.world.network.on_death = self._on_death
        self.faults = 0
        self._life = asyncio.Lock()
        self._afterlife: asyncio.Task[None] | None = None
        self._weights = {name: self._chance.random() ** 2 for name in self._fault_by_name}

    def _drawn_rules(self) -> Rules:
        multiplier = Decimal(self._chance.choice(MULTIPLIERS))
        return Rules([multiplier], [multiplier])

    def _make_platform(self, name: str, port: int) -> ScriptedPlatform:
        chance = self._randomness.stream(f"rough platform {name}")
        if name == MASTER_NAME:
            habits = Habits.of_master(chance)
        else:
            habits = Habits.calm(chance) if self._is_calm_day else Habits.drawn(chance)
        return RoughPlatform(name, port, chance, habits)

    def platforms(self) -> dict[str, RoughPlatform]:
        """All of them, the master's first."""
        found = {platform.name: platform for platform in self.world.platforms}
        return {name: platform for name, platform in found.items() if isinstance(platform, RoughPlatform)}

    @property
    def master(self) -> RoughPlatform:
        return self.platforms()[MASTER_NAME]

    async def open(self) -> None:
        """Everybody is there, copying has started."""
        await self.world.open()
        for name in self.names:
            multiplier = str(self.rules[name].multipliers[0])
            await self.world.add_follower(name, multiplier=multiplier, route=None, is_enabled=True, guard_closing=True)
            self.platforms()[name].place(3, "B", SYMBOLS[0], 7, "1.5")  # typed by hand; it never fills
        self.judge.is_started = True
        await self.world.start()

    # --- the day -------------------------------------------------------------------------------------------------

    async def live(self, moments: int) -> None:
        """Trade, break and click."""
        chance = self._chance
        watching = asyncio.get_running_loop().create_task(self._watch())
        for _ in range(moments):
            await asyncio.sleep(chance.expovariate(1 / 3))
            self._later(AIM_S, self._trade)
            if chance.random() < (0.1 if self._is_calm_day else 0.6):
                self._later(AIM_S * chance.uniform(0, 2), self._break_something)
            await asyncio.sleep(2 * AIM_S)
            if chance.random() < (0.0 if self._is_calm_day else 0.3):
                self._later(chance.expovariate(1.0), self._break_something)
            if chance.random() < (0.0 if self._is_calm_day else 0.5):
                await self._click()
        await asyncio.sleep(chance.expovariate(1 / 5))
        watching.cancel()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self.judge.look()

    def _later(self, delay_s: float, act: Callable[..., object], *arguments: object) -> None:
        asyncio.get_running_loop().call_later(delay_s, act, *arguments)

    # --- the master ----------------------------------------------------------------------------------------------

    def _trade(self) -> None:
        """What a trader does next: in, out, or something about an order that works."""
        chance, symbol = self._chance, self._chance.choice(SYMBOLS)
        working = [order for order in self.master.book.values() if order.is_working]
        free = self.master.net.get(symbol, 0) - sum(
            order.leaves for order in working if order.side == "S" and order.symbol == symbol
        )
        if free > 0 and chance.random() < 0.6:
            self._enter("S", symbol, chance.choice([free, free, max(1, free // 2)]))
        elif not working or chance.random() < 0.6:
            for _ in range(chance.choice([1, 1, 2, 3])):
                self._enter("B", symbol, chance.choice([1, 5, 25, chance.randint(1, 300)]))
        else:
            self._touch(chance.choice(working))

    def _enter(self, side: str, symbol: str, quantity: int) -> None:
        chance = self._chance
        order = self.master.place(chance.randint(1, 900), side, symbol, quantity, f"{chance.randint(10, 99)}.5")
        kinds = (
            ["fill", "rest", "cancel", "cancel", "touch"] if side == "S" else ["fill"] * 3 + ["rest", "cancel", "touch"]
        )
        kind = chance.choice(["fill"] * 9 + ["touch"] if self._is_calm_day else kinds)
        if kind == "fill":
            self._later(chance.choice([0.002, 0.1, 2.0]) * chance.random(), self._fill, order)
        elif kind == "cancel":
            self._later(chance.choice([0.01, 0.1, 3.0]) * chance.random(), self._end, order)
        elif kind == "touch":
            for _ in range(chance.randint(1, 3)):
                self._later(chance.choice([0.05, 3.0]) * chance.random(), self._touch, order)

    def _fill(self, order: RoughOrder) -> None:
        if order.status == "Sending" and self._chance.random() < 0.5:
            order.status = "Accepted"  # it is marketable: the next row tells of its first execution
        self.master.accept(order)
        self.master.fill(order, max(1, order.leaves // self._chance.choice([1, 1, 2])))
        if order.is_working:
            self._later(self._chance.expovariate(1.0), self._fill, order)

    def _end(self, order: RoughOrder) -> None:
        self.master.accept(order)
        self.master.end(order, "Canceled")

    def _touch(self, order: RoughOrder) -> None:
        """Cancel it, give it a new price, or another quantity."""
        chance = self._chance
        if not order.is_working or order.status == "Sending":
            return
        what = chance.random()
        if what < 0.4:
            self.master.end(order, "Canceled")
            return
        quantity = order.quantity if what < 0.7 or order.side == "S" else order.filled + chance.randint(1, 200)
        self.master.change(order, quantity, f"{chance.randint(10, 99)}.25")

    # --- what breaks ---------------------------------------------------------------------------------------------

    @property
    def _fault_by_name(self) -> dict[str, Callable[[], None]]:
        return {
            "cut follower": lambda: self._cut(self._chance.choice(self.names)),
            "cut master": lambda: self._cut(MASTER_NAME),
            "hold follower": lambda: self._hold(self._chance.choice(self.names)),
            "hold master": lambda: self._hold(MASTER_NAME),
            "refuse follower": lambda: self._refuse(self._chance.choice(self.names)),
            "swizzle": self._swizzle,
            "order server and link": lambda: self._lose_both(
                self._chance.choice([self._chance.choice(self.names), MASTER_NAME])
            ),
            "order server": lambda: self._lose_order_server(self._chance.choice([*self.names, MASTER_NAME])),
            "kill": self._kill,
            "kill within a pass": self._kill_within_a_pass,
            "venue cancels": self._venue_cancels,
        }

    def _break_something(self) -> None:
        if self.world.network.is_dead:
            return
        self.faults += 1
        names = list(self._weights)
        (name,) = self._chance.choices(names, [self._weights[name] + 0.02 for name in names])
        self._fault_by_name[name]()

    def _trouble(self, name: str, for_s: float = 0.0) -> None:
        until_s = asyncio.get_running_loop().time() + for_s + ALLOWANCE_S
        self.judge.trouble_until_s[name] = max(until_s, self.judge.trouble_until_s.get(name, 0.0))

    def _cut(self, name: str) -> None:
        self._trouble(name)
        self.world.cut_partly(name, self._chance.choice([0.0, 1.0, self._chance.random()]))

    def _hold(self, name: str) -> None:
        for_s = self._chance.choice([0.3, 2.0]) * self._chance.random()
        self._trouble(name, for_s)
        self.world.hold(name)
        self._later(for_s, self.world.release_all)

    def _refuse(self, name: str) -> None:
        for_s = 6 * self._chance.random()
        self._trouble(name, for_s)
        self.world.close_platform(name)
        self._later(for_s, self.world.open_platform, name)

    def _swizzle(self) -> None:
        """All links are cut, one after the other, and come back in another order."""
        for name in self._chance.sample(self.names, len(self.names)):
            self._later(0.3 * self._chance.random(), self._refuse, name)

    def _lose_order_server(self, name: str, for_s: float | None = None) -> None:
        for_s = 4 * self._chance.random() if for_s is None else for_s
        self._trouble(name, for_s)
        self.platforms()[name].lose_order_server()
        self._later(for_s, self.platforms()[name].find_order_server)

    def _lose_both(self, name: str) -> None:
        """The link breaks while the order server is lost, so that the next log-in hears nothing of the loss."""
        for_s = 2 + 4 * self._chance.random()
        self._lose_order_server(name, for_s)
        self._later(0.2 * self._chance.random(), self._cut, name)
        working = [order for order in self.master.book.values() if order.is_working]
        if working:
            self._later(for_s - 0.1, self._touch, self._chance.choice(working))

    def _venue_cancels(self) -> None:
        platform = self.platforms()[self._chance.choice(self.names)]
        working = [order for order in platform.book.values() if order.is_working and order.token > 1 << 30]
        if working:
            platform.end(self._chance.choice(working), "Canceled")

    # --- the process ---------------------------------------------------------------------------------------------

    def _kill(self) -> None:
        self.world.network.die()

    def _kill_within_a_pass(self) -> None:
        """The next line but some is the last one that leaves."""
        self.world.network.dies_after_sends = self._chance.randint(1, 3)

    def _on_death(self) -> None:
        self._afterlife = asyncio.get_running_loop().create_task(self._come_back())

    async def _come_back(self) -> None:
        """The process is gone; somebody starts it again, and copying with it."""
        chance = self._chance
        async with self._life:
            self.judge.is_started = False
            await self.world.bury(chance.choice([1.0, 1.0, 0.0, chance.random()]))
            await asyncio.sleep(chance.choice([0.0, 0.05, 0.5, 3.0]) * chance.random())
            await self.world.rise()
            self.judge.is_started = True
            for name in self.platforms():
                self._trouble(name)
            await self.world.start_at_once()

    # --- the user ------------------------------------------------------------------------------------------------

    async def _click(self) -> None:
        async with self._life:
            if self.world.network.is_dead:
                return
            name = self._chance.choice(self.names)
            clicks: list[Callable[[str], Awaitable[None]]] = [
                self._replay, self._replay, self._replay, self._discard, self._set_multiplier, self._blacklist,
                self._disable, self._stop,
            ]  # fmt: skip
            await self._chance.choice(clicks)(name)

    async def _replay(self, name: str) -> None:
        actions = self.world.waiting_actions(name)
        if actions:
            some = actions if self._chance.random() < 0.6 else [self._chance.choice(actions)]
            self.judge.is_replaying = True
            for _ in range(self._chance.choice([1, 1, 2])):  # a double click
                self.world.replay(name, some)
            self.judge.is_replaying = False

    async def _discard(self, name: str) -> None:
        actions = self.world.waiting_actions(name)
        if actions:
            self.world.discard(name, [self._chance.choice(actions)])

    async def _set_multiplier(self, name: str) -> None:
        rules, multiplier = self.rules[name], Decimal(self._chance.choice(MULTIPLIERS))
        rules.multipliers.append(multiplier)
        rules.ever.append(multiplier)
        await self.world.set_base(name, str(multiplier))
        rules.multipliers[:] = [multiplier]

    async def _blacklist(self, name: str) -> None:
        rules, symbol = self.rules[name], self._chance.choice(SYMBOLS)
        if symbol in rules.blacklisted:
            del rules.blacklisted[symbol]
            await self.world.unblacklist(name, symbol)
        else:
            await self.world.blacklist(name, symbol, allow_closing=False)
            rules.blacklisted[symbol] = rules.was_bound[symbol] = None

    async def _disable(self, name: str) -> None:
        rules = self.rules[name]
        if rules.is_enabled:
            await self.world.set_enabled(name, is_enabled=False)
            rules.is_enabled = False
            rules.was_bound.update(dict.fromkeys(SYMBOLS))
        else:
            rules.is_enabled = True
            self._trouble(name)
            await self.world.set_enabled(name, is_enabled=True)

    async def _stop(self, name: str) -> None:
        await self.world.stop()
        self.judge.is_started = False
        await asyncio.sleep(2 * self._chance.random())
        if not self.world.network.is_dead:
            self.judge.is_started = True
            for each in self.platforms():
                self._trouble(each)
            await self.world.start_at_once()

    # --- the end -------------------------------------------------------------------------------------------------

    async def end(self) -> RoughReport:
        """All faults heal, the user switches everything on; then everything is judged."""
        self.world.network.dies_after_sends = 0
        await asyncio.sleep(0.1)
        if self._afterlife is not None:
            await self._afterlife
        self.world.network.heal()
        for name, platform in self.platforms().items():
            platform.find_order_server()
            self.world.open_platform(name)
            if name != MASTER_NAME and not self.rules[name].is_enabled:
                await self._disable(name)
        for second in range(int(CALM_S)):
            await asyncio.sleep(1.0)
            if second == 10:
                for order in list(self.master.book.values()):
                    self._touch(order)
            self.judge.look()
        end = RoughEnd(self)
        end.judge()
        report = end.report()
        await self.world.close()
        return report
