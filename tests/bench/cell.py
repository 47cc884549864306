"""One cell of the benchmark: one program, one number of followers, one stretch of orders."""

from __future__ import annotations

import json
import os
import queue
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from tests.bench.programs import Program

SYMBOLS = ("MSFT", "AAPL", "NVDA", "AMD", "TSLA", "META", "AMZN", "GOOG", "INTC", "MU", "QCOM", "NFLX", "ORCL", "CRM")
QUANTITIES = (100, 200, 300, 50, 75, 33, 10, 120, 40)
MULTIPLIERS = ("0.5", "1", "1.5", "2", "0.25")
SAMPLE = struct.Struct("=IIqqII")
START_TIMEOUT_S = 30.0


class CellError(Exception):
    """The cell gave no figures; the text says which side ended or hung, with the last it had to say."""


@dataclass(frozen=True)
class Cell:
    """What to measure.

    `stalled`: number of the follower that is never read, 0 = none. `burst`: so many orders at the start come at 1000 a
    second, enough to fill a socket that is not read. `warmup`: so many orders at the start do not count.
    """

    program: Program
    followers: int
    orders: int
    warmup: int
    rate: float
    seed: int
    echo_delay_us: int = 0
    stalled: int = 0
    burst: int = 0
    has_sending_row: bool = False


@dataclass(frozen=True)
class Sample:
    """One NEWORDER that came: of which master order (0, 1, ...), at which follower (0, 1, ...), when, how many shares."""

    order: int
    follower: int
    sent_ns: int
    received_ns: int
    quantity: int
    is_kernel_time: bool


@dataclass(frozen=True)
class Counts:
    """What the feeder counted over the whole cell, warm-up included."""

    sent: int
    expected: int
    received: int
    duplicates: int
    wrong: int
    unknown_commands: int
    replies_dropped: int
    disconnects: int
    stalled_unread_bytes: int
    is_stalled_link_up: bool | None

    @property
    def lost(self) -> int:
        """NEWORDER lines that never came."""
        return self.expected - self.received


@dataclass(frozen=True)
class CellResult:
    """What was measured; `cpu_us` is the program's processor time an order, None where the system does not say."""

    cell: Cell
    samples: tuple[Sample, ...]
    counts: Counts
    cpu_us: float | None


def multipliers_of(followers: int) -> list[str]:
    """Multiplier of each follower: a few values in turn, so that lines fall into several groups."""
    return [MULTIPLIERS[index % len(MULTIPLIERS)] for index in range(followers)]


def run_cell(cell: Cell, feeder_argv: tuple[str, ...]) -> CellResult:
    """Start feeder and program, let them run, stop both; raises CellError."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        harness_cpu, program_cpu = cpus()
        with Child([*feeder_argv, *feeder_options(cell, directory)], directory / "feeder", harness_cpu) as feeder:
            ports = feeder.line("PORTS", START_TIMEOUT_S).split()
            addresses = ["--master-port", ports[0], "--follower-ports", ",".join(ports[1:])]
            argv = [*cell.program.argv, *addresses, "--multipliers", ",".join(multipliers_of(cell.followers))]
            with Child(argv, directory / "program", program_cpu) as program:
                program.line("READY", START_TIMEOUT_S)
                feeder.line("LOGGED_IN", START_TIMEOUT_S)
                busy_before_ns = program.busy_ns()
                feeder.say("GO")
                counts = json.loads(feeder.line("DONE", cell.orders / cell.rate + START_TIMEOUT_S))
                busy_ns = program.busy_ns()
        samples = tuple(read_samples(directory / "samples"))
    has_cpu = busy_ns is not None and busy_before_ns is not None
    cpu_us = (busy_ns - busy_before_ns) / cell.orders / 1000 if has_cpu else None  # type: ignore[operator]
    return CellResult(cell, samples, Counts(**counts), cpu_us)


def feeder_options(cell: Cell, directory: Path) -> list[str]:
    """Write the cell as the feeder's command line."""
    options = {
        "--followers": cell.followers,
        "--orders": cell.orders,
        "--rate": cell.rate,
        "--burst": cell.burst,
        "--seed": cell.seed,
        "--stalled": cell.stalled,
        "--echo-delay-us": cell.echo_delay_us,
        "--symbols": ",".join(SYMBOLS),
        "--quantities": ",".join(map(str, QUANTITIES)),
        "--multipliers": ",".join(multipliers_of(cell.followers)),
        "--out": directory / "samples",
    }
    switches = ["--silent"] * cell.program.is_silent + ["--sending-row"] * cell.has_sending_row
    return [str(word) for pair in options.items() for word in pair] + switches


def read_samples(path: Path) -> Iterator[Sample]:
    """Read the feeder's file."""
    for order, follower, sent_ns, received_ns, quantity, is_kernel_time in SAMPLE.iter_unpack(path.read_bytes()):
        yield Sample(order, follower, sent_ns, received_ns, quantity, bool(is_kernel_time))


def cpus() -> tuple[int | None, int | None]:
    """Processor of the harness and of the program under test; None, None with fewer than two or where it cannot be set."""
    if sys.platform != "linux":
        return None, None
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[1], allowed[0]) if len(allowed) > 1 else (None, None)


@contextmanager
def pinned(cpu: int | None) -> Iterator[None]:
    """Processes started inside run on this processor; ourselves only until the end of the block."""
    if sys.platform != "linux" or cpu is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Child:
    """A process that talks in lines: a word, then what belongs to it. Ended at the end of the `with` block."""

    def __init__(self, argv: list[str], name: Path, cpu: int | None) -> None:
        self.name = name.name
        self.stderr_path = name.with_suffix(".stderr")
        # The rows carry the exchange's time of day, as those of a real platform do.
        env = {**os.environ, "TZ": "America/New_York"}
        with pinned(cpu), self.stderr_path.open("wb") as stderr:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=env, text=True
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin: IO[str] = self.process.stdin
        self.stdout: IO[str] = self.process.stdout
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join()
        self.stdout.close()
        with suppress(OSError):
            self.stdin.close()

    def _read(self) -> None:
        for line in self.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def say(self, word: str) -> None:
        """Write one line to the process."""
        self.stdin.write(f"{word}\n")
        self.stdin.flush()

    def line(self, word: str, timeout_s: float) -> str:
        """Wait for the line that starts with `word` and return the rest of it; others are dropped. Raises CellError."""
        while True:
            try:
                line = self.lines.get(timeout=timeout_s)
            except queue.Empty:
                raise CellError(
                    f"the {self.name} did not say {word} in {timeout_s:.0f} s{self._last_words()}"
                ) from None
            if line is None:
                code = self.process.wait()
                raise CellError(f"the {self.name} ended with {code} before it said {word}{self._last_words()}")
            first, _, rest = line.strip().partition(" ")
            if first == word:
                return rest

    def busy_ns(self) -> int | None:
        """Processor time of all its threads so far."""
        try:
            tasks = list(Path(f"/proc/{self.process.pid}/task").iterdir())
            return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)
        except OSError:
            return None

    def _last_words(self) -> str:
        text = self.stderr_path.read_text(errors="replace").strip()
        return f": {text.splitlines()[-1]}" if text else ""
