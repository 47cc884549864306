"""Collects what happened during a loop turn and tells the observer after it: nothing of this is on the hot path."""

from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.engine.observer import (
    OutcomeChange,
    ReplicationKind,
    ReplicationObserver,
    follower_result,
    replication_record,
)
from das_copy_trader.engine.order_links import CopyLink, MasterOrder
from das_copy_trader.engine.ports import Alerts, Scheduler
from das_copy_trader.runtime.clock import Clock


class Reporter:
    """Remembers which master orders and copies changed, each once, until the end of the loop turn.

    Alerts go out at once: they are rare, and taking one is an append.
    """

    def __init__(self, observer: ReplicationObserver, alerts: Alerts, clock: Clock, scheduler: Scheduler) -> None:
        self._observer = observer
        self._alerts = alerts
        self._clock = clock
        self._scheduler = scheduler
        self._is_deferred = False
        self._actions: list[tuple[ReplicationKind, MasterOrder]] = []
        self._changed_links: dict[CopyLink, None] = {}

    def report(self, kind: ReplicationKind, master: MasterOrder) -> None:
        """The master did something, and the followers' part is decided."""
        self._actions.append((kind, master))
        self._schedule()

    def mark_changed(self, link: CopyLink) -> None:
        """A copy's outcome, quantity or reason changed."""
        self._changed_links[link] = None
        self._schedule()

    def alert(self, level: AlertLevel, message: str, *, follower_id: FollowerId | None = None) -> None:
        """A person must know, in one sentence with what to do."""
        self._alerts.raise_alert(level, message, follower_id=follower_id)

    def alert_copy(self, level: AlertLevel, link: CopyLink, what: str) -> None:
        """A person must know about one copy; `what` goes on from «the copy of BUY MSFT …»."""
        order = link.master.order
        subject = f"the copy of {order.side.value} {order.symbol} (master order {order.order_id})"
        self.alert(level, f"{link.seat.settings.name}: {subject} {what}", follower_id=link.seat.follower_id)

    def _schedule(self) -> None:
        if not self._is_deferred:
            self._is_deferred = True
            self._scheduler.call_soon(self._flush)

    def _flush(self) -> None:
        self._is_deferred = False
        actions, self._actions = self._actions, []
        changed_links, self._changed_links = self._changed_links, {}
        now = self._clock.now()
        for kind, master in actions:
            self._observer.on_replication(replication_record(kind, master, now))
        just_told = {id(master) for kind, master in actions if kind is ReplicationKind.REPLICATED}
        for link in changed_links:
            if id(link.master) in just_told:
                continue
            order = link.master.order
            change = OutcomeChange(now, order.order_id, order.symbol, follower_result(link))
            self._observer.on_outcome_changed(change)
