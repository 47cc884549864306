"""Where history goes and where it is read: the ports, and one that keeps the newest in memory."""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final, Protocol

from msgspec import structs

from das_copy_trader.domain.configuration import AlertRecord
from das_copy_trader.domain.enums import Outcome, Side
from das_copy_trader.domain.identifiers import FollowerId, OrderId
from das_copy_trader.engine.copied_position import CarriedBook, carried_positions
from das_copy_trader.engine.history import (
    PageKey,
    PastCopy,
    PastReplication,
    ReplicationPage,
    ReplicationQuery,
    ReplicationStep,
    StepKind,
    past_copy,
    past_replication,
)
from das_copy_trader.engine.observer import OutcomeChange, ReplicationKind, ReplicationRecord

ORDERS_KEPT: Final = 2_000
STEPS_KEPT: Final = 20_000


class Journal(Protocol):
    """Writes history behind the trading's back. The `note_` methods return at once and never raise."""

    @property
    def waiting_rows(self) -> int:
        """Rows that are not stored yet."""

    def note_replication(self, record: ReplicationRecord) -> None:
        """The master did something."""

    def note_outcome(self, change: OutcomeChange) -> None:
        """A copy's outcome changed."""

    def note_steps(self, steps: Sequence[ReplicationStep]) -> None:
        """This happened, in this order."""

    def note_alert(self, alert: AlertRecord) -> None:
        """A person was told something."""

    async def run(self) -> None:
        """Write what waits, until cancelled."""

    async def retain(self) -> None:
        """Forget what is older than is to be kept, until cancelled."""

    async def close(self) -> None:
        """Write the rest."""

    async def page(self, query: ReplicationQuery) -> ReplicationPage:
        """Master orders of any day, newest first, with the last known outcome of every copy."""

    async def replication(self, trading_day: date, order_id: OrderId) -> PastReplication | None:
        """One master order of a day; None when nothing is known of it."""

    async def steps(self, trading_day: date, order_id: OrderId) -> list[ReplicationStep]:
        """What happened to a master order and its copies, in order; gaps of that day among it."""

    async def carried(self, trading_day: date) -> CarriedBook:
        """What copies of the days before this one have left; what cannot be read is not known."""


class MemoryJournal:
    """Keeps the newest in memory alone: for tests and trials without a database."""

    waiting_rows = 0

    def __init__(self, day_of: Callable[[datetime], date], orders_kept: int = ORDERS_KEPT) -> None:
        self._day_of = day_of
        self._orders_kept = orders_kept
        self._day_of_second: tuple[datetime, date] | None = None
        self._orders: OrderedDict[tuple[date, OrderId], PastReplication] = OrderedDict()
        self._changes: dict[tuple[date, OrderId], dict[FollowerId, PastCopy]] = {}
        """Copies that changed after their order was kept: put together when somebody reads."""
        self._steps: deque[ReplicationStep] = deque(maxlen=STEPS_KEPT)

    def note_replication(self, record: ReplicationRecord) -> None:
        """Keep the order with its copies."""
        day = self._day(record.occurred_at)
        key = (day, record.master_order_id)
        known = self._orders.get(key)
        if known is not None and record.kind is ReplicationKind.FOUND:
            return
        self._changes.pop(key, None)
        is_first = known is None or record.kind is ReplicationKind.REPLICATED
        decided_at = record.occurred_at if is_first or known is None else known.decided_at
        self._orders[key] = past_replication(record, day, decided_at)
        if len(self._orders) > self._orders_kept:
            oldest, _ = self._orders.popitem(last=False)
            self._changes.pop(oldest, None)

    def note_outcome(self, change: OutcomeChange) -> None:
        """Keep the copy's newest state."""
        key = (self._day(change.occurred_at), change.master_order_id)
        if key in self._orders:
            copy = past_copy(change.result, change.occurred_at)
            self._changes.setdefault(key, {})[copy.follower_id] = copy

    def note_steps(self, steps: Sequence[ReplicationStep]) -> None:
        """Keep them; the oldest go."""
        self._steps.extend(steps)

    def note_alert(self, alert: AlertRecord) -> None:
        """Alerts have a book of their own."""

    async def run(self) -> None:
        """There is nothing to write."""

    async def retain(self) -> None:
        """The newest push out the oldest."""

    async def close(self) -> None:
        """There is nothing to write."""

    async def page(self, query: ReplicationQuery) -> ReplicationPage:
        """The orders that fit, newest first."""
        fitting = [order for order in map(self._whole, self._orders) if _fits(order, query)]
        fitting.sort(key=_key, reverse=True)
        if query.after is not None:
            after = (query.after.decided_at, query.after.trading_day, query.after.master_order_id)
            fitting = [order for order in fitting if _key(order) < after]
        page = tuple(fitting[: query.limit])
        return ReplicationPage(page, PageKey(*_key(page[-1])) if len(fitting) > len(page) else None)

    async def replication(self, trading_day: date, order_id: OrderId) -> PastReplication | None:
        """One order."""
        key = (trading_day, order_id)
        return self._whole(key) if key in self._orders else None

    async def steps(self, trading_day: date, order_id: OrderId) -> list[ReplicationStep]:
        """Its steps."""
        return [
            step
            for step in self._steps
            if step.trading_day == trading_day and (step.master_order_id == order_id or step.kind is StepKind.GAP)
        ]

    async def carried(self, trading_day: date) -> CarriedBook:
        """See `Journal`."""
        whole = [self._whole(key) for key in self._orders if key[0] < trading_day]
        return carried_positions(
            (copy.follower_id, order.symbol, Side(order.side).sign * copy.filled_quantity)
            for order in sorted(whole, key=_key)
            for copy in order.copies
            if copy.filled_quantity
        )

    def _whole(self, key: tuple[date, OrderId]) -> PastReplication:
        order, changes = self._orders[key], self._changes.get(key)
        if not changes:
            return order
        copies = {copy.follower_id: copy for copy in order.copies} | changes
        return structs.replace(order, copies=_in_order(list(copies.values())))

    def _day(self, moment: datetime) -> date:
        """The trading day; worked out once a second, for it is asked for with each outcome."""
        second = moment.replace(microsecond=0)
        if self._day_of_second is None or self._day_of_second[0] != second:
            self._day_of_second = (second, self._day_of(moment))
        return self._day_of_second[1]


def _key(order: PastReplication) -> tuple[datetime, date, OrderId]:
    return (order.decided_at, order.trading_day, order.master_order_id)


def _in_order(copies: list[PastCopy]) -> tuple[PastCopy, ...]:
    return tuple(sorted(copies, key=lambda copy: copy.follower_id))


def _fits(order: PastReplication, query: ReplicationQuery) -> bool:
    if query.symbol is not None and order.symbol != query.symbol:
        return False
    if query.master_order_id is not None and order.master_order_id != query.master_order_id:
        return False
    if query.decided_from is not None and order.decided_at < query.decided_from:
        return False
    if query.decided_to is not None and order.decided_at >= query.decided_to:
        return False
    return _has_copy(order, query.follower_id, query.outcome)


def _has_copy(order: PastReplication, follower_id: FollowerId | None, outcome: Outcome | None) -> bool:
    if follower_id is None and outcome is None:
        return True
    return any(
        (follower_id is None or copy.follower_id == follower_id) and (outcome is None or copy.outcome is outcome)
        for copy in order.copies
    )
