"""The benchmark's own machinery: every line arrives, scaled right, and the report says so. No time is asserted here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from tests.bench.cell import QUANTITIES, Cell, CellError, CellResult, Counts, Sample, multipliers_of, run_cell
from tests.bench.figures import latencies_of, median_ratio, percentile
from tests.bench.programs import HERE, Program, Workshop, open_workshop
from tests.bench.report import BarRow, render, row_of, to_json
from tests.bench.rounds import LATE_ACKS, MAIN, STALLED, Key, Outcome, Scale, cell_of, keys_of, run_rounds

FOLLOWERS = 2
ORDERS = 20


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return open_workshop(tmp_path_factory.mktemp("bench"))


def named(workshop: Workshop, name: str) -> Program:
    return next(program for program in workshop.programs if program.name == name)


def small_cell(program: Program, **changes: object) -> Cell:
    values: dict[str, object] = {
        "followers": FOLLOWERS,
        "orders": ORDERS,
        "warmup": 2,
        "rate": 200.0,
        "seed": 7,
        **changes,
    }
    return Cell(program=program, **values)  # type: ignore[arg-type]


def expected_quantity(order: int, follower: int) -> int:
    exact = QUANTITIES[order % len(QUANTITIES)] * Decimal(multipliers_of(FOLLOWERS)[follower])
    return max(1, int(exact.to_integral_value(ROUND_HALF_UP)))


def assert_all_arrived(result: CellResult) -> None:
    arrived = Counter((sample.order, sample.follower) for sample in result.samples)
    assert arrived == Counter((order, follower) for order in range(ORDERS) for follower in range(FOLLOWERS))
    assert result.counts.lost == result.counts.duplicates == result.counts.wrong == result.counts.replies_dropped == 0
    for sample in result.samples:
        assert sample.quantity == expected_quantity(sample.order, sample.follower)


def test_every_reference_that_can_run_here_copies_every_order_scaled(workshop: Workshop) -> None:
    for program in workshop.programs:
        if not program.missing and not program.is_product:
            assert_all_arrived(run_cell(small_cell(program), workshop.feeder_argv))


def test_without_a_compiler_the_python_feeder_serves_and_the_floor_says_why_it_is_missing(tmp_path: Path) -> None:
    workshop = open_workshop(tmp_path, use_compiler=False)
    assert named(workshop, "c_floor").missing == "no C compiler"
    result = run_cell(small_cell(named(workshop, "asyncio_min"), has_sending_row=True), workshop.feeder_argv)
    assert_all_arrived(result)
    assert not any(sample.is_kernel_time for sample in result.samples)


@pytest.mark.parametrize("use_compiler", [True, False])
def test_late_acks_and_a_stalled_follower_are_played(tmp_path: Path, use_compiler: bool) -> None:
    workshop = open_workshop(tmp_path, use_compiler=use_compiler)
    program = named(workshop, "asyncio_min")
    assert_all_arrived(run_cell(small_cell(program, echo_delay_us=50_000), workshop.feeder_argv))
    stalled = run_cell(small_cell(program, stalled=2, burst=10), workshop.feeder_argv)
    assert stalled.counts.expected == ORDERS
    assert stalled.counts.lost == 0
    assert {sample.follower for sample in stalled.samples} == {0}


def test_a_program_that_dies_is_a_line_of_the_report(workshop: Workshop) -> None:
    program = Program("broken", (sys.executable, "-c", "import sys; sys.exit('no such thing')"), "dies")
    with pytest.raises(CellError, match=r"the program ended with 1 before it said READY: no such thing"):
        run_cell(small_cell(program), workshop.feeder_argv)
    scale = Scale(followers=(FOLLOWERS,), rounds=1, seconds=1, orders=ORDERS)
    outcome = run_rounds(scale, [program], workshop.feeder_argv, lambda _: None)
    assert "no such thing" in render(outcome, workshop.feeder_note, ["parse"])


def test_the_entry_writes_the_table_and_the_figures(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    words = ["--n", "2", "--rounds", "1", "--orders", "20", "--programs", "c_floor,asyncio_min", "--json", str(file)]
    run = subprocess.run([sys.executable, HERE / "run.py", *words], capture_output=True, text=True, check=True)
    assert "| 2 | asyncio_min |" in run.stdout
    assert "no line lost, doubled or wrong; no cell failed" in run.stdout
    figures = json.loads(file.read_text())
    assert all(row["lost"] == 0 and row["orders"] == 18 for row in figures["rows"])
    assert "asyncio_min" in [row["program"] for row in figures["rows"]]


def test_a_round_holds_every_program_and_the_products_troubled_variants() -> None:
    floor, product = Program("c_floor", (), ""), Program("product_asyncio", (), "", is_product=True)
    scale = Scale(followers=(1, 10, 50, 200), rounds=5, seconds=1.5)
    keys = keys_of(scale, [floor, product])
    assert sum(key.variant == MAIN for key in keys) == 8
    assert {(key.program, key.followers) for key in keys if key.variant != MAIN} == {
        ("product_asyncio", 10),
        ("product_asyncio", 50),
    }
    assert cell_of(Key(LATE_ACKS, product.name, 10), product, scale, 1).echo_delay_us == 50_000
    stalled = cell_of(Key(STALLED, product.name, 10), product, scale, 1)
    assert (stalled.stalled, stalled.burst, stalled.warmup, stalled.orders) == (5, 1450, 1480, 1750)
    assert cell_of(Key(MAIN, product.name, 200), product, scale, 1).orders == 90


def result_of(program: Program, arrivals_us: dict[tuple[int, int], int], followers: int = 3) -> CellResult:
    """A cell as if measured: microseconds by (order, follower), nothing lost but what is not there."""
    samples = tuple(Sample(order, at, 0, us * 1000, 1, True) for (order, at), us in arrivals_us.items())
    cell = Cell(program, followers, orders=3, warmup=1, rate=1, seed=1)
    counts = Counts(3, 3 * followers, len(samples), 0, 0, 0, 0, 0, 0, None)
    return CellResult(cell, samples, counts, cpu_us=10.0)


def test_latencies_leave_out_warm_up_incomplete_orders_and_the_follower_not_looked_at() -> None:
    program = Program("p", (), "")
    arrivals = {(0, 0): 1, (0, 1): 1, (0, 2): 1, (1, 0): 30, (1, 1): 10, (1, 2): 20, (2, 0): 99}
    latencies = latencies_of([result_of(program, arrivals)])
    assert (latencies.first_us, latencies.median_us, latencies.last_us) == ((10,), (20,), (30,))
    assert latencies_of([result_of(program, arrivals)], without=1).last_us == (20,)


def test_percentile_is_the_nearest_rank_and_ratios_are_taken_round_by_round() -> None:
    assert [percentile(range(1, 101), percent) for percent in (50, 99, 100)] == [50, 99, 100]
    assert percentile([5.0], 99) == 5
    assert median_ratio([2, 20, 9], [1, 10, 3]) == 2


def test_bars_ratios_and_losses_come_out_in_the_report() -> None:
    floor = Program("c_floor", (), "floor")
    product = Program("product_asyncio", (), "product", is_product=True)
    quick = {(order, at): 100 + at for order in range(3) for at in range(3)}
    slow = {key: us * 2 for key, us in quick.items()}
    lossy = {key: us for key, us in slow.items() if key != (2, 2)}
    results: dict[Key, list[CellResult | str]] = {
        Key(MAIN, "c_floor", 3): [result_of(floor, quick), result_of(floor, quick)],
        Key(MAIN, "product_asyncio", 3): [result_of(product, slow), result_of(product, lossy)],
        Key(LATE_ACKS, "product_asyncio", 3): [result_of(product, slow), "the program ended"],
    }
    outcome = Outcome(Scale((3,), 2, 1.0), (floor, product), results)
    row = row_of(outcome, Key(MAIN, "product_asyncio", 3))
    assert (row.last_to_floor, row.lost, row.orders) == (2.0, 1, 3)
    text = render(outcome, "feeder", ["parse"])
    assert "product_asyncio, N=3, main: 1 lost" in text
    assert "product_asyncio, N=3, acks 50 ms late, round 2: the program ended" in text
    assert "| P1 last / C | product_asyncio | 3 | 2.00 | ≤ 2.25 | yes |" in text
    assert "| P3 acks 50 ms / 0 ms | product_asyncio | 3 | – | ≤ 1.15 | not measured |" in text
    assert "% of those times from the kernel" in text
    assert "c_floor`: no C compiler" in render(replace(outcome, no_floor="no C compiler"), "feeder", ["parse"])
    assert BarRow("P1", "p", 1, 2.5, 2.25).verdict == "NO"
    assert json.dumps(to_json(outcome, "feeder", ["parse"]))
