"""What locates were asked for, offered and bought today, what that cost, and the caps on it.

In memory for the caps, in the store so that they hold across restarts: a purchase is stored before it is sent, and its
end before the next one. A purchase whose end is not known counts with the most that it can cost.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol
from das_copy_trader.domain.locates import (
    LedgerEntry,
    LedgerKind,
    LedgerStatus,
    LocateOrder,
    LocateStatus,
    locate_charge,
    locate_cl_ord_id,
)
from das_copy_trader.engine.follower_settings import FollowerSettings
from das_copy_trader.engine.short_ports import ShortStore
from das_copy_trader.engine.short_sale_task import ShortSaleTask
from das_copy_trader.runtime.clock import Clock

ENTRIES_MAX: Final = 50_000
NO_CHARGE: Final = Decimal(0)


class LocateLedger:
    """The day's ledger. `on_changed(entry)` is told of each purchase that changed."""

    def __init__(self, store: ShortStore, clock: Clock, trading_day: date) -> None:
        self.on_changed: Callable[[LedgerEntry], None] = _nothing
        self._store = store
        self._clock = clock
        self._trading_day = trading_day
        self._entries: dict[int, LedgerEntry] = {}
        self._purchase_by_cl_ord_id: dict[tuple[FollowerId, ClOrdId], int] = {}
        self._unsettled: dict[int, None] = {}
        self._last_id = 0

    # --- life ----------------------------------------------------------------------------------------------------

    def restore(self, entries: tuple[LedgerEntry, ...], last_entry_id: int) -> None:
        """Take over what an earlier life wrote today. A purchase that it began is unknown until a row tells."""
        self._last_id = max(self._last_id, last_entry_id)
        for entry in entries:
            self._take(entry)

    def start_day(self, trading_day: date) -> None:
        """Locates are for the day: a new one begins with an empty ledger."""
        self._trading_day = trading_day
        self._entries.clear()
        self._purchase_by_cl_ord_id.clear()
        self._unsettled.clear()

    @property
    def day(self) -> str:
        """The trading day, as the store has it."""
        return self._trading_day.isoformat()

    # --- writing -------------------------------------------------------------------------------------------------

    def open(
        self, kind: LedgerKind, status: LedgerStatus, task: ShortSaleTask, *, route: str, shares: int
    ) -> LedgerEntry:
        """A new entry of a task, numbered."""
        self._last_id += 1
        now = self._clock.now()
        entry = LedgerEntry(
            entry_id=self._last_id,
            trading_day=self.day,
            kind=kind,
            status=status,
            follower_id=task.follower_id,
            symbol=task.symbol,
            task_id=task.task_id,
            master_order_id=OrderId(task.link.master.order_id),
            route=route,
            order_qty=shares,
            cl_ord_id=locate_cl_ord_id(self._trading_day.toordinal(), self._last_id)
            if kind is LedgerKind.PURCHASE
            else None,
            occurred_at=now,
            updated_at=now,
        )
        self._take(entry)
        return entry

    def change(self, entry_id: int, **fields: object) -> LedgerEntry:
        """Change an entry."""
        entry = msgspec.structs.replace(self._entries[entry_id], **fields, updated_at=self._clock.now())
        self._entries[entry_id] = entry
        self._note_settled(entry)
        self._store.note_entry(entry)
        if entry.kind is LedgerKind.PURCHASE:
            self.on_changed(entry)
        return entry

    async def keep(self, entry_id: int) -> None:
        """Have an entry stored for good before anything else is spent. Raises LedgerWriteError."""
        await self._store.write_entry(self._entries[entry_id])

    def take_row(self, follower_id: FollowerId, row: LocateOrder) -> LedgerEntry | None:
        """The platform told of a locate order: its purchase, brought up to it; None where it is not one of ours."""
        if row.cl_ord_id is None:
            return None
        entry_id = self._purchase_by_cl_ord_id.get((follower_id, row.cl_ord_id))
        entry = self._entries.get(entry_id) if entry_id is not None else None
        if entry is None or entry.symbol != row.symbol:
            return None
        status, charge = entry.status, entry.charge
        if row.status is LocateStatus.LOCATED or (row.located_qty and not row.is_open):
            status = LedgerStatus.LOCATED
        elif not row.is_open:
            status = LedgerStatus.REJECTED if entry.status is LedgerStatus.REJECTED else LedgerStatus.REFUSED
        if not row.is_open:
            # A row that names no price is counted with the most that was agreed to.
            charge = locate_charge(row.price or entry.price, row.located_qty, entry.minimum_charge)
        told = (row.locate_id, row.located_qty, row.price, status, charge)
        if told == (entry.locate_id, entry.located_qty, entry.price, entry.status, entry.charge):
            return entry
        return self.change(
            entry.entry_id,
            locate_id=row.locate_id,
            located_qty=row.located_qty,
            price=row.price or entry.price,
            status=status,
            charge=charge,
        )

    # --- reading -------------------------------------------------------------------------------------------------

    def entry(self, entry_id: int) -> LedgerEntry:
        """One entry."""
        return self._entries[entry_id]

    def entries(self) -> list[LedgerEntry]:
        """The day's entries, oldest first."""
        return list(self._entries.values())

    def charged(self, follower_id: FollowerId, *, symbol: Symbol | None = None, task_id: str | None = None) -> Decimal:
        """Dollars that purchases were charged today, or may yet be."""
        return sum(
            (
                entry.charge
                for entry in self._entries.values()
                if entry.kind is LedgerKind.PURCHASE
                and entry.follower_id == follower_id
                and (symbol is None or entry.symbol == symbol)
                and (task_id is None or entry.task_id == task_id)
            ),
            NO_CHARGE,
        )

    def budget(self, settings: FollowerSettings, task: ShortSaleTask, orders: int) -> tuple[Decimal, str]:
        """Dollars that a task may still spend for so many orders, and which cap says so; below zero: beyond it."""
        follower_id = task.follower_id
        rooms = (
            (settings.locate_cap_per_order * orders - self.charged(follower_id, task_id=task.task_id), "an order"),
            (settings.locate_cap_per_symbol_day - self.charged(follower_id, symbol=task.symbol), "a symbol and day"),
            (settings.locate_cap_per_day - self.charged(follower_id), "an account and day"),
        )
        return min(rooms, key=lambda pair: pair[0])

    def unsettled(self, follower_id: FollowerId | None = None, symbol: Symbol | None = None) -> list[LedgerEntry]:
        """Purchases whose end is not known, of one follower and symbol where they are named, oldest first."""
        entries = (self._entries[entry_id] for entry_id in self._unsettled)
        return [
            entry for entry in entries if follower_id in (None, entry.follower_id) and symbol in (None, entry.symbol)
        ]

    def locate_ids(self, follower_id: FollowerId) -> frozenset[int]:
        """The platform's ids of the purchases that are known by one."""
        return frozenset(
            entry.locate_id
            for entry in self._entries.values()
            if entry.locate_id is not None and entry.follower_id == follower_id
        )

    def located(self, task_id: str) -> int:
        """Shares that a task's purchases have bought."""
        return sum(entry.located_qty for entry in self._entries.values() if entry.task_id == task_id)

    def _note_settled(self, entry: LedgerEntry) -> None:
        if entry.kind is LedgerKind.PURCHASE and entry.status is LedgerStatus.ASKED:
            self._unsettled[entry.entry_id] = None
        else:
            self._unsettled.pop(entry.entry_id, None)

    def _take(self, entry: LedgerEntry) -> None:
        if len(self._entries) >= ENTRIES_MAX:
            self._evict()
        self._entries[entry.entry_id] = entry
        self._note_settled(entry)
        if entry.cl_ord_id is not None:
            self._purchase_by_cl_ord_id[entry.follower_id, entry.cl_ord_id] = entry.entry_id
        if entry.kind is not LedgerKind.PURCHASE:
            self._store.note_entry(entry)

    def _evict(self) -> None:
        """Room for a new one: the oldest that was no purchase goes; what was spent is never forgotten."""
        for entry_id, entry in self._entries.items():
            if entry.kind is not LedgerKind.PURCHASE:
                del self._entries[entry_id]
                return


def _nothing(_entry: LedgerEntry) -> None:
    """Stands in until somebody listens."""
