"""Closing orders never open, in every interleaving that a random walk finds: longs, shorts and flips, three followers.

Each follower's true position and true working orders are at its venue; what the engine knows of them comes late, in any
order, or not at all.
"""

from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from das_copy_trader.domain.enums import ConnectionState, OrdStatus, OrdType, Outcome, Side
from das_copy_trader.domain.identifiers import Symbol, attempt_of
from das_copy_trader.domain.orders import OrderTerms
from tests.engine.fake_account import FakeAccount, Submitted, VenueOrder, request
from tests.engine.floor import Floor

MULTIPLIERS = {"f1": "1", "f2": "0.5", "f3": "0.33"}
MSFT = Symbol("MSFT")
names = st.sampled_from(sorted(MULTIPLIERS))
picks = st.integers(0, 50)
ENDED = (OrdStatus.CANCELED, OrdStatus.REJECTED)


def terms_at(price: int) -> OrderTerms:
    return OrderTerms(OrdType.LIMIT, price=Decimal(price))


class ClosingMachine(RuleBasedStateMachine):
    """The master goes in and out; a long day buys first, a short day begins with shorts that were there before."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor(MULTIPLIERS)
        self.positions_due: list[FakeAccount] = []
        self.is_short_day = False

    @initialize(is_short_day=st.booleans(), held=st.integers(0, 200), parts=st.lists(st.integers(0, 120), min_size=3))
    def begin(self, is_short_day: bool, held: int, parts: list[int]) -> None:
        self.is_short_day = is_short_day
        if is_short_day:
            self.floor.master.venue_net_qty[MSFT] = -held
            self.floor.master.reconnect()  # its position is told as a login tells it
            for account, qty in zip(self.floor.followers.values(), parts, strict=False):
                account.hold_shares("MSFT", -qty)

    # --- the master ----------------------------------------------------------------------------------------------

    def _net(self, account: FakeAccount) -> int:
        return account.venue_net_qty.get(MSFT, 0)

    def _bound_qty(self) -> int:
        """What the master's working exits take of its position."""
        side = Side.BUY if self.is_short_day else Side.SELL
        return sum(order.leaves_qty for order in self.floor.master.working() if order.side is side)

    @rule(qty=st.integers(1, 150), price=st.integers(95, 105))
    def enter(self, qty: int, price: int) -> None:
        if not self.is_short_day:
            self.floor.place(Side.BUY, qty, terms_at(price))

    @rule(part=st.integers(1, 3), price=st.integers(95, 105), is_pair=st.booleans())
    def leave(self, part: int, price: int, *, is_pair: bool) -> None:
        """An exit of a part or of all; a second one for the same shares is a stop beside the target."""
        held = abs(self._net(self.floor.master)) - (0 if is_pair else self._bound_qty())
        if held > 0:
            side = Side.BUY if self.is_short_day else Side.SELL
            self.floor.place(side, max(1, held // part), terms_at(price))

    @rule(pick=picks, qty=st.integers(1, 150), price=st.integers(95, 105))
    def replace(self, pick: int, qty: int, price: int) -> None:
        order = self._master_order(pick)
        if order is None or qty <= order.cum_qty:
            return
        is_exit = (order.side is Side.BUY) is self.is_short_day
        if not is_exit or qty - order.cum_qty <= abs(self._net(self.floor.master)):
            self.floor.master.change(order, qty, terms_at(price))

    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        order = self._master_order(pick)
        if order is not None:
            self.floor.cancel(order)

    @rule(pick=picks, part=st.integers(1, 3))
    def fill(self, pick: int, part: int) -> None:
        order = self._master_order(pick)
        if order is None:
            return
        qty = max(1, order.leaves_qty // part)
        if order.side.sign * self._net(self.floor.master) < 0:
            qty = min(qty, abs(self._net(self.floor.master)))
        elif (order.side is Side.BUY) is self.is_short_day:
            return
        self.floor.master.fill(order, qty)

    def _master_order(self, pick: int) -> VenueOrder | None:
        working = self.floor.master.working()
        return working[pick % len(working)] if working else None

    # --- the followers -------------------------------------------------------------------------------------------

    def _up(self, name: str) -> FakeAccount | None:
        account = self.floor.follower(name)
        return account if account.state is ConnectionState.READY else None

    @rule(name=names, is_shown=st.booleans())
    def process(self, name: str, *, is_shown: bool) -> None:
        account = self._up(name)
        if account is not None and account.inbox:
            account.process_next(is_shown=is_shown)

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

    @rule(name=names, qty=st.integers(1, 40))
    def close_by_hand(self, name: str, qty: int) -> None:
        """The user closes a part that no copy works on; the platform's own bound holds for him too."""
        account = self._up(name)
        if account is None or account.inbox or self.positions_due or not self._net(account):
            return
        side = Side.SELL if self._net(account) > 0 else Side.BUY
        free = abs(self._net(account)) - sum(o.leaves_qty for o in account.working() if o.side is side)
        if free > 0:
            account.fill(account.enter(request(side=side, qty=min(qty, free), cl_ord_id=3)), min(qty, free))

    @rule(name=names, is_inbox_lost=st.booleans())
    def lose_follower(self, name: str, *, is_inbox_lost: bool) -> None:
        account = self._up(name)
        if account is not None:
            account.disconnect(is_inbox_lost=is_inbox_lost)

    @rule(name=names)
    def find_follower(self, name: str) -> None:
        if self._up(name) is None:
            self.floor.follower(name).reconnect()

    @rule(seconds=st.sampled_from([0.1, 1.1, 2.5, 6.5]))
    def pass_time(self, seconds: float) -> None:
        due, self.positions_due = self.positions_due, []
        for account in due:
            if account.state is ConnectionState.READY:
                account.show_position(MSFT)
        self.floor.advance(seconds)

    # --- what must hold ------------------------------------------------------------------------------------------

    @invariant()
    def nobody_is_where_the_master_never_was(self) -> None:
        for account in self.floor.followers.values():
            net = self._net(account)
            assert net <= 0 if self.is_short_day else net >= 0

    @invariant()
    def nothing_that_works_could_bring_anybody_there(self) -> None:
        exit_side = Side.BUY if self.is_short_day else Side.SELL
        for account in self.floor.followers.values():
            working_qty = sum(order.leaves_qty for order in account.working() if order.side is exit_side)
            assert working_qty <= abs(self._net(account))

    @invariant()
    def no_copy_is_sent_twice(self) -> None:
        for account in self.floor.followers.values():
            ids = [asked.cl_ord_id for asked in account.submitted]
            assert len(ids) == len(set(ids))
            assert all(
                asked.side is not Side.BUY or attempt_of(asked.cl_ord_id) == 0 for asked in account.submitted
            ) or (self.is_short_day)

    def teardown(self) -> None:
        """All faults heal and everything fills: who still holds something has been told why."""
        self.pass_time(0.1)
        for name, account in self.floor.followers.items():
            self.find_follower(name)
            while account.inbox:  # first in, first out: a list comes after what was sent before the question
                account.process_next(is_shown=False)
            account.list_orders()
        for _ in range(30):
            for account in self.floor.followers.values():
                account.answer()
                for order in account.working():
                    account.fill(order, order.leaves_qty)
            self.floor.advance(1)
            self.nobody_is_where_the_master_never_was()
            self.nothing_that_works_could_bring_anybody_there()
        for record in self.floor.engine.latest_replications(1_000):
            for result in record.results:
                assert result.outcome not in (Outcome.PENDING, Outcome.UNKNOWN, Outcome.WAITING_FOR_POSITION), result


TestClosing = ClosingMachine.TestCase
TestClosing.settings = settings(settings.default, max_examples=200, stateful_step_count=50)
