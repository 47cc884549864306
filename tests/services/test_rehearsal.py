"""The rehearsal walks the whole way of an order, tells nobody, and leaves nothing behind."""

import asyncio
import socket

import pytest

from das_copy_trader.runtime.clock import SystemClock
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.services import rehearsal as rehearsals
from das_copy_trader.services.rehearsal import Rehearsal

TIMEOUT_S = 20.0


class CountingSupervisor:
    """Takes crashes of tasks."""

    def __init__(self) -> None:
        self.crashes: list[str] = []
        self.tasks = TaskSupervisor(lambda name, error: self.crashes.append(f"{name}: {error!r}"))


async def until_orders(rehearsal: Rehearsal, count: int) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while rehearsal.orders_taken < count:  # noqa: ASYNC110 - nobody is told of made-up orders
            await asyncio.sleep(0)


async def test_made_up_orders_reach_the_made_up_platform_over_several_made_up_days(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rehearsals, "_ORDERS_A_DAY", 10)
    supervisor = CountingSupervisor()
    rehearsal = Rehearsal(SystemClock(), supervisor.tasks, interval_s=0.0005)
    rehearsal.start()
    rehearsal.start()
    await until_orders(rehearsal, 35)
    await rehearsal.stop()
    await rehearsal.stop()
    assert rehearsal.orders_taken >= 35
    await supervisor.tasks.stop_all()
    assert supervisor.crashes == []
    assert len(supervisor.tasks) == 0


async def test_it_can_be_started_again_and_stopped_before_it_has_begun() -> None:
    supervisor = CountingSupervisor()
    rehearsal = Rehearsal(SystemClock(), supervisor.tasks)
    rehearsal.start()
    await rehearsal.stop()
    rehearsal.start()
    await until_orders(rehearsal, 3)
    await rehearsal.stop()
    assert supervisor.crashes == []


async def test_it_rests_while_platforms_talk() -> None:
    supervisor = CountingSupervisor()
    lines = iter(range(1_000_000))
    quiet_from: list[int] = []

    def traffic() -> int:
        return quiet_from[0] if quiet_from else next(lines)

    rehearsal = Rehearsal(SystemClock(), supervisor.tasks, traffic)
    rehearsal.start()
    while next(lines) < 20:  # noqa: ASYNC110 - so often it was asked, or nearly
        await asyncio.sleep(0.002)
    assert rehearsal.orders_taken == 0
    quiet_from.append(0)
    await until_orders(rehearsal, 3)
    await rehearsal.stop()
    await supervisor.tasks.stop_all()
    assert supervisor.crashes == []


async def test_without_a_port_the_product_goes_on_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(rehearsals, "_PORT", taken.getsockname()[1])
    supervisor = CountingSupervisor()
    rehearsal = Rehearsal(SystemClock(), supervisor.tasks)
    rehearsal.start()
    async with asyncio.timeout(TIMEOUT_S):
        while len(supervisor.tasks):  # noqa: ASYNC110 - a task that ends by itself tells nobody
            await asyncio.sleep(0)
    await rehearsal.stop()
    taken.close()
    assert supervisor.crashes == []
    assert rehearsal.orders_taken == 0
