"""The orchestrator: seats the followers, listens to all accounts, copies while it is armed."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from msgspec import structs

from das_copy_trader.domain.account import AccountListener, AccountView
from das_copy_trader.domain.enums import Mode
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.engine.action_queue import ActionQueue, ActionResult
from das_copy_trader.engine.blacklist_manager import BlacklistManager
from das_copy_trader.engine.closing_watch import ClosingWatch
from das_copy_trader.engine.copied_position import CarriedBook
from das_copy_trader.engine.follower_desk import FollowerDesk
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.follower_settings import FollowerSettings
from das_copy_trader.engine.history import ReplicationStep
from das_copy_trader.engine.master_desk import MasterDesk
from das_copy_trader.engine.multiplier_manager import MultiplierManager
from das_copy_trader.engine.observer import (
    OutcomeChange,
    ReplicationKind,
    ReplicationObserver,
    ReplicationRecord,
    follower_result,
    replication_record,
)
from das_copy_trader.engine.order_links import CopyLink
from das_copy_trader.engine.order_replicator import OrderReplicator
from das_copy_trader.engine.plan import PlanBook
from das_copy_trader.engine.ports import Alerts, OrderEncoder, Scheduler, TradingGateway
from das_copy_trader.engine.position_tracker import PositionTracker
from das_copy_trader.engine.recovery import Recovery
from das_copy_trader.engine.replay import Replayer
from das_copy_trader.engine.reporting import Reporter
from das_copy_trader.engine.short_ports import LocateDesk
from das_copy_trader.engine.short_sale_manager import ShortSaleManager, ShortSaleParts
from das_copy_trader.engine.unknown_resolver import UnknownResolver
from das_copy_trader.runtime.clock import Clock


class ReplicationEngine:
    """Copies the master's orders to the followers while it is armed.

    `multipliers` and `blacklist` may be edited at any time: it listens to their changes.
    """

    def __init__(  # noqa: PLR0913 - whatever the engine is put together of comes from outside
        self,
        *,
        encoder: OrderEncoder,
        multipliers: MultiplierManager,
        blacklist: BlacklistManager,
        alerts: Alerts,
        observer: ReplicationObserver,
        clock: Clock,
        trading_day: date,
        scheduler: Scheduler,
        shorts: ShortSaleParts | None = None,
    ) -> None:
        self.carried: CarriedBook = {}
        """What copies of earlier days have left, as the database remembers it; set before followers are seated."""
        self._clock = clock
        self._seats: dict[FollowerId, FollowerSeat] = {}
        self._plans = PlanBook(multipliers, blacklist)
        multipliers.on_changed = blacklist.on_changed = self._plans.invalidate
        self._reporter = Reporter(observer, alerts, clock, scheduler, trading_day)
        self._queue = ActionQueue(clock, scheduler)
        self._replicator = OrderReplicator(encoder, self._plans, self._reporter, clock, self._queue)
        self._resolver = UnknownResolver(self._replicator, clock, scheduler)
        self._closing_watch = ClosingWatch(self._replicator, scheduler)
        self._tracker = PositionTracker(self._seats, multipliers, blacklist, clock, scheduler)
        self._master_desk = MasterDesk(
            trading_day=trading_day,
            plans=self._plans,
            replicator=self._replicator,
            resolver=self._resolver,
            closing_watch=self._closing_watch,
            tracker=self._tracker,
            reporter=self._reporter,
            clock=clock,
            scheduler=scheduler,
        )
        self.shorts: ShortSaleManager | None = None
        """Short sales; None: nobody here can sell short."""
        if shorts is not None:
            self.shorts = ShortSaleManager(
                shorts,
                seats=self._seats,
                plans=self._plans,
                replicator=self._replicator,
                reporter=self._reporter,
                clock=clock,
                trading_day=trading_day,
            )
            self.shorts.has_covered = self._master_desk.has_covered
            self._plans.on_invalidated = self.shorts.review
        self._recovery = Recovery(
            desk=self._master_desk,
            seats=self._seats,
            plans=self._plans,
            replicator=self._replicator,
            resolver=self._resolver,
            reporter=self._reporter,
            clock=clock,
            queue=self._queue,
        )
        self._master_desk.on_listed = self._recovery.review_all
        self._replayer = Replayer(
            desk=self._master_desk,
            seats=self._seats,
            plans=self._plans,
            replicator=self._replicator,
            queue=self._queue,
        )

    @property
    def master_listener(self) -> AccountListener:
        """To be told of the master's account."""
        return self._master_desk

    def follower_listener(self, follower_id: FollowerId) -> AccountListener:
        """To be told of a follower's account; it may be asked for before the follower is seated."""
        return FollowerDesk(
            follower_id,
            seats=self._seats,
            plans=self._plans,
            replicator=self._replicator,
            resolver=self._resolver,
            closing_watch=self._closing_watch,
            tracker=self._tracker,
            recovery=self._recovery,
        )

    def on_multiplier_inferred(self, tell: Callable[[FollowerId, Symbol, Decimal], None]) -> None:
        """Tell this of every multiplier that positions show; it must return at once, and see to its being kept."""
        self._tracker.on_inferred = tell

    def set_master_view(self, view: AccountView) -> None:
        """The master's mirror, to read its positions and auto-route children."""
        self._master_desk.view = self._tracker.master_view = view

    def add_follower(
        self, settings: FollowerSettings, gateway: TradingGateway, locate_desk: LocateDesk | None = None
    ) -> None:
        """Seat a follower. One with the same id that is seated already hands over the day's copies."""
        seat = FollowerSeat(settings, gateway, self._clock, locate_desk)
        seat.carried = {symbol: held for (name, symbol), held in self.carried.items() if name == seat.follower_id}
        if self.shorts is not None and locate_desk is not None:
            locate_desk.listen(partial(self.shorts.on_locate, settings.follower_id))
        former = self._seats.get(settings.follower_id)
        if former is not None:
            if self.shorts is not None:
                self.shorts.end_all("The follower's account or address was changed.", settings.follower_id)
            former.is_seated = False
            seat.take_over(former)
            self._master_desk.links.reseat(seat)
        self._seats[settings.follower_id] = seat
        self._plans.set_seats(list(self._seats.values()))
        self._replicator.resume(seat)

    def update_follower(self, settings: FollowerSettings) -> None:
        """New rules for a seated follower, from the next master event on. Raises KeyError when it is not seated."""
        seat = self._seats[settings.follower_id]
        seat.settings = settings
        self._plans.invalidate()
        if settings.is_enabled:
            self._replicator.settle_all(seat)
            self._recovery.review(seat)
        else:
            seat.halt_reason = ""
            self._replicator.withdraw_paced(seat, "The follower was disabled before this order left.")

    def freeze_follower(self, follower_id: FollowerId) -> None:
        """Send nothing but cancels to a follower from now on, whatever is configured."""
        seat = self._seats[follower_id]
        self.update_follower(structs.replace(seat.settings, is_enabled=False))

    def is_ready(self, follower_id: FollowerId) -> bool:
        """Whether commands can be sent to a follower now."""
        seat = self._seats.get(follower_id)
        return seat is not None and seat.is_ready and self._replicator.is_armed

    def open_copies(self, follower_id: FollowerId) -> list[CopyLink]:
        """A follower's copies that are not over, oldest first."""
        seat = self._seats.get(follower_id)
        return [] if seat is None else list(seat.open_copies.values())

    def cancel_copies(self, follower_id: FollowerId) -> list[CopyLink]:
        """The user ends every copy that works on a follower; these are they."""
        links = self.open_copies(follower_id)
        for link in links:
            self._replicator.cancel_copy(link, "You cancelled it before it was sent.")
        return links

    def outcome_of(self, link: CopyLink) -> OutcomeChange:
        """A copy's present outcome."""
        order = link.master.order
        return OutcomeChange(self._clock.now(), order.order_id, order.symbol, follower_result(link))

    def remove_follower(self, follower_id: FollowerId) -> None:
        """Unseat a follower: nothing more is sent to it. Its working copies stay at its platform."""
        seat = self._seats.pop(follower_id, None)
        if seat is not None:
            seat.is_seated = False
            self._replicator.withdraw_paced(seat, "The follower was removed before this order left.")
            self._plans.set_seats(list(self._seats.values()))
            self._queue.forget_follower(follower_id)

    def keep_steps(self, keep: Callable[[Sequence[ReplicationStep]], None]) -> None:
        """Tell this of every step of every copy, after the loop turn in which it happened; it must return at once."""
        self._reporter.on_steps = keep

    @property
    def mode(self) -> Mode:
        """COPYING while armed, else STOPPED."""
        return Mode.COPYING if self._replicator.is_armed else Mode.STOPPED

    def arm(self) -> None:
        """Copy from the next master event on, and make up for what working copies have missed."""
        self._replicator.is_armed = True
        for seat in self._seats.values():
            self._replicator.resume(seat)
            self._resolver.resume(seat)
        if self.shorts is not None:
            self.shorts.review()
        self._recovery.review_all()

    def disarm(self) -> None:
        """Send nothing more, from now on. Orders that a rate limit still holds are taken back."""
        self._replicator.is_armed = False
        if self.shorts is not None:
            self.shorts.end_all("Copying was stopped.")
        for seat in self._seats.values():
            self._replicator.withdraw_paced(seat, "Copying was stopped before this order left.")

    def start_day(self, trading_day: date) -> None:
        """Forget the former day: ids restart, the day's maps are emptied."""
        if self.shorts is not None:
            self.shorts.start_day(trading_day)
        self._master_desk.start_day(trading_day)
        for seat in self._seats.values():
            seat.clear()
        self._recovery.start_day()
        self._queue.clear()

    # --- what waits for the user ---------------------------------------------------------------------------------

    @property
    def queue(self) -> ActionQueue:
        """The actions that followers have missed."""
        return self._queue

    def replay_actions(self, follower_id: FollowerId, action_ids: Sequence[str]) -> list[ActionResult]:
        """Let a follower do now what it missed. What cannot be done stays in the queue with its error."""
        return self._replayer.replay(follower_id, action_ids)

    def discard_actions(self, follower_id: FollowerId, action_ids: Sequence[str]) -> list[ActionResult]:
        """Take actions out of a follower's queue."""
        return self._replayer.discard(follower_id, action_ids)

    def latest_replications(self, limit: int) -> list[ReplicationRecord]:
        """The newest decided master orders first, with the present outcome of every copy."""
        now = self._clock.now()
        return [
            replication_record(ReplicationKind.REPLICATED, master, now)
            for master in self._master_desk.links.latest(limit)
            if master.link_by_follower
        ]
