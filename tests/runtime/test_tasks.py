import asyncio

from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.runtime.virtual_time import run_virtual

Crash = tuple[str, str]


def test_tasks_end_in_the_order_in_which_they_were_started() -> None:
    ended: list[int] = []

    async def work(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(10 - number)
            ended.append(number)

    async def main(_: RandomSource) -> None:
        supervisor = TaskSupervisor(lambda name, exception: None)
        for number in range(8):
            supervisor.start(f"work {number}", work(number))
        await asyncio.sleep(1)
        assert len(supervisor) == 8
        await supervisor.stop_all()
        assert len(supervisor) == 0

    run_virtual(main, seed=1)
    assert ended == list(range(8))


def test_crash_is_told_with_its_name_and_others_go_on() -> None:
    async def crash() -> None:
        raise ValueError("boom")

    async def main(_: RandomSource) -> tuple[list[Crash], int]:
        crashes: list[Crash] = []
        supervisor = TaskSupervisor(lambda name, exception: crashes.append((name, str(exception))))
        supervisor.start("good", _forever())
        supervisor.start("bad", crash())
        await asyncio.sleep(1)
        running = len(supervisor)
        await supervisor.stop_all()
        return crashes, running

    assert run_virtual(main, seed=1) == ([("bad", "boom")], 1)


def test_crash_while_stopping_is_told_too() -> None:
    async def crash_at_the_end() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("late boom")

    async def main(_: RandomSource) -> list[Crash]:
        crashes: list[Crash] = []
        supervisor = TaskSupervisor(lambda name, exception: crashes.append((name, str(exception))))
        supervisor.start("bad", crash_at_the_end())
        supervisor.start("good", _forever())
        await asyncio.sleep(1)
        await supervisor.stop_all()
        assert len(supervisor) == 0
        return crashes

    assert run_virtual(main, seed=1) == [("bad", "late boom")]


def test_task_may_stop_all_others() -> None:
    async def main(_: RandomSource) -> int:
        supervisor = TaskSupervisor(lambda name, exception: None)
        others = [supervisor.start("other", _forever()) for _ in range(3)]
        await supervisor.start("stopper", supervisor.stop_all())
        return sum(task.cancelled() for task in others)

    assert run_virtual(main, seed=1) == 3


async def _forever() -> None:
    await asyncio.Event().wait()
