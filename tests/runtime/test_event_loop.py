import asyncio
import gc
import os
import signal

import pytest

from das_copy_trader.runtime.event_loop import LoopKind, freeze_garbage, new_event_loop, run

KINDS: list[LoopKind] = ["auto", "asyncio", "uvloop"] if os.name != "nt" else ["auto", "asyncio"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_loop_watches_sockets(kind: LoopKind) -> None:
    loop = new_event_loop(kind)
    try:
        reader, writer = os.pipe()
        loop.add_reader(reader, loop.stop)
        os.write(writer, b"x")
        loop.run_forever()
        assert os.read(reader, 10) == b"x"
        loop.remove_reader(reader)
        os.close(reader)
        os.close(writer)
    finally:
        loop.close()


def test_auto_is_uvloop_where_it_is_installed() -> None:
    loop = new_event_loop("auto")
    try:
        assert type(loop).__module__.split(".")[0] == ("asyncio" if os.name == "nt" else "uvloop")
    finally:
        loop.close()


def test_missing_uvloop_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="uvloop is not installed"):
        new_event_loop("uvloop")
    loop = new_event_loop("auto")
    assert isinstance(loop, asyncio.SelectorEventLoop)
    loop.close()


def test_run_gives_the_result() -> None:
    async def main(stop: asyncio.Event) -> int:
        assert not stop.is_set()
        return 7

    assert run(main) == 7


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_sets_the_stop_event(kind: LoopKind, number: signal.Signals) -> None:
    async def main(stop: asyncio.Event) -> str:
        signal.raise_signal(number)
        await asyncio.wait_for(stop.wait(), 20)
        return "ended in order"

    before = signal.getsignal(number)
    assert run(main, kind=kind) == "ended in order"
    assert signal.getsignal(number) == before


def test_signal_sets_the_stop_event_without_the_loops_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where a loop cannot watch signals."""
    monkeypatch.setattr("das_copy_trader.runtime.event_loop._IS_WINDOWS", True)

    async def main(stop: asyncio.Event) -> str:
        signal.raise_signal(signal.SIGINT)
        await asyncio.wait_for(stop.wait(), 20)
        return "ended in order"

    before = signal.getsignal(signal.SIGINT)
    assert run(main) == "ended in order"
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.parametrize("kind", KINDS)
def test_second_signal_cancels(kind: LoopKind) -> None:
    async def main(stop: asyncio.Event) -> None:
        signal.raise_signal(signal.SIGINT)
        await stop.wait()
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(20)

    with pytest.raises(KeyboardInterrupt):
        run(main, kind=kind)


def test_frozen_garbage_is_not_looked_at_again() -> None:
    freeze_garbage()
    try:
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
