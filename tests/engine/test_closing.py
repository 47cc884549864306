"""Closing orders never open: they wait for the copied entry, follow its fills and never sell more than the long."""

from decimal import Decimal
from itertools import permutations

import pytest

from das_copy_trader.domain.enums import OrdStatus, OrdType, Outcome, Side
from das_copy_trader.domain.identifiers import FollowerId, Symbol, attempt_of
from das_copy_trader.domain.orders import OrderTerms
from das_copy_trader.engine.blacklist_manager import BlacklistEntry
from tests.engine.fake_account import VenueOrder, request
from tests.engine.floor import Floor, limit

MARKET = OrderTerms(OrdType.MARKET)


def sell_orders(floor: Floor) -> list[int]:
    return [r.order_qty for r in floor.f1.submitted if r.side is Side.SELL]


def working_entry(floor: Floor, filled: int = 0) -> VenueOrder:
    """The master bought and is filled; the follower's copy has filled only so much."""
    entry = floor.place()
    (copy,) = floor.f1.answer()
    if filled:
        floor.f1.fill(copy, filled)
    floor.master.fill(entry, 100)
    return copy


def test_a_sell_of_what_the_follower_holds_goes_out_whole() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    exit_order = floor.place(Side.SELL)
    assert sell_orders(floor) == [100]
    assert floor.f1.sent[-1].is_exit  # type: ignore[union-attr]
    assert floor.result(exit_order).reason == ""


def test_an_exit_waits_for_the_entry_and_follows_each_fill() -> None:
    floor = Floor({"f1": "1"})
    copy = working_entry(floor)
    exit_order = floor.place(Side.SELL)
    assert sell_orders(floor) == []
    assert floor.outcome(exit_order) is Outcome.WAITING_FOR_POSITION
    assert floor.result(exit_order).reason
    floor.advance(60)
    assert floor.outcome(exit_order) is Outcome.WAITING_FOR_POSITION
    floor.f1.fill(copy, 30)
    assert sell_orders(floor) == [30]
    floor.answer()
    floor.f1.fill(copy, 30)
    assert [r.total_qty for r in floor.f1.replaced] == [60]
    floor.answer()
    floor.f1.fill(copy, 40)
    assert [r.total_qty for r in floor.f1.replaced] == [60, 100]
    floor.answer()
    assert floor.f1.last.leaves_qty == 100


def test_a_bounded_exit_says_so_and_grows_with_the_entry() -> None:
    floor = Floor({"f1": "1"})
    copy = working_entry(floor, filled=30)
    exit_order = floor.place(Side.SELL)
    assert sell_orders(floor) == [30]
    assert "30 of 100" in floor.result(exit_order).reason
    floor.answer()
    assert "30 of 100" in floor.result(exit_order).reason
    floor.f1.fill(copy, 70)
    assert [r.total_qty for r in floor.f1.replaced] == [100]


def test_growth_before_an_enlargement_is_shown_never_counts_the_same_shares_twice() -> None:
    floor = Floor({"f1": "1"})
    copy = working_entry(floor)
    floor.place(Side.SELL)
    floor.f1.fill(copy, 30)
    floor.f1.process_next()
    floor.f1.fill(copy, 30)
    assert [r.total_qty for r in floor.f1.replaced] == [60]
    floor.f1.venue_net_qty[Symbol("TSLA")] = 5
    floor.f1.show_position(Symbol("TSLA"))
    floor.f1.fill(copy, 1)
    assert [r.total_qty for r in floor.f1.replaced] == [60, 61]


def test_a_waiting_exit_keeps_its_size_when_the_master_moves_it() -> None:
    floor = Floor({"f1": "1"})
    copy = working_entry(floor)
    exit_order = floor.place(Side.SELL, terms=limit("110"))
    floor.master.change(exit_order, 100, limit("111"))
    assert floor.outcome(exit_order) is Outcome.WAITING_FOR_POSITION
    floor.f1.fill(copy, 100)
    assert [(r.order_qty, r.terms) for r in floor.f1.submitted if r.side is Side.SELL] == [(100, limit("111"))]


def test_an_exit_that_the_master_makes_smaller_grows_no_further_than_that() -> None:
    floor = Floor({"f1": "1"})
    copy = working_entry(floor, filled=30)
    exit_order = floor.place(Side.SELL)
    floor.answer()
    floor.master.change(exit_order, 50, limit("100.00"))
    floor.answer()
    floor.f1.fill(copy, 70)
    floor.answer()
    assert floor.f1.last.order_qty == 50


def test_an_exit_that_the_master_makes_larger_is_bounded_by_the_long() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    exit_order = floor.place(Side.SELL, 60)
    floor.answer()
    floor.master.change(exit_order, 150, limit("100.00"))
    floor.master.change(exit_order, 150, limit("99.00"))
    floor.answer()
    assert floor.f1.last.order_qty == 100


def test_target_and_stop_at_once_sell_the_long_only_once() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    target = floor.place(Side.SELL, terms=limit("110"))
    stop = floor.place(Side.SELL, terms=OrderTerms(OrdType.STOP, stop_price=Decimal(90)))
    assert sell_orders(floor) == [100]
    assert floor.outcome(stop) is Outcome.WAITING_FOR_POSITION
    floor.answer()
    floor.advance(60)
    result = floor.result(stop)
    assert result.outcome is Outcome.WAITING_FOR_POSITION
    assert "Other orders" in result.reason
    floor.cancel(target)
    floor.answer()
    assert sell_orders(floor) == [100, 100]
    assert floor.f1.submitted[-1].terms.ord_type is OrdType.STOP


def test_the_waiting_stop_ends_when_the_target_has_closed_everything() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    floor.place(Side.SELL, terms=limit("110"))
    stop = floor.place(Side.SELL, terms=OrderTerms(OrdType.STOP, stop_price=Decimal(90)))
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 100)
    floor.advance(5)
    assert sell_orders(floor) == [100]
    assert floor.outcome(stop) is Outcome.SKIPPED
    assert len(floor.alerts_of("f1")) == 1


def test_an_execution_that_comes_before_its_position_row_frees_nothing() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    floor.place(Side.SELL, terms=limit("110"))
    floor.place(Side.SELL, terms=OrderTerms(OrdType.STOP, stop_price=Decimal(90)))
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 100, is_position_first=False)
    floor.advance(5)
    assert sell_orders(floor) == [100]


def test_an_exit_placed_between_an_execution_and_its_position_row_waits_for_the_row() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    floor.place(Side.SELL, 60)
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 60, is_shown=False)
    floor.f1.show(copy)
    floor.place(Side.SELL, 100)
    assert sell_orders(floor) == [60, 40]
    floor.f1.show_position(Symbol("MSFT"))
    floor.settle(5)
    assert floor.f1.last.order_qty == 40


def test_a_cancel_and_a_new_exit_at_once_wait_for_the_first_to_end() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    first = floor.place(Side.SELL, terms=limit("110"))
    floor.answer()
    floor.cancel(first)
    second = floor.place(Side.SELL, terms=limit("109"))
    floor.advance(10)
    assert sell_orders(floor) == [100]
    assert floor.outcome(second) is Outcome.WAITING_FOR_POSITION
    floor.answer()
    assert sell_orders(floor) == [100, 100]


def test_a_refused_exit_frees_its_shares_for_the_next() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    first = floor.place(Side.SELL, terms=limit("110"))
    second = floor.place(Side.SELL, terms=limit("111"))
    floor.f1.refuse(floor.result(first).cl_ord_id, "no")
    assert sell_orders(floor) == [100, 100]
    assert floor.outcome(second) is Outcome.PENDING


def test_with_nothing_to_close_the_exit_is_skipped_after_the_grace_with_an_alert() -> None:
    floor = Floor({"f1": "1"})
    floor.master.hold_shares("MSFT", 100)
    exit_order = floor.place(Side.SELL)
    assert floor.outcome(exit_order) is Outcome.WAITING_FOR_POSITION
    floor.advance(2.1)
    assert floor.outcome(exit_order) is Outcome.SKIPPED
    assert floor.f1.sent == []
    assert len(floor.alerts_of("f1")) == 1
    floor.f1.hold_shares("MSFT", 0)
    floor.f1.venue_net_qty[Symbol("MSFT")] = 100
    floor.f1.show_position(Symbol("MSFT"))
    assert floor.f1.sent == []


def test_a_position_row_that_comes_within_the_grace_is_closed() -> None:
    floor = Floor({"f1": "1"})
    entry = floor.place()
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 100, is_shown=False)
    floor.f1.show(copy)
    floor.master.fill(entry, 100)
    floor.place(Side.SELL)
    floor.advance(1)
    assert sell_orders(floor) == []
    floor.f1.show_position(Symbol("MSFT"))
    assert sell_orders(floor) == [100]


@pytest.mark.parametrize("end", ["refused", "rejected", "venue", "never reached"])
def test_when_the_entry_ends_without_a_fill_the_exit_has_nothing_to_wait_for(end: str) -> None:
    floor = Floor({"f1": "1"})
    entry = floor.place()
    if end in ("rejected", "venue"):
        floor.answer()
    exit_order = floor.place(Side.SELL)
    floor.advance(3)
    assert floor.outcome(exit_order) is Outcome.WAITING_FOR_POSITION
    if end == "refused":
        floor.f1.refuse(floor.result(entry).cl_ord_id, "no")
    elif end == "never reached":
        floor.f1.disconnect()
        floor.f1.reconnect()
        floor.settle(10)
    else:
        floor.f1.set_status(floor.f1.last, OrdStatus.REJECTED if end == "rejected" else OrdStatus.CANCELED)
    floor.advance(3)
    assert floor.outcome(exit_order) is Outcome.SKIPPED
    assert sell_orders(floor) == []


def test_an_exit_whose_master_ends_while_it_waits_is_not_sent() -> None:
    floor = Floor({"f1": "1"})
    copy = working_entry(floor)
    exit_order = floor.place(Side.SELL)
    floor.cancel(exit_order)
    floor.f1.fill(copy, 100)
    assert sell_orders(floor) == []
    assert floor.outcome(exit_order) is Outcome.CANCELLED


def test_an_awaited_exit_that_stays_unanswered_is_unknown() -> None:
    floor = Floor({"f1": "1"})
    copy = working_entry(floor)
    exit_order = floor.place(Side.SELL)
    floor.advance(20)
    floor.f1.fill(copy, 100)
    floor.advance(4.9)
    assert floor.outcome(exit_order) is Outcome.PENDING
    floor.advance(0.2)
    assert floor.outcome(exit_order) is Outcome.UNKNOWN


def test_an_exit_that_filled_while_the_entry_still_works_goes_on_with_its_next_attempt() -> None:
    floor = Floor({"f1": "1"})
    entry = working_entry(floor, filled=30)
    exit_order = floor.place(Side.SELL, terms=MARKET)
    first = floor.f1.answer()[0]
    floor.f1.fill(first, 30)
    result = floor.result(exit_order)
    assert (result.outcome, result.filled_quantity) == (Outcome.WAITING_FOR_POSITION, 30)
    assert "30 of 100" in result.reason
    floor.f1.fill(entry, 50)
    assert sell_orders(floor) == [30, 50]
    floor.f1.fill(floor.f1.answer()[0], 50)
    floor.f1.fill(entry, 20)
    floor.f1.fill(floor.f1.answer()[0], 20)
    result = floor.result(exit_order)
    assert (result.outcome, result.quantity, result.filled_quantity) == (Outcome.FILLED, 100, 100)
    ids = [r.cl_ord_id for r in floor.f1.submitted if r.side is Side.SELL]
    assert [attempt_of(cl_ord_id) for cl_ord_id in ids] == [0, 1, 2]
    assert floor.net_qty() == 0
    assert floor.alerts.raised == []


def test_an_exit_whose_entry_ends_after_a_part_was_closed_is_filled_with_what_there_was() -> None:
    floor = Floor({"f1": "1"})
    entry = working_entry(floor, filled=30)
    exit_order = floor.place(Side.SELL, terms=MARKET)
    floor.f1.fill(floor.f1.answer()[0], 30)
    floor.f1.set_status(entry, OrdStatus.CANCELED, "RT:Cxl-by-Venue")
    floor.advance(3)
    result = floor.result(exit_order)
    assert (result.outcome, result.filled_quantity) == (Outcome.FILLED, 30)
    assert sell_orders(floor) == [30]


def test_a_cancel_ends_the_attempt_that_waits_and_keeps_what_was_closed() -> None:
    floor = Floor({"f1": "1"})
    entry = working_entry(floor, filled=30)
    exit_order = floor.place(Side.SELL)
    floor.f1.fill(floor.f1.answer()[0], 30)
    floor.cancel(exit_order)
    floor.f1.fill(entry, 70)
    assert sell_orders(floor) == [30]
    assert floor.outcome(exit_order) is Outcome.CANCELLED


def test_an_entry_that_fills_in_many_small_parts_is_closed_in_a_bounded_number_of_orders() -> None:
    floor = Floor({"f1": "1"})
    entry = working_entry(floor)
    exit_order = floor.place(Side.SELL, terms=MARKET)
    for _ in range(100):
        floor.f1.fill(entry, 1)
        for copy in floor.f1.answer():
            floor.f1.fill(copy, copy.leaves_qty)
    floor.settle(5)
    assert sell_orders(floor) == [*[1] * 8, 92]
    assert floor.net_qty() == 0
    assert floor.result(exit_order).filled_quantity == 100


def test_a_waiting_exit_of_a_symbol_that_is_blacklisted_meanwhile_is_skipped() -> None:
    floor = Floor({"f1": "1"})
    copy = working_entry(floor)
    exit_order = floor.place(Side.SELL)
    floor.blacklist.add(BlacklistEntry(FollowerId("f1"), Symbol("MSFT")))
    floor.f1.fill(copy, 100)
    assert sell_orders(floor) == []
    assert floor.outcome(exit_order) is Outcome.SKIPPED


@pytest.mark.parametrize(("allow_closing", "sold"), [(False, []), (True, [100])])
def test_a_blacklist_entry_may_let_closing_orders_through(*, allow_closing: bool, sold: list[int]) -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    floor.blacklist.add(BlacklistEntry(FollowerId("f1"), Symbol("MSFT"), "", allow_closing))
    floor.place(Side.SELL)
    assert sell_orders(floor) == sold


def test_without_the_guard_the_scaled_quantity_is_sold_whatever_is_held() -> None:
    floor = Floor({"f1": "1"})
    floor.update("f1", guard_closing=False)
    floor.place(Side.SELL)
    assert sell_orders(floor) == [100]


def test_manual_sells_of_the_follower_count() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    floor.f1.enter(request(side=Side.SELL, qty=70, cl_ord_id=3))
    floor.place(Side.SELL)
    assert sell_orders(floor) == [30]


def test_a_cover_buys_at_most_the_followers_short() -> None:
    floor = Floor({"f1": "1"})
    floor.master.hold_shares("MSFT", -100)
    floor.f1.hold_shares("MSFT", -60)
    floor.place(Side.BUY)
    assert [r.order_qty for r in floor.f1.submitted] == [60]


def test_a_buy_that_crosses_zero_covers_what_is_short_and_opens_the_rest() -> None:
    floor = Floor({"f1": "1"})
    floor.master.hold_shares("MSFT", -100)
    floor.f1.hold_shares("MSFT", -60)
    floor.place(Side.BUY, 150)
    assert [r.order_qty for r in floor.f1.submitted] == [110]


@pytest.mark.parametrize("order_of_rows", list(permutations(["pos", "order", "exit"])))
def test_however_the_rows_of_a_fill_and_a_new_exit_interleave_no_more_is_sold_than_held(
    order_of_rows: tuple[str, ...],
) -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    floor.place(Side.SELL, 50, terms=limit("110"))
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 50, is_shown=False)
    for row in order_of_rows:
        if row == "pos":
            floor.f1.show_position(Symbol("MSFT"))
        elif row == "order":
            floor.f1.show(copy)
        else:
            floor.place(Side.SELL, 100, terms=limit("111"))
    floor.settle(10)
    assert sum(order.leaves_qty for order in floor.f1.working()) == floor.net_qty() == 50


def test_an_enlargement_whose_child_is_not_shown_yet_binds_the_shares() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    floor.place(Side.SELL)
    (copy,) = floor.f1.answer()
    floor.f1.trigger(copy, is_shown=False)
    floor.f1.show(copy)
    floor.place(Side.SELL)
    assert sell_orders(floor) == [100]


def test_an_enlargement_that_was_latched_while_the_link_was_down_is_bounded_by_what_is_held_then() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    exit_order = floor.place(Side.SELL, 60)
    (copy,) = floor.f1.answer()
    manual = floor.f1.enter(request(side=Side.SELL, qty=20, cl_ord_id=3), is_shown=False)
    floor.f1.disconnect()
    floor.master.change(exit_order, 100, limit("100.00"))
    floor.f1.fill(manual, 20, is_shown=False)
    floor.f1.reconnect()
    floor.answer()
    assert copy.order_qty == floor.net_qty() == 80
