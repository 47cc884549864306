"""After a gap of the master's link: what its next snapshot tells is made up for, and nothing is copied late."""

import pytest

from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import OrdStatus, Outcome, TimeInForce
from tests.engine.floor import Floor, limit


@pytest.mark.parametrize("is_mirror_new", [False, True])
def test_a_cancel_that_was_missed_is_made_up(*, is_mirror_new: bool) -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.master.disconnect()
    floor.master.set_status(order, OrdStatus.CANCELED, is_shown=False)
    floor.master.reconnect(is_mirror_new=is_mirror_new)
    assert floor.f1.cancelled == [copy.order_id]
    assert floor.f1.submitted == floor.f1.submitted[:1]


@pytest.mark.parametrize("is_mirror_new", [False, True])
def test_a_replace_that_was_missed_is_made_up(*, is_mirror_new: bool) -> None:
    floor = Floor()
    order = floor.place()
    floor.answer()
    floor.master.disconnect()
    floor.master.change(order, 301, limit("101"), is_shown=False)
    floor.master.reconnect(is_mirror_new=is_mirror_new)
    assert [(r.total_qty, r.terms) for r in floor.f2.replaced] == [(151, limit("101"))]
    assert len(floor.f2.submitted) == 1


@pytest.mark.parametrize("is_mirror_new", [False, True])
def test_a_childs_replace_that_was_missed_is_made_up(*, is_mirror_new: bool) -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.answer()
    child = floor.master.trigger(order)
    floor.master.disconnect()
    floor.master.change(child, 150, limit("101", TimeInForce.DAY), is_shown=False)
    floor.master.reconnect(is_mirror_new=is_mirror_new)
    assert [(r.total_qty, r.terms) for r in floor.f1.replaced] == [(150, limit("101"))]


def test_a_gap_in_which_nothing_happened_sends_nothing() -> None:
    floor = Floor()
    order = floor.place()
    floor.master.trigger(floor.place())
    floor.answer()
    order.terms = limit("100.00", TimeInForce.DAY)
    before = [list(account.sent) for account in floor.followers.values()]
    floor.master.disconnect()
    floor.master.reconnect(is_mirror_new=True)
    assert [account.sent for account in floor.followers.values()] == before
    assert floor.alerts.raised == []


def test_what_was_missed_while_stopped_is_made_up_at_the_start() -> None:
    floor = Floor({"f1": "1"})
    ended, changed = floor.place(), floor.place()
    floor.answer()
    floor.engine.disarm()
    floor.cancel(ended)
    floor.master.change(changed, 200, limit("101"))
    floor.advance(60)
    assert len(floor.f1.sent) == 2
    floor.engine.arm()
    assert len(floor.f1.cancelled) == 1
    assert [r.total_qty for r in floor.f1.replaced] == [200]


def test_a_new_client_of_the_follower_takes_the_days_copies_over() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    old = floor.f1
    new = floor.seat("f1")
    new.venue = old.venue
    floor.cancel(order)
    assert old.cancelled == []
    assert new.cancelled == [copy.order_id]


def test_a_stalled_cancel_goes_out_after_the_next_login() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.f1.forced_result = SendResult.STALLED
    floor.cancel(order)
    floor.f1.disconnect()
    floor.f1.reconnect()
    floor.answer()
    assert floor.f1.cancelled == [copy.order_id, copy.order_id]
    assert floor.outcome(order) is Outcome.CANCELLED
