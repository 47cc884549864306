"""A master order is copied once, when it is seen to be placed, live; whatever else happens it is not copied again."""

from decimal import Decimal

import pytest

from das_copy_trader.domain.enums import ExecType, OrdStatus, OrdType, Outcome, Side, TimeInForce
from das_copy_trader.domain.identifiers import FollowerId, OrderId, cl_ord_id_for
from das_copy_trader.domain.orders import OrderTerms
from tests.engine.fake_account import request
from tests.engine.floor import TRADING_DAY, Floor, limit, stop_limit


def test_an_accepted_order_goes_to_every_follower_in_the_same_call() -> None:
    floor = Floor({"f1": "1", "f2": "0.5", "f3": "2"})
    order = floor.place(qty=101)
    assert [account.submitted[0].order_qty for account in floor.followers.values()] == [101, 51, 202]
    copied = floor.f1.submitted[0]
    assert (copied.symbol, copied.side, copied.terms) == ("MSFT", Side.BUY, limit("100.00"))
    assert copied.cl_ord_id == cl_ord_id_for(TRADING_DAY.toordinal(), 0, order.order_id)


def test_the_followers_own_route_is_used_and_not_the_masters() -> None:
    floor = Floor({"f1": "1"})
    floor.seat("f2", route="ARCA")
    floor.place(route="EDGX")
    assert [floor.f1.submitted[0].route, floor.f2.submitted[0].route] == ["SMAT", "ARCA"]


@pytest.mark.parametrize(
    "terms",
    [
        OrderTerms(OrdType.MARKET, time_in_force=TimeInForce.IOC),
        OrderTerms(OrdType.STOP, stop_price=Decimal("99.5")),
        stop_limit("99.5", "99.4"),
        OrderTerms(OrdType.STOP_LIMIT_EXTENDED, price=Decimal(24), stop_price=Decimal(36)),
        OrderTerms(OrdType.TRAILING_STOP, trail_amount=Decimal("0.2")),
        limit("10", TimeInForce.GTC),
    ],
)
def test_everything_but_the_quantity_is_kept(terms: OrderTerms) -> None:
    floor = Floor()
    floor.place(terms=terms)
    assert [floor.f1.submitted[0].terms, floor.f2.submitted[0].terms] == [terms, terms]


def test_sending_alone_is_not_enough_and_accepted_then_is() -> None:
    floor = Floor()
    order = floor.place(status=OrdStatus.PENDING_NEW)
    assert floor.f1.submitted == []
    floor.master.set_status(order, OrdStatus.NEW)
    assert len(floor.f1.submitted) == 1


@pytest.mark.parametrize("status", [OrdStatus.NEW, OrdStatus.HELD, OrdStatus.TRIGGERED])
def test_the_first_row_that_shows_it_placed_copies_it(status: OrdStatus) -> None:
    floor = Floor()
    floor.place(status=status)
    assert len(floor.f1.submitted) == len(floor.f2.submitted) == 1


@pytest.mark.parametrize("filled", [40, 100])
def test_an_order_that_is_first_seen_executed_is_copied_whole(filled: int) -> None:
    floor = Floor()
    order = floor.master.enter(request(), OrdStatus.PENDING_NEW, is_shown=False)
    floor.master.fill(order, filled)
    assert [r.order_qty for r in floor.f1.submitted] == [100]


def test_a_repeated_accepted_copies_nothing_more() -> None:
    floor = Floor()
    order = floor.place()
    for exec_type in (ExecType.NEW, ExecType.STATUS, ExecType.NEW):
        floor.master.tell(exec_type, order)
    floor.master.fill(order, 50)
    floor.master.fill(order, 50)
    assert len(floor.f1.submitted) == len(floor.f2.submitted) == 1


@pytest.mark.parametrize("status", [OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.CLOSED])
def test_an_order_that_is_first_seen_ended_is_skipped_with_a_reason(status: OrdStatus) -> None:
    floor = Floor()
    order = floor.place(status=OrdStatus.PENDING_NEW)
    floor.master.set_status(order, status)
    result = floor.result(order)
    assert (result.outcome, result.success) == (Outcome.SKIPPED, False)
    assert result.reason
    assert floor.f1.sent == []
    floor.master.set_status(order, OrdStatus.NEW)
    assert floor.f1.sent == []


def test_a_status_that_nobody_knows_neither_copies_nor_refuses() -> None:
    floor = Floor()
    order = floor.place(status=OrdStatus.UNKNOWN)
    assert not floor.is_decided(order)
    floor.master.set_status(order, OrdStatus.NEW)
    assert len(floor.f1.submitted) == 1


def test_orders_of_the_login_burst_before_copying_are_left_alone() -> None:
    floor = Floor(is_armed=False)
    working = floor.master.enter(request(), is_shown=False)
    ended = floor.master.enter(request(), OrdStatus.CANCELED, is_shown=False)
    floor.master.list_orders(is_snapshot=True)
    floor.engine.arm()
    floor.master.fill(working, 10)
    floor.cancel(working)
    floor.settle(10)
    assert floor.f1.submitted == []
    assert floor.outcome(working) is Outcome.CANCELLED
    assert not floor.is_decided(ended)
    assert floor.alerts.raised == []


def test_an_order_placed_while_stopped_is_not_copied_later() -> None:
    floor = Floor(is_armed=False)
    order = floor.place()
    floor.engine.arm()
    floor.master.fill(order, 10)
    floor.master.change(order, 200, limit("101"))
    assert floor.f1.sent == []


def test_an_order_that_a_gap_hid_waits_for_the_user_with_an_alert() -> None:
    floor = Floor()
    floor.master.disconnect()
    order = floor.master.enter(request(), is_shown=False)
    floor.master.reconnect()
    floor.settle(10)
    assert floor.f1.submitted == []
    assert floor.outcome(order) is Outcome.QUEUED
    assert len(floor.alerts_of("f1")) == 1


def test_children_of_an_auto_route_are_never_copied() -> None:
    floor = Floor()
    order = floor.place()
    child = floor.master.trigger(order)
    floor.master.fill(child, 100)
    assert len(floor.f1.submitted) == 1


def test_a_child_whose_parent_was_not_seen_yet_is_not_copied() -> None:
    floor = Floor()
    parent = floor.master.enter(request(), OrdStatus.NEW, is_shown=False)
    child = floor.master.enter(request(), OrdStatus.NEW, parent=parent)
    assert floor.f1.submitted == []
    floor.master.show(parent)
    assert [r.cl_ord_id for r in floor.f1.submitted] == [cl_ord_id_for(TRADING_DAY.toordinal(), 0, parent.order_id)]
    floor.master.set_status(child, OrdStatus.CANCELED, "RT:Cxl-by-client")
    assert len(floor.f1.submitted) == 1


@pytest.mark.parametrize("route", ["TEST", "TESTC", "TESTROUTE", "SAGETEST", "SAGETESTP", "test"])
def test_orders_on_test_routes_are_skipped_in_silence(route: str) -> None:
    floor = Floor()
    order = floor.place(route=route)
    assert floor.f1.sent == []
    assert floor.outcome(order) is Outcome.SKIPPED
    assert route in floor.result(order).reason
    assert floor.alerts.raised == []


def test_a_copiers_own_order_on_the_master_is_not_copied_again() -> None:
    floor = Floor()
    order = floor.place(cl_ord_id=cl_ord_id_for(5, 0, OrderId(9)))
    assert floor.f1.sent == []
    assert floor.outcome(order) is Outcome.SKIPPED
    assert len(floor.alerts_of(None)) == 1


def test_a_short_sale_is_skipped_with_an_alert() -> None:
    floor = Floor()
    order = floor.place(Side.SELL_SHORT)
    assert floor.f1.sent == []
    assert floor.outcome(order) is Outcome.SKIPPED
    assert len(floor.alerts_of(None)) == 1


def test_a_type_that_cannot_be_read_is_skipped_with_an_alert_that_quotes_the_row() -> None:
    floor = Floor()
    order = floor.master.enter(request(), OrdStatus.PENDING_NEW, is_shown=False)
    order.terms, order.undecodable = None, "The type PEG is not known."
    floor.master.set_status(order, OrdStatus.NEW)
    assert floor.f1.sent == []
    assert floor.result(order).reason == "The type PEG is not known."
    (alert,) = floor.alerts_of(None)
    assert "%ORDER 101 MSFT" in alert
    child = floor.master.trigger_undecoded(order)
    floor.master.fill(child, 100)
    fired = floor.alerts_of(None)[1:]
    assert len(fired) == 1
    assert str(order.order_id) in fired[0]


def test_terms_that_a_second_line_proves_are_copied_then() -> None:
    floor = Floor()
    order = floor.master.enter(request(), OrdStatus.PENDING_NEW, is_shown=False)
    terms, order.terms = order.terms, None
    order.awaits_proof, order.undecodable = True, "not proven yet"
    floor.master.set_status(order, OrdStatus.NEW)
    assert floor.f1.sent == []
    assert not floor.is_decided(order)
    floor.advance(0.5)
    order.terms, order.awaits_proof, order.undecodable = terms, False, ""
    floor.master.tell(ExecType.TERMS_PROVEN, order)
    assert [r.terms for r in floor.f1.submitted] == [terms]
    floor.advance(5)
    assert len(floor.f1.submitted) == 1


def test_terms_that_are_never_proven_are_skipped_after_a_second() -> None:
    floor = Floor()
    order = floor.master.enter(request(), OrdStatus.PENDING_NEW, is_shown=False)
    order.terms, order.awaits_proof, order.undecodable = None, True, "not proven yet"
    floor.master.set_status(order, OrdStatus.NEW)
    floor.advance(0.9)
    assert not floor.is_decided(order)
    floor.advance(0.2)
    assert floor.outcome(order) is Outcome.SKIPPED
    assert len(floor.alerts_of(None)) == 1
    order.terms, order.awaits_proof = limit("1"), False
    floor.master.tell(ExecType.TERMS_PROVEN, order)
    assert floor.f1.sent == []


def test_a_master_that_cancels_before_its_terms_are_proven_is_not_copied() -> None:
    floor = Floor()
    order = floor.master.enter(request(), OrdStatus.PENDING_NEW, is_shown=False)
    order.terms, order.awaits_proof = None, True
    floor.master.set_status(order, OrdStatus.NEW)
    floor.cancel(order)
    floor.advance(5)
    assert floor.f1.sent == []
    assert floor.outcome(order) is Outcome.SKIPPED


def test_an_order_that_cannot_be_said_on_one_route_still_goes_to_the_others() -> None:
    floor = Floor({"f1": "1"})
    floor.seat("f2", route="ARCA")
    floor.encoder.unsayable_route = "ARCA"
    order = floor.place()
    assert len(floor.f1.submitted) == 1
    assert floor.f2.sent == []
    assert floor.outcome(order, "f2") is Outcome.SKIPPED
    assert len(floor.alerts_of("f2")) == 1


def test_an_order_without_a_readable_quantity_is_skipped() -> None:
    floor = Floor()
    order = floor.place(qty=0)
    assert floor.f1.sent == []
    assert floor.outcome(order) is Outcome.SKIPPED


def test_one_line_serves_all_followers_that_send_the_same() -> None:
    floor = Floor({"a": "1", "b": "2", "c": "1", "d": "2", "e": "1"})
    floor.place()
    assert len(floor.encoder.encoded) == 2
    assert [account.submitted[0].order_qty for account in floor.followers.values()] == [100, 200, 100, 200, 100]


def test_a_copy_that_an_earlier_life_sent_is_linked_and_not_sent_again() -> None:
    floor = Floor({"f1": "1"})
    token = cl_ord_id_for(TRADING_DAY.toordinal(), 0, OrderId(101))
    copy = floor.f1.enter(request(cl_ord_id=token))
    order = floor.place()
    assert floor.f1.sent == []
    assert floor.outcome(order) is Outcome.WORKING
    floor.cancel(order)
    assert floor.f1.cancelled == [copy.order_id]


def test_a_foreign_order_with_the_same_id_is_neither_linked_nor_doubled() -> None:
    floor = Floor({"f1": "1"})
    token = cl_ord_id_for(TRADING_DAY.toordinal(), 0, OrderId(101))
    floor.f1.enter(request("TSLA", cl_ord_id=token))
    order = floor.place()
    assert floor.f1.sent == []
    assert floor.outcome(order) is Outcome.FAILED
    assert any("sent before" in alert for alert in floor.alerts_of("f1"))
    floor.cancel(order)
    assert floor.f1.sent == []


def test_changes_of_rules_hold_from_the_next_order_on() -> None:
    floor = Floor({"f1": "1"})
    floor.place()
    floor.multipliers.set_base(FollowerId("f1"), Decimal(3))
    floor.place()
    floor.update("f1", is_enabled=False)
    floor.place()
    floor.update("f1")
    floor.place()
    floor.f1.disconnect()
    floor.place()
    floor.f1.reconnect()
    floor.place()
    assert [r.order_qty for r in floor.f1.submitted] == [100, 300, 300, 300]


def test_a_new_day_forgets_the_former_one() -> None:
    floor = Floor({"f1": "1"})
    floor.place()
    floor.answer()
    floor.engine.start_day(TRADING_DAY.replace(day=3))
    assert floor.engine.latest_replications(10) == []
    floor.advance(60)
    assert floor.alerts.raised == []
    floor.master._mirror.clear()
    floor.master._ids = iter([101])
    floor.place()
    first, second = floor.f1.submitted
    assert first.cl_ord_id != second.cl_ord_id
