"""Rounding leaves no shares behind: what closes the master's whole position closes all that came from copies."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.domain.enums import OrdStatus, Outcome, Side
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.engine.actions import CopyTarget, Submit
from das_copy_trader.engine.copied_position import CopiedHolding
from das_copy_trader.engine.decide import MasterOrderFacts, decide
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.follower_settings import FollowerSettings
from tests.engine.fake_account import FakeAccount, request
from tests.engine.fakes import FakeClock, FakeEncoder
from tests.engine.floor import TRADING_DAY, Floor, limit

MSFT = Symbol("MSFT")
SEAT = FollowerSeat(FollowerSettings(FollowerId("f"), "f", "SMAT"), FakeAccount(FakeEncoder()), FakeClock())


def sells(floor: Floor, name: str = "f1") -> list[int]:
    return [r.order_qty for r in floor.follower(name).submitted if r.side is Side.SELL]


@pytest.mark.parametrize(
    ("multiplier", "entries", "bought", "sold"),
    [
        ("0.5", [33, 33, 33], 51, 51),  # 49.5 is 50, a share would stay
        ("0.5", [67], 34, 34),
        ("0.33", [10, 10, 10, 10], 12, 12),  # 13.2 is 13, one more than held
        ("0.01", [10] * 5, 5, 5),  # each at least one share
        ("1", [100, 50], 150, 150),
    ],
)
def test_a_close_of_everything_takes_everything(multiplier: str, entries: list[int], bought: int, sold: int) -> None:
    floor = Floor({"f1": multiplier})
    for qty in entries:
        floor.buy_filled(qty)
    assert floor.net_qty() == bought
    exit_order = floor.place(Side.SELL, sum(entries))
    assert sells(floor) == [sold]
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, sold)
    assert floor.net_qty() == 0
    assert floor.outcome(exit_order) is Outcome.FILLED


def test_the_adjustment_is_shown() -> None:
    floor = Floor({"f1": "0.5"})
    for _ in range(3):
        floor.buy_filled(33)
    exit_order = floor.place(Side.SELL, 99)
    assert floor.result(exit_order).reason == "took 51 instead of 50: the rest of the position"
    floor.answer()
    assert "51 instead of 50" in floor.result(exit_order).reason


def test_a_close_of_a_part_is_scaled_and_the_last_part_takes_the_rest() -> None:
    floor = Floor({"f1": "0.5"})
    for _ in range(3):
        floor.buy_filled(33)
    for qty, expected in [(33, 17), (33, 17), (33, 17)]:
        order = floor.place(Side.SELL, qty)
        (copy,) = floor.f1.answer()
        assert copy.order_qty == expected
        floor.f1.fill(copy, expected)
        floor.master.fill(order, qty)
    assert floor.net_qty() == 0


def test_exits_that_work_at_once_and_together_close_everything_leave_nothing() -> None:
    floor = Floor({"f1": "0.5"})
    floor.buy_filled(101)  # 50.5 is 51
    for qty, price in [(25, "110"), (25, "111"), (51, "112")]:
        floor.place(Side.SELL, qty, terms=limit(price))
    assert sells(floor) == [13, 13, 25]
    assert sum(sells(floor)) == floor.net_qty() == 51


def test_a_target_and_a_stop_for_everything_are_both_for_everything() -> None:
    floor = Floor({"f1": "0.5"})
    for _ in range(3):
        floor.buy_filled(33)
    target = floor.place(Side.SELL, 99, terms=limit("110"))
    floor.answer()
    floor.place(Side.SELL, 99, terms=limit("90"))
    floor.cancel(target)
    floor.answer()
    assert sells(floor) == [51, 51]


def test_shares_that_were_traded_by_hand_are_not_touched() -> None:
    floor = Floor({"f1": "0.5"})
    floor.f1.hold_shares("MSFT", 200)
    for _ in range(3):
        floor.buy_filled(33)
    floor.place(Side.SELL, 99)
    assert sells(floor) == [51]


def test_a_rounding_down_is_not_made_up_from_shares_that_were_there_before() -> None:
    floor = Floor({"f1": "0.33"})
    floor.f1.hold_shares("MSFT", 200)
    for _ in range(4):
        floor.buy_filled(10)
    floor.place(Side.SELL, 40)
    assert sells(floor) == [12]


def test_more_than_rounding_can_explain_is_left_as_it_is() -> None:
    floor = Floor({"f1": "0.5"})
    floor.buy_filled(100)
    floor.place(Side.SELL, 40)
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 20)
    floor.master.hold_shares("MSFT", 40)  # the rest of the master's position went elsewhere
    floor.place(Side.SELL, 40)
    assert sells(floor) == [20, 20]


def test_copies_that_were_closed_by_hand_meanwhile_are_no_holding() -> None:
    floor = Floor({"f1": "0.5"})
    floor.buy_filled(99)
    manual = floor.f1.enter(request(side=Side.SELL, qty=50, cl_ord_id=3))
    floor.f1.fill(manual, 50)
    floor.settle(5)
    floor.f1.hold_shares("MSFT", 70)
    floor.f1.show_position(MSFT)
    floor.place(Side.SELL, 99)
    assert sells(floor) == [50]


@pytest.mark.parametrize("by_auto_route", [False, True])
def test_an_exit_that_waits_takes_all_that_the_entries_come_to(*, by_auto_route: bool) -> None:
    floor = Floor({"f1": "0.5"})
    for _ in range(3):
        entry = floor.place(Side.BUY, 33)
        floor.master.fill(floor.master.trigger(entry) if by_auto_route else entry, 33)
    copies = floor.f1.answer()
    exit_order = floor.place(Side.SELL, 99)
    assert floor.outcome(exit_order) is Outcome.WAITING_FOR_POSITION
    for copy in copies:
        floor.f1.fill(copy, 17)
        floor.answer()
    assert floor.f1.last.order_qty == floor.net_qty() == 51


@pytest.mark.parametrize(("held", "orders", "covered"), [(51, 3, 51), (49, 3, 49), (54, 3, 50), (51, 0, 50)])
def test_a_cover_of_everything_takes_everything_within_a_share_an_order(held: int, orders: int, covered: int) -> None:
    facts = MasterOrderFacts(MSFT, Side.BUY, 99, 99, takes_all=True)
    aim = CopyTarget(SEAT, "SMAT", Decimal("0.5"), True, "", "")
    (action,) = decide(facts, [aim], lambda _: 1_000, lambda _: CopiedHolding(held, 0, orders))
    assert isinstance(action, Submit)
    assert action.quantity == covered
    assert bool(action.note) is (covered != 50)


def test_a_replaced_close_of_everything_still_takes_everything() -> None:
    floor = Floor({"f1": "0.5"})
    for _ in range(3):
        floor.buy_filled(33)
    exit_order = floor.place(Side.SELL, 40)
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 5)
    floor.master.change(exit_order, 99, limit("99"))
    floor.answer()
    assert copy.order_qty == 51
    floor.f1.fill(copy, 46)
    assert floor.net_qty() == 0


def test_what_a_follower_holds_from_copies_outlives_the_day() -> None:
    floor = Floor({"f1": "0.5"})
    for _ in range(3):
        floor.buy_filled(33)
    floor.engine.start_day(TRADING_DAY + timedelta(days=1))
    floor.place(Side.SELL, 99)
    assert sells(floor) == [51]


@given(
    st.sampled_from(["0.1", "0.25", "0.33", "0.5", "0.667", "1", "1.5", "2.25"]),
    st.lists(st.integers(1, 60), min_size=1, max_size=8),
)
def test_whatever_was_bought_a_close_of_everything_ends_flat(multiplier: str, entries: list[int]) -> None:
    floor = Floor({"f1": multiplier})
    for qty in entries:
        floor.buy_filled(qty)
    floor.place(Side.SELL, sum(entries))
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, copy.leaves_qty)
    assert floor.net_qty() == 0
    assert floor.f1.last.status is OrdStatus.FILLED
