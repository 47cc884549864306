"""Which cells a run consists of, and their rounds: interleaved, so that every program meets the machine's moods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.bench.cell import Cell, CellError, CellResult, run_cell
from tests.bench.programs import Program

LATE_ACKS = "acks 50 ms late"
STALLED = "one follower stalled"
MAIN = "main"
# Measured: about 1,400 lines fill the buffers between a writer and a reader that has stopped; from 1,550 on it is cut off.
FILLING_ORDERS = 1450
USUAL_PROGRAMS = ("c_floor", "c_floor_echo", "asyncio_min", "uvloop_min", "product_asyncio", "product_uvloop")


@dataclass(frozen=True)
class Key:
    """One kind of cell: its variant, its program's name, its number of followers."""

    variant: str
    program: str
    followers: int


@dataclass(frozen=True)
class Scale:
    """How much is measured; `orders` None = as many as suit the number of followers."""

    followers: tuple[int, ...]
    rounds: int
    seconds: float
    orders: int | None = None
    rate: float | None = None
    has_sending_row: bool = False


@dataclass
class Outcome:
    """All results by kind of cell, in the order of rounds; a text stands for a cell that failed.

    `no_floor`: why there is no C floor to compare with, empty when there is.
    """

    scale: Scale
    programs: tuple[Program, ...]
    results_by_key: dict[Key, list[CellResult | str]] = field(default_factory=dict)
    no_floor: str = ""

    def of(self, key: Key) -> list[CellResult]:
        """Results of the cells that ran to their end."""
        return [result for result in self.results_by_key.get(key, []) if isinstance(result, CellResult)]

    def failures(self) -> list[str]:
        """One sentence a failed cell."""
        found = []
        for key, results in self.results_by_key.items():
            for number, result in enumerate(results, 1):
                if isinstance(result, str):
                    found.append(f"{key.program}, N={key.followers}, {key.variant}, round {number}: {result}")
        return found


def rate_for(followers: int) -> float:
    """Orders a second that leave the machine idle most of the time: its latency is asked, not its limit."""
    return 200.0 if followers <= 50 else 100.0 if followers <= 100 else 60.0 if followers <= 200 else 30.0


def keys_of(scale: Scale, programs: Sequence[Program]) -> list[Key]:
    """List the kinds of cells of one round: every program at every N, and the product's two troubled variants."""
    keys = [Key(MAIN, program.name, followers) for followers in scale.followers for program in programs]
    troubled = {min(10, max(scale.followers)), min(50, max(scale.followers))} & set(scale.followers) - {1}
    for followers in sorted(troubled):
        for variant in (LATE_ACKS, STALLED):
            keys += [Key(variant, program.name, followers) for program in programs if program.is_product]
    return keys


def cell_of(key: Key, program: Program, scale: Scale, seed: int) -> Cell:
    """Fill in a cell; every program of a round gets the same seed, so the same orders at the same distances."""
    rate = scale.rate or rate_for(key.followers)
    orders = scale.orders or max(20, round(scale.seconds * rate))
    burst = FILLING_ORDERS if key.variant == STALLED else 0
    return Cell(
        program=program,
        followers=key.followers,
        orders=burst + orders,
        warmup=burst + orders // 10,
        rate=rate,
        seed=seed,
        echo_delay_us=50_000 if key.variant == LATE_ACKS else 0,
        stalled=(key.followers + 1) // 2 if key.variant == STALLED else 0,
        burst=burst,
        has_sending_row=scale.has_sending_row,
    )


def run_rounds(
    scale: Scale, programs: Sequence[Program], feeder_argv: tuple[str, ...], tell: Callable[[str], None]
) -> Outcome:
    """Run all rounds. Within one N the programs follow each other, and their order moves on by one each round."""
    outcome = Outcome(scale, tuple(programs))
    program_by_name = {program.name: program for program in programs}
    keys = keys_of(scale, programs)
    for number in range(scale.rounds):
        for followers in scale.followers:
            row = [key for key in keys if key.followers == followers]
            first = number % len(row)
            for key in row[first:] + row[:first]:
                cell = cell_of(key, program_by_name[key.program], scale, seed=1000 * number + followers)
                tell(f"round {number + 1}/{scale.rounds}  N={followers}  {key.program}  {key.variant}")
                outcome.results_by_key.setdefault(key, []).append(attempt(cell, feeder_argv))
    return outcome


def attempt(cell: Cell, feeder_argv: tuple[str, ...]) -> CellResult | str:
    """Run one cell; a program that fails is a line of the report, not the end of the run."""
    try:
        return run_cell(cell, feeder_argv)
    except CellError as failure:
        return str(failure)
