"""The daily restart in virtual time: what was running runs again, what was stopped stays so, and the day is new."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from das_copy_trader.domain.enums import Mode
from das_copy_trader.runtime.clock import NEW_YORK
from das_copy_trader.runtime.faults import CALM
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.services.errors import ConflictError
from tests.acceptance.world import MASTER_NAME, World

EVENING = datetime(2026, 3, 3, 7, 59, 0, tzinfo=UTC)
"""2:59 in New York, on a Tuesday."""
BUY = "%ORDER {id} 7 MSFT B L 100 100 0 200.5 ARCA Accepted 10:49:35 0 ACCT1 USER1 Montage {tif} N/A"

COPY = "%ORDER 55 {token} MSFT B L 100 100 0 200.5 SMAT Accepted 10:49:35 0 ACCT2 USER2 CMDAPI DAY+ N/A"


def in_world(act: Callable[[World], Awaitable[None]], *, epoch: datetime = EVENING, limit_s: float = 3600.0) -> None:
    async def main(randomness: RandomSource) -> None:
        world = World(randomness, CALM, epoch=epoch)
        await world.open()
        await world.add_follower("f1", multiplier="1", route=None, is_enabled=True, guard_closing=True)
        await act(world)
        await world.close()

    run_virtual(main, seed=1, limit_s=limit_s)


def master_buys(world: World, order_id: int, tif: str = "DAY+") -> None:
    world.platform(MASTER_NAME).say(BUY.format(id=order_id, tif=tif))


def sent(world: World) -> list[str]:
    said = world.platform("f1").said
    lines = list(said)
    said.clear()
    return lines


def test_what_was_copying_copies_again_and_every_connection_is_new() -> None:
    async def act(world: World) -> None:
        await world.start()
        restart = world.container.daily_restart
        assert restart.next_restart_at == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
        assert restart.last_restart_at is None
        master_buys(world, 101)
        await asyncio.sleep(0.1)
        token = sent(world)[0].split()[1]
        world.platform("f1").say(COPY.format(token=token))
        for platform in world.platforms:
            platform.forget_rows()
        await asyncio.sleep(65)
        assert world.mode == "copying"
        assert [platform.login_count for platform in world.platforms] == [2, 2]
        assert restart.last_restart_at == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
        assert restart.next_restart_at == datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
        assert restart.last_result.startswith("Restarted; ")
        assert world.container.engine.latest_replications(10) == []
        master_buys(world, 101)  # the platform's ids begin anew
        await asyncio.sleep(0.1)
        (line,) = sent(world)
        assert line.startswith("NEWORDER")
        assert not world.alerts()

    in_world(act)


def test_the_new_days_copies_have_the_new_days_ids() -> None:
    async def act(world: World) -> None:
        await world.start()
        master_buys(world, 101)
        await asyncio.sleep(0.1)
        (before,) = sent(world)
        for platform in world.platforms:
            platform.forget_rows()
        await asyncio.sleep(65)
        master_buys(world, 101)
        await asyncio.sleep(0.1)
        (after,) = sent(world)
        assert (int(after.split()[1]) >> 27) & 7 == ((int(before.split()[1]) >> 27) + 1) & 7

    in_world(act)


def test_what_the_user_stopped_stays_stopped_and_the_day_turns_all_the_same() -> None:
    async def act(world: World) -> None:
        await world.start()
        await world.stop()
        await asyncio.sleep(65)
        restart = world.container.daily_restart
        assert world.mode == "stopped"
        assert [platform.login_count for platform in world.platforms] == [1, 1]
        assert restart.trading_day == date(2026, 3, 3)
        assert "stays so" in restart.last_result

    in_world(act)


@pytest.mark.parametrize("delay_s", [0.0, 0.000_1, 0.001, 0.01, 0.1, 1.0])
def test_a_stop_during_the_restart_holds(delay_s: float) -> None:
    async def act(world: World) -> None:
        await world.start()
        await asyncio.sleep(58)
        while world.container.daily_restart.last_restart_at is None:  # noqa: ASYNC110 - polled from outside on purpose
            await asyncio.sleep(0.000_01)
        await asyncio.sleep(delay_s)
        await world.stop()
        await asyncio.sleep(60)
        assert world.mode == "stopped"
        assert all(platform.link is None for platform in world.platforms)

    in_world(act)


def test_a_start_right_after_that_stop_works_and_connects_once() -> None:
    async def act(world: World) -> None:
        await world.start()
        await asyncio.sleep(58)
        while world.container.daily_restart.last_restart_at is None:  # noqa: ASYNC110 - polled from outside on purpose
            await asyncio.sleep(0.000_01)
        await world.stop()
        logins = [platform.login_count for platform in world.platforms]
        while True:
            try:
                await world.start()
            except ConflictError:
                await asyncio.sleep(0.001)
            else:
                break
        await asyncio.sleep(30)
        assert world.mode == "copying"
        assert [platform.login_count for platform in world.platforms] == [count + 1 for count in logins]

    in_world(act)


def test_nothing_is_sent_between_the_turn_and_the_new_connections() -> None:
    async def act(world: World) -> None:
        await world.start()
        world.clock.shift(timedelta(minutes=2))
        world.container.daily_restart.check()
        master_buys(world, 101)
        await asyncio.sleep(30)
        assert world.mode == "copying"
        assert sent(world) == []

    in_world(act)


def test_a_machine_that_slept_restarts_at_once_and_once_before_a_reconnect_is_believed() -> None:
    async def act(world: World) -> None:
        await world.start()
        master_buys(world, 101)
        await asyncio.sleep(0.1)
        assert len(sent(world)) == 1
        world.clock.shift(timedelta(days=2, hours=5))
        for platform in world.platforms:
            platform.forget_rows()
            world.cut(platform.name)
        await asyncio.sleep(5)  # less than the next look at the clock: the log-in brings it forward
        restart = world.container.daily_restart
        assert restart.trading_day == date(2026, 3, 5)
        assert world.mode == "copying"
        assert world.container.engine.latest_replications(10) == []
        logins = [platform.login_count for platform in world.platforms]
        await asyncio.sleep(120)
        assert [platform.login_count for platform in world.platforms] == logins
        master_buys(world, 101)
        await asyncio.sleep(0.1)
        assert len(sent(world)) == 1

    in_world(act)


def test_a_clock_that_is_set_back_over_the_turn_restarts_no_second_time() -> None:
    async def act(world: World) -> None:
        await world.start()
        await asyncio.sleep(65)
        logins = [platform.login_count for platform in world.platforms]
        world.clock.shift(timedelta(minutes=-10))
        await asyncio.sleep(1200)
        assert [platform.login_count for platform in world.platforms] == logins
        assert world.mode == "copying"

    in_world(act)


@pytest.mark.parametrize(
    "first_day", [datetime(2026, 3, 5, 12, tzinfo=NEW_YORK), datetime(2026, 10, 29, 12, tzinfo=NEW_YORK)]
)
def test_a_whole_week_with_a_daylight_saving_night_while_stopped_and_running(first_day: datetime) -> None:
    """Begun on Thursday, stopped over Saturday's and Sunday's turn: seven turns at 3:00, each at its moment."""
    moments: list[datetime] = []

    async def act(world: World) -> None:
        restart = world.container.daily_restart
        await world.start()
        for day in range(7):
            if day == 2:
                await world.stop()
            elif day == 4:
                await world.start()
            due = restart.next_restart_at
            world.clock.shift(due - world.clock.now() - timedelta(minutes=5))  # the day itself brings nothing new
            await asyncio.sleep(360)
            assert restart.last_restart_at == due
            moments.append(due.astimezone(NEW_YORK))
            assert world.container.system.mode is (Mode.STOPPED if day in {2, 3} else Mode.COPYING)

    in_world(act, epoch=first_day.astimezone(UTC), limit_s=8 * 86_400)
    assert [(moment.hour, moment.minute, moment.second) for moment in moments] == [(3, 0, 0)] * 7


def test_an_account_that_is_not_there_again_is_told() -> None:
    async def act(world: World) -> None:
        await world.start()
        world.platform("f1").refuses_login = True
        await asyncio.sleep(90)
        assert world.mode == "copying"
        assert "f1" in world.container.daily_restart.last_result
        assert any("After the daily restart" in alert and "f1" in alert for alert in world.alerts())

    in_world(act)


def test_a_restart_that_fails_copies_nothing_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(world: World) -> None:
        async def fail() -> None:
            raise OSError("no")

        await world.start()
        with monkeypatch.context() as patch:
            patch.setattr(world.container.das_service, "stop_all", fail)
            await asyncio.sleep(90)
        assert world.mode == "connecting"
        assert any("The daily restart: It failed" in alert for alert in world.alerts())
        master_buys(world, 101)
        await asyncio.sleep(0.1)
        assert sent(world) == []
        await world.stop()
        for platform in world.platforms:
            platform.forget_rows()
        await world.start()
        assert world.mode == "copying"
        master_buys(world, 102)
        await asyncio.sleep(0.1)
        assert len(sent(world)) == 1

    in_world(act)


def test_edits_during_the_restart_are_taken_along_with_one_connection_each() -> None:
    async def act(world: World) -> None:
        await world.start()
        await asyncio.sleep(50)
        world.clock.shift(timedelta(minutes=1))
        world.container.daily_restart.check()
        await world.add_follower("f2", multiplier="2", route=None, is_enabled=True, guard_closing=True)
        await world.set_base("f1", "3")
        await asyncio.sleep(10)
        assert world.platform("f2").login_count == 1
        master_buys(world, 101)
        await asyncio.sleep(0.1)
        assert " SMAT 300 " in sent(world)[0]
        assert " SMAT 200 " in world.platform("f2").said.popleft()

    in_world(act)
