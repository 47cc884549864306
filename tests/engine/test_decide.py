"""The decision: every follower an action, every refusal a reason."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.domain.enums import ConnectionState, OrdStatus, Outcome, Side
from das_copy_trader.domain.identifiers import FollowerId, OrderId, Symbol
from das_copy_trader.domain.orders import Order
from das_copy_trader.domain.quantity import scale_quantity
from das_copy_trader.engine.actions import Await, CopyTarget, Refuse, SendGroup, Submit
from das_copy_trader.engine.decide import MasterOrderFacts, closing_part, decide, is_test_route, master_refusal
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.follower_settings import FollowerSettings
from das_copy_trader.engine.order_pass import groups_of
from das_copy_trader.engine.plan import plan_of
from tests.engine.fake_account import FakeAccount
from tests.engine.fakes import FakeClock, FakeEncoder
from tests.engine.floor import limit

SEAT = FollowerSeat(FollowerSettings(FollowerId("f"), "f", "SMAT"), FakeAccount(FakeEncoder()), FakeClock())
MSFT = Symbol("MSFT")


def target(
    multiplier: str = "1", *, guard: bool = True, refusal: str = "", closing_refusal: str | None = None
) -> CopyTarget:
    closing = refusal if closing_refusal is None else closing_refusal
    return CopyTarget(SEAT, "SMAT", Decimal(multiplier), guard, refusal, closing)


def order(side: Side = Side.BUY, qty: int = 100, cum_qty: int = 0) -> Order:
    made = Order(OrderId(1), MSFT, side, is_from_snapshot=False)
    made.order_qty, made.cum_qty, made.status, made.terms = qty, cum_qty, OrdStatus.NEW, limit("1")
    return made


@pytest.mark.parametrize(
    ("side", "qty", "closing_qty", "aim", "closable", "expected"),
    [
        # opening
        (Side.BUY, 100, 0, target(), 0, Submit(target(), 100, is_exit=False)),
        (Side.BUY, 5, 0, target("0.5"), 0, Submit(target("0.5"), 3, is_exit=False)),
        (Side.BUY, 1, 0, target("0.4"), 0, Submit(target("0.4"), 1, is_exit=False)),
        (Side.BUY, 100, 0, target(refusal="no"), 0, Refuse(target(refusal="no"), Outcome.SKIPPED, "no")),
        # closing, bounded by what the follower holds
        (Side.SELL, 100, 100, target(), 100, Submit(target(), 100, is_exit=True)),
        (Side.SELL, 100, 100, target(), 500, Submit(target(), 100, is_exit=True)),
        (Side.SELL, 100, 100, target(guard=False), 0, Submit(target(guard=False), 100, is_exit=True)),
        (Side.SELL, 100, 100, target(refusal="no"), 100, Refuse(target(refusal="no"), Outcome.SKIPPED, "no")),
        (
            Side.SELL,
            100,
            100,
            target(refusal="listed", closing_refusal=""),
            100,
            Submit(target(refusal="listed", closing_refusal=""), 100, is_exit=True),
        ),
    ],
)
def test_one_follower(
    side: Side, qty: int, closing_qty: int, aim: CopyTarget, closable: int, expected: Submit | Refuse
) -> None:
    assert decide(MasterOrderFacts(MSFT, side, qty, closing_qty), [aim], lambda _: closable) == [expected]


@pytest.mark.parametrize(
    ("qty", "closing_qty", "multiplier", "closable", "quantity"),
    [
        (100, 100, "1", 30, 30),  # a close, bounded
        (150, 100, "1", 100, 150),  # a flip, whole
        (150, 100, "1", 60, 110),  # a flip whose closing part is bounded
        (150, 100, "1", 0, 50),  # only the opening part is left
        (15, 10, "0.5", 5, 8),  # 7.5 is 8, of which 5 close
        (3, 2, "0.1", 1, 1),
    ],
)
def test_a_cover_is_split_and_only_its_closing_part_is_bounded(
    qty: int, closing_qty: int, multiplier: str, closable: int, quantity: int
) -> None:
    (action,) = decide(MasterOrderFacts(MSFT, Side.BUY, qty, closing_qty), [target(multiplier)], lambda _: closable)
    assert isinstance(action, Submit)
    assert action.quantity == quantity
    assert bool(action.note) is (quantity != scale_quantity(qty, Decimal(multiplier)))


def test_the_opening_part_of_a_flip_is_not_sent_to_a_follower_that_may_only_close() -> None:
    aim = target(refusal="listed", closing_refusal="")
    (action,) = decide(MasterOrderFacts(MSFT, Side.BUY, 150, 100), [aim], lambda _: 100)
    assert isinstance(action, Submit)
    assert action.quantity == 100


def test_nothing_to_close_waits_for_the_scaled_quantity() -> None:
    (action,) = decide(MasterOrderFacts(MSFT, Side.SELL, 101, 101), [target("0.5")], lambda _: 0)
    assert isinstance(action, Await)
    assert (action.quantity, bool(action.reason)) == (51, True)


targets = st.lists(
    st.builds(
        target,
        st.decimals("0.01", "10", places=2).map(str),
        guard=st.booleans(),
        refusal=st.sampled_from(["", "no"]),
        closing_refusal=st.sampled_from([None, ""]),
    ),
    max_size=8,
)


@given(
    targets,
    st.sampled_from([Side.BUY, Side.SELL]),
    st.integers(1, 10_000),
    st.integers(0, 10_000),
    st.integers(0, 20_000),
)
def test_every_follower_gets_an_action_and_every_refusal_a_reason(
    aims: list[CopyTarget], side: Side, qty: int, closing: int, closable: int
) -> None:
    closing_qty = min(qty, closing)
    actions = decide(MasterOrderFacts(MSFT, side, qty, closing_qty), aims, lambda _: closable)
    assert [action.target for action in actions] == aims
    for action in actions:
        scaled = scale_quantity(qty, action.target.multiplier)
        if isinstance(action, Submit):
            assert 0 < action.quantity <= scaled
            assert not action.target.closing_refusal
        elif isinstance(action, Await):
            assert 0 < action.quantity <= scaled
        if not isinstance(action, Submit):
            assert action.reason


@pytest.mark.parametrize(
    ("side", "qty", "cum_qty", "net_qty", "expected"),
    [
        (Side.SELL, 100, 0, 0, 100),
        (Side.SELL, 100, 0, 500, 100),
        (Side.SELL_SHORT, 100, 0, 100, 0),
        (Side.BUY, 100, 0, 0, 0),
        (Side.BUY, 100, 0, 50, 0),
        (Side.BUY, 100, 0, -30, 30),
        (Side.BUY, 100, 0, -300, 100),
        (Side.BUY, 100, 40, 10, 30),  # it was short 30 before its own 40 executed
        (Side.BUY, 100, 40, -30, 70),  # the position row is late: the careful side
    ],
)
def test_the_closing_part(side: Side, qty: int, cum_qty: int, net_qty: int, expected: int) -> None:
    assert closing_part(order(side, qty, cum_qty), qty, net_qty) == expected


def test_an_order_that_may_be_copied_is_not_refused() -> None:
    assert master_refusal(order(), is_copy=False) == ""


def test_a_master_order_is_refused_with_the_reason() -> None:
    test_route, unreadable, quoted, empty = order(), order(), order(), order(qty=0)
    test_route.route = "SAGETEST"
    unreadable.terms = quoted.terms = None
    quoted.undecodable = "It is a peg."
    refusals = [
        master_refusal(test_route, is_copy=False),
        master_refusal(order(), is_copy=True),
        master_refusal(order(Side.SELL_SHORT), is_copy=False),
        master_refusal(unreadable, is_copy=False),
        master_refusal(quoted, is_copy=False),
        master_refusal(empty, is_copy=False),
    ]
    assert all(refusals)
    assert len(set(refusals)) == len(refusals)
    assert refusals[4] == "It is a peg."


@pytest.mark.parametrize(("route", "expected"), [("SMAT", False), ("TESTSL", True), ("sagetestp", True), ("", False)])
def test_test_routes(route: str, *, expected: bool) -> None:
    assert is_test_route(route) is expected


def test_only_a_ready_account_is_ready() -> None:
    account = FakeAccount(FakeEncoder())
    seat = FollowerSeat(FollowerSettings(FollowerId("f"), "f", "SMAT"), account, FakeClock())
    ready = []
    for state in ConnectionState:
        account.state = state
        if seat.is_ready:
            ready.append(state)
    assert ready == [ConnectionState.READY]


FOLLOWERS = st.lists(
    st.tuples(
        st.sampled_from(("SMAT", "ARCA")), st.sampled_from(("0.5", "0.50", "1", "2.5")), st.sampled_from(("", "no"))
    ),
    max_size=12,
)


@given(FOLLOWERS, st.integers(1, 5000))
def test_what_the_plan_sends_of_an_opening_order_is_what_is_decided_of_it(
    followers: list[tuple[str, str, str]], order_qty: int
) -> None:
    targets = []
    for number, (route, multiplier, refusal) in enumerate(followers):
        settings = FollowerSettings(FollowerId(f"f{number}"), f"f{number}", route)
        seat = FollowerSeat(settings, FakeAccount(FakeEncoder()), FakeClock())
        targets.append(CopyTarget(seat, route, Decimal(multiplier), True, refusal, refusal))
    plan = plan_of(targets)
    facts = MasterOrderFacts(MSFT, Side.BUY, order_qty, closing_qty=0)
    actions = decide(facts, plan.targets, lambda _: 0)
    sent = _one_by_one(plan.opening_groups(order_qty))
    assert sent == _one_by_one(groups_of(actions))
    assert sorted(name for _, _, name in sent) == sorted(
        target.seat.follower_id for target in targets if not target.refusal
    )


def _one_by_one(groups: Iterable[SendGroup]) -> list[tuple[str, int, FollowerId]]:
    return [(group.route, group.quantity, seat.follower_id) for group in groups for seat in group.seats]
