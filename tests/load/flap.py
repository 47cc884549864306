"""A follower that flaps while the master trades: is every action copied, queued or refused with a reason?

    python tests/load/flap.py [--cuts 10] [--over 60] [--seed 1]

F1 flaps, F2 and F3 are well. The real product against simulated platforms on virtual time.
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

from das_copy_trader.runtime.ids import RandomSource  # noqa: E402 - the path is set first
from das_copy_trader.runtime.virtual_time import run_virtual  # noqa: E402 - the path is set first
from das_copy_trader.simulator.control import ControlError, Ticket  # noqa: E402 - the path is set first
from tests.load.simulated import LOW_BITS, MASTER, SYMBOLS, SimulatedFloor  # noqa: E402 - the path is set first

ENDED = frozenset({"filled", "cancelled", "rejected", "skipped", "failed"})
NOT_SENT = frozenset({"skipped", "queued", "waiting_for_position"})


class Flap(msgspec.Struct):
    """What it came to. `wrong` names everything that does not add up."""

    cuts: int
    orders: int = 0
    replaces: int = 0
    cancels: int = 0
    outcomes: dict[str, Counter[str]] = {}
    received: dict[str, int] = {}
    logins: dict[str, int] = {}
    wrong: list[str] = []


async def flap(randomness: RandomSource, *, cuts: int, over_s: float) -> Flap:
    """Trade for `over_s` seconds, cut F1's link `cuts` times meanwhile, then let it come to rest."""
    floor = SimulatedFloor(randomness, 3)
    await floor.start()
    chance = randomness.stream("flap")
    report = Flap(cuts)
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    for number in range(cuts):
        at_s = (number + chance.random()) * over_s / cuts
        loop.call_later(at_s, floor.control.disconnect, "F1")
    placed: list[int] = []
    while loop.time() < begun_s + over_s:
        _trade(floor, report, placed, chance.random(), chance.choice(placed) if placed else 0)
        await asyncio.sleep(chance.expovariate(4))
    await asyncio.sleep(120)
    _judge(floor, report, placed)
    await floor.stop()
    return report


def _trade(floor: SimulatedFloor, report: Flap, placed: list[int], draw: float, order_id: int) -> None:
    """One thing that a busy trader does."""
    control = floor.control
    if draw < 0.5 or not order_id:
        number = len(placed)
        ticket = Ticket(symbol=SYMBOLS[number % 4], side="B", shares=10 + number % 90, limit=Decimal(150))
        placed_id = control.place(MASTER, ticket)
        assert placed_id is not None
        placed.append(placed_id)
        report.orders += 1
        return
    try:
        if draw < 0.75:
            control.replace(MASTER, order_id, shares=100 + int(draw * 1000))
            report.replaces += 1
        else:
            control.cancel(MASTER, order_id)
            report.cancels += 1
    except ControlError:
        return  # it is over already


def _judge(floor: SimulatedFloor, report: Flap, placed: list[int]) -> None:
    records = {record.master_order_id: record for record in floor.container.engine.latest_replications(100_000)}
    masters = floor.open_orders(MASTER)
    for name in floor.names:
        outcomes: Counter[str] = Counter()
        commands = [one.text for one in floor.control.received(name)]
        tokens = Counter(int(text.split()[1]) & LOW_BITS for text in commands if text.startswith("NEWORDER "))
        report.received[name] = sum(tokens.values())
        report.logins[name] = sum(text.startswith("LOGIN") for text in commands)
        own = floor.open_orders(name)
        for order_id in placed:
            record = records.get(order_id)  # type: ignore[call-overload]  # the platform's plain numbers
            results = [one for one in record.results if one.follower_id == name] if record is not None else []
            if len(results) != 1:
                report.wrong.append(f"{name}: order {order_id} has {len(results)} outcomes")
                continue
            (result,) = results
            outcome = result.outcome.value
            outcomes[outcome] += 1
            sent, copy, master = tokens[order_id & LOW_BITS], own.get(order_id & LOW_BITS), masters.get(order_id)
            what = f"{name}: order {order_id} is {outcome} ({result.reason})"
            if sent > 1:
                report.wrong.append(f"{what} and was sent {sent} times")
            if outcome in NOT_SENT and (sent or not result.reason):
                report.wrong.append(f"{what} but was sent {sent} times")
            if outcome in {"pending", "unknown"}:
                report.wrong.append(f"{what} at rest")
            if copy is not None and master is None:
                report.wrong.append(f"{what}: its copy outlives it")
            if copy is not None and master is not None and copy.qty != master.qty:
                report.wrong.append(f"{what}: {copy.qty} shares work, the master's {master.qty}")
            if (copy is not None) != (outcome not in ENDED | NOT_SENT):
                report.wrong.append(f"{what}, and its platform has {'an' if copy is not None else 'no'} order")
        report.outcomes[name] = outcomes


def render(report: Flap) -> str:
    """The table as Markdown."""
    words = sorted({word for outcomes in report.outcomes.values() for word in outcomes})
    lines = [
        (
            f"{report.orders} orders, {report.replaces} replaces, {report.cancels} cancels of the master;"
            f" F1 was cut off {report.cuts} times"
        ),
        "",
        f"| Follower | log-ins | orders received | {' | '.join(words)} | sum |",
        f"|---|---|---|{'---|' * len(words)}---|",
    ]
    for name, outcomes in report.outcomes.items():
        counts = " | ".join(str(outcomes[word]) for word in words)
        lines.append(
            f"| {name} | {report.logins[name]} | {report.received[name]} | {counts} | {sum(outcomes.values())} |"
        )
    lines += ["", f"Wrong: {len(report.wrong)}." + "".join(f"\n- {what}" for what in report.wrong[:20])]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--over", type=float, default=60.0, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    report = run_virtual(
        lambda randomness: flap(randomness, cuts=options.cuts, over_s=options.over), seed=options.seed, limit_s=10_000
    )
    print(render(report))
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
