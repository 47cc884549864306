"""Short sales of the followers: for each copy of a master's short a task that checks, locates and places.

Nothing of it is on the hot path: `begin` starts a supervised task and returns. After every wait a task looks again
whether the master's order lives, whether the follower may and can trade, and what the order asks now. A task that is
ended ends at once: its state, its copy and its open locate order first, its coroutine after them.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec

from das_copy_trader.domain.enums import AlertLevel, Outcome
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.domain.locates import (
    LedgerStatus,
    LocateError,
    LocateOrder,
    ShortTaskStatus,
    in_lots,
)
from das_copy_trader.engine.actions import CopyTarget
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.locate_ledger import LocateLedger
from das_copy_trader.engine.locate_offers import OfferBoard
from das_copy_trader.engine.locate_plan import Capacity
from das_copy_trader.engine.locate_settler import LocateSettler
from das_copy_trader.engine.locate_turns import LocateTurns
from das_copy_trader.engine.order_links import CopyLink, MasterOrder
from das_copy_trader.engine.order_replicator import OrderReplicator
from das_copy_trader.engine.plan import PlanBook
from das_copy_trader.engine.reporting import Reporter
from das_copy_trader.engine.short_measure import (
    LocateInventory,
    ask,
    doubtful_copy,
    inventory_of,
    measure,
    owns_enough,
)
from das_copy_trader.engine.short_ports import LocateDesk, ShortHistory, ShortSaleObserver, ShortStore
from das_copy_trader.engine.short_sale_task import ShortSaleTask
from das_copy_trader.engine.short_task_book import ShortTaskBook
from das_copy_trader.engine.smart_locate import Next, SmartLocate
from das_copy_trader.runtime.clock import Clock

RETRY_S: Final = 5.0
"""Between two tries at a locate: the platform takes one price inquiry in three seconds."""
OFFER_REFRESH_S: Final = 15.0
"""While an offer stands for the user it is asked for again no more often than this."""
OFFER_REJECTED: Final = "The locate offer was rejected (locate_rejected)."
TIMER_SLACK_S: Final = 0.001


class ShortSaleParts(msgspec.Struct, frozen=True):
    """What the engine needs to sell short, made by the composition root. `start_task` runs a coroutine supervised."""

    start_task: Callable[[str, Coroutine[object, object, None]], asyncio.Task[None]]
    store: ShortStore
    observer: ShortSaleObserver
    max_concurrent_locates: int = 3


class ShortSaleManager:
    """Owns the tasks. One per copy; those of one follower and symbol go one after another."""

    def __init__(
        self,
        parts: ShortSaleParts,
        *,
        seats: Mapping[FollowerId, FollowerSeat],
        plans: PlanBook,
        replicator: OrderReplicator,
        reporter: Reporter,
        clock: Clock,
        trading_day: date,
    ) -> None:
        self.has_covered: Callable[[MasterOrder], bool] = _never
        """Whether the master has closed what one of its filled shorts opened."""
        self.ledger = LocateLedger(parts.store, clock, trading_day)
        self._parts = parts
        self._seats = seats
        self._plans = plans
        self._replicator = replicator
        self._reporter = reporter
        self._clock = clock
        self._turns = LocateTurns(clock, parts.max_concurrent_locates)
        self._pair_locks: dict[tuple[FollowerId, Symbol], asyncio.Lock] = {}
        self.book = ShortTaskBook(self.ledger, parts.store)
        self._settler = LocateSettler(
            ledger=self.ledger,
            reporter=reporter,
            clock=clock,
            start_task=parts.start_task,
            desk_of=self._desk_to_ask,
            is_waited_for=lambda entry: self.book.is_waited_for(entry.follower_id, entry.cl_ord_id),
        )
        self._offers = OfferBoard(self.ledger, reporter, clock, self._tell)
        self._smart = SmartLocate(
            ledger=self.ledger,
            reporter=reporter,
            offers=self._offers,
            is_wanted=self._is_wanted,
            is_late=self._is_late,
            measure=self._measure,
            lacking=self._lacking,
            on_changed=self._tell,
        )
        replicator.on_short = self.begin
        replicator.on_short_changed = self._on_link_changed
        replicator.on_short_grown = self.grow

    # --- life ----------------------------------------------------------------------------------------------------

    def restore(self, history: ShortHistory) -> None:
        """Take over what an earlier life of the process wrote today; a task that it was at has failed."""
        self.ledger.restore(history.entries, history.last_entry_id)
        self.book.restore(history.tasks)

    def start_day(self, trading_day: date) -> None:
        """A new day: the former one's tasks end, its ledger is closed."""
        self.end_all("The trading day ended.")
        self._settler.start_day()
        self.ledger.start_day(trading_day)
        self.book.clear()

    # --- tasks ---------------------------------------------------------------------------------------------------

    def begin(self, link: CopyLink) -> None:
        """Take a copy of a master's short in hand: its outcome is `short_task` until its order leaves.

        The copy must be held by its seat, with the quantity that is asked now. Returns at once.
        """
        self._begin(link, None)

    def grow(self, link: CopyLink, wanted_qty: int) -> None:
        """A short that works should have `wanted_qty` shares in all; 0: no more than it has. Returns at once."""
        task = self.book.active_of(link)
        if task is not None and task.grown_to is not None:
            if wanted_qty:
                task.grown_to = wanted_qty
                task.wake.set()
            else:
                self._end(task, ShortTaskStatus.CANCELLED, "The master's order was made smaller again.")
        elif wanted_qty:
            self._begin(link, wanted_qty)

    def _begin(self, link: CopyLink, grown_to: int | None) -> None:
        task = self.book.open(link, self._clock.now(), grown_to=grown_to)
        task.runner = self._parts.start_task(f"short sale {task.task_id}", self._run(task))

    def cancel(self, task_id: str, reason: str = "The user cancelled it.") -> bool:
        """End a task now. False: it is over already, or there is none."""
        task = self.book.task(task_id)
        if task is None or not task.is_active:
            return False
        self._end(task, ShortTaskStatus.CANCELLED, reason)
        return True

    def accept_offer(self, task_id: str, price: Decimal | None = None) -> bool:
        """The user takes the offer that a task shows. False: it shows none, or at another price than `price`."""
        task = self.book.task(task_id)
        if task is None or task.offer is None or (price is not None and price != task.offer.price):
            return False
        task.accepted, task.offer = task.offer, None
        self._offers.note(task, task.accepted, LedgerStatus.ACCEPTED)
        task.error = ""
        self._tell(task)
        task.wake.set()
        return True

    def reject_offer(self, task_id: str) -> bool:
        """The user leaves the offer that a task shows: the task ends. False: it shows none."""
        task = self.book.task(task_id)
        if task is None or task.offer is None:
            return False
        task.is_offer_rejected = True
        self._end(task, ShortTaskStatus.CANCELLED, OFFER_REJECTED)
        return True

    def note_rejection(self, task_id: str, *, is_rejected: bool) -> None:
        """The user leaves the offer: however the task ends now, it ends by that."""
        task = self.book.task(task_id)
        if task is not None:
            task.is_offer_rejected = is_rejected

    def end_all(self, reason: str, follower_id: FollowerId | None = None) -> None:
        """End every task, or one follower's, now."""
        for task in self.book.active():
            if follower_id in (None, task.follower_id):
                self._end(task, ShortTaskStatus.CANCELLED, reason)

    def review(self) -> None:
        """Settings, blacklist or connections changed, or copying began: end what may not go on, wake what waits."""
        for task in self.book.active():
            reason = self._refusal(task)
            if reason:
                self._end(task, ShortTaskStatus.CANCELLED, reason)
            else:
                task.wake.set()
        for follower_id in self._seats:
            self._settler.watch(follower_id)

    def on_locate(self, follower_id: FollowerId, row: LocateOrder) -> None:
        """A follower's platform told of a locate order."""
        entry = self.ledger.take_row(follower_id, row)
        task = self.book.task(entry.task_id) if entry is not None else None
        if task is not None and not task.is_active:  # what it had ordered went on without it
            task.located_qty = self.ledger.located(task.task_id)
            self._tell(task)

    @property
    def locates_in_flight(self) -> int:
        """Tries at a locate that run now, over all followers."""
        return self._turns.in_flight

    def inventory(self) -> list[LocateInventory]:
        """What every follower has located today, and what is left of it."""
        return inventory_of(self._seats.values(), self.ledger)

    # --- one task ------------------------------------------------------------------------------------------------

    async def _run(self, task: ShortSaleTask) -> None:
        self._tell(task)
        lock = self._pair_locks.setdefault(task.pair, asyncio.Lock())
        try:
            async with lock:
                await self._work(task)
        except Exception as error:  # the task's copy must not wait for ever; the supervisor tells of the fault itself
            if task.is_active:
                self._fail(task, f"Something in the program failed ({type(error).__name__}). Place it by hand.")
            raise
        finally:
            if not any(other.pair == task.pair for other in self.book.active()):
                self._pair_locks.pop(task.pair, None)

    async def _work(self, task: ShortSaleTask) -> None:
        """Check, locate, place. Each turn of the loop begins with what is so now."""
        self._advance(task, ShortTaskStatus.CHECKING)
        task.deadline_s = self._clock.monotonic_s() + task.link.seat.settings.locate_retry_timeout_s
        capacity: Capacity | None = None
        has_given_up = False
        while self._is_wanted(task):
            is_late = self._is_late(task)
            try:
                capacity = await self._measure(task)
                if not self._is_wanted(task):
                    return
                if is_late and task.offer is not None:
                    self._offers.note(task, task.offer, LedgerStatus.EXPIRED)
                    task.offer = None
                    task.error = "The locate offer was not answered in time."
                deficit = task.needed_qty - capacity.max_sell
                if deficit <= 0 or not capacity.can_locate or is_late or has_given_up:
                    self._place(task, capacity)
                    return
                following = await self._locate(task)
            except LocateError as error:
                task.error = str(error)
                if is_late:
                    break
                following = Next.WAIT
            has_given_up = following is Next.GIVE_UP
            if following is Next.WAIT:
                await self._pause(task)
        if self._is_wanted(task):
            self._fail(task, task.error or "The platform could not be asked what may be sold short.")

    async def _measure(self, task: ShortSaleTask) -> Capacity:
        """What the follower may sell now; its platform is asked if it was not just now. Raises LocateError."""
        now_s, answers = self._clock.monotonic_s(), task.answers
        is_fresh = answers is not None and answers.is_fresh(now_s, trusts_rows=task.located_qty > 0)
        if not is_fresh and not owns_enough(task.link.seat, task.symbol, task.needed_qty):
            task.answers = await ask(self._desk(task), task.symbol, now_s)
        capacity = self._count(task)
        told = (task.max_sell, task.deficit)
        task.max_sell = capacity.max_sell
        task.deficit = in_lots(task.needed_qty - capacity.max_sell)
        if told != (task.max_sell, task.deficit):
            self._tell(task)
        return capacity

    def _count(self, task: ShortSaleTask) -> Capacity:
        """What the follower may sell by what its platform said last and what its mirror shows now."""
        seat, desk, answers = task.link.seat, task.link.seat.locate_desk, task.answers
        if owns_enough(seat, task.symbol, task.needed_qty) or answers is None or desk is None:
            return Capacity(task.needed_qty, 0, can_locate=False)
        capacity = measure(seat, desk, task.symbol, answers, trusts_rows=task.located_qty > 0)
        if task.is_told_shortable:
            return Capacity(capacity.long_free, task.needed_qty, can_locate=False)
        return capacity

    async def _locate(self, task: ShortSaleTask) -> Next:
        """One try at the shares that are lacking, for all tasks of the pair that wait behind this one as well."""
        if task.status is ShortTaskStatus.CHECKING:
            self._advance(task, ShortTaskStatus.LOCATING)
        desk = self._desk(task)
        unsettled = await self._settler.settle(task.pair, desk)
        doubtful = doubtful_copy(task.link.seat, task.symbol)
        if doubtful is not None:
            unsettled = (
                f"What became of the copy of master order {doubtful.master.order_id} is not known yet; until then no "
                f"locate of {task.symbol} is bought, since it may not be needed."
            )
        if unsettled:
            task.error = unsettled
            return Next.WAIT
        turn = self._turns.turn(task.follower_id, desk, deadline_s=task.deadline_s, will_inquire=task.accepted is None)
        async with turn:
            capacity = await self._measure(task)
            if not self._is_wanted(task):
                return Next.MEASURE
            orders = 1 + len(self._companions(task))
            if task.needed_qty <= capacity.max_sell or not capacity.can_locate:
                return Next.MEASURE
            deficit = self._lacking(task)
            if task.located_qty >= in_lots(task.needed_qty) + deficit:
                task.error = "What was located for this order cannot be sold short; nothing more is bought for it."
                return Next.GIVE_UP
            return await self._smart.attempt(task, desk, deficit, orders)

    def _lacking(self, task: ShortSaleTask) -> int:
        """What a task and its companions ask now beyond what is covered now, in whole lots."""
        wanted_qty = task.needed_qty + sum(other.needed_qty for other in self._companions(task))
        return in_lots(wanted_qty - self._count(task).max_sell)

    def _companions(self, task: ShortSaleTask) -> list[ShortSaleTask]:
        """Tasks of the pair that wait for their turn: one locate serves them all."""
        return [
            other
            for other in self.book.active()
            if other is not task
            and other.pair == task.pair
            and other.status is ShortTaskStatus.PENDING
            and self._is_wanted(other)
        ]

    async def _pause(self, task: ShortSaleTask) -> None:
        """Until something changed for the task, the next try is due, or its time is over."""
        left_s = task.deadline_s - self._clock.monotonic_s()
        wait_s = min(OFFER_REFRESH_S if task.offer is not None else RETRY_S, max(left_s, 0.0))
        self._tell(task)
        try:
            async with asyncio.timeout(wait_s):
                await task.wake.wait()
        except TimeoutError:
            return
        finally:
            task.wake.clear()

    def _place(self, task: ShortSaleTask, capacity: Capacity) -> None:
        """The order goes out, with what the master's order asks now and no more than is covered."""
        link = task.link
        if not link.seat.is_ready:
            self._fail(task, f"The follower is {link.seat.gateway.state.value}: {link.seat.gateway.state_reason}")
            return
        needed_qty = task.needed_qty
        quantity = min(needed_qty, capacity.max_sell)
        if needed_qty == 0:
            self._end(task, ShortTaskStatus.CANCELLED, "The follower's order has all its shares already.")
            return
        why = task.error or capacity.reason
        if quantity <= 0:
            self._fail(task, why or f"No shares of {task.symbol} can be sold short.")
            return
        note = ""
        if quantity < needed_qty:
            note = f"{quantity} of {needed_qty} shares: no more may be sold short. {why}".strip()
        self._advance(task, ShortTaskStatus.PLACING_ORDER)
        if task.grown_to is not None:
            self._replicator.grow_short(link, link.seat.committed_qty(link) + quantity)
        else:
            self._replicator.place_short(link, quantity, note)
        if task.grown_to is None and (link.is_final or link.outcome is Outcome.UNKNOWN):
            task.error = link.reason
            self._advance(task, ShortTaskStatus.FAILED)
            return
        task.error = note
        self._advance(task, ShortTaskStatus.COMPLETED)
        if note:
            self._reporter.alert_copy(AlertLevel.WARN, link, f"is smaller than the master's: {note}")

    # --- may it go on ---------------------------------------------------------------------------------------------

    def _is_wanted(self, task: ShortSaleTask) -> bool:
        """Whether a task may go on; ends it if not."""
        if not task.is_wanted:
            return False
        reason = self._refusal(task)
        if reason:
            self._end(task, ShortTaskStatus.CANCELLED, reason)
            return False
        return True

    def _is_late(self, task: ShortSaleTask) -> bool:
        """Whether its time is over: what is covered then is all that it gets."""
        return self._clock.monotonic_s() >= task.deadline_s - TIMER_SLACK_S

    def _refusal(self, task: ShortSaleTask) -> str:
        """Why a task may not go on, empty where it may; a lost connection is no reason yet."""
        if not self._replicator.is_armed:
            return "Copying was stopped."
        if task.link.master.is_ended:
            return "The master's order ended."
        if task.grown_to is None and self.has_covered(task.link.master):
            return "The master has covered this short already."
        target = self._target(task)
        if target is None:
            return "The follower was removed."
        if target.refusal and target.refusal_outcome is Outcome.SKIPPED:
            return target.refusal
        return ""

    def _target(self, task: ShortSaleTask) -> CopyTarget | None:
        for target in self._plans.targets(task.symbol):
            if target.seat is task.link.seat:
                return target
        return None

    def _desk_to_ask(self, follower_id: FollowerId) -> LocateDesk | None:
        """The desk of a follower that may be asked something now."""
        seat = self._seats.get(follower_id)
        return seat.locate_desk if seat is not None and seat.is_ready and self._replicator.is_armed else None

    def _desk(self, task: ShortSaleTask) -> LocateDesk:
        desk = task.link.seat.locate_desk
        if desk is None:
            raise LocateError("The follower's connection cannot locate shares.")
        return desk

    def _on_link_changed(self, link: CopyLink) -> None:
        """The copy was cancelled, or asks for something else now."""
        task = self.book.active_of(link)
        if task is None:
            return
        if link.is_final or link.wants_cancel:
            filled = link.master.order.cum_qty
            so_far = f" {filled} shares of it had been filled." if filled else ""
            self._end(task, ShortTaskStatus.CANCELLED, f"The master's order ended.{so_far}")
        else:
            self._tell(task)
            task.wake.set()

    # --- states ---------------------------------------------------------------------------------------------------

    def _end(self, task: ShortSaleTask, status: ShortTaskStatus, reason: str) -> None:
        """End a task at once; whatever it waits for is given up."""
        if task.offer is not None:
            self._offers.note(
                task, task.offer, LedgerStatus.REJECTED if task.is_offer_rejected else LedgerStatus.EXPIRED
            )
            reason = OFFER_REJECTED if task.is_offer_rejected else reason
        task.error = reason
        cl_ord_id, task.open_locate = task.open_locate, None
        desk = task.link.seat.locate_desk
        if cl_ord_id is not None and desk is not None:
            desk.abandon(cl_ord_id)
        self._advance(task, status)
        link, is_failed = task.link, status is ShortTaskStatus.FAILED
        if task.grown_to is not None:
            if is_failed:
                self._reporter.alert_copy(AlertLevel.WARN, link, f"was not enlarged: {reason}")
        elif not link.is_final:
            outcome = Outcome.FAILED if is_failed else Outcome.CANCELLED
            self._replicator.set_outcome(link, outcome, reason, AlertLevel.ERROR if is_failed else None)
        if task.runner is not None and task.runner is not asyncio.current_task():
            task.runner.cancel()

    def _fail(self, task: ShortSaleTask, reason: str) -> None:
        self._end(task, ShortTaskStatus.FAILED, reason)

    def _advance(self, task: ShortSaleTask, status: ShortTaskStatus) -> None:
        task.advance(status)
        if not task.is_active:
            self.book.close(task)
            self._settler.watch(task.follower_id)
        self._tell(task)

    def _tell(self, task: ShortSaleTask) -> None:
        """Tell what is new of a task, if anything is."""
        record = self.book.record(task)
        if record == task.told:
            return
        task.updated_at = self._clock.now()
        record = task.told = self.book.record(task)
        self._parts.store.note_task(record)
        self._parts.observer.on_short_sale_task(record)


def _never(_master: MasterOrder) -> bool:
    """Stands in until somebody watches the master."""
    return False
