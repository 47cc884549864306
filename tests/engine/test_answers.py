"""What followers' platforms answer, or do not: each copy has one outcome with its reason, and no other copy feels it."""

import pytest

from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import ConnectionState, ExecType, OrdStatus, Outcome, TimeInForce
from das_copy_trader.domain.identifiers import ClOrdId
from das_copy_trader.engine.reporting import CHANGES_TOLD_AFTER_S
from tests.engine.fake_account import VenueOrder, request
from tests.engine.floor import Floor, limit


def token_of(floor: Floor, order: VenueOrder, name: str = "f1") -> ClOrdId:
    return floor.result(order, name).cl_ord_id


# --- refusals -----------------------------------------------------------------------------------------------------------


def test_an_order_refused_before_it_has_an_id_is_rejected_and_touches_no_other() -> None:
    floor = Floor()
    order = floor.place()
    floor.f1.refuse(token_of(floor, order), "no buying power")
    floor.f2.answer()
    result = floor.result(order)
    assert (result.outcome, result.reason, result.success) == (Outcome.REJECTED, "no buying power", False)
    assert floor.outcome(order, "f2") is Outcome.WORKING
    assert len(floor.alerts_of("f1")) == 1
    assert floor.alerts_of("f2") == []
    floor.advance(30)
    floor.cancel(order)
    assert len(floor.f1.sent) == 1
    assert len(floor.f2.cancelled) == 1


def test_a_reason_that_comes_after_the_rejected_row_is_kept_and_alerted_once() -> None:
    floor = Floor()
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.f1.set_status(copy, OrdStatus.REJECTED)
    assert floor.outcome(order) is Outcome.REJECTED
    copy.reason = "RT:CF:LastTrade"
    floor.f1.tell(ExecType.REASON_GIVEN, copy, "RT:CF:LastTrade")
    assert floor.result(order).reason == "RT:CF:LastTrade"
    assert len(floor.alerts_of("f1")) == 1


def test_a_stop_whose_child_is_rejected_is_rejected() -> None:
    floor = Floor()
    order = floor.place()
    (copy,) = floor.f1.answer()
    child = floor.f1.trigger(copy)
    floor.f1.set_status(child, OrdStatus.REJECTED, "price band")
    result = floor.result(order)
    assert (result.outcome, result.reason) == (Outcome.REJECTED, "price band")
    assert len(floor.alerts_of("f1")) == 1


def test_a_cancel_that_nobody_asked_for_is_a_failed_copy_with_one_alert() -> None:
    floor = Floor()
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 30)
    floor.f1.set_status(copy, OrdStatus.CANCELED, "RT:Cxl-by-Venue")
    result = floor.result(order)
    assert (result.outcome, result.success, result.filled_quantity) == (Outcome.FAILED, False, 30)
    assert "RT:Cxl-by-Venue" in result.reason
    assert len(floor.alerts_of("f1")) == 1
    floor.cancel(order)
    assert floor.f1.cancelled == []
    assert floor.outcome(order) is Outcome.FAILED


@pytest.mark.parametrize("time_in_force", [TimeInForce.IOC, TimeInForce.FOK])
def test_the_rest_of_an_immediate_order_is_no_failure(time_in_force: TimeInForce) -> None:
    floor = Floor()
    order = floor.place(terms=limit("100", time_in_force))
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 30)
    floor.f1.set_status(copy, OrdStatus.CANCELED)
    assert floor.outcome(order) is Outcome.CANCELLED
    assert floor.alerts.raised == []


def test_a_fill_and_each_partial_fill_are_told_with_their_quantity() -> None:
    floor = Floor()
    floor.place()
    (copy,) = floor.f1.answer()
    floor.scheduler.advance(CHANGES_TOLD_AFTER_S)
    for qty in (10, 20, 70):
        floor.f1.fill(copy, qty)
        floor.scheduler.advance(CHANGES_TOLD_AFTER_S)
    told = [c.result for c in floor.observer.changes if c.result.follower_id == "f1" and c.result.filled_quantity]
    assert [(r.outcome, r.filled_quantity) for r in told] == [
        (Outcome.PARTIALLY_FILLED, 10),
        (Outcome.PARTIALLY_FILLED, 30),
        (Outcome.FILLED, 100),
    ]


def test_an_auto_routed_copy_is_filled_by_its_child() -> None:
    floor = Floor()
    order = floor.place()
    (copy,) = floor.f1.answer()
    child = floor.f1.trigger(copy)
    assert floor.outcome(order) is Outcome.WORKING
    floor.f1.fill(child, 60)
    assert floor.outcome(order) is Outcome.PARTIALLY_FILLED
    floor.f1.fill(child, 40)
    assert floor.result(order).filled_quantity == 100
    assert floor.outcome(order) is Outcome.FILLED


def test_orders_that_are_not_copies_are_left_alone() -> None:
    floor = Floor()
    order = floor.place()
    floor.f1.enter(request("TSLA", cl_ord_id=token_of(floor, order)))
    manual = floor.f1.enter(request(cl_ord_id=3))
    floor.f1.set_status(manual, OrdStatus.CANCELED)
    assert floor.outcome(order) is Outcome.PENDING
    floor.cancel(order)
    assert floor.f1.cancelled == []


def test_a_state_that_is_not_known_is_unknown() -> None:
    floor = Floor()
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.f1.set_status(copy, OrdStatus.UNKNOWN)
    assert floor.outcome(order) is Outcome.UNKNOWN
    assert len(floor.alerts_of("f1")) == 1


# --- silence ------------------------------------------------------------------------------------------------------------


def test_silence_becomes_unknown_after_five_seconds_and_is_read_back_not_resent() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.advance(4.9)
    assert floor.outcome(order) is Outcome.PENDING
    floor.advance(0.2)
    assert floor.outcome(order) is Outcome.UNKNOWN
    assert (floor.f1.read_backs, len(floor.f1.submitted)) == (1, 1)
    assert len(floor.alerts_of("f1")) == 1


def test_a_late_answer_links_the_copy_and_its_latched_cancel_goes_out() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.advance(6)
    floor.cancel(order)
    assert floor.f1.cancelled == []
    (copy,) = floor.f1.answer()
    assert floor.f1.cancelled == [copy.order_id]
    floor.answer()
    assert floor.outcome(order) is Outcome.CANCELLED


def test_a_stalled_follower_is_unknown_with_one_alert_and_the_others_are_served() -> None:
    floor = Floor({"f1": "1", "f2": "1", "f3": "1"})
    floor.f2.forced_result = SendResult.STALLED
    order = floor.place()
    floor.f2.disconnect("The socket took no more.")
    assert [floor.outcome(order, name) for name in ("f1", "f2", "f3")] == [
        Outcome.PENDING,
        Outcome.UNKNOWN,
        Outcome.PENDING,
    ]
    assert len(floor.f1.submitted) == len(floor.follower("f3").submitted) == 1
    floor.advance(30)
    assert len(floor.alerts_of("f2")) == 1


def test_a_link_lost_after_sending_is_unknown_found_in_the_list_and_cancelled_if_the_master_did() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.f1.disconnect(is_inbox_lost=False)
    assert floor.outcome(order) is Outcome.UNKNOWN
    floor.cancel(order)
    floor.f1.reconnect()
    assert len(floor.f1.submitted) == 1
    assert floor.f1.cancelled == [floor.f1.last.order_id]
    floor.answer()
    assert floor.outcome(order) is Outcome.CANCELLED


def test_a_copy_found_again_shows_what_it_is() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.f1.disconnect(is_inbox_lost=False)
    floor.f1.fill(floor.f1.last, 40, is_shown=False)
    floor.f1.reconnect(is_mirror_new=True)
    result = floor.result(order)
    assert (result.outcome, result.filled_quantity) == (Outcome.PARTIALLY_FILLED, 40)


def test_missing_in_two_lists_six_seconds_apart_waits_for_the_user_and_is_never_sent_again() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.f1.disconnect()
    floor.f1.reconnect()
    assert floor.outcome(order) is Outcome.UNKNOWN
    floor.f1.list_orders()
    floor.advance(3)
    floor.f1.list_orders()
    assert floor.outcome(order) is Outcome.UNKNOWN
    floor.settle(10)
    assert floor.outcome(order) is Outcome.QUEUED
    assert len(floor.f1.submitted) == 1
    assert len(floor.alerts_of("f1")) == 2


def test_another_gap_between_the_two_lists_starts_the_count_anew() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.f1.disconnect()
    floor.f1.reconnect()
    floor.advance(5)
    floor.f1.disconnect()
    floor.f1.reconnect()
    floor.advance(1.5)
    floor.answer()
    assert floor.outcome(order) is Outcome.UNKNOWN
    floor.settle(10)
    assert floor.outcome(order) is Outcome.QUEUED


def test_a_copy_that_shows_after_it_was_given_up_is_linked_and_follows_the_masters_end() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    command = floor.f1.inbox.copy()
    floor.f1.disconnect()
    floor.f1.reconnect()
    floor.settle(15)
    floor.cancel(order)
    floor.f1.inbox = command
    copy = floor.f1.process_next()
    assert copy is not None
    assert floor.f1.cancelled == [copy.order_id]
    floor.answer()
    assert floor.outcome(order) is Outcome.CANCELLED


def test_a_lost_order_server_makes_what_is_unanswered_unknown() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    assert floor.f1.listener is not None
    floor.f1.state, floor.f1.state_reason = ConnectionState.DEGRADED, "The order server is lost."
    floor.f1.listener.on_state_changed(floor.f1.state, floor.f1.state_reason)
    assert floor.outcome(order) is Outcome.UNKNOWN
    later = floor.place()
    assert floor.outcome(later) is Outcome.QUEUED
    assert "order server" in floor.result(later).reason


def test_a_replace_that_a_broken_link_lost_is_told_again_and_one_that_arrived_is_not() -> None:
    floor = Floor({"f1": "1"})
    lost, arrived = floor.place(), floor.place()
    floor.answer()
    floor.master.change(arrived, 200, limit("101"))
    floor.f1.process_next(is_shown=False)
    floor.master.change(lost, 200, limit("102"))
    floor.f1.disconnect()
    floor.f1.reconnect()
    floor.answer()
    assert [r.terms for r in floor.f1.replaced] == [limit("101"), limit("102"), limit("102")]
    assert [order.terms for order in floor.f1.working()] == [limit("102"), limit("101")]


def test_a_replace_that_grew_while_the_follower_was_away_is_made_up() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.answer()
    floor.f1.disconnect()
    floor.master.change(order, 300, limit("101"))
    floor.f1.reconnect()
    assert [(r.total_qty, r.terms) for r in floor.f1.replaced] == [(300, limit("101"))]


def test_a_venue_that_does_not_answer_is_unknown_until_the_list_shows_the_order() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.f1.tell(ExecType.TIMED_OUT, copy, "no answer")
    assert floor.outcome(order) is Outcome.UNKNOWN
    assert floor.f1.read_backs == 1
    assert len(floor.alerts_of("f1")) == 1
    floor.answer()
    assert floor.outcome(order) is Outcome.WORKING
    assert len(floor.f1.submitted) == 1


# --- pacing -------------------------------------------------------------------------------------------------------------


def test_a_paced_order_is_visible_and_pending_until_it_leaves() -> None:
    floor = Floor({"f1": "1"})
    floor.f1.is_pacing = True
    order = floor.place()
    assert (floor.outcome(order), floor.f1.submitted) == (Outcome.PENDING, [])
    assert "limit" in floor.result(order).reason
    floor.advance(20)
    assert floor.outcome(order) is Outcome.PENDING
    assert floor.alerts.raised == []
    floor.f1.release()
    floor.answer()
    assert floor.outcome(order) is Outcome.WORKING


def test_the_answer_limit_of_a_paced_order_counts_from_when_it_left() -> None:
    floor = Floor({"f1": "1"})
    floor.f1.is_pacing = True
    order = floor.place()
    floor.advance(4.5)
    floor.f1.release()
    floor.advance(4.9)
    assert floor.outcome(order) is Outcome.PENDING
    floor.advance(0.2)
    assert floor.outcome(order) is Outcome.UNKNOWN


def test_a_paced_order_whose_master_ends_is_withdrawn() -> None:
    floor = Floor({"f1": "1"})
    floor.f1.is_pacing = True
    order = floor.place()
    floor.cancel(order)
    floor.f1.release()
    assert floor.f1.sent == []
    assert floor.outcome(order) is Outcome.CANCELLED


def test_a_paced_order_that_is_replaced_leaves_in_its_new_form() -> None:
    floor = Floor({"f1": "1"})
    floor.f1.is_pacing = True
    order = floor.place()
    floor.master.change(order, 250, limit("101"))
    floor.f1.release()
    assert [(r.order_qty, r.terms) for r in floor.f1.submitted] == [(250, limit("101"))]
    assert floor.f1.replaced == []


def test_a_paced_order_that_a_lost_link_drops_waits_for_the_user() -> None:
    floor = Floor({"f1": "1"})
    floor.f1.is_pacing = True
    order = floor.place()
    floor.f1.disconnect()
    assert floor.outcome(order) is Outcome.QUEUED
    assert len(floor.alerts_of("f1")) == 1
    floor.f1.is_pacing = False
    floor.f1.reconnect()
    floor.settle(20)
    assert floor.f1.submitted == []


def test_a_gateway_that_turned_unready_unnoticed_queues_the_copy() -> None:
    floor = Floor()
    floor.f1.forced_result = SendResult.NOT_READY
    order = floor.place()
    assert floor.outcome(order) is Outcome.QUEUED
    assert floor.result(order).reason
    assert len(floor.f2.submitted) == 1
