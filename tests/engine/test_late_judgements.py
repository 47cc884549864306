"""What a master order closes is what it closed when it was placed, however late and after whatever else it is judged."""

import pytest

from das_copy_trader.domain.enums import OrdStatus, Outcome, Side
from das_copy_trader.domain.identifiers import FollowerId
from tests.engine.fake_account import VenueOrder, request
from tests.engine.floor import Floor, limit

F1 = FollowerId("f1")


def bought_and_partly_sold(floor: Floor) -> VenueOrder:
    """The master buys 100, then sells 40 of them again."""
    bought = floor.place(qty=100)
    floor.master.fill(bought, 100)
    sold = floor.place(Side.SELL, 40)
    floor.master.fill(sold, 40)
    return bought


def filled_at_once(floor: Floor, side: Side, qty: int) -> VenueOrder:
    """The first row of an order tells that it has filled; the position row is still to come."""
    order = floor.master.enter(request("MSFT", side, qty, limit("100.00"), cl_ord_id=7), is_shown=False)
    floor.master.fill(order, qty, is_shown=False)
    floor.master.show(order)
    return order


def test_a_purchase_that_is_replayed_after_a_part_was_sold_is_no_cover() -> None:
    floor = Floor({"f1": "1"})
    floor.f1.disconnect()
    bought = bought_and_partly_sold(floor)
    floor.f1.reconnect()
    (action, _) = floor.engine.queue.actions(F1)
    assert action.master_order_id == bought.order_id
    (result,) = floor.engine.replay_actions(F1, [action.action_id])
    assert not result.error
    assert [(asked.side, asked.order_qty) for asked in floor.f1.submitted] == [(Side.BUY, 100)]


def test_a_copy_that_is_found_after_a_part_was_sold_is_no_exit() -> None:
    floor = Floor({"f1": "1"})
    working = floor.place(qty=100)
    (copy,) = floor.f1.answer()
    floor.master.fill(working, 60)
    sold = floor.place(Side.SELL, 50)
    floor.master.fill(sold, 50)
    floor.restart(is_inbox_lost=True)
    floor.master.change(working, 150, limit("101.00"), is_shown=False)
    floor.master.reconnect(is_mirror_new=True)
    floor.engine.arm()
    floor.f1.reconnect(is_mirror_new=True)
    floor.settle(10)
    assert (copy.order_qty, copy.terms) == (150, limit("101.00"))


def test_a_flip_that_is_replayed_late_still_covers_what_was_short() -> None:
    floor = Floor({"f1": "1"})
    floor.master.hold_shares("MSFT", -100)
    floor.f1.hold_shares("MSFT", -30)
    floor.f1.disconnect()
    flip = floor.place(qty=150)
    floor.master.fill(flip, 150)
    more = floor.place(qty=70)
    floor.master.fill(more, 70)
    floor.f1.reconnect()
    (action, _) = floor.engine.queue.actions(F1)
    floor.engine.replay_actions(F1, [action.action_id])
    assert [asked.order_qty for asked in floor.f1.submitted] == [30 + 50], "100 cover, of which 30 are there to cover"


@pytest.mark.parametrize("held", [0, 2])
def test_a_purchase_that_fills_before_its_position_row_is_no_cover(held: int) -> None:
    floor = Floor({"f1": "2"})
    floor.master.hold_shares("MSFT", held)
    order = filled_at_once(floor, Side.BUY, 25)
    assert [asked.order_qty for asked in floor.f1.submitted] == [50]
    assert floor.outcome(order) is Outcome.PENDING


def test_a_cover_that_fills_before_its_position_row_stays_a_cover() -> None:
    floor = Floor({"f1": "1"})
    floor.master.hold_shares("MSFT", -16)
    floor.f1.hold_shares("MSFT", -10)
    filled_at_once(floor, Side.BUY, 25)
    assert [asked.order_qty for asked in floor.f1.submitted] == [10 + 9], "16 cover, 9 open"


def test_a_sale_that_fills_before_its_position_row_takes_all_of_the_copies() -> None:
    floor = Floor({"f1": "0.5"})
    for _ in range(3):
        floor.buy_filled(5)
    assert floor.net_qty() == 9
    filled_at_once(floor, Side.SELL, 15)
    assert [asked.order_qty for asked in floor.f1.submitted if asked.side is Side.SELL] == [9]


def test_an_exit_whose_cancel_loses_the_race_against_its_fill_gets_no_further_attempt() -> None:
    floor = Floor({"f1": "1"})
    entry = floor.place(qty=100)
    (entered,) = floor.f1.answer()
    floor.f1.fill(entered, 40)
    floor.master.fill(entry, 100)
    leaving = floor.place(Side.SELL, 100)
    (left,) = floor.f1.answer()
    floor.cancel(leaving)
    floor.f1.fill(left, 40)
    assert left.status is OrdStatus.FILLED
    floor.f1.fill(entered, 60)
    floor.settle(10)
    assert [asked.order_qty for asked in floor.f1.submitted if asked.side is Side.SELL] == [40]
    assert floor.outcome(leaving) in (Outcome.FILLED, Outcome.CANCELLED)


def test_a_moved_exit_does_not_take_what_was_bought_after_it() -> None:
    floor = Floor({"f1": "0.05"})
    floor.buy_filled(144)
    leaving = floor.place(Side.SELL, 144)
    floor.f1.answer()
    for _ in range(2):
        floor.buy_filled(10)
    assert floor.net_qty() == 7 + 2
    floor.master.change(leaving, 144, limit("101.00"))
    floor.answer()
    assert [order.order_qty for order in floor.f1.working()] == [7]
