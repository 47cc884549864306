"""From samples to figures: latencies of the first, median and last follower, percentiles, ratios to the floor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import median

from tests.bench.cell import CellResult


@dataclass(frozen=True)
class Latencies:
    """Microseconds from the master's row to the copy, one value an order, for the first, median and last follower."""

    first_us: tuple[float, ...]
    median_us: tuple[float, ...]
    last_us: tuple[float, ...]


def latencies_of(results: Iterable[CellResult], *, without: int = 0) -> Latencies:
    """Pool the orders that reached everybody, warm-up left out; `without` is the number of a follower not to look at."""
    first: list[float] = []
    middle: list[float] = []
    last: list[float] = []
    for result in results:
        arrivals_by_order: dict[int, list[float]] = defaultdict(list)
        for sample in result.samples:
            if sample.order >= result.cell.warmup and sample.follower != without - 1:
                arrivals_by_order[sample.order].append((sample.received_ns - sample.sent_ns) / 1000)
        due = result.cell.followers - bool(without or result.cell.stalled)
        for arrivals in arrivals_by_order.values():
            if len(arrivals) == due:
                arrivals.sort()
                first.append(arrivals[0])
                middle.append(arrivals[(due - 1) // 2])
                last.append(arrivals[-1])
    return Latencies(tuple(first), tuple(middle), tuple(last))


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank; NaN of nothing."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


def median_ratio(above: Iterable[float], below: Iterable[float]) -> float:
    """Median of the rounds' ratios: neighbours in time are compared, so a slow minute of the machine falls out."""
    ratios = [one / other for one, other in zip(above, below, strict=True) if other > 0 and not isnan(one)]
    return median(ratios) if ratios else float("nan")
