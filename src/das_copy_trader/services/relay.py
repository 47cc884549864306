"""Passes on what the engine tells: to the browsers and to the journal."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from das_copy_trader.domain.configuration import AlertRecord
from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.domain.identifiers import OrderId
from das_copy_trader.engine.observer import FollowerResult, OutcomeChange, ReplicationKind, ReplicationRecord
from das_copy_trader.services.journal import Journal
from das_copy_trader.services.messages import (
    Alert,
    AlertState,
    FollowerOutcome,
    OrderCancelled,
    OrderReplaced,
    OrderReplicated,
    OutcomeUpdate,
    ReplicationState,
    ReplicationUpdate,
)
from das_copy_trader.services.notification_service import NotificationService

TIMES_KEPT: Final = 2000
_EVENT_BY_KIND: Final[dict[ReplicationKind, type[OrderReplicated | OrderCancelled | OrderReplaced]]] = {
    ReplicationKind.REPLICATED: OrderReplicated,
    ReplicationKind.CANCELLED: OrderCancelled,
    ReplicationKind.REPLACED: OrderReplaced,
}


class ReplicationRelay:
    """Implements engine.observer.ReplicationObserver. Further observers (the terminal's live line) can be added."""

    def __init__(self, notifications: NotificationService, journal: Journal) -> None:
        self._notifications = notifications
        self._journal = journal
        self._occurred_at: dict[OrderId, datetime] = {}
        self.on_record: list[Callable[[ReplicationRecord], None]] = []
        self.on_change: list[Callable[[OutcomeChange], None]] = []

    def on_replication(self, record: ReplicationRecord) -> None:
        """The master placed, cancelled or replaced an order; one that was found again goes to the history alone."""
        if record.kind is ReplicationKind.FOUND:
            self._journal.note_replication(record)
            return
        if record.kind is ReplicationKind.REPLICATED:
            self._occurred_at[record.master_order_id] = record.occurred_at
            if len(self._occurred_at) > TIMES_KEPT:
                del self._occurred_at[next(iter(self._occurred_at))]
        event = _EVENT_BY_KIND[record.kind]
        self._notifications.publish(lambda seq: event(seq, replication_state(record)))
        self._journal.note_replication(record)
        for listener in self.on_record:
            listener(record)

    def occurred_at(self, record: ReplicationRecord) -> datetime:
        """When the record's order was replicated: a record that is read later carries the time of reading."""
        return self._occurred_at.get(record.master_order_id, record.occurred_at)

    def on_outcome_changed(self, change: OutcomeChange) -> None:
        """A copy's outcome, quantity or reason changed."""
        self._notifications.publish(lambda seq: ReplicationUpdate(seq, outcome_update(change)))
        self._journal.note_outcome(change)
        for listener in self.on_change:
            listener(change)

    def on_alert(self, record: AlertRecord) -> None:
        """A person is told something."""
        self._notifications.publish(lambda seq: Alert(seq, alert_state(record)))
        self._journal.note_alert(record)


def replication_state(record: ReplicationRecord) -> ReplicationState:
    """The record in the brief's words."""
    return ReplicationState(
        occurred_at=record.occurred_at,
        master_order_id=record.master_order_id,
        symbol=record.symbol,
        side=record.side.value,
        quantity=record.quantity,
        type=record.ord_type.value if record.ord_type is not None else None,
        price=record.price,
        stop_price=record.stop_price,
        trail_amount=record.trail_amount,
        time_in_force=record.time_in_force.value if record.time_in_force is not None else None,
        reason=record.reason,
        follower_results={result.follower_id: _outcome(result) for result in record.results},
    )


def outcome_update(change: OutcomeChange) -> OutcomeUpdate:
    """The change in the brief's words."""
    return OutcomeUpdate(
        change.occurred_at, change.master_order_id, change.symbol, change.result.follower_id, _outcome(change.result)
    )


def alert_state(record: AlertRecord) -> AlertState:
    """The alert in the brief's words."""
    return AlertState(record.number, record.raised_at, AlertLevel(record.level), record.message, record.follower_id)


def _outcome(result: FollowerResult) -> FollowerOutcome:
    return FollowerOutcome(
        outcome=result.outcome,
        success=result.success,
        order_id=result.order_id,
        quantity=result.quantity,
        filled_quantity=result.filled_quantity,
        reason=result.reason,
        sent_us=result.sent_us,
        acked_us=result.acked_us,
    )
