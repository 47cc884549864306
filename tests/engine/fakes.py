"""Hand-written fakes of what the engine is given: time, timers, lines, listeners. `fake_account` has the accounts."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec

from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.domain.orders import OrderRequest
from das_copy_trader.engine.observer import OutcomeChange, ReplicationRecord


class FakeClock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self._epoch = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self._epoch + timedelta(seconds=self.now_s)

    def monotonic_s(self) -> float:
        return self.now_s

    def perf_ns(self) -> int:
        return round(self.now_s * 1e9)


class FakeScheduler:
    """Runs callbacks when the test says so."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._soon: list[Callable[[], object]] = []
        self._timers: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    def call_soon(self, callback: Callable[[], object]) -> None:
        self._soon.append(callback)

    def call_later(self, delay: float, callback: Callable[[], object]) -> None:
        heapq.heappush(self._timers, (self._clock.now_s + delay, next(self._numbers), callback))

    def end_turn(self) -> None:
        """Run what waits for the end of the loop turn."""
        while self._soon:
            callbacks, self._soon = self._soon, []
            for callback in callbacks:
                callback()

    def advance(self, seconds: float) -> None:
        """Let time pass, firing timers at their moments."""
        self.end_turn()
        end_s = self._clock.now_s + seconds
        while self._timers and self._timers[0][0] <= end_s:
            at_s, _, callback = heapq.heappop(self._timers)
            self._clock.now_s = max(self._clock.now_s, at_s)
            callback()
            self.end_turn()
        self._clock.now_s = end_s


class FakeEncoder:
    """Lines that show the request; `request_of` is what a platform reads in them."""

    def __init__(self) -> None:
        self.unsayable_route = ""
        self._request_by_line: dict[bytes, OrderRequest] = {}
        self.encoded: list[OrderRequest] = []

    def encode(self, request: OrderRequest) -> bytes:
        if request.route == self.unsayable_route:
            raise ValueError("a price cannot have five decimals")
        line = repr(request).encode()
        self.encoded.append(request)
        self._request_by_line[line] = request
        return line

    def request_of(self, line: bytes) -> OrderRequest:
        return self._request_by_line[line]


class RecordingObserver:
    """Keeps what the engine tells."""

    def __init__(self) -> None:
        self.records: list[ReplicationRecord] = []
        self.changes: list[OutcomeChange] = []

    def on_replication(self, record: ReplicationRecord) -> None:
        self.records.append(record)

    def on_outcome_changed(self, change: OutcomeChange) -> None:
        self.changes.append(change)


class Alert(msgspec.Struct, frozen=True):
    level: AlertLevel
    message: str
    follower_id: FollowerId | None


class RecordingAlerts:
    """Keeps the alerts."""

    def __init__(self) -> None:
        self.raised: list[Alert] = []

    def raise_alert(self, level: AlertLevel, message: str, *, follower_id: FollowerId | None = None) -> None:
        self.raised.append(Alert(level, message, follower_id))

    def about(self, follower_id: str | None) -> list[Alert]:
        return [alert for alert in self.raised if alert.follower_id == follower_id]
