"""An event loop whose clock moves only when nothing else is left to do: a day passes in seconds, twice the same.

How it stays deterministic:

- `select` never waits: it moves the clock to the next timer;
- timers with equal deadlines fire in the order in which they were set (asyncio's heap does not promise that);
- tasks hash by their number within the loop, so sets of tasks (`TaskGroup`, `asyncio.wait`) iterate in one order in
  every run, not by memory address;
- whatever comes from outside (threads, executors, sockets, name look-ups) is refused with a sentence.

A run that can never go on raises `DeadlockError`, one that never lets time pass `LivelockError`, one that outlives its
limit `TimeLimitError`: a simulation ends, it does not hang.
"""

import asyncio
import heapq
import threading
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Final, Never, TypeVar, TypeVarTuple

from das_copy_trader.runtime.ids import Counter, RandomSource

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

IDLE_TURNS_MAX = 1_000_000
_LONGEST_STEP_S = 24 * 3600.0
_SHOWN_TASKS_MAX = 8
_NO_SOCKETS: Final = "Real sockets cannot be used on a virtual-time loop: use MemoryNetwork."


class VirtualTimeError(RuntimeError):
    """A simulated run cannot go on.

    VirtualTimeError
    ├── DeadlockError         nothing will ever happen again, yet somebody waits
    ├── LivelockError         the loop turns and turns while its clock stands still
    └── TimeLimitError        the run is longer than it was allowed to be
    """


class DeadlockError(VirtualTimeError):
    """Nothing is ready and no timer is set, but the main coroutine has not ended."""


class LivelockError(VirtualTimeError):
    """The clock has not moved for a great many turns."""


class TimeLimitError(VirtualTimeError):
    """The next timer lies beyond the run's limit."""


class _OrderedTimer(asyncio.TimerHandle):
    """A timer that comes after every timer of the same deadline that was set before it."""

    _when: float
    order: int

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, _OrderedTimer):
            return NotImplemented
        return (self._when, self.order) < (other._when, other.order)

    __hash__ = asyncio.TimerHandle.__hash__


class _OrderedTask(asyncio.Task[T]):
    """A task whose hash is its number; taken at the first asking, since asyncio hashes a task while it makes it."""

    _number: int | None = None

    def __hash__(self) -> int:
        if self._number is None:
            loop = self.get_loop()
            assert isinstance(loop, VirtualTimeLoop)
            self._number = loop.next_task_number()
        return self._number


class _ClockSelector:
    """What the loop asks for input and output; there is none, so it moves the clock instead."""

    def __init__(self, loop: "VirtualTimeLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[tuple[object, int]]:
        """Move the clock by what the loop would have waited."""
        self._loop.pass_time(timeout)
        return []

    def close(self) -> None:
        """Nothing is open."""


def _make_task(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[object, object, T], **options: object
) -> asyncio.Task[T]:
    return _OrderedTask(coroutine, loop=loop, **options)  # type: ignore[arg-type]  # name and context, from asyncio


class VirtualTimeLoop(asyncio.BaseEventLoop):
    """The loop; `time()` starts at `start_s` seconds and stops for good at `limit_s` seconds."""

    # The parts of asyncio's own loop that are used here.
    _scheduled: list[_OrderedTimer]
    _thread_id: int | None
    _clock_resolution: float

    def __init__(self, *, start_s: float = 0.0, limit_s: float | None = None) -> None:
        super().__init__()
        self._clock_resolution = 1e-9  # asyncio takes the machine's, which may differ
        self._now_s = start_s
        self._limit_s = limit_s
        self._timer_orders = Counter()
        self._task_numbers = Counter()
        self._idle_turns = 0
        self._selector = _ClockSelector(self)
        self.set_task_factory(_make_task)  # type: ignore[arg-type]  # tasks are made of coroutines alone

    def time(self) -> float:
        """Virtual seconds."""
        return self._now_s

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Set a timer; equal deadlines keep the order of these calls."""
        if self.is_closed():
            raise RuntimeError("Event loop is closed")
        timer = _OrderedTimer(when, callback, args, self, context)
        timer.order = self._timer_orders.next()
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True  # type: ignore[attr-defined]  # noqa: SLF001 - asyncio's own mark, as its call_at sets it
        return timer

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """From the loop's own thread it is `call_soon`; any other thread is refused: its moment would be chance."""
        if self._thread_id is not None and self._thread_id != threading.get_ident():
            raise RuntimeError("A thread cannot call into a virtual-time loop: when it does so would be chance.")
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(self, *_: object) -> Never:
        """Refused: threads are not deterministic."""
        raise RuntimeError("Threads cannot be used on a virtual-time loop: hand in a fake of what needs one.")

    async def getaddrinfo(self, *_: object, **__: object) -> Never:
        """Refused: use MemoryNetwork."""
        raise RuntimeError(_NO_SOCKETS)

    async def create_connection(self, *_: object, **__: object) -> Never:
        """Refused: use MemoryNetwork."""
        raise RuntimeError(_NO_SOCKETS)

    async def create_server(self, *_: object, **__: object) -> Never:
        """Refused: use MemoryNetwork."""
        raise RuntimeError(_NO_SOCKETS)

    def pass_time(self, timeout_s: float | None) -> None:
        """Move the clock as the loop's selector would have waited; raises VirtualTimeError when that has no end."""
        if timeout_s == 0:
            self._idle_turns += 1
            if self._idle_turns > IDLE_TURNS_MAX:
                raise LivelockError(f"The clock stood still for {IDLE_TURNS_MAX} turns: {self._tasks()}")
            return
        self._idle_turns = 0
        if not self._scheduled:
            raise DeadlockError(f"Nothing is left to do at {self._now_s:.6f} s of virtual time, but {self._tasks()}")
        target_s = self._scheduled[0].when()
        if self._limit_s is not None and target_s > self._limit_s:
            self._now_s = max(self._now_s, self._limit_s)
            raise TimeLimitError(f"The run's limit of {self._limit_s:g} s of virtual time is over: {self._tasks()}")
        self._now_s = max(self._now_s, min(target_s, self._now_s + _LONGEST_STEP_S))

    def next_task_number(self) -> int:
        """The number of a new task, from 1."""
        return self._task_numbers.next()

    def lift_limit(self) -> None:
        """Let time pass without end, so that what is left can be wound up."""
        self._limit_s = None
        self._idle_turns = 0

    def _tasks(self) -> str:
        names = [task.get_name() for task in sorted(asyncio.all_tasks(self), key=hash)]
        if not names:
            return "no task is left"
        shown = ", ".join(names[:_SHOWN_TASKS_MAX])
        more = f" and {len(names) - _SHOWN_TASKS_MAX} more" if len(names) > _SHOWN_TASKS_MAX else ""
        return f"these tasks wait: {shown}{more}"

    def _process_events(self, event_list: list[tuple[object, int]]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody has to be woken."""


def run_virtual(
    main: Callable[[RandomSource], Coroutine[object, object, T]], *, seed: int, limit_s: float = 86_400.0
) -> T:
    """Run a coroutine function on a new virtual-time loop and give its result.

    `main` gets the seed's randomness. What it leaves running is cancelled, oldest first. An exception that nobody took
    (one out of a callback, or of a task that nobody awaited) fails the run as well: raises ExceptionGroup.
    """
    loop = VirtualTimeLoop(limit_s=limit_s)
    untaken: list[Exception] = []

    def on_exception(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        exception = context.get("exception")
        untaken.append(exception if isinstance(exception, Exception) else RuntimeError(str(context.get("message"))))

    loop.set_exception_handler(on_exception)
    try:
        result = loop.run_until_complete(loop.create_task(main(RandomSource(seed)), name="main"))
    finally:
        _wind_up(loop)
    if untaken:
        raise ExceptionGroup(f"SEED={seed}: exceptions that nobody took", untaken)
    return result


def _wind_up(loop: VirtualTimeLoop) -> None:
    """Cancel what is left, one by one, and close the loop; what does not end even then is left to its fate."""
    loop.lift_limit()
    try:
        for task in sorted(asyncio.all_tasks(loop), key=hash):
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
        loop.run_until_complete(loop.shutdown_asyncgens())
    except VirtualTimeError:
        loop.set_exception_handler(lambda _loop, _context: None)
    finally:
        loop.close()
