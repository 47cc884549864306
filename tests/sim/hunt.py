"""Looks for wrongs in rough days, for as long as you like, and for planted bugs.

python -m tests.sim.hunt --seeds 1000              days 0 … 999 of the product as it is; exits 1 on the first wrong
python -m tests.sim.hunt --seed 287                one day again
python -m tests.sim.hunt --planted --seeds 120     how many days it takes to find each planted bug
python -m tests.sim.hunt --bug "round half even"   one of them
"""

import argparse
import sys
from collections.abc import MutableMapping
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from typing import Any, Never

import structlog

from das_copy_trader.runtime.virtual_time import run_virtual
from tests.sim.planted import BUGS, planted
from tests.sim.rough_day import simulate_rough_day
from tests.sim.rough_end import RoughReport

LIMIT_S = 7200.0
COMMAND = "python -m tests.sim.hunt --seed {seed}"


def rough_day(seed: int) -> RoughReport:
    """One day. What the product itself objects to, an exception included, counts as a wrong."""
    try:
        return run_virtual(simulate_rough_day, seed=seed, limit_s=LIMIT_S)
    except Exception as error:  # noqa: BLE001 - whatever it is, the day has found something
        return RoughReport([f"{type(error).__name__}: {error}"])


def days_until_found(name: str, seeds: range) -> tuple[int, str] | None:
    """The first seed whose day finds a planted bug, and what it says; None where none does."""
    with planted(name):
        for seed in seeds:
            report = rough_day(seed)
            if report.wrongs:
                return seed, report.wrongs[0]
    return None


def _hunt(seeds: range, workers: int) -> int:
    copies = faults = lives = 0
    with ProcessPoolExecutor(workers, initializer=_be_quiet) as pool:
        for seed, report in zip(seeds, pool.map(rough_day, seeds, chunksize=4), strict=True):
            copies, faults, lives = copies + report.copies, faults + report.faults, lives + report.lives
            if report.wrongs:
                print(f"SEED={seed}", *report.wrongs, f"again: {COMMAND.format(seed=seed)}", sep="\n  ")
                return 1
    print(f"{len(seeds)} days: {copies} copies, {faults} faults, {lives - len(seeds)} kills, nothing wrong")
    return 0


def _search(names: list[str], seeds: range, workers: int) -> int:
    needed: list[int] = []
    with ProcessPoolExecutor(workers, initializer=_be_quiet) as pool:
        tries = {name: pool.submit(days_until_found, name, seeds) for name in names}
        for name, running in tries.items():
            found = running.result()
            if found is None:
                print(f"{name:70} NOT FOUND in {len(seeds)} days")
            else:
                needed.append(found[0] - seeds.start + 1)
                print(f"{name:70} {needed[-1]:>4} days: {found[1]}", flush=True)
    if needed:
        print(f"{len(needed)} of {len(names)} found; days needed: median {median(needed):g}, most {max(needed)}")
    return 0 if len(needed) == len(names) else 1


def _be_quiet() -> None:
    structlog.configure(processors=[_drop])


def _drop(_logger: object, _method: str, _event: MutableMapping[str, Any]) -> Never:
    raise structlog.DropEvent


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--bug", choices=list(BUGS))
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    if options.seed is not None:
        seeds = range(options.seed, options.seed + 1)
    if options.planted or options.bug:
        return _search([options.bug] if options.bug else list(BUGS), seeds, options.workers)
    return _hunt(seeds, options.workers)


if __name__ == "__main__":
    sys.exit(main())
