"""Carries out what was decided: places, replaces and cancels the copies, and keeps each one's outcome.

Causality per copy: what the master asked last is kept on the link (`wants_cancel`, `wish`) and told to the platform as
soon as it can be, by `settle`, which is the one place that sends cancels and replaces. It may be called at any time,
any number of times.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import AlertLevel, Outcome, ReplaceQuantity, Side
from das_copy_trader.domain.identifiers import ClOrdId, OrderId
from das_copy_trader.domain.orders import Order, OrderRequest
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.engine.action_queue import ActionQueue, QueueReason
from das_copy_trader.engine.actions import Await, CopyAction, Refuse, SendGroup, Submit
from das_copy_trader.engine.closing_copies import ClosingCopies
from das_copy_trader.engine.copy_state import (
    HOURS_LOST,
    elsewhere_filled,
    is_as_asked,
    is_copy_of,
    is_told_shown,
    loses_hours,
    read_outcome,
    terms_for_live,
)
from das_copy_trader.engine.decide import decide_opening
from das_copy_trader.engine.exposure import live_member
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.history import StepKind
from das_copy_trader.engine.order_links import CopyLink, MasterOrder, ReplaceWish
from das_copy_trader.engine.order_pass import UNSENT_NS, Flight, groups_of, send_all
from das_copy_trader.engine.plan import Plan, PlanBook
from das_copy_trader.engine.ports import OrderEncoder
from das_copy_trader.engine.reporting import Reporter
from das_copy_trader.runtime.clock import Clock

CANCEL_TRIES_MAX: Final = 5
REPLACE_TRIES_MAX: Final = 3
MASTER_ENDED: Final = "The master's order ended before this one was sent."
FAULT_REASON: Final = "A fault of this program ended the pass over the followers before this one's turn."
STALLED_REASON: Final = "The link broke while the order was being sent; its fate is read back after the next login."


class OrderReplicator:
    """Places, replaces and cancels copies. Sends nothing while `is_armed` is False.

    `on_copy_over` is told of each copy that has ended, `on_sent_later` of each that left after its pass,
    `on_cancel_sent` of each cancel, `on_cancel_spent` of each copy that `CANCEL_TRIES_MAX` of them have not ended,
    `on_replace_sent` of each replace. `on_short_changed` is told when what a copy that waits for its locate should be
    changed, `on_short_grown` when a short that works should have more shares.
    """

    def __init__(
        self, encoder: OrderEncoder, plans: PlanBook, reporter: Reporter, clock: Clock, queue: ActionQueue
    ) -> None:
        self.is_armed = False
        self.on_copy_over: Callable[[CopyLink], None] = _nothing
        self.on_sent_later: Callable[[CopyLink], None] = _nothing
        self.on_cancel_sent: Callable[[CopyLink, OrderId, SendResult], None] = _nothing
        self.on_cancel_spent: Callable[[CopyLink], None] = _nothing
        self.on_replace_sent: Callable[[CopyLink, ReplaceWish, SendResult], None] = _nothing
        self.on_short: Callable[[CopyLink], None] | None = None
        """Takes a copy of a short sale in hand, which is not sent before it is covered; None: nobody does."""
        self.on_short_changed: Callable[[CopyLink], None] = _nothing
        self.on_short_grown: Callable[[CopyLink, int], None] = _nothing
        self.closing = ClosingCopies(self, plans, reporter)
        self._encoder = encoder
        self._plans = plans
        self._reporter = reporter
        self._clock = clock
        self._queue = queue

    # --- placing -------------------------------------------------------------------------------------------------

    @property
    def can_short(self) -> bool:
        """Whether somebody takes short sales in hand."""
        return self.on_short is not None

    def place(self, master: MasterOrder, cl_ord_id: ClOrdId, actions: Sequence[CopyAction]) -> None:
        """Give every follower its action, in one pass without waiting; one line serves a run of equal orders."""
        self._pass_over(master, cl_ord_id, groups_of(actions), lambda: actions)

    def place_opening(self, master: MasterOrder, cl_ord_id: ClOrdId, plan: Plan) -> None:
        """The same for an order that closes nothing: what goes out stands in the plan, the rest is seen to afterwards.

        To decide for every follower first would keep the first one's order back, at 200 of them by a quarter.
        """
        order_qty = master.order_qty
        groups = plan.opening_groups(order_qty)
        self._pass_over(master, cl_ord_id, groups, lambda: decide_opening(order_qty, plan.targets))

    def _pass_over(
        self,
        master: MasterOrder,
        cl_ord_id: ClOrdId,
        groups: Iterable[SendGroup],
        actions: Callable[[], Sequence[CopyAction]],
    ) -> None:
        """The pass is recorded before the bytes, always: no answer and no fault can meet an order that nobody knows."""
        flight = master.flight = Flight(cl_ord_id)
        try:
            if master.order.side is not Side.SELL_SHORT or self.on_short is None:
                send_all(flight, groups, partial(self._encode, master, cl_ord_id), self._clock)
        finally:
            self._write_down(master, flight, actions())
            master.flight = None

    def _write_down(self, master: MasterOrder, flight: Flight, actions: Sequence[CopyAction]) -> None:
        """Make every follower's link of what the pass did for it."""
        terms, cl_ord_id = master.terms, flight.cl_ord_id
        links, sent_ns, line_by_place = master.link_by_follower, flight.sent_ns, flight.line_by_place
        line, place, lost_place = b"", -1, flight.lost_place
        for action in actions:
            seat = action.target.seat
            link = CopyLink(master, seat, cl_ord_id)
            if not isinstance(action, Submit):
                self._write_down_unsent(link, action, flight, place)
                continue
            place += 1
            line = line_by_place.get(place, line)
            at_ns = sent_ns[place] if place < len(sent_ns) else UNSENT_NS
            if at_ns == UNSENT_NS and place != lost_place:
                self._write_down_unsent(link, action, flight, place)
                continue
            links[seat.follower_id] = link
            link.quantity = action.quantity
            if action.is_exit:
                link.is_exit, link.note, link.opening_qty = True, action.note, action.opening_qty
            link.terms = terms
            link.line = line
            seat.link_by_cl_ord_id[cl_ord_id] = seat.open_copies[cl_ord_id] = seat.unanswered[cl_ord_id] = link
            if place in flight.results:
                self._note_unsent(link, flight.results[place])
            elif at_ns != UNSENT_NS:
                link.is_sent = True
                link.sent_ns = at_ns
            else:
                self._note_unsent(link, SendResult.STALLED)

    def _write_down_unsent(self, link: CopyLink, action: CopyAction, flight: Flight, place: int) -> None:
        """The link of a follower that was handed nothing: it was not to be, or not yet, or could not."""
        seat = link.seat
        link.master.link_by_follower[seat.follower_id] = link
        if isinstance(action, Refuse):
            if action.outcome is Outcome.QUEUED:
                link.quantity = scale_quantity(link.master.order_qty, action.target.multiplier)
                self.shelve(link, QueueReason.OFFLINE, action.reason)
            else:
                link.outcome, link.reason = action.outcome, action.reason
        elif link.cl_ord_id in seat.link_by_cl_ord_id or seat.is_shown(link.cl_ord_id):
            self._adopt(link)
        elif isinstance(action, Await):
            self.closing.hold_back(link, action)
        elif place in flight.problems:
            self._refuse_unsayable(link, flight.problems[place])
        elif link.master.order.side is Side.SELL_SHORT and self.on_short is not None:
            link.outcome, link.quantity = Outcome.SHORT_TASK, action.quantity
            seat.hold(link)
            self.on_short(link)
        else:
            self.set_outcome(link, Outcome.FAILED, FAULT_REASON, AlertLevel.ERROR)

    def shelve(self, link: CopyLink, reason: QueueReason, text: str, level: AlertLevel = AlertLevel.WARN) -> None:
        """A copy that is not at its platform waits for the user; where the queue is full it is skipped."""
        link.is_spent = link.is_spent or link.is_sent
        link.is_sent = link.is_paced = link.is_doubtful = False
        link.wish = link.told = None
        link.told_max_qty = 0
        if self._queue.add_submit(link, reason, text):
            self.set_outcome(link, Outcome.QUEUED, text, level)
        else:
            self.set_outcome(link, Outcome.SKIPPED, f"{text} The follower's queue is full.", AlertLevel.ERROR)

    def _encode(self, master: MasterOrder, cl_ord_id: ClOrdId, route: str, quantity: int) -> bytes:
        order = master.order
        terms = master.terms
        assert terms is not None, "an order without terms is refused before it gets here"
        return self._encoder.encode(OrderRequest(cl_ord_id, order.symbol, order.side, quantity, terms, route))

    def _refuse_unsayable(self, link: CopyLink, error: ValueError) -> None:
        reason = f"The order cannot be said to the follower's platform: {error}"
        self.set_outcome(link, Outcome.SKIPPED, reason, AlertLevel.ERROR)

    def _send(self, link: CopyLink, encoded: bytes) -> None:
        seat, cl_ord_id = link.seat, link.cl_ord_id
        link.terms = link.master.terms
        link.line = encoded
        seat.hold(link)
        seat.unanswered[cl_ord_id] = link
        result = seat.submit(encoded, cl_ord_id, self._clock.monotonic_s(), is_exit=link.is_exit)
        if result is SendResult.SENT:
            link.is_sent = True
            link.sent_ns = self._clock.perf_ns()
        else:
            self._note_unsent(link, result)

    def _note_unsent(self, link: CopyLink, result: SendResult) -> None:
        if result is SendResult.PACED:
            link.is_paced = True
            link.reason = "Waits for the platform's limit of orders a second."
        elif result is SendResult.STALLED:
            link.is_sent = True
            self.set_outcome(link, Outcome.UNKNOWN, STALLED_REASON, AlertLevel.ERROR)
        else:
            self.shelve(link, QueueReason.OFFLINE, f"The follower could not trade: {link.seat.gateway.state_reason}")

    def send_later(self, link: CopyLink, quantity: int) -> None:
        """Send a copy that was held back until now, in the order's present form."""
        link.quantity = quantity
        link.outcome, link.reason = Outcome.PENDING, ""
        try:
            encoded = self._encode(link.master, link.cl_ord_id, link.seat.settings.order_route, quantity)
        except ValueError as error:
            self._refuse_unsayable(link, error)
            return
        self._send(link, encoded)
        self._reporter.note(StepKind.SENT if link.is_sent else StepKind.HELD, link, None)
        self._reporter.mark_changed(link)
        if link.is_unanswered:
            link.is_sent_later = True
            self.on_sent_later(link)

    def note_paced_sent(self, link: CopyLink) -> None:
        """The rate limit has let a copy go."""
        link.is_paced = False
        link.is_sent = link.is_sent_later = True
        link.sent_ns = self._clock.perf_ns()
        self._reporter.note(StepKind.SENT, link, None)
        self.set_outcome(link, Outcome.PENDING)
        self.on_sent_later(link)

    def withdraw_paced(self, seat: FollowerSeat, reason: str) -> None:
        """Take back every order of a follower that the rate limit still holds."""
        for link in list(seat.unanswered.values()):
            if link.is_paced and seat.gateway.withdraw(link.cl_ord_id):
                link.is_paced = False
                self.set_outcome(link, Outcome.SKIPPED, reason)

    def _adopt(self, link: CopyLink) -> None:
        """The platform already has an order with this id: an earlier life sent it. Link it, never send again."""
        seat = link.seat
        present = seat.link_by_cl_ord_id.get(link.cl_ord_id)
        order = seat.gateway.view.order_by_cl_ord_id(link.cl_ord_id)
        if present is not None or order is None or not is_copy_of(order, link):
            reason = "An order with the same id was sent before; it is not sent a second time."
            self.set_outcome(link, Outcome.FAILED, reason, AlertLevel.ERROR)
            return
        seat.hold(link)
        link.is_sent = True
        link.quantity = order.order_qty
        link.terms = order.terms
        self.absorb(link, order, "")

    # --- what the master wants now ------------------------------------------------------------------------------------

    def request_cancel(self, master: MasterOrder) -> None:
        """The master's order is over: end every copy. What cannot be told yet is latched."""
        for link in master.link_by_follower.values():
            self.cancel_copy(link)

    def cancel_copy(self, link: CopyLink, unsent_reason: str = MASTER_ENDED) -> None:
        """End one copy; one that was not sent yet ends with `unsent_reason`."""
        if link.is_final or link.wants_cancel:
            return
        link.wants_cancel = True
        link.wish = None
        if link.outcome is Outcome.SHORT_TASK:
            self.on_short_changed(link)
        if not link.is_sent:
            is_withdrawn = not link.is_paced or link.seat.gateway.withdraw(link.cl_ord_id)
            if is_withdrawn:
                link.is_paced = False
                self.set_outcome(link, Outcome.CANCELLED, unsent_reason)
                return
        self.settle(link)
        self._queue.note_latched(link)

    def request_replace(self, wish_by_link: Mapping[CopyLink, ReplaceWish]) -> None:
        """The master changed its order: give each copy its new total and terms; the newest unsent wish wins."""
        for link, wish in wish_by_link.items():
            if link.outcome is Outcome.WAITING_FOR_POSITION:
                continue
            if link.outcome is Outcome.SHORT_TASK:
                link.quantity = wish.quantity
                self._reporter.mark_changed(link)
                self.on_short_changed(link)
                continue
            if link.master.order.side is Side.SELL_SHORT:
                wish = self._bounded_short(link, wish)  # noqa: PLW2901 - the same wish, made smaller
            if wish.quantity > 0 and link.is_paced and self.is_armed and link.seat.gateway.withdraw(link.cl_ord_id):
                link.is_paced = False
                link.opening_qty = wish.opening_qty
                self.send_later(link, wish.quantity)
            else:
                self.ask(link, wish)

    def _bounded_short(self, link: CopyLink, wish: ReplaceWish) -> ReplaceWish:
        """A short that works may have new terms and fewer shares at once, more only when they are covered."""
        covered_qty = link.seat.committed_qty(link)
        if wish.quantity <= covered_qty:
            self.on_short_grown(link, 0)
            return wish
        self.on_short_grown(link, wish.quantity)
        return ReplaceWish(covered_qty, wish.terms, wish.opening_qty)

    def place_short(self, link: CopyLink, quantity: int, note: str) -> None:
        """Send a copy of a short sale: `quantity` shares of it are covered."""
        link.note = note
        self.send_later(link, quantity)

    def grow_short(self, link: CopyLink, quantity: int) -> None:
        """Give a short that works `quantity` shares in all, which are covered now."""
        if link.master.terms is not None:
            self.ask(link, ReplaceWish(quantity, link.master.terms, link.opening_qty))

    def ask(self, link: CopyLink, wish: ReplaceWish) -> None:
        """Give a copy a new total and new terms, as soon as its platform can be told."""
        link.wish = wish
        link.replace_tries = 0
        self.settle(link)
        self._queue.note_latched(link)

    def settle(self, link: CopyLink) -> None:
        """Tell the platform what this copy still has to be told, if it can be told now."""
        if not link.wants_cancel and link.wish is None:
            return  # nearly always: three lines come back for each copy
        seat = link.seat
        live = seat.live_order(link)
        if live is None or not live.is_working or not self.is_armed or not seat.is_ready:
            return
        wish = self._bound(link)
        if wish is not None and wish.quantity <= link.cum_qty:
            link.wants_cancel, link.wish = True, None
        if link.wants_cancel:
            self._send_cancel(link, live)
        elif wish is not None and seat.settings.is_enabled and not seat.halt_reason:
            self._send_replace(link, live, wish)

    def _bound(self, link: CopyLink) -> ReplaceWish | None:
        """What is asked of the copy, of a closing one as far as the position goes now: it may be less than it was."""
        wish, seat = link.wish, link.seat
        if wish is None or not link.is_exit or not seat.settings.guard_closing:
            return wish
        order = link.master.order
        link.wish = None  # so that it does not count against itself
        closing = max(0, seat.committed_qty(link) - link.opening_qty) + seat.closable_qty(order.symbol, order.side)
        most = closing + wish.opening_qty
        link.wish = wish if wish.quantity <= most else ReplaceWish(most, wish.terms, wish.opening_qty)
        return link.wish

    def settle_all(self, seat: FollowerSeat) -> None:
        """Settle every copy of a follower that is not over."""
        for link in list(seat.open_copies.values()):
            self.settle(link)

    def resume(self, seat: FollowerSeat) -> None:
        """A follower can trade (again): tell its platform what it missed about working copies, and nothing else."""
        if not self.is_armed or not seat.is_ready:
            return
        for link in seat.open_copies.values():
            link.cancel_sent_to = None
            link.cancel_tries = link.replace_tries = 0
            self.doubt_replace(link)
        self.settle_all(seat)
        self.closing.feed(seat)

    def doubt_replace(self, link: CopyLink) -> None:
        """A replace on its way may be lost: it is told again unless the order is seen to be so."""
        told, link.told = link.told, None
        if told is not None and link.wish is None and not link.wants_cancel:
            link.wish = told

    def _send_cancel(self, link: CopyLink, live: Order) -> None:
        if link.cancel_sent_to == live.order_id:
            return
        if link.cancel_tries >= CANCEL_TRIES_MAX:
            if link.cancel_tries == CANCEL_TRIES_MAX:
                link.cancel_tries += 1
                self._reporter.alert_copy(AlertLevel.ERROR, link, "could not be cancelled; cancel it in DAS by hand")
                self.on_cancel_spent(link)
            return
        result = link.seat.gateway.cancel(live.order_id)
        if result in (SendResult.SENT, SendResult.PACED):
            link.cancel_sent_to = live.order_id
            link.cancel_tries += 1
            self._reporter.note(StepKind.CANCEL_SENT, link, live.order_id)
            self.on_cancel_sent(link, live.order_id, result)

    def cancel_once_more(self, link: CopyLink) -> None:
        """Cancel a copy that many cancels have not ended, if anything can be sent now."""
        seat = link.seat
        live = seat.live_order(link)
        if live is not None and live.is_working and self.is_armed and seat.is_ready:
            seat.gateway.cancel(live.order_id)
            self._reporter.note(StepKind.CANCEL_SENT, link, live.order_id)

    def _send_replace(self, link: CopyLink, live: Order, wish: ReplaceWish) -> None:
        total_qty = wish.quantity - elsewhere_filled(link.cum_qty, live)
        terms = terms_for_live(wish.terms, live)
        if link.told_max_qty == 0 and is_as_asked(live, total_qty, terms):
            link.quantity, link.terms, link.wish = wish.quantity, wish.terms, None
            return
        if link.replace_tries >= REPLACE_TRIES_MAX:
            self.give_up_replace(link, "the platform refuses it")
            return
        is_open_share = link.seat.settings.replace_quantity is ReplaceQuantity.OPEN
        try:
            result = link.seat.gateway.replace(live.order_id, total_qty - is_open_share * live.cum_qty, terms)
        except ValueError as error:
            self.give_up_replace(link, str(error))
            return
        if result in (SendResult.SENT, SendResult.PACED):
            link.quantity, link.terms, link.wish, link.told = wish.quantity, wish.terms, None, wish
            link.told_max_qty = max(link.told_max_qty, wish.quantity)
            link.opening_qty = max(link.opening_qty, wish.opening_qty)
            link.replace_tries += 1
            self._reporter.note(StepKind.REPLACE_SENT, link, live.order_id)
            self._reporter.mark_changed(link)
            self.on_replace_sent(link, wish, result)

    def give_up_replace(self, link: CopyLink, text: str, *, is_refused: bool = False) -> None:
        """A replace is given up: the copy stays what it is, and the user knows.

        `is_refused`: the platform said so. Else what was told and not answered may still arrive, and goes on counting.
        """
        link.told = link.wish = None
        if is_refused:
            link.told_max_qty = 0
        live = link.seat.live_order(link)
        if live is not None:
            link.quantity = live.order_qty + elsewhere_filled(link.cum_qty, live)
        self.set_outcome(link, link.outcome, f"The platform refused the replace: {text}")
        self._reporter.alert_copy(AlertLevel.WARN, link, f"was not replaced: {text}")

    # --- what the platform says -------------------------------------------------------------------------------------

    def absorb(self, link: CopyLink, root: Order, text: str) -> None:
        """The platform told the state of a copy."""
        seat = link.seat
        # What is nearly always so is asked first: three lines come back for each copy, all of them at once.
        if link.order is None:
            link.acked_ns = self._clock.perf_ns()
            seat.unanswered.pop(link.cl_ord_id, None)
            link.first_list_s = -1.0
            link.is_sent = True
        link.order = root
        cum_before, link.cum_qty = link.cum_qty, root.cum_qty
        if link.cum_qty != cum_before:
            signed_qty = root.side.sign * (link.cum_qty - cum_before)
            seat.copied.note_fill(root.symbol, signed_qty, link.cl_ord_id)
        live = root if not root.child_ids else live_member(seat.gateway.view, root)
        if link.master.is_ended and not link.wants_cancel and live.is_working:
            link.wants_cancel, link.wish = True, None  # a late answer: the master's order is over already
        told = link.told
        if told is not None and is_told_shown(
            live, told.quantity - elsewhere_filled(link.cum_qty, live), terms_for_live(told.terms, live)
        ):
            # Commands arrive in order: the ones before it have been taken too.
            link.told, link.told_max_qty, link.opening_qty = None, 0, told.opening_qty
            if loses_hours(told.terms, live):
                self._reporter.alert_copy(AlertLevel.WARN, link, HOURS_LOST)
        is_short_of_position = (
            bool(seat.awaiting) and link.cl_ord_id in seat.awaiting and link.cum_qty < link.awaited_qty
        )
        outcome, reason, level = read_outcome(link, root, live, text)
        if outcome is not link.outcome or (reason and reason != link.reason):
            self.set_outcome(link, outcome, reason, level)
        elif link.cum_qty != cum_before:
            self._reporter.mark_changed(link)
        if not link.is_final:
            self.settle(link)
        elif outcome is Outcome.FILLED and is_short_of_position:
            self.closing.follow_entry(link)

    def set_outcome(self, link: CopyLink, outcome: Outcome, reason: str = "", level: AlertLevel | None = None) -> None:
        """Record an outcome; with a level, tell the user as well."""
        is_new = outcome is not link.outcome
        link.outcome, link.reason = outcome, reason
        self._reporter.mark_changed(link)
        if is_new and level is not None:
            self._reporter.alert_copy(level, link, f"is {outcome.value}: {reason}")
        seat, cl_ord_id = link.seat, link.cl_ord_id
        if not seat.holds(link):
            return
        if not link.is_resting:
            seat.open_copies[cl_ord_id] = link
        elif seat.open_copies.pop(cl_ord_id, None) is not None:
            seat.unanswered.pop(cl_ord_id, None)
            seat.awaiting.pop(cl_ord_id, None)
            self.closing.feed(seat)
            self.on_copy_over(link)


def _nothing(*_: object) -> None:
    """Stands in until somebody listens."""
