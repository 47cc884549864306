"""Random shorts, covers, cancels, declines, silences, lost links, kills and clicks, step by step, against the venues."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from decimal import Decimal

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.services.errors import ConflictError, NotFoundError
from das_copy_trader.simulator.control import ControlError
from das_copy_trader.simulator.faults import Mute
from das_copy_trader.simulator.locates import LocateHabit
from das_copy_trader.simulator.switches import AvailNetting, Breach, Switches
from tests.sim.short_machine import HARD, MASTER, Oracle, SteppedLoop, change_route, follower_of, new_world
from tests.sim.short_world import ShortWorld

FOLLOWERS = 4
EASY = "MSFT"
ONCE = "BBBY"
"""Its locates cannot be used a second time."""
symbols = st.sampled_from([*HARD, HARD[0], EASY])
hard_symbols = st.sampled_from(HARD)
picks = st.integers(0, 30)
followers = st.integers(0, FOLLOWERS - 1)
pauses = st.sampled_from([0.0, 0.001, 0.02, 0.4, 1.6, 3.4, 6.0, 9.0])
shares = st.sampled_from([1, 40, 100, 130, 400])
several = st.lists(st.tuples(symbols, shares, st.sampled_from([0.0, 0.0, 0.001, 0.003, 1.0])), min_size=1, max_size=5)
habits = st.sampled_from([LocateHabit.SELLS, LocateHabit.SELLS, *LocateHabit])
prices = st.sampled_from(["0.001", "0.02", "0.08", "0.15", "0.4"])
sizes = st.sampled_from([0, 100, 300, 100_000])
route_names = st.sampled_from(["SAGE", "ARL", "LOC7"])
moods = st.lists(st.tuples(followers, route_names, habits, prices, sizes), max_size=8)


class ShortMachine(RuleBasedStateMachine):
    """The rules are what the master, the platforms, the user and bad luck may do."""

    def __init__(self) -> None:
        super().__init__()
        self.stepped = SteppedLoop()
        self.world: ShortWorld | None = None
        self.orders: list[int] = []

    @initialize(
        seed=st.integers(0, 1000),
        netting=st.sampled_from([AvailNetting.GROSS, AvailNetting.LESS_SHORTS]),
        locate_s=st.sampled_from([0.0, 0.2, 2.0]),
        accept_s=st.sampled_from([0.0, 0.01]),
        takes_alone=st.booleans(),
        long_shares=st.sampled_from([0, 50, 250]),
        mood=moods,
    )
    def open(
        self,
        seed: int,
        netting: AvailNetting,
        locate_s: float,
        accept_s: float,
        *,
        takes_alone: bool,
        long_shares: int,
        mood: list[tuple[int, str, LocateHabit, str, int]],
    ) -> None:
        switches = Switches(locate_avail=netting, locate_delay_s=locate_s, accept_delay_s=accept_s, breach=Breach.CLOSE)
        self.stepped.run(self._open(seed, switches, takes_alone=takes_alone, long_shares=long_shares))
        for number, name, habit, price, size in mood:
            change_route(self.shorts.followers[number], name, habit=habit, price=Decimal(price), size=size)

    async def _open(self, seed: int, switches: Switches, *, takes_alone: bool, long_shares: int) -> None:
        world = new_world(seed, switches)
        self.oracle = Oracle(world)
        self.oracle.watch_process()
        await world.open(
            FOLLOWERS,
            base_multiplier=Decimal("1.5"),
            locate_retry_timeout=40,
            auto_accept_locates=takes_alone,
            locate_cap_per_day=Decimal(60),
        )
        for platform in world.followers:
            platform.market.instrument(ONCE).is_locate_reusable = False
        if long_shares:
            world.control.set_position(world.followers[0].spec.account, HARD[0], long_shares, Decimal(20))
        await asyncio.sleep(0.1)
        self.oracle.watch_clients()
        self.world = world

    def step(self, act: Coroutine[object, object, object] | None, pause_s: float = 0.0) -> None:
        """Something is done, then time passes."""

        async def run() -> None:
            assert self.world is not None
            self.oracle.note_action()
            if act is not None:
                with suppress(ControlError, ConflictError, NotFoundError):  # a hand that comes too late
                    await act
            self.oracle.watch_clients()
            await asyncio.sleep(pause_s)

        self.stepped.run(run())

    @property
    def shorts(self) -> ShortWorld:
        assert self.world is not None
        return self.world

    # --- the master ----------------------------------------------------------------------------------------------

    @rule(orders=several, pause_s=pauses)
    def short(self, orders: list[tuple[str, int, float]], pause_s: float) -> None:
        async def act() -> None:
            for symbol, qty, after_s in orders:
                await asyncio.sleep(after_s)
                self.oracle.note_action()
                self.orders.append(self.shorts.short(symbol, qty))

        self.step(act(), pause_s)

    @rule(symbol=hard_symbols, qty=shares, pause_s=pauses)
    def short_one(self, symbol: str, qty: int, pause_s: float) -> None:
        self.short([(symbol, qty, 0.0)], pause_s)

    @rule(symbol=hard_symbols, qty=shares, after_s=pauses, pause_s=pauses)
    def short_and_cancel(self, symbol: str, qty: int, after_s: float, pause_s: float) -> None:
        self.short([(symbol, qty, 0.0)], after_s)
        self.cancel(0, pause_s, is_venue=False)

    @rule(pick=picks, pause_s=pauses, is_venue=st.booleans())
    def cancel(self, pick: int, pause_s: float, *, is_venue: bool) -> None:
        async def act() -> None:
            order_id = self._order(pick)
            control = self.shorts.control
            (control.cancel_by_venue if is_venue else control.cancel)(MASTER, order_id)
            self.oracle.ended_at[order_id] = asyncio.get_running_loop().time()

        self.step(act(), pause_s)

    @rule(pick=picks, part=st.sampled_from([None, 1]), pause_s=pauses)
    def fill(self, pick: int, part: int | None, pause_s: float) -> None:
        async def act() -> None:
            self.shorts.control.fill(MASTER, self._order(pick), shares=part)

        self.step(act(), pause_s)

    @rule(pick=picks, qty=shares, pause_s=pauses)
    def replace(self, pick: int, qty: int, pause_s: float) -> None:
        async def act() -> None:
            self.shorts.control.replace(MASTER, self._order(pick), shares=qty)

        self.step(act(), pause_s)

    @rule(symbol=symbols, pause_s=pauses)
    def cover(self, symbol: str, pause_s: float) -> None:
        async def act() -> None:
            holding = self.shorts.broker.platform(MASTER).ledger.find(symbol)
            if holding is not None and holding.net < 0:
                self.shorts.cover(symbol, -holding.net)

        self.step(act(), pause_s)

    def _order(self, pick: int) -> int:
        if not self.orders:
            raise ControlError("There is none.")
        return self.orders[-1 - pick % len(self.orders)]

    # --- the followers' platforms --------------------------------------------------------------------------------

    @rule(number=followers, name=route_names, habit=habits, price=prices, size=sizes)
    def route(self, number: int, name: str, habit: LocateHabit, price: str, size: int) -> None:
        change_route(self.shorts.followers[number], name, habit=habit, price=Decimal(price), size=size)

    @rule(number=followers, pick=picks, part=st.sampled_from([None, 1]), pause_s=pauses)
    def fill_copy(self, number: int, pick: int, part: int | None, pause_s: float) -> None:
        async def act() -> None:
            platform = self.shorts.followers[number]
            working = self.shorts.open_orders(platform)
            if working:
                order = working[pick % len(working)]
                self.shorts.control.fill(platform.spec.account, order.order_id, shares=part)

        self.step(act(), pause_s)

    @rule(number=followers, symbol=hard_symbols, qty=st.sampled_from([100, 300]), pause_s=pauses)
    def locate_by_hand(self, number: int, symbol: str, qty: int, pause_s: float) -> None:
        async def act() -> None:
            self.shorts.control.grant_locate(self.shorts.followers[number].spec.account, symbol, qty)

        self.step(act(), pause_s)

    # --- bad luck ------------------------------------------------------------------------------------------------

    @rule(number=followers, pause_s=pauses)
    def lose_link(self, number: int, pause_s: float) -> None:
        async def act() -> None:
            self.shorts.control.disconnect(self.shorts.followers[number].spec.account)

        self.step(act(), pause_s)

    @rule(number=followers, pause_s=pauses)
    def close_platform(self, number: int, pause_s: float) -> None:
        async def act() -> None:
            platform = self.shorts.followers[number]
            await platform.go_offline()
            await asyncio.sleep(pause_s)
            await platform.go_online()

        self.step(act(), 1.0)

    @rule(number=followers, mute=st.sampled_from([Mute.ORDERS, Mute.ALL]), pause_s=pauses)
    def silence(self, number: int, mute: Mute, pause_s: float) -> None:
        async def act() -> None:
            account = self.shorts.followers[number].spec.account
            self.shorts.control.mute(account, mute)
            await asyncio.sleep(pause_s)
            self.shorts.control.mute(account, Mute.NOTHING)

        self.step(act(), 0.1)

    @rule(pause_s=pauses)
    def kill(self, pause_s: float) -> None:
        async def act() -> None:
            await self.shorts.kill()
            self.oracle.watch_process()

        self.step(act(), pause_s)

    @rule(
        trouble=st.sampled_from(["swallow", "cut", "close", "kill"]),
        symbol=hard_symbols,
        qty=shares,
        number=followers,
        after_s=st.sampled_from([0.003, 0.006, 0.1, 0.3, 1.5, 3.5]),
        pause_s=st.sampled_from([0.4, 6.0, 9.0, 14.0]),
    )
    def short_into_trouble(
        self, trouble: str, symbol: str, qty: int, number: int, after_s: float, pause_s: float
    ) -> None:
        self.short([(symbol, qty, 0.0)], after_s)
        if trouble == "kill":
            self.kill(pause_s)
        elif trouble == "cut":
            self.lose_link(number, pause_s)
        elif trouble == "close":
            self.close_platform(number, pause_s)
        else:
            self.silence(number, Mute.ORDERS, pause_s)

    @rule(
        symbol=hard_symbols,
        qty=shares,
        number=followers,
        after_s=st.sampled_from([0.003, 0.004, 0.005, 0.006, 0.3, 3.5]),
        pause_s=st.sampled_from([6.0, 14.0, 20.0]),
    )
    def short_into_silence(self, symbol: str, qty: int, number: int, after_s: float, pause_s: float) -> None:
        """Long enough that neither the purchase nor the list of locate orders is answered."""
        self.short([(symbol, qty, 0.0)], after_s)
        self.silence(number, Mute.ALL, pause_s)

    @rule(symbol=st.sampled_from([ONCE, ONCE, *HARD]), qty=shares, pause_s=pauses)
    def round_trip(self, symbol: str, qty: int, pause_s: float) -> None:
        """A short that fills everywhere, and its cover."""
        self.short([(symbol, qty, 0.0)], 5.0)
        self.fill(0, None, 0.1)
        self._fill_all()
        self.cover(symbol, 0.1)
        self._fill_all()
        self.step(None, pause_s)

    def _fill_all(self) -> None:
        async def act() -> None:
            for platform in self.shorts.followers:
                for order in self.shorts.open_orders(platform):
                    with suppress(ControlError):
                        self.shorts.control.fill(platform.spec.account, order.order_id)

        self.step(act(), 0.1)

    # --- the user ------------------------------------------------------------------------------------------------

    @rule(what=st.sampled_from(["cancel", "accept", "accept", "reject"]), pick=picks, pause_s=pauses)
    def click(self, what: str, pick: int, pause_s: float) -> None:
        async def act() -> None:
            sales = self.shorts.container.short_sales
            tasks = sales.tasks(with_ended=False)
            if what != "cancel":
                tasks = [task for task in tasks if task.offer is not None]
            if not tasks:
                return
            task_id = tasks[pick % len(tasks)].task_id
            if what == "cancel":
                sales.cancel(task_id)
            elif what == "accept":
                sales.accept_offer(task_id)
            else:
                await sales.reject_offer(task_id)

        self.step(act(), pause_s)

    @rule(number=followers, symbol=symbols, pause_s=pauses)
    def blacklist(self, number: int, symbol: str, pause_s: float) -> None:
        async def act() -> None:
            follower_id = follower_of(self.shorts.followers[number])
            await self.shorts.container.configuration.exclude(follower_id, Symbol(symbol), "", allow_closing=False)

        self.step(act(), pause_s)

    @rule()
    def clear_blacklist(self) -> None:
        async def act() -> None:
            for entry in self.shorts.container.configuration.blacklist():
                await self.shorts.container.configuration.include(entry.entry_id)

        self.step(act())

    @rule(number=followers, is_enabled=st.booleans(), pause_s=pauses)
    def switch(self, number: int, pause_s: float, *, is_enabled: bool) -> None:
        async def act() -> None:
            await self.shorts.container.configuration.change_follower(
                follower_of(self.shorts.followers[number]),
                lambda config: msgspec.structs.replace(config, enabled=is_enabled),
            )

        self.step(act(), pause_s)

    @rule(pause_s=pauses)
    def stop_and_start(self, pause_s: float) -> None:
        async def act() -> None:
            await self.shorts.container.system.stop()
            await asyncio.sleep(pause_s)
            await self.shorts.container.system.start()

        self.step(act())

    @rule(pause_s=st.sampled_from([0.3, 2.0, 7.0, 20.0]))
    def wait(self, pause_s: float) -> None:
        self.step(None, pause_s)

    # --- what must hold ------------------------------------------------------------------------------------------

    @invariant()
    def holds(self) -> None:
        if self.world is not None:
            self.stepped.run(self._judge())

    async def _judge(self) -> None:
        self.oracle.judge()

    def teardown(self) -> None:
        try:
            if self.world is not None:
                self.stepped.run(self._heal_and_end(self.world))
        finally:
            self.stepped.close()

    async def _heal_and_end(self, world: ShortWorld) -> None:
        for platform in world.followers:
            world.control.heal(platform.spec.account)
        await asyncio.sleep(300)
        self.oracle.judge_end()
        await world.close()


TestShorts = pytest.mark.timeout(0)(ShortMachine.TestCase)  # a long hunt is no hanging test
EXAMPLES = 18 if settings.default is None or settings.default.derandomize else 1_000
TestShorts.settings = settings(
    settings.default, max_examples=EXAMPLES, stateful_step_count=40, suppress_health_check=list(HealthCheck)
)
