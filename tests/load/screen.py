"""The screen of a big desk: 50 followers × 100 symbols at 1 Hz with 20 events a second, in a real browser.

    python tests/load/screen.py [--minutes 10] [--followers 50] [--symbols 100] [--events 20] [--throttle 1]

The state is made up here, a new price for every position each second; it goes the product's own way from there: the
snapshots' loop, the encoding, the WebSocket. Prints frame times, long tasks, memory and the time for the messages, each
beside its target. A headless browser draws by software: the figures are for comparing, and want a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from devtools.browser import VARIABLE, find_browser, this_machine  # noqa: E402 - the path is set first
from tests.support.big_desk import ORDER_EVERY, BigDesk  # noqa: E402 - the path is set first
from tests.support.browser import Watch, new_page, open_browser  # noqa: E402 - the path is set first
from tests.support.face import TOKEN, Face, open_face, serve_face  # noqa: E402 - the path is set first

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

MEASURE = """(() => {
    const kept = { frames: [], longTasks: [], messages: [] };
    window.measured = kept;
    let last = 0;
    const frame = (now) => {
        if (last > 0) kept.frames.push(now - last);
        last = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new PerformanceObserver((list) => kept.longTasks.push(...list.getEntries().map((one) => one.duration)))
        .observe({ type: "longtask" });
    const { set, get } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
    Object.defineProperty(WebSocket.prototype, "onmessage", {
        get,
        set(handle) {
            set.call(this, (event) => {
                const begun = performance.now();
                handle.call(this, event);
                if (event.data.startsWith('{"type":"state_update"')) kept.messages.push(performance.now() - begun);
            });
        },
    });
})()"""
TAKE = "(() => { const m = window.measured; const taken = { ...m }; m.frames = []; m.longTasks = []; m.messages = []; return taken; })()"
SETTLING_S = 15
"""Loading is over by then."""
LISTED = 550
"""Orders before the measurement, so that the lists which fill up are full."""
SHOWN = 110
"""Orders after those whose copies come to an end before the measurement: more than the page shows at once."""


class Figures(msgspec.Struct):
    """What was measured. Times in milliseconds, memory in bytes."""

    fps: float
    frame_p99_ms: float
    frame_max_ms: float
    long_tasks: int
    long_task_max_ms: float
    script_s_per_s: float
    task_s_per_s: float
    message_p50_ms: float
    message_max_ms: float
    snapshot_bytes: int
    heap_begin: float
    heap_end: float
    nodes_begin: float
    nodes_end: float
    listeners_begin: float
    listeners_end: float
    snapshots: int
    events: int


def quantile(values: list[float], share: float) -> float:
    """The value below which so many lie; 0 without any."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


async def metrics(session: CDPSession, *, is_clean: bool) -> dict[str, float]:
    """The browser's own counters; after a collection of garbage if memory is meant."""
    if is_clean:
        for _ in range(3):
            await session.send("HeapProfiler.collectGarbage")
    told: dict[str, Any] = await session.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in told["metrics"]}


async def fill_lists(face: Face, desk: BigDesk) -> None:
    """So many orders that the page's lists are full, in small heaps: a client that does not keep up is dropped.

    The newest of them with what became of their copies: a line whose copies all work alike is shorter than one of the
    measurement, and the page would grow from the one to the other.
    """
    for place, make_event in enumerate([*desk.orders(LISTED), *desk.day(LISTED, SHOWN)]):
        face.container.notifications.publish(make_event)
        if place % 50 == 0:
            await asyncio.sleep(0.05)


async def tell_events(face: Face, desk: BigDesk, per_s: float) -> None:
    """Events for ever, evenly."""
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    for number in range(1, 10**9):
        face.container.notifications.publish(desk.event(number + (LISTED + SHOWN) * ORDER_EVERY))
        await asyncio.sleep(max(0.0, begun_s + number / per_s - loop.time()))


async def measure(page: Page, desk: BigDesk, *, minutes: float, throttle: float, settling_s: float) -> Figures:
    """Let it run and read what the browser measured."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    if throttle > 1:
        await session.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
    await asyncio.sleep(settling_s)
    begin = await metrics(session, is_clean=True)
    begun = await metrics(session, is_clean=False)
    await page.evaluate(TAKE)
    snapshots, events = desk.snapshots, desk.events
    await asyncio.sleep(minutes * 60)
    taken = await page.evaluate(TAKE)
    ended = await metrics(session, is_clean=False)
    end = await metrics(session, is_clean=True)
    frames: list[float] = taken["frames"]
    lasted_s = ended["Timestamp"] - begun["Timestamp"]
    return Figures(
        fps=1000 * len(frames) / sum(frames),
        frame_p99_ms=quantile(frames, 0.99),
        frame_max_ms=max(frames),
        long_tasks=len(taken["longTasks"]),
        long_task_max_ms=max(taken["longTasks"], default=0.0),
        script_s_per_s=(ended["ScriptDuration"] - begun["ScriptDuration"]) / lasted_s,
        task_s_per_s=(ended["TaskDuration"] - begun["TaskDuration"]) / lasted_s,
        message_p50_ms=quantile(taken["messages"], 0.5),
        message_max_ms=max(taken["messages"], default=0.0),
        snapshot_bytes=desk.snapshot_bytes(),
        heap_begin=begin["JSHeapUsedSize"],
        heap_end=end["JSHeapUsedSize"],
        nodes_begin=begin["Nodes"],
        nodes_end=end["Nodes"],
        listeners_begin=begin["JSEventListeners"],
        listeners_end=end["JSEventListeners"],
        snapshots=desk.snapshots - snapshots,
        events=desk.events - events,
    )


def render(found: Figures, *, throttle: float) -> str:
    """A line for each figure: what was measured, what is wanted, whether it is so."""
    least_fps = 58 if throttle <= 1 else 40
    heap, nodes = found.heap_end / found.heap_begin - 1, found.nodes_end / found.nodes_begin - 1
    rows: list[tuple[str, str, str, bool | None]] = [
        ("frames a second", f"{found.fps:.1f}", f">= {least_fps}", found.fps >= least_fps),
        ("frame, p99", f"{found.frame_p99_ms:.1f} ms", "", None),
        ("frame, longest", f"{found.frame_max_ms:.1f} ms", "", None),
        ("long tasks (> 50 ms)", str(found.long_tasks), "0", found.long_tasks == 0 if throttle <= 1 else None),
        ("longest task", f"{found.long_task_max_ms:.0f} ms", "", None),
        (
            "script",
            f"{found.script_s_per_s:.3f} s/s",
            "<= 0.05",
            found.script_s_per_s <= 0.05 if throttle <= 1 else None,
        ),
        ("all of the page's thread", f"{found.task_s_per_s:.3f} s/s", "", None),
        ("snapshot received, p50", f"{found.message_p50_ms:.1f} ms", "", None),
        ("snapshot received, longest", f"{found.message_max_ms:.1f} ms", "", None),
        ("snapshot", f"{found.snapshot_bytes / 1000:.0f} kB", "<= 1,000 kB", found.snapshot_bytes <= 1_000_000),
        (
            "heap after collection",
            f"{found.heap_begin / 1e6:.1f} to {found.heap_end / 1e6:.1f} MB",
            "+10 % at most",
            heap <= 0.10,
        ),
        ("nodes", f"{found.nodes_begin:.0f} to {found.nodes_end:.0f}", "within 5 %", abs(nodes) <= 0.05),
        ("listeners", f"{found.listeners_begin:.0f} to {found.listeners_end:.0f}", "", None),
        ("told", f"{found.snapshots} snapshots, {found.events} events", "", None),
    ]
    verdict = {True: "ok", False: "MISSED", None: ""}
    return "\n".join(
        f"{name:28} {value:24} {wanted:14} {verdict[is_so]}".rstrip() for name, value, wanted, is_so in rows
    )


async def run(
    *,
    minutes: float,
    followers: int,
    symbols: int,
    events_per_s: float,
    throttle: float,
    settling_s: float = SETTLING_S,
) -> Figures:
    """The desk, a browser, and the time between."""
    desk = BigDesk(followers, symbols)
    watch = Watch()
    async with open_browser() as browser, open_face() as face:
        # The product's own loop, encoding and WebSocket; only what they tell is made up.
        face.container.snapshots.state = desk.next_state  # type: ignore[method-assign]
        async with serve_face(face) as policy:
            context = await browser.new_context(viewport={"width": 1920, "height": 1080})
            page = await new_page(context, watch)
            await page.add_init_script(MEASURE)
            await page.goto(f"http://127.0.0.1:{policy.port}/auth?token={TOKEN}")
            await page.get_by_role("rowheader").first.wait_for()
            await fill_lists(face, desk)
            events = asyncio.create_task(tell_events(face, desk, events_per_s))
            try:
                found = await measure(page, desk, minutes=minutes, throttle=throttle, settling_s=settling_s)
            finally:
                events.cancel()
            await context.close()
    assert not watch.messages, watch.messages
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--followers", type=int, default=50)
    parser.add_argument("--symbols", type=int, default=100)
    parser.add_argument("--events", type=float, default=20, help="events a second")
    parser.add_argument(
        "--throttle", type=float, default=1, help="how many times slower the browser's processor is made"
    )
    asked = parser.parse_args()
    os.environ.setdefault(VARIABLE, find_browser(this_machine()) or "")
    begun = run(
        minutes=asked.minutes,
        followers=asked.followers,
        symbols=asked.symbols,
        events_per_s=asked.events,
        throttle=asked.throttle,
    )
    print(render(asyncio.run(begun), throttle=asked.throttle))
