"""Cancels and replaces follow the master's order, whatever the follower's platform has said by then."""

from decimal import Decimal

import pytest

from das_copy_trader.domain.enums import ExecType, OrdStatus, OrdType, Outcome, TimeInForce
from das_copy_trader.domain.events import CommandRefused
from das_copy_trader.domain.orders import OrderTerms
from tests.engine.fake_account import Replaced
from tests.engine.floor import Floor, limit, stop_limit


def test_a_cancel_before_the_ack_is_latched_and_goes_out_the_instant_the_id_arrives() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.cancel(order)
    assert floor.f1.cancelled == []
    copy = floor.f1.process_next(status=OrdStatus.PENDING_NEW)
    assert copy is not None
    assert floor.f1.cancelled == [copy.order_id]
    floor.answer()
    assert floor.outcome(order) is Outcome.CANCELLED
    assert floor.alerts.raised == []


def test_a_cancel_is_sent_once_however_often_it_is_told() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.cancel(order)
    floor.master.tell(ExecType.REASON_GIVEN, order, "RT:Cxl-by-client")
    floor.f1.tell(ExecType.STATUS, copy)
    assert floor.f1.cancelled == [copy.order_id]


def test_a_cancel_goes_to_the_live_child() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    child = floor.f1.trigger(copy)
    floor.cancel(order)
    assert floor.f1.cancelled == [child.order_id]
    floor.answer()
    assert floor.outcome(order) is Outcome.CANCELLED


def test_a_cancel_goes_to_the_grandchild_when_a_child_was_routed_on() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    grandchild = floor.f1.trigger(floor.f1.trigger(copy))
    floor.cancel(order)
    assert floor.f1.cancelled == [grandchild.order_id]


def test_a_cancel_refused_because_the_parent_fired_goes_to_the_child_when_it_shows() -> None:
    floor = Floor({"f1": "1"})
    floor.f1.reads_back_refusals = False
    order = floor.place()
    (copy,) = floor.f1.answer()
    child = floor.f1.trigger(copy, is_shown=False)
    floor.cancel(order)
    floor.f1.answer()
    assert floor.f1.cancelled == [copy.order_id]
    floor.f1.show(child)
    floor.f1.show(copy)
    assert floor.f1.cancelled == [copy.order_id, child.order_id]
    floor.answer()
    assert floor.outcome(order) is Outcome.CANCELLED


def test_a_cancel_that_is_refused_again_and_again_is_told_once_and_goes_on_seldom() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.cancel(order)
    for _ in range(20):
        floor.f1.inbox.clear()
        floor.f1.tell(ExecType.CANCEL_REJECTED, copy, "no")
        floor.f1.list_orders()
        floor.advance(1)
    assert len(floor.f1.cancelled) == 6  # five at once, one after 15 s
    floor.advance(30)
    assert len(floor.f1.cancelled) == 8
    assert len(floor.alerts_of("f1")) == 1
    floor.f1.disconnect()
    floor.f1.reconnect()
    assert len(floor.f1.cancelled) == 9


def test_a_cancel_that_the_platform_lost_is_sent_again_after_the_list_was_read() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.cancel(order)
    floor.f1.inbox.clear()
    floor.advance(2.9)
    assert floor.f1.read_backs == 0
    floor.settle(5)
    assert floor.f1.read_backs == 1
    assert floor.f1.cancelled == [copy.order_id, copy.order_id]
    assert floor.outcome(order) is Outcome.CANCELLED


def test_a_cancel_that_the_platform_lost_is_sent_again_even_if_the_list_never_comes() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.cancel(order)
    floor.f1.inbox.clear()
    floor.advance(7)
    assert floor.f1.cancelled == [copy.order_id, copy.order_id]


def test_a_paced_cancel_is_not_taken_for_a_lost_one() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.answer()
    floor.f1.paces_cancels = True
    floor.cancel(order)
    floor.advance(60)
    assert floor.f1.cancel_calls == 1


def test_a_cancel_by_the_masters_venue_cancels_the_copies() -> None:
    floor = Floor()
    order = floor.place()
    floor.answer()
    floor.master.set_status(order, OrdStatus.CANCELED, "RT:Cxl-by-Venue")
    assert len(floor.f1.cancelled) == len(floor.f2.cancelled) == 1


def test_a_master_order_rejected_after_acceptance_cancels_the_copies() -> None:
    floor = Floor()
    order = floor.place()
    floor.answer()
    floor.master.set_status(order, OrdStatus.REJECTED, "margin")
    assert len(floor.f1.cancelled) == len(floor.f2.cancelled) == 1


def test_a_fired_master_order_whose_child_ends_cancels_the_copies() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    child = floor.master.trigger(order)
    assert floor.f1.cancelled == []
    floor.cancel(child)
    assert floor.f1.cancelled == [copy.order_id]


def test_a_filled_master_order_leaves_the_copies_working() -> None:
    floor = Floor()
    order = floor.place()
    floor.answer()
    floor.master.fill(order, 100)
    floor.advance(60)
    assert floor.f1.cancelled == []
    assert floor.outcome(order) is Outcome.WORKING


def test_a_partly_filled_and_cancelled_master_order_cancels_what_is_left_of_the_copies() -> None:
    floor = Floor()
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 30)
    floor.master.fill(order, 50)
    floor.cancel(order)
    floor.answer()
    assert floor.f1.cancelled == [copy.order_id]
    result = floor.result(order)
    assert (result.outcome, result.filled_quantity) == (Outcome.CANCELLED, 30)


def test_a_cancel_that_loses_the_race_ends_filled() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.cancel(order)
    floor.f1.fill(copy, 100)
    floor.answer()
    floor.settle(30)
    assert floor.outcome(order) is Outcome.FILLED
    assert floor.f1.cancelled == [copy.order_id]
    assert floor.alerts.raised == []


# --- replaces -----------------------------------------------------------------------------------------------------------


def test_a_replace_carries_the_new_scaled_total_and_the_new_terms() -> None:
    floor = Floor()
    order = floor.place()
    floor.answer()
    floor.master.change(order, 301, limit("101.50"))
    assert [(r.total_qty, r.terms) for r in floor.f1.replaced] == [(301, limit("101.50"))]
    assert [(r.total_qty, r.terms) for r in floor.f2.replaced] == [(151, limit("101.50"))]
    floor.answer()
    assert floor.outcome(order) is Outcome.REPLACED
    assert floor.result(order).quantity == 301


def test_replaces_before_the_ack_are_coalesced_to_the_newest() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    for price in ("101", "102", "103"):
        floor.master.change(order, 100, limit(price))
    assert floor.f1.replaced == []
    copy = floor.f1.process_next()
    assert copy is not None
    assert floor.f1.replaced == [Replaced(copy.order_id, 100, limit("103"))]


def test_a_replace_before_the_ack_that_is_taken_back_sends_nothing() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.master.change(order, 100, limit("101"))
    floor.master.change(order, 100, limit("100.00"))
    floor.answer()
    assert floor.f1.replaced == []


def test_a_replace_back_to_what_is_shown_is_sent_while_another_is_on_its_way() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.master.change(order, 100, limit("105"))
    floor.master.change(order, 100, limit("100.00"))
    floor.answer()
    assert copy.terms == limit("100.00")


def test_a_cancel_overtakes_a_replace_that_waits() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.master.change(order, 200, limit("101"))
    floor.cancel(order)
    floor.answer()
    assert floor.f1.replaced == []
    assert len(floor.f1.cancelled) == 1


@pytest.mark.parametrize(("new_total", "asked"), [(80, 80), (51, 51), (50, None), (20, None)])
def test_a_total_at_or_below_what_is_filled_cancels_the_rest(new_total: int, asked: int | None) -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 50)
    floor.master.change(order, new_total, limit("100.00"))
    assert [r.total_qty for r in floor.f1.replaced] == ([] if asked is None else [asked])
    assert floor.f1.cancelled == ([copy.order_id] if asked is None else [])
    floor.answer()
    if asked is None:
        assert floor.outcome(order) is Outcome.CANCELLED
        assert floor.alerts.raised == []


def test_a_multiplier_edited_meanwhile_holds_for_the_next_replace() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.answer()
    floor.multipliers.set_base(floor.engine.latest_replications(1)[0].results[0].follower_id, Decimal(2))
    floor.master.change(order, 110, limit("100.00"))
    assert [r.total_qty for r in floor.f1.replaced] == [220]


def test_a_fired_childs_new_price_goes_to_the_copies_whose_own_child_is_live() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    own_child = floor.f1.trigger(copy)
    child = floor.master.trigger(order)
    floor.master.change(child, 100, limit("101", None))
    (replaced,) = floor.f1.replaced
    assert replaced.order_id == own_child.order_id
    assert (replaced.terms.ord_type, replaced.terms.price) == (OrdType.LIMIT, Decimal(101))


def test_a_fired_stop_limit_is_replaced_as_a_plain_limit() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place(terms=stop_limit("99", "98"))
    (copy,) = floor.f1.answer()
    own_child = floor.f1.trigger(copy)
    floor.master.change(order, 100, stop_limit("99", "97"))
    (replaced,) = floor.f1.replaced
    assert replaced.order_id == own_child.order_id
    assert (replaced.terms.ord_type, replaced.terms.price) == (OrdType.LIMIT, Decimal(97))
    assert replaced.terms.stop_price is None


def test_a_stop_limit_that_has_not_fired_keeps_its_stop_when_the_masters_fired_one_moves() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place(terms=stop_limit("99", "98"))
    floor.answer()
    child = floor.master.trigger(order)
    floor.master.change(child, 100, limit("97", None))
    (replaced,) = floor.f1.replaced
    assert replaced.terms == stop_limit("99", "97")


def test_the_childs_own_type_never_turns_a_stop_into_a_market_order() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place(terms=OrderTerms(OrdType.STOP, stop_price=Decimal(99)))
    floor.answer()
    child = floor.master.trigger(order, OrderTerms(OrdType.MARKET))
    floor.master.change(child, 100, limit("97", None))
    assert floor.f1.replaced == []


def test_a_replace_that_the_platform_refuses_is_told_and_the_copy_stays() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.master.change(order, 200, limit("101"))
    floor.f1.inbox.clear()
    floor.f1.tell(ExecType.REPLACE_REJECTED, copy, "too late")
    result = floor.result(order)
    assert (result.outcome, result.quantity) == (Outcome.WORKING, 100)
    assert "too late" in result.reason
    assert len(floor.alerts_of("f1")) == 1


def test_a_replace_refused_because_the_parent_fired_goes_to_the_child() -> None:
    floor = Floor({"f1": "1"})
    floor.f1.reads_back_refusals = False
    order = floor.place()
    (copy,) = floor.f1.answer()
    child = floor.f1.trigger(copy, is_shown=False)
    floor.master.change(order, 100, limit("101"))
    floor.f1.answer()
    floor.f1.show(child)
    floor.f1.show(copy)
    assert [r.order_id for r in floor.f1.replaced] == [copy.order_id, child.order_id]
    floor.answer()
    assert child.terms is not None
    assert child.terms.price == Decimal(101)


def test_a_replace_that_is_refused_without_end_is_given_up_with_one_alert() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.answer()
    floor.master.change(order, 100, limit("101"))
    for _ in range(10):
        floor.f1.inbox.clear()
        assert floor.f1.listener is not None
        floor.f1.listener.on_command_refused(CommandRefused(None, "INVALD COMMAND!"))
        floor.f1.list_orders()
    assert len(floor.f1.replaced) == 3
    assert len(floor.alerts_of("f1")) == 1
    floor.master.change(order, 100, limit("102"))
    assert len(floor.f1.replaced) == 4


def test_a_replace_that_the_platform_lost_is_sent_again() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.master.change(order, 100, limit("101"))
    floor.f1.inbox.clear()
    floor.settle(6)
    assert len(floor.f1.replaced) == 2
    assert copy.terms == limit("101")
    floor.settle(30)
    assert len(floor.f1.replaced) == 2


def test_a_refused_cancel_of_one_copy_does_not_repeat_the_replace_of_another() -> None:
    floor = Floor({"f1": "1"})
    first, second = floor.place(), floor.place()
    floor.answer()
    floor.master.change(first, 100, limit("101"))
    floor.cancel(second)
    assert floor.f1.listener is not None
    floor.f1.listener.on_command_refused(CommandRefused("CANCEL", "order not open"))
    floor.f1.answer()
    floor.f1.list_orders()
    assert len(floor.f1.replaced) == 1


def test_terms_that_cannot_be_said_in_a_replace_are_told() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.answer()
    floor.f1.forced_error = "a price cannot have five decimals"
    floor.master.change(order, 100, limit("101.12345"))
    assert "five decimals" in floor.result(order).reason
    assert len(floor.alerts_of("f1")) == 1
    floor.f1.forced_error = ""
    floor.cancel(order)
    assert len(floor.f1.cancelled) == 1


def test_a_change_that_cannot_be_read_is_told_and_not_copied() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.answer()
    order.undecodable = "not proven"
    floor.master.change(order, 100, None)
    assert floor.f1.replaced == []
    assert len(floor.alerts_of(None)) == 1


def test_the_time_in_force_that_a_route_rewrote_is_no_change() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.answer()
    floor.master.change(order, 100, limit("100.00", TimeInForce.DAY))
    assert floor.f1.replaced == []
