"""The report of a run: Markdown for people, the same figures as JSON for programs. It judges nothing but the bars."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path

from tests.bench.cell import CellResult
from tests.bench.figures import Latencies, latencies_of, median_ratio, percentile
from tests.bench.programs import ECHOING_FLOOR, FLOOR
from tests.bench.rounds import LATE_ACKS, MAIN, STALLED, Key, Outcome

P1_BAR_BY_FOLLOWERS = {1: 2.25, 10: 2.0, 50: 1.75}
P2_BAR = 2.25
P3_BAR = P4_BAR = 1.15
P7_BAR = 4.0


@dataclass(frozen=True)
class Row:
    """Figures of one kind of cell: pooled percentiles in microseconds, ratios as medians of the rounds."""

    variant: str
    program: str
    followers: int
    orders: int
    first_p50_us: float
    first_p99_us: float
    median_p50_us: float
    median_p99_us: float
    last_p50_us: float
    last_p99_us: float
    first_to_floor: float
    last_to_floor: float
    last_to_echoing_floor: float
    cpu_us: float
    lost: int
    duplicates: int
    wrong: int


@dataclass(frozen=True)
class BarRow:
    """One goal figure: what was measured against its bar."""

    figure: str
    program: str
    followers: int
    value: float
    bar: float

    @property
    def verdict(self) -> str:
        """Say whether the bar is met; not measured is not met, and said so."""
        return "not measured" if isnan(self.value) else "yes" if self.value <= self.bar else "NO"


def p50s(results: list[CellResult], end: str, *, without: int = 0) -> list[float]:
    """Median latency of each round, of the `first` or the `last` follower."""
    values = []
    for result in results:
        latencies = latencies_of([result], without=without)
        values.append(percentile(latencies.first_us if end == "first" else latencies.last_us, 50))
    return values


def ratio(outcome: Outcome, above: Key, below: Key, end: str, *, without: int = 0) -> float:
    """Median over the rounds of one cell's p50 over another's; NaN unless both ran in every round."""
    one, other = outcome.of(above), outcome.of(below)
    if len(one) != outcome.scale.rounds or len(other) != outcome.scale.rounds:
        return float("nan")
    return median_ratio(p50s(one, end, without=without), p50s(other, end, without=without))


def row_of(outcome: Outcome, key: Key) -> Row:
    """Work out one row."""
    results = outcome.of(key)
    pooled: Latencies = latencies_of(results)
    floor = Key(MAIN, FLOOR, key.followers)
    cpu_us = [result.cpu_us for result in results if result.cpu_us is not None]
    return Row(
        variant=key.variant,
        program=key.program,
        followers=key.followers,
        orders=len(pooled.last_us),
        first_p50_us=percentile(pooled.first_us, 50),
        first_p99_us=percentile(pooled.first_us, 99),
        median_p50_us=percentile(pooled.median_us, 50),
        median_p99_us=percentile(pooled.median_us, 99),
        last_p50_us=percentile(pooled.last_us, 50),
        last_p99_us=percentile(pooled.last_us, 99),
        first_to_floor=ratio(outcome, key, floor, "first"),
        last_to_floor=ratio(outcome, key, floor, "last"),
        last_to_echoing_floor=ratio(outcome, key, Key(MAIN, ECHOING_FLOOR, key.followers), "last"),
        cpu_us=percentile(cpu_us, 50),
        lost=sum(result.counts.lost for result in results),
        duplicates=sum(result.counts.duplicates for result in results),
        wrong=sum(result.counts.wrong for result in results),
    )


def bars_of(outcome: Outcome) -> list[BarRow]:
    """Measure the product against the bars P1 to P4, and P7 while we are at it."""
    rows: list[BarRow] = []
    for program in (program for program in outcome.programs if program.is_product):
        for followers in outcome.scale.followers:
            own, floor = Key(MAIN, program.name, followers), Key(MAIN, FLOOR, followers)
            p1_bar = P1_BAR_BY_FOLLOWERS[max(known for known in P1_BAR_BY_FOLLOWERS if known <= followers)]
            rows.append(BarRow("P1 last / C", program.name, followers, ratio(outcome, own, floor, "last"), p1_bar))
            rows.append(BarRow("P2 first / C", program.name, followers, ratio(outcome, own, floor, "first"), P2_BAR))
            late = Key(LATE_ACKS, program.name, followers)
            if late in outcome.results_by_key:
                value = ratio(outcome, late, own, "last")
                rows.append(BarRow("P3 acks 50 ms / 0 ms", program.name, followers, value, P3_BAR))
            stalled = Key(STALLED, program.name, followers)
            if found := outcome.of(stalled):
                value = ratio(outcome, stalled, own, "last", without=found[0].cell.stalled)
                rows.append(BarRow("P4 one stalled / none", program.name, followers, value, P4_BAR))
            if followers == 50 and (floors := outcome.of(floor)) and (owns := outcome.of(own)):
                value = median_ratio([each.cpu_us or 0 for each in owns], [each.cpu_us or 1 for each in floors])
                rows.append(BarRow("P7 CPU / C", program.name, followers, value, P7_BAR))
    return sorted(rows, key=lambda row: (row.figure, row.program, row.followers))


def machine_notes(outcome: Outcome, feeder_note: str) -> list[str]:
    """Say what was measured on, and with which clock."""
    samples = [sample for key in outcome.results_by_key for result in outcome.of(key) for sample in result.samples]
    kernel_percent = 100 * sum(sample.is_kernel_time for sample in samples) / (len(samples) or 1)
    cores = os.cpu_count() or 0
    model = ""
    if (path := Path("/proc/cpuinfo")).exists():
        names = [line.partition(":")[2].strip() for line in path.read_text().splitlines() if "model name" in line]
        model = f" ({names[0]})" if names else ""
    pinned = "feeder on CPU 1, program on CPU 0" if cores > 1 and hasattr(os, "sched_setaffinity") else "nothing pinned"
    return [
        f"{cores} processors{model}, {platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"feeder: {feeder_note}; {pinned}; loopback TCP",
        (
            "latency: from just before the write of the master's row to the receive time at a follower's socket, "
            f"{kernel_percent:.0f} % of those times from the kernel"
        ),
    ]


def number(value: float, digits: int = 0) -> str:
    """Print a figure, or a dash where there is none."""
    return "–" if isnan(value) else f"{value:,.{digits}f}"


def main_table(outcome: Outcome) -> list[str]:
    """Lay out the latencies: every program that was asked for, at every N."""
    lines = [
        "| N | program | first p50 / p99 | median p50 / p99 | last p50 / p99 | first × C | last × C | last × C with echoes | CPU µs an order | orders | lost |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for key in sorted(outcome.results_by_key, key=lambda key: (key.variant != MAIN, key.variant, key.followers)):
        row = row_of(outcome, key)
        name = row.program if key.variant == MAIN else f"{row.program}, {key.variant}"
        spans = [
            f"{number(p50)} / {number(p99)}"
            for p50, p99 in (
                (row.first_p50_us, row.first_p99_us),
                (row.median_p50_us, row.median_p99_us),
                (row.last_p50_us, row.last_p99_us),
            )
        ]
        ratios = [number(value, 2) for value in (row.first_to_floor, row.last_to_floor, row.last_to_echoing_floor)]
        if outcome.no_floor:
            ratios = [outcome.no_floor] * 3
        cells = [str(row.followers), name, *spans, *ratios, number(row.cpu_us), str(row.orders), str(row.lost)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def bar_table(bars: list[BarRow]) -> list[str]:
    """Lay out the goal figures."""
    if not bars:
        return ["The product was not among the programs measured, so there is nothing to hold against the bars."]
    lines = ["| figure | program | N | measured | bar | met |", "|---|---|---|---|---|---|"]
    for row in bars:
        cells = [row.figure, row.program, str(row.followers), number(row.value, 2), f"≤ {row.bar:.2f}", row.verdict]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def warnings_of(outcome: Outcome) -> list[str]:
    """Say aloud what makes a figure doubtful: lines lost, twice or wrong, links dropped, cells that failed."""
    found = []
    for key, results in outcome.results_by_key.items():
        counts = [result.counts for result in results if isinstance(result, CellResult)]
        troubles = {
            "lost": sum(each.lost for each in counts),
            "twice": sum(each.duplicates for each in counts),
            "wrong": sum(each.wrong for each in counts),
            "unknown commands": sum(each.unknown_commands for each in counts),
            "replies dropped": sum(each.replies_dropped for each in counts),
            "links dropped": sum(each.disconnects for each in counts),
        }
        told = ", ".join(f"{amount} {what}" for what, amount in troubles.items() if amount)
        if told:
            found.append(f"{key.program}, N={key.followers}, {key.variant}: {told}")
        if key.variant == STALLED and counts:
            unread = max(each.stalled_unread_bytes for each in counts)
            ups = sum(bool(each.is_stalled_link_up) for each in counts)
            ends = f"the program had kept the link in {ups} of {len(counts)} rounds"
            found.append(f"{key.program}, N={key.followers}: stalled socket held {unread} bytes unread, {ends}")
    return found + outcome.failures()


def render(outcome: Outcome, feeder_note: str, parse_notes: list[str]) -> str:
    """Write the whole report as Markdown."""
    programs = [f"- `{program.name}`: {program.note}" for program in outcome.programs]
    programs += [f"- `{FLOOR}`: {outcome.no_floor}, so there is no ratio to it"] if outcome.no_floor else []
    warnings = warnings_of(outcome)
    parts = [
        "# Hot path benchmark",
        "\n".join(f"- {note}" for note in machine_notes(outcome, feeder_note)),
        "\n".join(programs),
        f"Microseconds; percentiles over {outcome.scale.rounds} interleaved rounds, ratios are the median of the rounds' ratios.",
        "\n".join(main_table(outcome)),
        "## Parse",
        "\n".join(f"- {note}" for note in parse_notes),
        "## Goal figures",
        "\n".join(bar_table(bars_of(outcome))),
        "## Remarks",
        "\n".join(f"- {warning}" for warning in warnings or ["no line lost, doubled or wrong; no cell failed"]),
    ]
    return "\n\n".join(parts) + "\n"


def to_json(outcome: Outcome, feeder_note: str, parse_notes: list[str]) -> dict[str, object]:
    """Give the same figures in a form that can be kept and compared."""
    return {
        "machine": machine_notes(outcome, feeder_note),
        "rounds": outcome.scale.rounds,
        "rows": [without_nan(asdict(row_of(outcome, key))) for key in outcome.results_by_key],
        "bars": [without_nan({**asdict(row), "verdict": row.verdict}) for row in bars_of(outcome)],
        "parse": parse_notes,
        "remarks": warnings_of(outcome),
    }


def without_nan(figures: dict[str, object]) -> dict[str, object]:
    """Write what was not measured as null, which JSON knows and NaN it does not."""
    return {name: None if isinstance(value, float) and isnan(value) else value for name, value in figures.items()}
