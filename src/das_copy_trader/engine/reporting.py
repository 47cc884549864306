"""Collects what happened during a loop turn and tells the observer after it: nothing of this is on the hot path."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final, TypeAlias

from das_copy_trader.domain.enums import AlertLevel, Outcome
from das_copy_trader.domain.identifiers import FollowerId, OrderId
from das_copy_trader.engine.history import ReplicationStep, StepKind
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

STEPS_MAX: Final = 100_000
"""Steps kept between two tellings; a loop turn has some thousands at the very most."""
MASTER: Final = FollowerId("")
_STEP_BY_KIND: Final[dict[ReplicationKind, StepKind]] = {
    ReplicationKind.REPLICATED: StepKind.SEEN,
    ReplicationKind.CANCELLED: StepKind.MASTER_CANCELLED,
    ReplicationKind.REPLACED: StepKind.MASTER_REPLACED,
}
_Raw: TypeAlias = (
    tuple[StepKind, CopyLink, OrderId | None, Outcome, int, int, str] | tuple[ReplicationKind, MasterOrder]
)

CHANGES_TOLD_AFTER_S: Final = 0.01
"""How long what followers answer waits to be told: with 50 of them 200 lines come back for one order, within some
milliseconds, and to tell of each by itself would keep the loop from the master's next line."""

FOUND_TOLD_AFTER_S: Final = 0.5
FOUND_MAX: Final = 200
"""Of the orders found after a start so many are compared with the history: what a dead process had not written of is
the newest."""


class Reporter:
    """Remembers which master orders and copies changed, each once, until the end of the loop turn; and each step.

    `on_steps` is told of the steps, in their order. Alerts go out at once: they are rare, and taking one is an append.
    """

    def __init__(
        self,
        observer: ReplicationObserver,
        alerts: Alerts,
        clock: Clock,
        scheduler: Scheduler,
        trading_day: date = date.min,
    ) -> None:
        self.on_steps: Callable[[Sequence[ReplicationStep]], None] = _nothing
        self._observer = observer
        self._alerts = alerts
        self._clock = clock
        self._scheduler = scheduler
        self._trading_day = trading_day
        self._is_deferred = False
        self._is_due_later = False
        self._actions: list[tuple[ReplicationKind, MasterOrder]] = []
        self._changed_links: dict[CopyLink, None] = {}
        self._found: dict[MasterOrder, None] = {}
        self._steps: list[_Raw] = []
        self._lost_steps = 0

    def begin_day(self, trading_day: date) -> None:
        """Tell what waits: it belongs to the former day."""
        self._flush()
        self._found.clear()
        self._trading_day = trading_day

    def report(self, kind: ReplicationKind, master: MasterOrder) -> None:
        """The master did something, and the followers' part is decided."""
        self._actions.append((kind, master))
        self._steps.append((kind, master))
        self._schedule()

    def report_found(self, masters: Iterable[MasterOrder]) -> None:
        """Copies of these were linked again: what the history lacks of the newest is told a little later."""
        if not self._found:
            self._scheduler.call_later(FOUND_TOLD_AFTER_S, self._flush_found)
        self._found |= dict.fromkeys(masters)

    def _flush_found(self) -> None:
        found, self._found = self._found, {}
        now = self._clock.now()
        for master in sorted(found, key=lambda master: master.order_id)[-FOUND_MAX:]:
            self._observer.on_replication(replication_record(ReplicationKind.FOUND, master, now))

    def mark_changed(self, link: CopyLink) -> None:
        """A copy's outcome, quantity or reason changed."""
        self._changed_links[link] = None
        self.note(StepKind.CHANGED, link, None)

    def note(self, kind: StepKind, link: CopyLink, order_id: OrderId | None) -> None:
        """Something happened to a copy; `order_id` is the order that a command names."""
        if len(self._steps) < STEPS_MAX:
            self._steps.append((kind, link, order_id, link.outcome, link.quantity, link.cum_qty, link.reason))
        else:
            self._lost_steps += 1
        if not self._is_deferred and not self._is_due_later:
            self._is_due_later = True
            self._scheduler.call_later(CHANGES_TOLD_AFTER_S, self._flush_changes)

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

    def _flush_changes(self) -> None:
        self._is_due_later = False
        self._flush()

    def _flush(self) -> None:
        self._is_deferred = False
        actions, self._actions = self._actions, []
        changed_links, self._changed_links = self._changed_links, {}
        raw, self._steps = self._steps, []
        now = self._clock.now()
        for kind, master in actions:
            self._observer.on_replication(replication_record(kind, master, now))
        just_told = {id(master) for kind, master in actions if kind is ReplicationKind.REPLICATED}
        for link in changed_links:
            if id(link.master) in just_told or link.is_superseded:
                continue
            order = link.master.order
            change = OutcomeChange(now, order.order_id, order.symbol, follower_result(link))
            self._observer.on_outcome_changed(change)
        if raw and self.on_steps is not _nothing:
            self.on_steps(self._made(raw, now))

    def _made(self, raw: list[_Raw], now: datetime) -> list[ReplicationStep]:
        """The steps of a loop turn; a copy that was changed several times in it has told the latest of equal ones."""
        steps: list[ReplicationStep] = []
        last_by_link: dict[CopyLink, tuple[object, ...]] = {}
        placed = {id(entry[1]): True for entry in raw if entry[0] is ReplicationKind.REPLICATED}
        for entry in raw:
            if len(entry) == 2:
                if entry[0] is not ReplicationKind.REPLICATED:
                    steps += self._masters(entry[0], entry[1], now)
                elif placed.pop(id(entry[1]), None) is not None:
                    steps += self._masters(ReplicationKind.REPLICATED, entry[1], now)
                continue
            kind, link, order_id, outcome, quantity, filled, reason = entry
            if placed.pop(id(link.master), None) is not None:
                # A copy's send may fail within the pass, before the order as a whole is reported.
                steps += self._masters(ReplicationKind.REPLICATED, link.master, now)
            state = (outcome, quantity, filled, reason)
            if kind is StepKind.CHANGED and last_by_link.get(link) == state:
                continue
            last_by_link[link] = state
            steps.append(self._copys(kind, link, now, outcome, quantity, filled, reason, order_id=order_id))
        if self._lost_steps:
            reason = f"{self._lost_steps} steps are missing: more happened at once than could be kept."
            steps.append(ReplicationStep(now, self._trading_day, OrderId(0), MASTER, StepKind.GAP, reason=reason))
            self._lost_steps = 0
        return steps

    def _masters(self, kind: ReplicationKind, master: MasterOrder, now: datetime) -> list[ReplicationStep]:
        order = master.order
        quantity = master.order_qty or order.order_qty
        steps = [
            ReplicationStep(
                now,
                self._trading_day,
                order.order_id,
                MASTER,
                _STEP_BY_KIND[kind],
                order_id=order.order_id,
                quantity=quantity,
                filled_quantity=order.cum_qty,
                reason=master.refusal,
            )
        ]
        if kind is not ReplicationKind.REPLICATED:
            return steps
        for link in master.link_by_follower.values():
            # Without a line it is only taken for sent: an earlier life may have done it.
            is_sent, is_held = bool(link.line) and link.is_sent and not link.is_sent_later, link.is_paced
            first = Outcome.PENDING if link.line else link.outcome
            reason = link.note if link.line else link.reason
            if reason or not is_sent:  # what is sent as it is was decided so: one step tells both
                steps.append(self._copys(StepKind.DECIDED, link, now, first, link.quantity, 0, reason))
            if is_sent or is_held:
                kind_of_send = StepKind.SENT if is_sent else StepKind.HELD
                steps.append(self._copys(kind_of_send, link, now, first, link.quantity, 0, ""))
        return steps

    def _copys(
        self,
        kind: StepKind,
        link: CopyLink,
        now: datetime,
        outcome: Outcome,
        quantity: int,
        filled: int,
        reason: str,
        *,
        order_id: OrderId | None = None,
    ) -> ReplicationStep:
        is_line = kind in (StepKind.SENT, StepKind.HELD)
        if order_id is None and link.order is not None and not is_line:
            order_id = link.order.order_id
        return ReplicationStep(
            now,
            self._trading_day,
            link.master.order_id,
            link.seat.follower_id,
            kind,
            outcome,
            order_id,
            link.cl_ord_id,
            quantity,
            filled,
            reason,
            link.line.decode("latin-1").rstrip() if is_line else "",
        )


def _nothing(_steps: Sequence[ReplicationStep]) -> None:
    """Stands in until somebody keeps them."""
