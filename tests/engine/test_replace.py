"""Replaces in the less usual shapes: new ids, open quantities, flips, stops that have fired, exits that wait."""

from decimal import Decimal

import msgspec
import pytest

from das_copy_trader.domain.enums import ExecType, OrdStatus, OrdType, Outcome, ReplaceQuantity, Side
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.domain.orders import OrderTerms
from das_copy_trader.engine.follower_settings import FollowerSettings
from tests.engine.fake_account import FakeAccount, VenueOrder
from tests.engine.floor import Floor, limit, stop_limit

MSFT = Symbol("MSFT")
STOP_90 = OrderTerms(OrdType.STOP, stop_price=Decimal(90))


def successor_of(account: FakeAccount, order: VenueOrder, qty: int, price: str, *, is_shown: bool = True) -> VenueOrder:
    """The order goes on under a new id whose row names the old one."""
    asked = msgspec.structs.replace(order.request, order_qty=qty, terms=limit(price))
    return account.enter(asked, parent=order, is_shown=is_shown)


# --- the master's changes, as its platform may show them ------------------------------------------------------------------


def test_a_change_that_shows_as_a_new_id_is_a_replace_when_the_new_row_comes_first() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.master.fill(order, 30)
    new = successor_of(floor.master, order, 170, "101.00")
    assert floor.f1.replaced == []
    floor.master.set_status(order, OrdStatus.CANCELED)
    floor.answer()
    assert floor.f1.cancelled == []
    assert (copy.order_qty, copy.terms) == (200, limit("101.00"))
    floor.master.change(new, 120, limit("102.00"))
    floor.answer()
    assert (copy.order_qty, copy.terms) == (150, limit("102.00"))
    floor.cancel(new)
    assert floor.f1.cancelled == [copy.order_id]
    assert len(floor.f1.submitted) == 1


def test_a_change_that_shows_as_a_new_id_is_cancel_and_new_when_the_old_row_ends_first() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.cancel(order)
    new = successor_of(floor.master, order, 170, "101.00")
    assert floor.f1.cancelled == [copy.order_id]
    assert [(r.order_qty, r.terms) for r in floor.f1.submitted] == [(100, limit("100.00")), (170, limit("101.00"))]
    floor.answer()
    floor.master.change(new, 120, limit("102.00"))
    floor.answer()
    assert floor.f1.last.order_qty == 120
    floor.cancel(new)
    assert floor.f1.cancelled == [copy.order_id, floor.f1.last.order_id]


def test_a_change_that_shows_as_cancel_and_new_falls_out_of_both() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.cancel(order)
    floor.place(terms=limit("101.00"))
    floor.answer()
    assert floor.f1.cancelled == [copy.order_id]
    assert [o.terms for o in floor.f1.working()] == [limit("101.00")]


# --- the follower's replace, as its platform may show it ------------------------------------------------------------------


@pytest.mark.parametrize("is_new_first", [True, False])
def test_a_replace_that_shows_as_a_new_id_stays_the_same_copy(*, is_new_first: bool) -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.master.change(order, 200, limit("101.00"))
    floor.f1.inbox.clear()
    copy.status = OrdStatus.CANCELED
    new = successor_of(floor.f1, copy, 200, "101.00", is_shown=False)
    for row in (new, copy) if is_new_first else (copy, new):
        floor.f1.show(row)
    result = floor.result(order)
    assert (result.outcome, result.quantity) == (Outcome.WORKING, 200)
    assert floor.alerts.raised == []
    floor.cancel(order)
    assert floor.f1.cancelled == [new.order_id]


def test_a_copy_that_ended_while_a_replace_was_on_its_way_has_failed_once_the_list_shows_no_other() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.master.change(order, 200, limit("101.00"))
    floor.f1.set_status(copy, OrdStatus.CANCELED, "RT:Cxl-by-Venue")
    assert floor.outcome(order) is Outcome.UNKNOWN
    floor.settle(10)
    assert floor.outcome(order) is Outcome.FAILED
    assert len(floor.f1.submitted) == 1


# --- total or open --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("meaning", "named"), [(ReplaceQuantity.TOTAL, 200), (ReplaceQuantity.OPEN, 170)])
def test_a_platform_that_takes_open_quantities_is_told_them(meaning: ReplaceQuantity, named: int) -> None:
    floor = Floor({"f1": "1"})
    floor.engine.update_follower(FollowerSettings(FollowerId("f1"), "f1", "SMAT", replace_quantity=meaning))
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 30)
    floor.master.change(order, 200, limit("101.00"))
    assert [r.total_qty for r in floor.f1.replaced] == [named]
    floor.f1.inbox.clear()
    floor.f1.change(copy, 200, limit("101.00"))
    floor.settle(10)
    assert [r.total_qty for r in floor.f1.replaced] == [named]


# --- stops that have fired ------------------------------------------------------------------------------------------------


def test_a_stop_that_has_fired_on_the_follower_keeps_its_childs_terms_when_the_master_moves_its_own() -> None:
    floor = Floor({"f1": "1"})
    floor.buy_filled()
    stop = floor.place(Side.SELL, terms=STOP_90)
    (copy,) = floor.f1.answer()
    child = floor.f1.trigger(copy, OrderTerms(OrdType.MARKET))
    floor.master.change(stop, 60, OrderTerms(OrdType.STOP, stop_price=Decimal(91)))
    (told,) = floor.f1.replaced
    assert (told.order_id, told.total_qty, told.terms) == (child.order_id, 60, OrderTerms(OrdType.MARKET))
    floor.answer()
    floor.master.change(stop, 60, OrderTerms(OrdType.STOP, stop_price=Decimal(92)))
    floor.settle(10)
    assert len(floor.f1.replaced) == 1
    assert floor.alerts.raised == []


def test_a_stop_limit_that_has_fired_takes_the_masters_new_limit() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place(terms=stop_limit("110", "111"))
    (copy,) = floor.f1.answer()
    child = floor.f1.trigger(copy)
    floor.master.change(order, 100, stop_limit("110", "112"))
    (told,) = floor.f1.replaced
    assert told.order_id == child.order_id
    assert told.terms == OrderTerms(OrdType.LIMIT, price=Decimal(112))


def test_the_follower_keeps_its_stop_when_only_the_masters_has_fired() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place(terms=stop_limit("110", "111"))
    (copy,) = floor.f1.answer()
    child = floor.master.trigger(order)
    floor.master.change(child, 100, OrderTerms(OrdType.LIMIT, price=Decimal(112)))
    floor.answer()
    assert copy.terms == stop_limit("110", "112")


def test_both_kinds_of_stop_limit_are_taken_for_replaced_and_lost_hours_are_told() -> None:
    floor = Floor({"f1": "1"})
    extended = OrderTerms(OrdType.STOP_LIMIT_EXTENDED, price=Decimal(111), stop_price=Decimal(110))
    order = floor.place(terms=extended)
    (copy,) = floor.f1.answer()
    floor.master.change(order, 100, msgspec.structs.replace(extended, price=Decimal(112)))
    floor.f1.inbox.clear()
    floor.f1.change(copy, 100, stop_limit("110", "112"))
    floor.settle(10)
    assert len(floor.f1.replaced) == 1
    (alert,) = floor.alerts_of("f1")
    assert "regular hours" in alert


def test_a_replace_of_a_copy_whose_type_the_platform_spells_strangely_is_told_once() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place(terms=stop_limit("110", "111"))
    (copy,) = floor.f1.answer()
    copy.terms = None
    floor.f1.tell(ExecType.STATUS, copy)
    floor.master.change(order, 150, stop_limit("110", "112"))
    floor.f1.inbox.clear()
    floor.f1.change(copy, 150, None)
    floor.settle(10)
    assert len(floor.f1.replaced) == 1
    assert floor.alerts.raised == []


def test_an_uncopied_stop_that_fires_is_told_once_and_an_uncopied_plain_order_is_not() -> None:
    floor = Floor({"f1": "1"}, is_armed=False)
    stop = floor.place(terms=STOP_90)
    plain = floor.place()
    floor.engine.arm()
    floor.master.trigger(plain)
    assert floor.alerts.raised == []
    child = floor.master.trigger(stop, OrderTerms(OrdType.MARKET))
    floor.master.fill(child, 100)
    (alert,) = floor.alerts_of(None)
    assert "has fired" in alert
    assert floor.f1.submitted == []


# --- flips ------------------------------------------------------------------------------------------------------------------


def shorts(floor: Floor, master: int, follower: int) -> None:
    floor.master.hold_shares("MSFT", -master)
    floor.f1.hold_shares("MSFT", -follower)


@pytest.mark.parametrize(
    ("new_qty", "expected"),
    [
        (200, 160),  # 60 cover, 100 open
        (150, 110),
        (100, 60),  # only a cover is left
        (80, 60),
        (40, 40),
    ],
)
def test_a_replaced_flip_keeps_its_cover_bounded_and_scales_its_opening_part(new_qty: int, expected: int) -> None:
    floor = Floor({"f1": "1"})
    shorts(floor, 100, 60)
    order = floor.place(Side.BUY, 150)
    floor.answer()
    assert floor.f1.last.order_qty == 110
    floor.master.change(order, new_qty, limit("100.50"))
    floor.answer()
    assert floor.f1.last.order_qty == expected


def test_a_flip_replaced_to_and_fro_never_covers_more_than_the_short() -> None:
    floor = Floor({"f1": "1"})
    shorts(floor, 100, 60)
    order = floor.place(Side.BUY, 150)
    for new_qty in (300, 110, 250, 101, 150):
        floor.master.change(order, new_qty, limit("100.50"))
    (copy,) = floor.f1.answer()
    floor.settle(10)
    assert copy.order_qty == 110
    floor.f1.fill(copy, 110)
    assert floor.net_qty() == 50


def test_a_flip_while_the_followers_cover_is_partly_filled_opens_no_more_than_the_master() -> None:
    floor = Floor({"f1": "1"})
    shorts(floor, 100, 100)
    cover = floor.place(Side.BUY, 100)
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 40)
    floor.master.fill(cover, 100)
    floor.place(Side.BUY, 50, terms=limit("101.00"))
    assert [r.order_qty for r in floor.f1.submitted] == [100, 50]
    floor.f1.fill(copy, 60)
    floor.f1.fill(floor.f1.answer()[0], 50)
    assert floor.net_qty() == 50


# --- exits that wait ---------------------------------------------------------------------------------------------------------


def test_an_exit_made_larger_than_the_position_grows_while_the_entry_fills() -> None:
    floor = Floor({"f1": "1"})
    entry = floor.place()
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 60)
    floor.master.fill(entry, 100)
    exit_order = floor.place(Side.SELL, 50)
    floor.answer()
    floor.master.change(exit_order, 100, limit("100.00"))
    floor.answer()
    assert floor.f1.last.order_qty == 60
    assert "60 of 100" in floor.result(exit_order).reason
    floor.f1.fill(copy, 40)
    floor.answer()
    assert floor.f1.last.order_qty == 100


@pytest.mark.parametrize(("new_qty", "sold"), [(60, 60), (100, 100)])
def test_a_waiting_exit_that_is_replaced_goes_out_as_it_is_then(new_qty: int, sold: int) -> None:
    floor = Floor({"f1": "1"})
    entry = floor.place()
    (copy,) = floor.f1.answer()
    floor.master.fill(entry, 100)
    exit_order = floor.place(Side.SELL, 80, terms=limit("110"))
    floor.master.change(exit_order, new_qty, limit("111"))
    floor.f1.fill(copy, 100)
    assert [(r.order_qty, r.terms) for r in floor.f1.submitted[1:]] == [(sold, limit("111"))]
