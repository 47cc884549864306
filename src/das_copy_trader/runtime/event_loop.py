"""Which event loop runs the program, and how it is asked to end."""

import asyncio
import gc
import importlib
import importlib.util
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, Literal, TypeVar

T = TypeVar("T")

LoopKind = Literal["auto", "asyncio", "uvloop"]

_IS_WINDOWS: Final = os.name == "nt"
_WINDOWS_WAKE_S: Final = 0.25
_NEW_OBJECTS_BEFORE_COLLECTION: Final = 20_000


def new_event_loop(kind: LoopKind = "auto") -> asyncio.AbstractEventLoop:
    """A loop with `add_reader`.

    `auto` is uvloop where it is installed (not on Windows), else asyncio's selector loop. On Windows always asyncio's
    selector loop, since its default (Proactor) has no `add_reader`. Raises RuntimeError when uvloop is asked for and
    cannot be had.
    """
    if kind != "asyncio" and not _IS_WINDOWS and importlib.util.find_spec("uvloop") is not None:
        loop: object = importlib.import_module("uvloop").new_event_loop()
        assert isinstance(loop, asyncio.AbstractEventLoop)
        return loop
    if kind == "uvloop":
        raise RuntimeError("uvloop is not installed here: choose the event loop `auto` or `asyncio`.")
    return asyncio.SelectorEventLoop()


def run(main: Callable[[asyncio.Event], Coroutine[object, object, T]], *, kind: LoopKind = "auto") -> T:
    """Run a program until `main` returns and give its result.

    `main` gets the stop event, which SIGINT (Ctrl-C) and SIGTERM set; ending is its own business. A second signal
    cancels it: that raises KeyboardInterrupt here.
    """
    with asyncio.Runner(loop_factory=lambda: new_event_loop(kind)) as runner:
        try:
            return runner.run(_run_until_stopped(main))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


def freeze_garbage() -> None:
    """Call once after start-up: what lives now is not looked at again by the garbage collector, and it comes seldom.

    An order to fifty followers makes some 500 objects that stay. With Python's own thresholds (700 new objects) the
    collector would look at them during the sends of nearly every order, and find nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS_BEFORE_COLLECTION, 20, 100)


async def _run_until_stopped(main: Callable[[asyncio.Event], Coroutine[object, object, T]]) -> T:
    stop = asyncio.Event()
    task = asyncio.current_task()
    assert task is not None

    def on_signal() -> None:
        if stop.is_set():
            task.cancel()
        stop.set()

    with (_interpreter_signals if _IS_WINDOWS else _loop_signals)(on_signal):
        return await main(stop)


@contextmanager
def _loop_signals(on_signal: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@contextmanager
def _interpreter_signals(on_signal: Callable[[], None]) -> Iterator[None]:
    """For loops without signal handlers. Windows does not wake a select for a signal: a tick lets Python look."""
    loop = asyncio.get_running_loop()

    def on_system_signal(_: int, __: FrameType | None) -> None:
        loop.call_soon_threadsafe(on_signal)

    async def tick() -> None:
        while True:  # noqa: ASYNC110 - waking up is the point
            await asyncio.sleep(_WINDOWS_WAKE_S)

    ticking = loop.create_task(tick(), name="signal tick")
    before = {number: signal.signal(number, on_system_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        ticking.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
