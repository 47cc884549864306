"""One master and three followers in every interleaving that a random walk finds: what must hold, holds after each step."""

from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from das_copy_trader.domain.enums import ConnectionState, OrdStatus, OrdType, Outcome, Side
from das_copy_trader.domain.identifiers import ClOrdId, Symbol, master_bits_of
from das_copy_trader.domain.orders import OrderTerms
from das_copy_trader.domain.quantity import scale_quantity
from tests.engine.fake_account import FakeAccount, Submitted, VenueOrder
from tests.engine.floor import Floor

MULTIPLIERS = {"f1": "1", "f2": "0.5", "f3": "3"}
SYMBOL = Symbol("MSFT")
names = st.sampled_from(sorted(MULTIPLIERS))
picks = st.integers(0, 50)
prices = st.integers(95, 105)
ENDED = (OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.CLOSED)


def terms_at(price: int) -> OrderTerms:
    return OrderTerms(OrdType.LIMIT, price=Decimal(price))


class CopyingMachine(RuleBasedStateMachine):
    """The rules are what the master, the platforms, the links and the clock may do."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor(MULTIPLIERS)
        self.is_armed = True
        self.sent_when_disarmed: dict[str, int] = {}
        self.checked_submits = dict.fromkeys(MULTIPLIERS, 0)
        self.positions_due: list[FakeAccount] = []

    # --- the master ----------------------------------------------------------------------------------------------

    @property
    def is_master_up(self) -> bool:
        return self.floor.master.state is ConnectionState.READY

    def _master_order(self, pick: int) -> VenueOrder | None:
        working = self.floor.master.working()
        return working[pick % len(working)] if working else None

    @rule(qty=st.integers(1, 300), price=prices, is_sell=st.booleans(), is_sending=st.booleans())
    def place(self, qty: int, price: int, *, is_sell: bool, is_sending: bool) -> None:
        if not self.is_master_up:
            return
        net_qty = self.floor.master.venue_net_qty.get(SYMBOL, 0)
        if is_sell and net_qty == 0:
            return
        side = Side.SELL if is_sell else Side.BUY
        qty = min(qty, net_qty) if is_sell else qty
        status = OrdStatus.PENDING_NEW if is_sending else OrdStatus.NEW
        self.floor.place(side, qty, terms_at(price), status=status)

    @rule(pick=picks)
    def accept(self, pick: int) -> None:
        order = self._master_order(pick)
        if order is not None and order.status is OrdStatus.PENDING_NEW:
            self.floor.master.set_status(order, OrdStatus.NEW, is_shown=self.is_master_up)

    @rule(pick=picks, qty=st.integers(1, 300), price=prices)
    def replace(self, pick: int, qty: int, price: int) -> None:
        order = self._master_order(pick)
        if order is not None and order.status is not OrdStatus.PENDING_NEW and qty > order.cum_qty:
            self.floor.master.change(order, qty, terms_at(price), is_shown=self.is_master_up)

    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        order = self._master_order(pick)
        if order is not None:
            self.floor.master.set_status(order, OrdStatus.CANCELED, is_shown=self.is_master_up)

    @rule(pick=picks, part=st.integers(1, 3))
    def fill(self, pick: int, part: int) -> None:
        order = self._master_order(pick)
        if order is None:
            return
        qty = max(1, order.leaves_qty // part)
        if order.side is Side.BUY or qty <= self.floor.master.venue_net_qty.get(SYMBOL, 0):
            self.floor.master.fill(order, qty, is_shown=self.is_master_up)

    @rule()
    def lose_master(self) -> None:
        if self.is_master_up:
            self.floor.master.disconnect()

    @rule(is_mirror_new=st.booleans())
    def find_master(self, *, is_mirror_new: bool) -> None:
        if not self.is_master_up:
            self.floor.master.reconnect(is_mirror_new=is_mirror_new)

    # --- the followers' platforms --------------------------------------------------------------------------------

    def _up(self, name: str) -> FakeAccount | None:
        account = self.floor.follower(name)
        return account if account.state is ConnectionState.READY else None

    @rule(name=names, is_sending=st.booleans())
    def process(self, name: str, *, is_sending: bool) -> None:
        account = self._up(name)
        if account is not None and account.inbox:
            account.process_next(status=OrdStatus.PENDING_NEW if is_sending else OrdStatus.NEW)

    @rule(name=names)
    def process_silently(self, name: str) -> None:
        account = self._up(name)
        if account is not None and account.inbox:
            account.process_next(is_shown=False)

    @rule(name=names)
    def lists(self, name: str) -> None:
        account = self._up(name)
        if account is not None:
            self._list(account)

    @staticmethod
    def _list(account: FakeAccount) -> None:
        """The line is first in, first out: a list comes after what was sent before the question."""
        while account.inbox:
            account.process_next(is_shown=False)
        account.list_orders()

    @rule(name=names)
    def refuse(self, name: str) -> None:
        account = self._up(name)
        if account is not None and account.inbox and isinstance(account.inbox[0], Submitted):
            account.refuse(account.inbox[0].request.cl_ord_id, "no")

    @rule(name=names, pick=picks, status=st.sampled_from(ENDED))
    def end_at_venue(self, name: str, pick: int, status: OrdStatus) -> None:
        account = self.floor.follower(name)
        if working := account.working():
            account.set_status(working[pick % len(working)], status, is_shown=self._up(name) is not None)

    @rule(name=names, pick=picks)
    def accept_at_venue(self, name: str, pick: int) -> None:
        account = self.floor.follower(name)
        if working := account.working():
            order = working[pick % len(working)]
            if order.status is OrdStatus.PENDING_NEW:
                account.set_status(order, OrdStatus.NEW, is_shown=self._up(name) is not None)

    @rule(name=names, pick=picks, is_shown=st.booleans())
    def route_on(self, name: str, pick: int, *, is_shown: bool) -> None:
        account = self.floor.follower(name)
        fresh = [order for order in account.working() if order.parent_id is None and not order.cum_qty]
        if fresh:
            account.trigger(fresh[pick % len(fresh)], is_shown=is_shown and self._up(name) is not None)

    @rule(name=names, pick=picks, part=st.integers(1, 3), rows=st.sampled_from(["pos first", "order first", "pos due"]))
    def fill_copy(self, name: str, pick: int, part: int, rows: str) -> None:
        account = self.floor.follower(name)
        if not (working := account.working()):
            return
        order = working[pick % len(working)]
        qty = max(1, order.leaves_qty // part)
        if self._up(name) is None:
            account.fill(order, qty, is_shown=False)
        elif rows == "pos due":
            account.fill(order, qty, is_shown=False)
            account.show(order)
            self.positions_due.append(account)
        else:
            account.fill(order, qty, is_position_first=rows == "pos first")

    @rule(name=names)
    def pace(self, name: str) -> None:
        self.floor.follower(name).is_pacing = True

    @rule(name=names)
    def release(self, name: str) -> None:
        account = self._up(name)
        if account is not None:
            account.release()

    @rule(name=names, is_inbox_lost=st.booleans())
    def lose_follower(self, name: str, *, is_inbox_lost: bool) -> None:
        account = self._up(name)
        if account is not None:
            account.disconnect(is_inbox_lost=is_inbox_lost)

    @rule(name=names, is_mirror_new=st.booleans())
    def find_follower(self, name: str, *, is_mirror_new: bool) -> None:
        if self._up(name) is None:
            self.floor.follower(name).reconnect(is_mirror_new=is_mirror_new)

    # --- the clock and the user ----------------------------------------------------------------------------------

    def _show_positions(self) -> None:
        due, self.positions_due = self.positions_due, []
        for account in due:
            if account.state is ConnectionState.READY:
                account.show_position(SYMBOL)

    @rule(seconds=st.sampled_from([0.1, 1.1, 2.5, 6.5]))
    def pass_time(self, seconds: float) -> None:
        self._show_positions()
        self.floor.advance(seconds)

    @precondition(lambda self: self.is_armed)
    @rule()
    def disarm(self) -> None:
        self.is_armed = False
        self.floor.engine.disarm()
        self.sent_when_disarmed = {name: len(account.sent) for name, account in self.floor.followers.items()}

    @precondition(lambda self: not self.is_armed)
    @rule()
    def arm(self) -> None:
        self.is_armed = True
        self.floor.engine.arm()

    # --- what must hold ------------------------------------------------------------------------------------------

    def _master_of(self, cl_ord_id: ClOrdId) -> VenueOrder:
        """Whatever attempt the id names."""
        orders = self.floor.master.venue.values()
        (order,) = [order for order in orders if master_bits_of(cl_ord_id) == master_bits_of(order.order_id)]
        return order

    @invariant()
    def sends_each_copy_at_most_once(self) -> None:
        for account in self.floor.followers.values():
            tokens = [request.cl_ord_id for request in account.submitted]
            assert len(tokens) == len(set(tokens))

    @invariant()
    def sends_nothing_when_it_must_not(self) -> None:
        for name, account in self.floor.followers.items():
            assert account.refused_calls == 0
            assert self.is_armed or len(account.sent) == self.sent_when_disarmed[name]

    @invariant()
    def keeps_to_the_scale(self) -> None:
        for name, account in self.floor.followers.items():
            for request in account.submitted[self.checked_submits[name] :]:
                order = self.floor.master.order(self._master_of(request.cl_ord_id).order_id)
                assert order is not None
                scaled = scale_quantity(order.order_qty, Decimal(MULTIPLIERS[name]))
                if request.side is Side.BUY:
                    assert request.order_qty == scaled
                else:
                    assert 0 < request.order_qty <= scaled + self._residue(account)
            self.checked_submits[name] = len(account.submitted)

    @staticmethod
    def _residue(account: FakeAccount) -> int:
        """What a close of everything may take beyond the scaled quantity: a share for each copied order."""
        return len(account.submitted)

    @invariant()
    def never_sells_more_than_the_long(self) -> None:
        for account in self.floor.followers.values():
            sells = sum(order.leaves_qty for order in account.working() if order.side is Side.SELL)
            assert sells <= max(0, account.venue_net_qty.get(SYMBOL, 0))

    @invariant()
    def gives_every_follower_one_outcome(self) -> None:
        for record in self.floor.engine.latest_replications(1_000):
            assert sorted(result.follower_id for result in record.results) == sorted(MULTIPLIERS)
            for result in record.results:
                assert result.reason or result.outcome not in (Outcome.SKIPPED, Outcome.REJECTED, Outcome.FAILED)

    def teardown(self) -> None:
        """All faults heal, time passes: then everything is in step."""
        floor = self.floor
        self.pass_time(0.1)
        self.keeps_to_the_scale()
        if not self.is_armed:
            self.arm()
        self.keeps_to_the_scale()
        self.find_master(is_mirror_new=False)
        for name, account in floor.followers.items():
            self.find_follower(name, is_mirror_new=False)
            account.release()
            self._list(account)
        for _ in range(60):
            self._answer_all()
            floor.advance(1)
        self.sends_each_copy_at_most_once()
        self.keeps_to_the_scale()
        self.never_sells_more_than_the_long()
        for name, account in floor.followers.items():
            for copy in account.working():
                self._check_in_step(name, copy)
        for record in floor.engine.latest_replications(1_000):
            for result in record.results:
                assert result.outcome not in (Outcome.PENDING, Outcome.UNKNOWN), result

    def _answer_all(self) -> None:
        for account in self.floor.followers.values():
            account.answer()
            for order in account.working():
                if order.status is OrdStatus.PENDING_NEW:
                    account.set_status(order, OrdStatus.NEW)

    def _check_in_step(self, name: str, copy: VenueOrder) -> None:
        order = self._master_of(copy.request.cl_ord_id)
        assert order.status not in ENDED, f"{name}'s copy outlives master order {order.order_id}"
        if "refused the replace" in self.floor.result(order, name).reason:
            return  # given up after some tries, and the user was told
        assert copy.terms is not None
        assert order.terms is not None
        assert copy.terms.price == order.terms.price
        scaled = scale_quantity(order.order_qty, Decimal(MULTIPLIERS[name]))
        if copy.side is Side.BUY:
            assert copy.order_qty == scaled
        else:
            assert copy.order_qty <= scaled + self._residue(self.floor.follower(name))


TestCopying = CopyingMachine.TestCase
TestCopying.settings = settings(settings.default, max_examples=150, stateful_step_count=50)
