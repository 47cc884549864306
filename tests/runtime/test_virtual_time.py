import asyncio
import os
import random
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import DeadlockError, LivelockError, TimeLimitError, run_virtual

Trace = list[tuple[float, str]]


def test_time_passes_without_waiting() -> None:
    async def main(_: RandomSource) -> float:
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        await asyncio.sleep(7 * 24 * 3600)
        return loop.time() - start_s

    assert run_virtual(main, seed=1, limit_s=1e9) == 7 * 24 * 3600


@given(delays=st.lists(st.sampled_from([0.1, 0.5, 1.0, 1.0 + 1e-12]), max_size=60))
@settings(max_examples=50, deadline=None)
def test_equal_deadlines_fire_in_the_order_in_which_they_were_set(delays: list[float]) -> None:
    async def main(_: RandomSource) -> list[tuple[float, int]]:
        loop = asyncio.get_running_loop()
        fired: list[tuple[float, int]] = []
        for number, delay_s in enumerate(delays):
            loop.call_at(delay_s, fired.append, (delay_s, number))
        await asyncio.sleep(5)
        return fired

    assert run_virtual(main, seed=1) == sorted((delay_s, number) for number, delay_s in enumerate(delays))


def test_cancelled_timers_never_fire() -> None:
    async def main(_: RandomSource) -> list[int]:
        loop = asyncio.get_running_loop()
        fired: list[int] = []
        timers = [loop.call_later(1 + number % 7, fired.append, number) for number in range(500)]
        for timer in timers[::2]:
            timer.cancel()
        await asyncio.sleep(20)
        return sorted(fired)

    assert run_virtual(main, seed=1) == list(range(1, 500, 2))


def test_timeouts_events_queues_and_locks_work() -> None:
    async def main(_: RandomSource) -> list[str]:
        seen: list[str] = []
        event = asyncio.Event()
        queue: asyncio.Queue[int] = asyncio.Queue()
        try:
            async with asyncio.timeout(3):
                await event.wait()
        except TimeoutError:
            seen.append(f"timed out at {asyncio.get_running_loop().time()}")
        asyncio.get_running_loop().call_later(2, event.set)
        await event.wait()
        async with asyncio.TaskGroup() as group, asyncio.Lock():
            group.create_task(queue.put(7))
            seen.append(f"got {await queue.get()} at {asyncio.get_running_loop().time()}")
        return seen

    assert run_virtual(main, seed=1) == ["timed out at 3.0", "got 7 at 5.0"]


def test_waiting_for_ever_is_a_deadlock_that_names_who_waits() -> None:
    async def main(_: RandomSource) -> None:
        waiting = asyncio.get_running_loop().create_task(asyncio.Event().wait(), name="the forgotten one")
        await waiting

    with pytest.raises(DeadlockError, match="these tasks wait: main, the forgotten one"):
        run_virtual(main, seed=1)


def test_task_that_refuses_to_end_cannot_hang_the_run() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()

    async def main(_: RandomSource) -> int:
        task = asyncio.get_running_loop().create_task(stubborn())
        await asyncio.sleep(1)
        assert not task.done()
        return 3

    assert run_virtual(main, seed=1) == 3


def test_standing_clock_is_a_livelock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("das_copy_trader.runtime.virtual_time.IDLE_TURNS_MAX", 1000)

    async def main(_: RandomSource) -> None:
        while True:  # noqa: ASYNC110 - spins on purpose
            await asyncio.sleep(0)

    with pytest.raises(LivelockError, match="stood still for 1000 turns"):
        run_virtual(main, seed=1)


def test_run_beyond_its_limit_ends() -> None:
    async def main(_: RandomSource) -> None:
        while True:  # noqa: ASYNC110 - a heartbeat without end
            await asyncio.sleep(3)

    with pytest.raises(TimeLimitError, match="limit of 60 s"):
        run_virtual(main, seed=1, limit_s=60)


def test_threads_executors_and_sockets_are_refused() -> None:
    async def main(_: RandomSource) -> list[str]:
        refusals = []
        for attempt in (
            lambda: asyncio.to_thread(os.getpid),
            lambda: asyncio.get_running_loop().getaddrinfo("localhost", 1),
            lambda: asyncio.open_connection("127.0.0.1", 1),
        ):
            try:
                await attempt()
            except RuntimeError as error:
                refusals.append(str(error))
        return refusals

    threads, names, sockets = run_virtual(main, seed=1)
    assert "Threads cannot be used" in threads
    assert "use MemoryNetwork" in names
    assert "virtual-time loop" in sockets


def test_call_from_the_own_thread_is_a_plain_call_soon() -> None:
    async def main(_: RandomSource) -> list[int]:
        calls: list[int] = []
        loop = asyncio.get_running_loop()
        loop.call_soon(calls.append, 1)
        loop.call_soon_threadsafe(calls.append, 2)
        await asyncio.sleep(1)
        return calls

    assert run_virtual(main, seed=1) == [1, 2]


def test_exception_in_a_callback_fails_the_run() -> None:
    async def main(_: RandomSource) -> None:
        asyncio.get_running_loop().call_soon([].pop)
        await asyncio.sleep(1)

    with pytest.raises(ExceptionGroup, match="SEED=42") as raised:
        run_virtual(main, seed=42)
    assert raised.group_contains(IndexError)


def test_what_is_left_is_cancelled_oldest_first() -> None:
    ended: list[int] = []

    async def background(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(10)
            ended.append(number)

    async def generator() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            ended.append(-1)

    async def main(_: RandomSource) -> int:
        tasks = [asyncio.get_running_loop().create_task(background(number)) for number in range(20)]
        await asyncio.sleep(1)
        numbers = generator()
        return await anext(numbers) + len(tasks)

    assert run_virtual(main, seed=1) == 21
    assert ended == [-1, *range(20)]


async def messy(randomness: RandomSource) -> Trace:
    """Many tasks that race, time out, and are cancelled as a group: everything that could be decided by chance."""
    stream = randomness.stream("messy")
    loop = asyncio.get_running_loop()
    trace: Trace = []

    async def worker(name: str, stream: random.Random) -> None:
        try:
            for _ in range(4):
                await asyncio.sleep(round(stream.random(), 1))
                trace.append((loop.time(), name))
            if stream.random() < 0.2:
                raise ValueError(name)
            await asyncio.sleep(60)
        finally:
            trace.append((loop.time(), f"{name} ends"))

    for batch in range(5):
        try:
            async with asyncio.timeout(stream.uniform(1, 5)), asyncio.TaskGroup() as group:
                for number in range(12):
                    group.create_task(worker(f"{batch}.{number}", stream))
        except* (ValueError, TimeoutError) as group_error:
            trace.append((loop.time(), f"{len(group_error.exceptions)} errors"))
        waiting = [loop.create_task(asyncio.sleep(stream.choice([1, 2]), number)) for number in range(9)]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        trace.append((loop.time(), f"first {[task.result() for task in done]}"))
    return trace


@pytest.mark.parametrize("seed", range(10))
def test_same_seed_gives_the_same_trace(seed: int) -> None:
    assert run_virtual(messy, seed=seed) == run_virtual(messy, seed=seed)


def test_another_seed_gives_another_trace() -> None:
    assert run_virtual(messy, seed=1) != run_virtual(messy, seed=2)


def test_trace_is_the_same_in_other_processes_and_for_other_hash_seeds() -> None:
    program = textwrap.dedent("""
        from das_copy_trader.runtime.virtual_time import run_virtual
        from tests.runtime.test_virtual_time import messy
        print([run_virtual(messy, seed=seed) for seed in range(5)])
    """)
    root = Path(__file__).parents[2]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={
                **os.environ,
                "PYTHONHASHSEED": hash_seed,
                "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "4242")
    }
    assert outputs == {f"{[run_virtual(messy, seed=seed) for seed in range(5)]}\n"}
