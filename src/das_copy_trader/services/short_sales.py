"""Short sales as the user sees and steers them: tasks, offers, locates and what they cost."""

from datetime import datetime
from decimal import Decimal

import msgspec

from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.domain.locates import LedgerEntry, ShortTaskRecord
from das_copy_trader.engine.replication_engine import ReplicationEngine
from das_copy_trader.engine.short_measure import LocateInventory
from das_copy_trader.engine.short_sale_manager import ShortSaleManager
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.services.configuration import Configuration
from das_copy_trader.services.errors import ConflictError, NotFoundError
from das_copy_trader.services.messages import LocateOfferState, ShortSaleTaskState, ShortSaleTaskUpdate
from das_copy_trader.services.notification_service import NotificationService
from das_copy_trader.services.short_store import LiveShortStore

LOCATE_REJECTED = "locate_rejected"
"""The reason of a blacklist entry that a rejected locate offer made (brief, «Blacklist»)."""


class ShortSaleRelay:
    """Implements engine.short_ports.ShortSaleObserver: tells the browsers."""

    def __init__(self, notifications: NotificationService, clock: Clock) -> None:
        self._notifications = notifications
        self._clock = clock

    def on_short_sale_task(self, record: ShortTaskRecord) -> None:
        """A task changed."""
        now = self._clock.now()
        self._notifications.publish(lambda seq: ShortSaleTaskUpdate(seq, task_state(record, now)))


class LocateBook(msgspec.Struct, frozen=True):
    """A day's ledger, what is left of what was located (today only), and the dollars of all purchases in the list."""

    trading_day: str
    entries: list[LedgerEntry]
    inventory: list[LocateInventory]
    total_charge: Decimal


class ShortSales:
    """What the face does with short sales."""

    def __init__(
        self, *, engine: ReplicationEngine, configuration: Configuration, store: LiveShortStore, clock: Clock
    ) -> None:
        self._engine = engine
        self._configuration = configuration
        self._store = store
        self._clock = clock

    async def load(self) -> None:
        """Take over what an earlier life of the process wrote today."""
        self._manager.restore(await self._store.load(self._manager.ledger.day))

    @property
    def _manager(self) -> ShortSaleManager:
        assert self._engine.shorts is not None, "the container gives the engine its short sales"
        return self._engine.shorts

    def tasks(self, *, with_ended: bool) -> list[ShortSaleTaskState]:
        """Tasks of today, oldest first: those on their way, or all."""
        now = self._clock.now()
        records = self._manager.book.records(with_ended=with_ended)
        return [task_state(record, now) for record in records]

    def symbols_on_their_way(self, follower_id: FollowerId) -> frozenset[Symbol]:
        """Symbols that a follower is about to sell short: a task works on it."""
        return self._manager.book.symbols_on_their_way(follower_id)

    def cancel(self, task_id: str) -> ShortSaleTaskState:
        """End a task. Raises NotFoundError; ConflictError when it is over already."""
        record = self._find(task_id)
        if not self._manager.cancel(task_id):
            raise ConflictError(f"This short sale task is {record.status.value} already.")
        return self._state(task_id)

    def accept_offer(self, task_id: str, price: Decimal | None = None) -> ShortSaleTaskState:
        """Take the offer that a task shows. Raises NotFoundError; ConflictError without one, or at another price."""
        self._find(task_id)
        if not self._manager.accept_offer(task_id, price):
            raise ConflictError("This task shows no such locate offer any more. Look at its present state.")
        return self._state(task_id)

    async def reject_offer(self, task_id: str) -> ShortSaleTaskState:
        """Leave the offer that a task shows, and exclude the symbol on its follower.

        Raises NotFoundError; ConflictError without an offer; StorageError when it cannot be stored: nothing changed.
        """
        record = self._find(task_id)
        if record.offer is None:
            raise ConflictError("This task shows no locate offer any more. Look at its present state.")
        if not any(entry.symbol == record.symbol for entry in self._configuration.blacklist(str(record.follower_id))):
            self._manager.note_rejection(task_id, is_rejected=True)  # the exclusion ends the task
            try:
                await self._configuration.exclude(
                    str(record.follower_id), record.symbol, LOCATE_REJECTED, allow_closing=False
                )
            except BaseException:  # whatever it was, it passes on: nothing has been decided
                self._manager.note_rejection(task_id, is_rejected=False)
                raise
        self._manager.reject_offer(task_id)
        return self._state(task_id)

    async def locates(
        self, *, day: str | None = None, follower_id: str | None = None, symbol: str | None = None
    ) -> LocateBook:
        """The ledger of a day (today where none is named), of one follower or symbol where one is named."""
        today = self._manager.ledger.day
        wanted_day = day or today
        entries = (
            self._manager.ledger.entries()
            if wanted_day == today
            else list((await self._store.load(wanted_day)).entries)
        )
        chosen = [
            entry
            for entry in entries
            if follower_id in (None, entry.follower_id) and (symbol is None or entry.symbol == Symbol(symbol))
        ]
        inventory = [
            left
            for left in (self._manager.inventory() if wanted_day == today else [])
            if follower_id in (None, left.follower_id) and (symbol is None or left.symbol == Symbol(symbol))
        ]
        total = sum((entry.charge for entry in chosen), Decimal(0))
        return LocateBook(wanted_day, chosen, inventory, total)

    def _find(self, task_id: str) -> ShortTaskRecord:
        record = self._manager.book.find(task_id)
        if record is None:
            raise NotFoundError(f"There is no short sale task with the id {task_id[:80]!r}.")
        return record

    def _state(self, task_id: str) -> ShortSaleTaskState:
        return task_state(self._find(task_id), self._clock.now())


def task_state(record: ShortTaskRecord, now: datetime) -> ShortSaleTaskState:
    """A task in the brief's words."""
    offer = record.offer
    shown = None
    if offer is not None:
        shown = LocateOfferState(
            price=offer.price,
            shares=offer.shares,
            total_cost=offer.total_cost,
            route=offer.route,
            age_s=max(0.0, round((now - offer.made_at).total_seconds(), 3)),
            made_at=offer.made_at,
            expires_at=offer.expires_at,
        )
    return ShortSaleTaskState(
        task_id=record.task_id,
        status=record.status,
        symbol=record.symbol,
        follower=record.follower,
        follower_id=record.follower_id,
        master_order_id=record.master_order_id,
        quantity=record.quantity,
        max_sell=record.max_sell,
        deficit=record.deficit,
        located_quantity=record.located_quantity,
        cost=record.cost,
        error=record.error,
        offer=shown,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )
