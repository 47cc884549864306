"""A burst of master orders over many followers: are DAS's limits kept, is anything lost, how long do exits wait?

    python tests/load/burst.py [--orders 1000] [--followers 20] [--over 1.0]

The real product against simulated platforms on virtual time; what was sent is judged by what the platforms received.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from das_copy_trader.domain.identifiers import FollowerId  # noqa: E402 - the path is set first
from das_copy_trader.runtime.ids import RandomSource  # noqa: E402 - the path is set first
from das_copy_trader.runtime.virtual_time import run_virtual  # noqa: E402 - the path is set first
from das_copy_trader.simulator.control import Ticket  # noqa: E402 - the path is set first
from das_copy_trader.simulator.platform import ReceivedCommand  # noqa: E402 - the path is set first
from tests.load.simulated import LOW_BITS, MASTER, SYMBOLS, SimulatedFloor  # noqa: E402 - the path is set first

LIMITS = {"NEWORDER": (50, 1.0), "CANCEL": (100, 60.0), "REPLACE": (100, 60.0)}
EXIT_SYMBOL = SYMBOLS[-1]


class Burst(msgspec.Struct):
    """What a burst came to. Waits in seconds, from the master's order to the follower's platform."""

    orders: int
    followers: int
    exits: int = 0
    replaced: int = 0
    cancelled: int = 0
    most: dict[str, int] = {}
    """The most commands of each word that a platform received in any window of its limit."""
    received: Counter[str] = msgspec.field(default_factory=Counter)
    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    lost: list[str] = []
    entry_waits_s: list[float] = []
    exit_waits_s: list[float] = []
    most_waiting: int = 0
    oldest_waiting_s: float = 0.0
    drained_s: float = 0.0
    late_changes: int = 0
    late_drained_s: float = 0.0


async def burst(randomness: RandomSource, *, orders: int, followers: int, over_s: float) -> Burst:
    """Place the orders within `over_s` seconds; every fifth is an exit, some are replaced or cancelled at once."""
    floor = SimulatedFloor(randomness, followers)
    control = floor.control
    for name in (MASTER, *floor.names):
        control.set_position(name, EXIT_SYMBOL, 100 * orders, Decimal(200))
    await floor.start()
    loop = asyncio.get_running_loop()
    report = Burst(orders, followers)
    placed_at_s: dict[int, float] = {}
    exits: set[int] = set()
    begun_s = loop.time()
    for number in range(orders):
        is_exit = number % 5 == 4
        ticket = Ticket(
            symbol=EXIT_SYMBOL if is_exit else SYMBOLS[number % 3],
            side="S" if is_exit else "B",
            shares=1 + number % 90,
            limit=Decimal(250) if is_exit else Decimal(150),
        )
        order_id = control.place(MASTER, ticket)
        assert order_id is not None
        placed_at_s[order_id] = loop.time()
        if is_exit:
            exits.add(order_id)
        elif number % 10 == 1:
            for shares in (91, 92, 93):
                control.replace(MASTER, order_id, shares=shares)
            report.replaced += 1
        elif number % 10 == 3:
            control.cancel(MASTER, order_id)
            report.cancelled += 1
        await asyncio.sleep(over_s / orders)
        _look(floor, report)
    report.exits = len(exits)
    while _look(floor, report):  # noqa: ASYNC110 - looked at from outside on purpose
        await asyncio.sleep(0.5)
    report.drained_s = loop.time() - begun_s
    await asyncio.sleep(20)
    working = [order_id for order_id in placed_at_s if order_id in floor.open_orders(MASTER)]
    report.late_changes = len(working) // 5
    for order_id in working[: report.late_changes]:
        control.cancel(MASTER, order_id)
    for order_id in working[-report.late_changes :]:
        control.replace(MASTER, order_id, shares=95)
        control.replace(MASTER, order_id, shares=96)
    begun_s = loop.time()
    await asyncio.sleep(0.1)
    while _look(floor, report):  # noqa: ASYNC110 - looked at from outside on purpose
        await asyncio.sleep(0.5)
    report.late_drained_s = loop.time() - begun_s
    await asyncio.sleep(20)
    _judge(floor, report, placed_at_s, exits)
    await floor.stop()
    return report


def _look(floor: SimulatedFloor, report: Burst) -> int:
    """What waits now, over all followers."""
    waiting = 0
    for name in floor.names:
        client = floor.container.das_service.follower(FollowerId(name))
        assert client is not None
        left = client.health().pacing
        assert left is not None
        waiting += left.waiting_cancels + left.waiting_exits + left.waiting_replaces + left.waiting_entries
        report.oldest_waiting_s = max(report.oldest_waiting_s, left.oldest_waiting_s or 0.0)
    report.most_waiting = max(report.most_waiting, waiting)
    return waiting


def _judge(floor: SimulatedFloor, report: Burst, placed_at_s: dict[int, float], exits: set[int]) -> None:
    records = {record.master_order_id: record for record in floor.container.engine.latest_replications(100_000)}
    masters = floor.open_orders(MASTER)
    for name in floor.names:
        commands = floor.control.received(name)
        for word, (_, span_s) in LIMITS.items():
            moments = [command.at_s for command in commands if command.text.split(" ", 1)[0] == word]
            report.received[word] += len(moments)
            report.most[word] = max(report.most.get(word, 0), most_in_any_window(moments, span_s))
        sent_at_s = {int(command.text.split()[1]) & LOW_BITS: command.at_s for command in _new_orders(commands)}
        copies: Counter[int] = Counter(int(command.text.split()[1]) for command in _new_orders(commands))
        report.lost += [f"{name}: token {token} was sent {count} times" for token, count in copies.items() if count > 1]
        own = floor.open_orders(name)
        for order_id, at_s in placed_at_s.items():
            record = records.get(order_id)  # type: ignore[call-overload]  # the platform's plain numbers
            result = next((one for one in record.results if one.follower_id == name), None) if record else None
            if result is None:
                report.lost.append(f"{name}: order {order_id} has no outcome")
                continue
            report.outcomes[result.outcome.value] += 1
            if order_id in sent_at_s:
                (report.exit_waits_s if order_id in exits else report.entry_waits_s).append(sent_at_s[order_id] - at_s)
            elif result.outcome.value != "cancelled" and not result.reason:
                report.lost.append(f"{name}: order {order_id} is {result.outcome.value} and was never received")
            master, copy = masters.get(order_id & LOW_BITS), own.get(order_id & LOW_BITS)
            if master is not None and (copy is None or copy.qty != master.qty):
                has = "nothing" if copy is None else f"{copy.qty} shares"
                report.lost.append(f"{name}: order {order_id} works with {master.qty} shares, its copy with {has}")
            if master is None and copy is not None:
                report.lost.append(f"{name}: the copy of order {order_id} outlives it")


def _new_orders(commands: list[ReceivedCommand]) -> list[ReceivedCommand]:
    return [command for command in commands if command.text.startswith("NEWORDER ")]


def most_in_any_window(moments: list[float], span_s: float) -> int:
    """The most of these moments (in order) that lie within any half-open span."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moment >= moments[first] + span_s:
            first += 1
        most = max(most, last - first + 1)
    return most


def render(report: Burst) -> str:
    """The figures as Markdown."""
    lines = [
        (
            f"{report.orders} master orders ({report.exits} exits, {report.replaced} replaced three times at once,"
            f" {report.cancelled} cancelled at once) over {report.followers} followers"
        ),
        "",
        "| Command | received in all | most in any window | DAS's limit |",
        "|---|---|---|---|",
    ]
    for word, (count, span_s) in LIMITS.items():
        lines.append(f"| {word} | {report.received[word]} | {report.most[word]} | {count} in {span_s:g} s |")
    lines += ["", "| Waited (s) | orders | median | 95 % | longest |", "|---|---|---|---|---|"]
    for name, waits in (("exits", report.exit_waits_s), ("entries", report.entry_waits_s)):
        ordered = sorted(waits)
        figures = [f"{ordered[min(len(ordered) - 1, int(len(ordered) * part))]:.3f}" for part in (0.5, 0.95, 1)]
        lines.append(f"| {name} | {len(waits)} | {' | '.join(figures)} |")
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(report.outcomes.items()))
    lines += [
        "",
        f"Outcomes ({report.orders * report.followers} wanted): {told}.",
        (
            f"At the most {report.most_waiting} commands waited, the oldest {report.oldest_waiting_s:.1f} s;"
            f" all had left after {report.drained_s:.1f} s."
        ),
        (
            f"Then {report.late_changes} orders cancelled and as many replaced twice, all at once: told to everybody after"
            f" {report.late_drained_s:.0f} s."
        ),
        f"Lost or wrong: {len(report.lost)}." + "".join(f"\n- {what}" for what in report.lost[:20]),
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--followers", type=int, default=20)
    parser.add_argument("--over", type=float, default=1.0, help="seconds in which the master's orders come")
    options = parser.parse_args()
    report = run_virtual(
        lambda randomness: burst(randomness, orders=options.orders, followers=options.followers, over_s=options.over),
        seed=1,
        limit_s=100_000,
    )
    print(render(report))
    is_kept = all(report.most[word] <= count for word, (count, _) in LIMITS.items())
    return 0 if is_kept and not report.lost else 1


if __name__ == "__main__":
    sys.exit(main())
