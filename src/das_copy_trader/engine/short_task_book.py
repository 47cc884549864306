"""The day's short sale tasks: those of this life of the process, and what is remembered of a former one's."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, Symbol
from das_copy_trader.domain.locates import ShortTaskRecord, ShortTaskStatus
from das_copy_trader.engine.locate_ledger import LocateLedger
from das_copy_trader.engine.order_links import CopyLink
from das_copy_trader.engine.short_ports import ShortStore
from das_copy_trader.engine.short_sale_task import ShortSaleTask

TASKS_MAX: Final = 10_000
ENDED: Final = (ShortTaskStatus.COMPLETED, ShortTaskStatus.FAILED, ShortTaskStatus.CANCELLED)
PROCESS_ENDED: Final = "The program ended while this task was under way. Look at the follower in DAS."


class ShortTaskBook:
    """Owns the tasks; the ledger knows what each has bought and what it cost."""

    def __init__(self, ledger: LocateLedger, store: ShortStore) -> None:
        self._ledger = ledger
        self._store = store
        self._tasks: dict[str, ShortSaleTask] = {}
        self._task_by_link: dict[CopyLink, ShortSaleTask] = {}
        self._former: dict[str, ShortTaskRecord] = {}

    def restore(self, records: tuple[ShortTaskRecord, ...]) -> None:
        """Take over the tasks of an earlier life; one that it was at has failed."""
        for record in records:
            ended = record
            if record.status not in ENDED:
                ended = msgspec.structs.replace(record, status=ShortTaskStatus.FAILED, error=PROCESS_ENDED, offer=None)
                self._store.note_task(ended)
            self._former[record.task_id] = ended

    def clear(self) -> None:
        """A new day."""
        self._tasks.clear()
        self._task_by_link.clear()
        self._former.clear()

    def open(self, link: CopyLink, now: datetime, *, grown_to: int | None) -> ShortSaleTask:
        """A new task of a copy."""
        if len(self._tasks) >= TASKS_MAX:
            self._evict()
        task = ShortSaleTask(self._new_id(link), link, now, self._ledger.day, grown_to=grown_to)
        self._tasks[task.task_id] = self._task_by_link[link] = task
        return task

    def close(self, task: ShortSaleTask) -> None:
        """A task is over: its copy may have another one."""
        if self._task_by_link.get(task.link) is task:
            del self._task_by_link[task.link]

    def task(self, task_id: str) -> ShortSaleTask | None:
        """A task of this life, on its way or over."""
        return self._tasks.get(task_id)

    def active_of(self, link: CopyLink) -> ShortSaleTask | None:
        """The task that a copy waits for."""
        task = self._task_by_link.get(link)
        return task if task is not None and task.is_active else None

    def active(self) -> Iterator[ShortSaleTask]:
        """Tasks that are on their way, oldest first; they may end meanwhile."""
        return (task for task in list(self._tasks.values()) if task.is_active)

    def symbols_on_their_way(self, follower_id: FollowerId) -> frozenset[Symbol]:
        """Symbols of a follower's tasks that are on their way."""
        tasks = self._task_by_link.values()
        return frozenset(task.symbol for task in tasks if task.follower_id == follower_id and task.is_active)

    def is_waited_for(self, follower_id: FollowerId, cl_ord_id: ClOrdId | None) -> bool:
        """Whether a task waits for the answer to this locate order."""
        return any(task.open_locate == cl_ord_id and task.follower_id == follower_id for task in self.active())

    # --- as values -----------------------------------------------------------------------------------------------

    def record(self, task: ShortSaleTask) -> ShortTaskRecord:
        """A task's present state."""
        return task.record(self._ledger.charged(task.follower_id, task_id=task.task_id))

    def records(self, *, with_ended: bool) -> list[ShortTaskRecord]:
        """The tasks of the day, or those that are on their way, oldest first."""
        if not with_ended:
            return [self.record(task) for task in self.active()]
        return [*map(self._present, self._former.values()), *map(self.record, self._tasks.values())]

    def find(self, task_id: str) -> ShortTaskRecord | None:
        """A task of the day."""
        task = self._tasks.get(task_id)
        if task is not None:
            return self.record(task)
        former = self._former.get(task_id)
        return None if former is None else self._present(former)

    def _present(self, former: ShortTaskRecord) -> ShortTaskRecord:
        """What a former life's task has bought may have been learnt only now."""
        cost = self._ledger.charged(former.follower_id, task_id=former.task_id)
        return msgspec.structs.replace(former, cost=cost, located_quantity=self._ledger.located(former.task_id))

    def _new_id(self, link: CopyLink) -> str:
        base = f"{self._ledger.day}-{link.seat.follower_id}-{link.cl_ord_id}"
        task_id, number = base, 1
        while task_id in self._tasks or task_id in self._former:
            number += 1
            task_id = f"{base}-{number}"
        return task_id

    def _evict(self) -> None:
        """Room for a new one: the oldest that is over goes."""
        for task_id, task in self._tasks.items():
            if not task.is_active:
                del self._tasks[task_id]
                return
