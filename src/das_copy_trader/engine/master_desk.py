"""The master's account, as the engine listens to it: from its events to the followers' actions, in one call.

It has no way to send anything to the master.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Final

from das_copy_trader.domain.account import AccountView
from das_copy_trader.domain.enums import AlertLevel, ConnectionState, ExecType, OrdStatus, Outcome, Side
from das_copy_trader.domain.events import CommandRefused, OrderEvent, OrderRefused
from das_copy_trader.domain.identifiers import (
    GENERATION_MAX,
    ClOrdId,
    attempt_of,
    cl_ord_id_for,
    is_copy_id,
    next_attempt,
)
from das_copy_trader.domain.orders import Order
from das_copy_trader.domain.positions import Position
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.engine.actions import CopyAction, CopyTarget, Refuse
from das_copy_trader.engine.closing_watch import ClosingWatch
from das_copy_trader.engine.copy_state import STOPS, elsewhere_filled
from das_copy_trader.engine.decide import MasterOrderFacts, decide, is_test_route, master_facts, master_refusal
from das_copy_trader.engine.exposure import ENDED_STATUSES, has_ended_unfilled, has_filled_whole, live_member
from das_copy_trader.engine.history import StepKind
from das_copy_trader.engine.observer import ReplicationKind
from das_copy_trader.engine.order_links import CopyLink, MasterOrder, OrderLinks
from das_copy_trader.engine.order_replicator import OrderReplicator
from das_copy_trader.engine.plan import PlanBook
from das_copy_trader.engine.ports import Scheduler
from das_copy_trader.engine.position_lag import PositionLag
from das_copy_trader.engine.position_tracker import PositionTracker
from das_copy_trader.engine.replaced import changed_copy, changed_terms, is_successor
from das_copy_trader.engine.reporting import Reporter
from das_copy_trader.engine.unknown_resolver import UnknownResolver
from das_copy_trader.runtime.clock import Clock

PROOF_LIMIT_S: Final = 1.0
"""How long a master order whose stop price is not proven yet waits for the line that proves it."""
NEVER_PLACED: Final = "The master's order ended before it could be copied."


class MasterDesk:
    """Decides about each of the master's orders once, and keeps its copies in step with it."""

    def __init__(  # noqa: PLR0913 - it is where everything that the engine does for an order comes together
        self,
        *,
        trading_day: date,
        plans: PlanBook,
        replicator: OrderReplicator,
        resolver: UnknownResolver,
        closing_watch: ClosingWatch,
        tracker: PositionTracker,
        reporter: Reporter,
        clock: Clock,
        scheduler: Scheduler,
    ) -> None:
        self.view: AccountView | None = None
        self.links = OrderLinks()
        self.trading_day = trading_day
        self.is_in_step = True
        """Whether the order list has come whole over the connection that lives now."""
        self.on_listed: Callable[[], None] = _nothing
        """Told when it has."""
        self._plans = plans
        self._replicator = replicator
        self._resolver = resolver
        self._closing_watch = closing_watch
        self._tracker = tracker
        self._reporter = reporter
        self._lag = PositionLag(clock)
        self._clock = clock
        self._scheduler = scheduler

    def start_day(self, trading_day: date) -> None:
        """Forget the former day: the platform's ids restart."""
        for master in self.links:
            for link in master.link_by_follower.values():
                if not link.is_final:
                    self._reporter.note(StepKind.DAY_ENDED, link, None)
        self._reporter.begin_day(trading_day)
        self.trading_day = trading_day
        self.links.clear()
        self._lag.clear()

    # --- what the account tells --------------------------------------------------------------------------------------

    def on_order_event(self, event: OrderEvent) -> None:
        """One of the master's orders changed: place, replace or cancel its copies."""
        received_ns = self._clock.perf_ns()
        root, order = event.root, event.order
        if event.exec_type is ExecType.TRADE and not event.is_snapshot:
            self._lag.note_trade(root.symbol, root.side, event.last_qty)
        if root.is_child:
            return  # its parent's row is still to come: a child is never copied
        master = self.links.track(root)
        if master.is_ended and is_successor(root, order):
            master = self.links.track(order)  # its copies ended with the former id: this one is a new order
        if not master.is_decided:
            self._consider(master, event, received_ns)
        elif event.exec_type is ExecType.REPLACED or event.is_snapshot:
            self._take_terms(master, order, is_snapshot=event.is_snapshot)
        elif order.is_child and not (master.is_fire_told or event.is_snapshot) and master.is_uncopied:
            self._alert_fired(master)
        elif root.child_ids and root.status in ENDED_STATUSES and not master.is_ended and self.view is not None:
            live = live_member(self.view, root)
            if is_successor(root, live):
                self._take_terms(master, live, is_snapshot=event.is_snapshot)
        if master.is_decided and not master.is_ended:
            self._end_if_over(master)
        if self._tracker.is_watching:
            self._tracker.touch(root.symbol)

    def on_order_refused(self, refusal: OrderRefused) -> None:
        """The master's platform refused an order before it had an id: there is nothing to copy."""

    def on_command_refused(self, refusal: CommandRefused) -> None:
        """Something was refused to the master: its orders did not change."""

    def on_position_changed(self, position: Position) -> None:
        """The master's positions are read from its mirror when an order needs them."""
        self._lag.note_position(position.symbol, position.net_qty)
        if self._tracker.is_watching:
            self._tracker.touch(position.symbol)

    def on_state_changed(self, state: ConnectionState, reason: str) -> None:
        """After a gap the orders come again as a snapshot, told one by one before the account is ready."""
        self.is_in_step = state is ConnectionState.READY
        if self.is_in_step:
            self._lag.settle()
            self.on_listed()

    def on_orders_listed(self) -> None:
        """The rows of the list were told one by one."""
        if self.is_in_step:
            self.on_listed()

    def on_paced_sent(self, cl_ord_id: ClOrdId) -> None:
        """Nothing is ever sent to the master."""

    def on_paced_dropped(self, cl_ord_id: ClOrdId, reason: str) -> None:
        """Nothing is ever sent to the master."""

    # --- a new order -------------------------------------------------------------------------------------------------

    def _consider(self, master: MasterOrder, event: OrderEvent, received_ns: int) -> None:
        """Whether a master order that was not decided yet is to be copied now."""
        root = master.order
        is_armed = self._replicator.is_armed
        if not root.is_placed and root.status not in ENDED_STATUSES:
            return
        if event.is_snapshot or not is_armed:
            # An earlier life may have copied it: the followers' lists tell (engine/recovery.py).
            master.is_decided = master.is_listed = True
            master.is_from_gap = is_armed
            self.refresh(master)
        elif root.status in ENDED_STATUSES:
            self._refuse_all(master, NEVER_PLACED)
        elif root.awaits_proof:
            if master.received_ns == 0:
                master.received_ns = received_ns
                self._scheduler.call_later(PROOF_LIMIT_S, partial(self._give_up_proof, master))
        else:
            self._copy(master, received_ns)

    def _copy(self, master: MasterOrder, received_ns: int) -> None:
        root = master.order
        refusal = master_refusal(root, is_copy=is_copy_id(root.cl_ord_id), can_short=self._replicator.can_short)
        if refusal:
            self._refuse_all(master, refusal)
            if not is_test_route(root.route):
                self._reporter.alert(AlertLevel.WARN, f"Not copied: {root.row_text or root!r}. {refusal}")
            return
        master.is_decided = True
        master.received_ns = received_ns
        master.terms = root.terms
        master.order_qty = root.order_qty
        symbol = root.symbol
        facts = master_facts(root, root.order_qty, self.view, self._lag.missing_qty(symbol))
        plan = self._plans.plan(symbol)
        actions = self._actions(facts, plan.targets) if facts.closing_qty else ()
        master.decided_ns = self._clock.perf_ns()
        try:
            if facts.closing_qty:
                self._replicator.place(master, self.cl_ord_id(master), actions)
            else:
                self._replicator.place_opening(master, self.cl_ord_id(master), plan)
        finally:  # what a fault leaves of the pass is told, and read back, as well
            self._reporter.report(ReplicationKind.REPLICATED, master)
            self._resolver.watch(master)
        if facts.closing_qty:
            self._closing_watch.follow_up(master, actions)
        if facts.shorting_qty:
            what = f"The master's order {root.order_id} sells {facts.shorting_qty} {symbol} more than it holds"
            advice = "The short that this opens is not copied: place it in DAS where you want it."
            self._reporter.alert(AlertLevel.WARN, f"{what}. {advice}")

    @staticmethod
    def _actions(facts: MasterOrderFacts, targets: Sequence[CopyTarget]) -> Sequence[CopyAction]:
        symbol, side = facts.symbol, facts.side
        return decide(
            facts,
            targets,
            lambda target: target.seat.closable_qty(symbol, side),
            lambda target: target.seat.copied_holding(symbol, side),
        )

    def _refuse_all(self, master: MasterOrder, refusal: str) -> None:
        """Nobody gets the order, and everybody's outcome says so."""
        master.is_decided = True
        master.refusal = refusal
        master.order_qty = master.order.order_qty
        targets = self._plans.targets(master.order.symbol)
        refusals = [Refuse(target, Outcome.SKIPPED, refusal) for target in targets]
        self._replicator.place(master, self.cl_ord_id(master), refusals)
        self._reporter.report(ReplicationKind.REPLICATED, master)

    def _give_up_proof(self, master: MasterOrder) -> None:
        is_todays = self.links.master_order(master.order_id) is master
        if is_todays and not master.is_decided and self._replicator.is_armed:
            self._copy(master, master.received_ns)

    def cl_ord_id(self, master: MasterOrder) -> ClOrdId:
        """The id of the first attempt to copy it."""
        return cl_ord_id_for(self.trading_day.toordinal(), 0, master.order_id)

    # --- an order that was found in a list ---------------------------------------------------------------------------

    def refresh(self, master: MasterOrder) -> None:
        """Take over what the order asks now."""
        root = master.order
        live = root if self.view is None else live_member(self.view, root)
        master.terms, master.order_qty = root.terms, root.order_qty
        if live is not root and root.terms is not None and live.terms is not None:
            master.terms = changed_terms(root.terms, live.terms, is_child=not is_successor(root, live))
            if len(root.child_ids) <= 1:
                master.order_qty = live.order_qty + elsewhere_filled(root.cum_qty, live)

    def facts(self, master: MasterOrder) -> MasterOrderFacts:
        """What has to be decided about a master order of which copies may be there already, as it is now."""
        order = master.order
        missing_qty, later_qty = self._lag.missing_qty(order.symbol), self.links.executed_after(master)
        return master_facts(order, master.order_qty, self.view, missing_qty, later_qty)

    def bring_up(self, link: CopyLink) -> None:
        """Make up to a copy that was linked again what it missed: the master's present quantity and terms."""
        master, terms = link.master, link.master.terms
        if link.is_resting or link.wants_cancel or master.is_ended or terms is None or self.view is None:
            return
        facts = self.facts(master)
        for target in self._plans.targets(facts.symbol):
            if target.seat is link.seat:
                change = changed_copy(link, target, facts, terms)
                self._closing_watch.follow_change(link, change)
                self._replicator.request_replace({link: change.wish})

    def replay(self, link: CopyLink, target: CopyTarget) -> CopyLink | str:
        """Copy a master order now to a follower that missed it, as if it had just been placed; else why not.

        The attempt has an id of its own wherever the present one may have been used.
        """
        master = link.master
        root = master.order
        refusal = master_refusal(root, is_copy=is_copy_id(root.cl_ord_id), can_short=self._replicator.can_short)
        if not refusal and master.terms is None:
            refusal = "What the master's order asks cannot be read."
        if refusal:
            return refusal
        facts = self.facts(master)
        (action,) = self._actions(facts, [target])
        if isinstance(action, Refuse):
            return action.reason
        is_used = link.is_sent or link.is_spent
        if is_used and attempt_of(link.cl_ord_id) == GENERATION_MAX:
            return f"It has been tried {GENERATION_MAX + 1} times; place it in DAS by hand."
        link.is_superseded = link.wants_cancel = True
        if is_used:
            cl_ord_id = next_attempt(link.cl_ord_id)
        else:
            cl_ord_id = link.cl_ord_id
            link.seat.forget(link)
        self._replicator.place(master, cl_ord_id, [action])
        attempt = master.link_by_follower[target.seat.follower_id]
        self._reporter.note(StepKind.REPLAYED, attempt, None)
        self._reporter.mark_changed(attempt)
        self._resolver.watch_copy(attempt)
        if facts.closing_qty:
            self._closing_watch.follow_up(master, [action])
        return attempt

    # --- a known order -----------------------------------------------------------------------------------------------

    def _take_terms(self, master: MasterOrder, order: Order, *, is_snapshot: bool) -> None:
        """The order may have a new quantity or new terms; tell the copies."""
        is_open_or_filled = order.is_working or order.status is OrdStatus.FILLED
        if not master.link_by_follower or master.terms is None or not is_open_or_filled:
            return
        if order.terms is None:
            if not is_snapshot:
                what = f"The master's change was not copied: {order.row_text or order!r}. {order.undecodable}"
                self._reporter.alert(AlertLevel.WARN, what)
            return
        is_child = order.is_child and not is_successor(master.order, order)
        terms = changed_terms(master.terms, order.terms, is_child=is_child)
        order_qty = master.order_qty
        if len(master.order.child_ids) <= 1:  # of an order that was routed in parts no part tells the whole
            order_qty = order.order_qty + elsewhere_filled(master.order.cum_qty, order)
        if terms == master.terms and order_qty == master.order_qty:
            return
        master.terms = terms
        master.order_qty = order_qty
        facts = self.facts(master)
        targets = {target.seat: target for target in self._plans.targets(order.symbol)}
        wish_by_link = {}
        for link in master.open_links():
            target = targets.get(link.seat)
            if target is not None and link.outcome is Outcome.QUEUED:
                link.quantity = scale_quantity(order_qty, target.multiplier)
                self._reporter.mark_changed(link)
            elif target is not None:
                change = changed_copy(link, target, facts, terms)
                wish_by_link[link] = change.wish
                self._closing_watch.follow_change(link, change)
        self._reporter.report(ReplicationKind.REPLACED, master)  # told after the turn, and before what follows from it
        self._replicator.request_replace(wish_by_link)

    def has_covered(self, master: MasterOrder) -> bool:
        """Whether the master has bought back what a filled short of it sold: a later buy has filled, and it is flat."""
        order = master.order
        if self.view is None or not has_filled_whole(order) or self.view.net_qty(order.symbol) < 0:
            return False
        is_later = False
        for other in self.links:
            if is_later and other.order.symbol == order.symbol and other.order.side is Side.BUY:
                if other.order.cum_qty:
                    return True
            elif other is master:
                is_later = True
        return False

    def _end_if_over(self, master: MasterOrder) -> None:
        if self.view is None or not has_ended_unfilled(self.view, master.order):
            return
        master.is_ended = True
        if master.link_by_follower and not master.refusal:
            self._reporter.report(ReplicationKind.CANCELLED, master)
            self._replicator.request_cancel(master)

    def _alert_fired(self, master: MasterOrder) -> None:
        """A stop, or what could not be read, that no follower has now goes to the market on the master's account."""
        order, terms = master.order, master.order.terms
        if is_test_route(order.route) or (terms is not None and terms.ord_type not in STOPS):
            return
        master.is_fire_told = True
        what = f"The master's order {order.order_id} ({order.symbol}), which was not copied, has fired"
        what = f"{what}: {order.row_text}" if order.row_text else f"{what}."
        self._reporter.alert(AlertLevel.WARN, what)


def _nothing() -> None:
    """Stands in until somebody listens."""
