"""Figures for Prometheus, in a registry of our own."""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_1_0_0
STAGE_BUCKETS_S: Final = (
    20e-6, 50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 20e-3, 50e-3, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0
)  # fmt: skip


class Reading(msgspec.Struct, frozen=True):
    """One figure that is read when somebody asks. `labels` are name and value; a `is_total` only grows."""

    name: str
    meaning: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()
    is_total: bool = False


class Metrics:
    """Latencies and outcomes are noted as they come; everything else is read when somebody asks."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry(auto_describe=False)
        self._stage = Histogram(
            "das_copy_stage_seconds",
            "From the master's line to this stage of a follower's copy.",
            ("stage", "follower"),
            buckets=STAGE_BUCKETS_S,
            registry=self._registry,
        )
        self._outcomes = Counter(
            "das_copy_outcomes", "Outcomes that copies came to.", ("follower", "outcome"), registry=self._registry
        )
        self._alerts = Counter("das_copy_alerts", "Alerts that were raised.", ("level",), registry=self._registry)
        ProcessCollector(registry=self._registry)

    def note_stage(self, stage: str, follower: str, seconds: float) -> None:
        """A copy reached a stage."""
        self._stage.labels(stage, follower).observe(seconds)

    def note_outcome(self, follower: str, outcome: str) -> None:
        """A copy came to an outcome."""
        self._outcomes.labels(follower, outcome).inc()

    def note_alert(self, level: str) -> None:
        """An alert was raised."""
        self._alerts.labels(level).inc()

    def read(self, read: Callable[[], Iterable[Reading]]) -> None:
        """Ask this function whenever somebody asks us."""
        self._registry.register(_Readings(read))

    def text(self) -> bytes:
        """Everything, in Prometheus's text format."""
        return generate_latest(self._registry)


class _Readings(Collector):
    def __init__(self, read: Callable[[], Iterable[Reading]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        """The readings, gathered by name."""
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
        for reading in self._read():
            family = families.get(reading.name)
            if family is None:
                make = CounterMetricFamily if reading.is_total else GaugeMetricFamily
                family = make(reading.name, reading.meaning, labels=[name for name, _ in reading.labels])
                families[reading.name] = family
            family.add_metric([value for _, value in reading.labels], reading.value)
        return families.values()
