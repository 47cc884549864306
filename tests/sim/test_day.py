"""Simulated days: no violation, the same twice, and the faults really happen."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from das_copy_trader.runtime.virtual_time import run_virtual
from tests.sim.day import DayReport, simulate_day

SEEDS = range(40)
LIMIT_S = 7200.0


def _report(seed: int) -> DayReport:
    return run_virtual(simulate_day, seed=seed, limit_s=LIMIT_S)


@pytest.mark.parametrize("seed", SEEDS)
def test_day_ends_well(seed: int) -> None:
    report = _report(seed)
    assert not report.violations, f"SEED={seed}: {report.violations}"
    assert report.master_orders > 20


def test_days_differ_in_what_they_meet() -> None:
    seen: dict[str, int] = {}
    for seed in range(12):
        for outcome, count in _report(seed).outcomes.items():
            seen[outcome] = seen.get(outcome, 0) + count
    assert {"working", "cancelled", "queued", "rejected"} <= set(seen), seen


def test_day_is_the_same_twice_also_in_other_processes() -> None:
    program = textwrap.dedent("""
        from das_copy_trader.runtime.virtual_time import run_virtual
        from tests.sim.day import simulate_day
        print([run_virtual(simulate_day, seed=seed, limit_s=7200.0).trace for seed in range(3)])
    """)
    root = Path(__file__).parents[2]
    outputs = set()
    for hash_seed in ("0", "4242"):
        ran = subprocess.run(
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
        )
        outputs.add(ran.stdout.splitlines()[-1])
    assert outputs == {f"{[_report(seed).trace for seed in range(3)]}"}
