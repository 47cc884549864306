"""Feeds the metrics: from what the relay passes on once the orders have left, and from what all say when asked."""

from collections.abc import Callable, Iterator
from typing import Final

from das_copy_trader.domain.configuration import AlertRecord
from das_copy_trader.domain.enums import ConnectionState, Mode, Outcome
from das_copy_trader.engine.observer import FollowerResult, OutcomeChange, ReplicationKind, ReplicationRecord
from das_copy_trader.runtime.metrics import Metrics, Reading
from das_copy_trader.services.notification_service import NotificationService
from das_copy_trader.services.snapshots import Snapshots, waiting_commands

COPIES_KEPT: Final = 20_000
"""Copies whose stages are remembered, so that each one counts once."""


class _Seen:
    __slots__ = ("has_acked", "has_sent", "outcome")

    def __init__(self) -> None:
        self.has_sent = False
        self.has_acked = False
        self.outcome: Outcome | None = None


class CopyMetrics:
    """Listens to the relay and to the alerts. Every method returns at once."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._seen: dict[tuple[int, str], _Seen] = {}

    def on_record(self, record: ReplicationRecord) -> None:
        """The master placed an order: what was decided for each follower."""
        if record.kind is ReplicationKind.REPLICATED:
            for result in record.results:
                self._take(record.master_order_id, result)

    def on_change(self, change: OutcomeChange) -> None:
        """A copy went on."""
        self._take(change.master_order_id, change.result)

    def on_alert(self, record: AlertRecord) -> None:
        """A person was told something."""
        self._metrics.note_alert(record.level)

    def _take(self, master_order_id: int, result: FollowerResult) -> None:
        key = (master_order_id, result.follower_id)
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = _Seen()
            if len(self._seen) > COPIES_KEPT:
                del self._seen[next(iter(self._seen))]
        if result.sent_us is not None and not seen.has_sent:
            seen.has_sent = True
            self._metrics.note_stage("sent", result.follower_id, result.sent_us / 1e6)
        if result.acked_us is not None and not seen.has_acked:
            seen.has_acked = True
            self._metrics.note_stage("acked", result.follower_id, result.acked_us / 1e6)
        if result.outcome is not seen.outcome:
            seen.outcome = result.outcome
            self._metrics.note_outcome(result.follower_id, result.outcome.value)


class SystemReadings:
    """What is read when somebody asks for the metrics. `queue_sizes`: actions that wait, by follower."""

    def __init__(
        self,
        *,
        snapshots: Snapshots,
        notifications: NotificationService,
        mode: Callable[[], Mode],
        queue_sizes: Callable[[], dict[str, int]],
    ) -> None:
        self._snapshots = snapshots
        self._notifications = notifications
        self._mode = mode
        self._queue_sizes = queue_sizes

    def read(self) -> Iterator[Reading]:
        """Every figure, now."""
        snapshots, notifications = self._snapshots, self._notifications
        for mode in Mode:
            is_it = 1.0 if self._mode() is mode else 0.0
            yield Reading("das_copy_mode", "1 for the mode that the whole is in.", is_it, (("mode", mode.value),))
        yield Reading("das_copy_uptime_seconds", "Since the program started.", snapshots.uptime_s)
        waiting = snapshots.history_rows_waiting
        yield Reading("das_copy_history_rows_waiting", "Rows of history that are not stored yet.", waiting)
        yield Reading("das_copy_websocket_clients", "Browsers that listen.", notifications.client_count)
        dropped = notifications.dropped_clients
        meaning = "Browsers that were dropped because they did not read."
        yield Reading("das_copy_websocket_clients_dropped", meaning, dropped, is_total=True)
        yield Reading("das_copy_events", "Events that were told.", notifications.seq, is_total=True)
        for follower, count in self._queue_sizes().items():
            labels = (("follower", follower),)
            yield Reading("das_copy_queued_actions", "Actions that wait for the user.", count, labels)
        yield from self._accounts()

    def _accounts(self) -> Iterator[Reading]:
        for role, owner, client in self._snapshots.clients():
            labels = (("role", role), ("id", owner))
            health = client.health()
            is_ready = 1.0 if health.state is ConnectionState.READY else 0.0
            yield Reading("das_copy_account_ready", "1 for an account that can trade.", is_ready, labels)
            reconnects = health.reconnects
            meaning = "Times that an account became ready again."
            yield Reading("das_copy_account_reconnects", meaning, reconnects, labels, is_total=True)
            if health.echo_p50_s is not None:
                yield Reading("das_copy_round_trip_seconds", "Median round trip.", health.echo_p50_s, labels)
            pacing = health.pacing
            if pacing is None:
                continue
            for command, left in (
                ("order", pacing.new_orders),
                ("cancel", pacing.cancels),
                ("replace", pacing.replaces),
            ):
                meaning = "Commands that the platform's rate limits allow now."
                yield Reading("das_copy_commands_left", meaning, left, (*labels, ("command", command)))
            meaning = "Commands that wait for a rate limit."
            yield Reading("das_copy_commands_waiting", meaning, waiting_commands(pacing), labels)
