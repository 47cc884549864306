"""What a new process makes of the two login bursts."""

from decimal import Decimal

from das_copy_trader.domain.enums import AlertLevel, OrdStatus, Outcome, Side, TimeInForce
from das_copy_trader.domain.identifiers import FollowerId, OrderId, cl_ord_id_for
from das_copy_trader.engine.action_queue import ActionState
from das_copy_trader.engine.observer import ReplicationKind
from tests.engine.fake_account import FakeAccount, VenueOrder, request
from tests.engine.floor import TRADING_DAY, Floor, limit

F1 = FollowerId("f1")


def restarted(floor: Floor) -> Floor:
    """Kill -9, a new process, the start button, both sides logged in."""
    floor.restart(is_inbox_lost=True)
    begin(floor)
    return floor


def begin(floor: Floor) -> None:
    floor.master.reconnect(is_mirror_new=True)
    floor.engine.arm()
    for account in floor.followers.values():
        account.reconnect(is_mirror_new=True)


def copied(floor: Floor, account: FakeAccount, master: VenueOrder, generation: int, qty: int = 100) -> VenueOrder:
    """A copy that an earlier life sent."""
    cl_ord_id = cl_ord_id_for(TRADING_DAY.toordinal(), generation, master.order_id)
    return account.enter(request(qty=qty, cl_ord_id=cl_ord_id), is_shown=False)


def test_a_multiplier_edited_meanwhile_does_not_look_like_a_missing_copy() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.answer()
    floor.multipliers.set_base(F1, Decimal(2))
    restarted(floor).settle(10)
    assert len(floor.f1.submitted) == 1
    assert floor.engine.queue.actions(F1) == []
    assert floor.f1.last.order_qty == 200, "and it is brought to what the scale rule says now"
    assert floor.outcome(order) in (Outcome.WORKING, Outcome.REPLACED)


def test_copies_that_were_over_are_linked_without_telling_anybody_again() -> None:
    floor = Floor({"f1": "1"})
    order = floor.buy_filled()
    refused = floor.place()
    (copy,) = floor.f1.answer()
    floor.f1.set_status(copy, OrdStatus.REJECTED, "no")
    floor.cancel(refused)
    alerts, changes = len(floor.alerts.raised), len(floor.observer.changes)
    restarted(floor).settle(10)
    assert (floor.outcome(order), floor.result(order).filled_quantity) == (Outcome.FILLED, 100)
    assert floor.outcome(refused) is Outcome.REJECTED
    assert len(floor.alerts.raised) == alerts
    assert len(floor.observer.changes) == changes


def test_copies_that_were_linked_again_are_told_to_the_history() -> None:
    """The process may have died before it wrote of them."""
    floor = Floor({"f1": "1", "f2": "1"})
    over, works = floor.buy_filled(), floor.place()
    floor.answer()
    restarted(floor).settle(10)
    found = [record for record in floor.observer.records if record.kind is ReplicationKind.FOUND]
    assert [(record.master_order_id, len(record.results)) for record in found] == [
        (over.order_id, 2),
        (works.order_id, 2),
    ]


def test_what_was_filled_before_the_restart_can_be_closed_after_it() -> None:
    floor = Floor({"f1": "0.33"})
    for _ in range(3):
        floor.buy_filled(50)
    restarted(floor)
    floor.place(Side.SELL, 150)
    floor.answer()
    assert floor.f1.submitted[-1].order_qty == floor.net_qty() == 51, "no residue, though the ledger had to be rebuilt"


def test_of_two_attempts_that_live_the_older_is_cancelled() -> None:
    floor = Floor({"f1": "1"}, is_armed=False)
    order = floor.master.enter(request(), is_shown=False)
    older = copied(floor, floor.f1, order, 0)
    newer = copied(floor, floor.f1, order, 3)
    floor.restart(is_inbox_lost=True)
    begin(floor)
    floor.settle(10)
    assert floor.f1.cancelled == [older.order_id]
    assert floor.result(order).order_id == newer.order_id
    assert floor.outcome(order) is Outcome.WORKING
    assert any("second order" in alert for alert in floor.alerts_of("f1"))


def test_an_attempt_that_was_refused_before_the_one_that_lives_is_no_news() -> None:
    floor = Floor({"f1": "1"}, is_armed=False)
    order = floor.master.enter(request(), is_shown=False)
    floor.f1.set_status(copied(floor, floor.f1, order, 0), OrdStatus.REJECTED, is_shown=False)
    copied(floor, floor.f1, order, 1)
    restarted(floor).settle(10)
    assert floor.f1.cancelled == []
    assert floor.alerts_of("f1") == []
    assert floor.outcome(order) is Outcome.WORKING


def test_every_generation_is_looked_up() -> None:
    for generation in range(16):
        floor = Floor({"f1": "1"}, is_armed=False)
        order = floor.master.enter(request(), is_shown=False)
        copy = copied(floor, floor.f1, order, generation)
        restarted(floor)
        floor.cancel(order)
        assert floor.f1.cancelled == [copy.order_id]


def test_ids_that_lie_too_far_apart_stop_recovery_with_one_alert() -> None:
    floor = Floor({"f1": "1"}, is_armed=False)
    floor.master.enter(request(), is_shown=False)
    far = VenueOrder(OrderId(101 + (1 << 23)), request(), OrdStatus.NEW)
    floor.master.venue[far.order_id] = far
    restarted(floor).settle(20)
    assert floor.f1.submitted == []
    assert floor.engine.queue.actions(F1) == []
    assert [alert.level for alert in floor.alerts.raised if "too far apart" in alert.message] == [AlertLevel.ERROR]


def test_an_order_without_a_master_is_told_of_once_and_left_alone() -> None:
    floor = Floor({"f1": "1"}, is_armed=False)
    gone = VenueOrder(OrderId(999), request(), OrdStatus.NEW)
    copied(floor, floor.f1, gone, 0)
    restarted(floor).settle(20)
    floor.f1.disconnect()
    floor.f1.reconnect()
    assert len(floor.alerts_of("f1")) == 1
    assert floor.f1.cancelled == []


def test_two_lasting_orders_that_fit_one_copy_are_not_guessed_between() -> None:
    floor = Floor({"f1": "1"}, is_armed=False)
    lasting = limit("100.00", TimeInForce.GTC)
    orders = [floor.master.enter(request(terms=lasting), is_shown=False) for _ in range(2)]
    yesterday = cl_ord_id_for(TRADING_DAY.toordinal() - 1, 0, OrderId(77))
    floor.f1.enter(request(terms=lasting, cl_ord_id=yesterday), is_shown=False)
    restarted(floor).settle(10)
    assert [floor.outcome(order) for order in orders] == [Outcome.QUEUED, Outcome.QUEUED]
    assert any("is a copy, but no order" in alert for alert in floor.alerts_of("f1"))
    assert floor.f1.cancelled == []
    assert floor.f1.submitted == []


def test_a_follower_that_stays_away_is_judged_when_it_is_back() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.restart(is_inbox_lost=False)
    floor.master.reconnect(is_mirror_new=True)
    floor.engine.arm()
    floor.settle(60)
    assert floor.outcome(order) is Outcome.UNKNOWN
    floor.f1.reconnect(is_mirror_new=True)
    assert floor.outcome(order) is Outcome.WORKING


def test_what_is_excluded_is_skipped_and_not_queued() -> None:
    floor = Floor({"f1": "1"}, is_armed=False)
    floor.update("f1", is_enabled=False)
    order = floor.master.enter(request(), is_shown=False)
    floor.master.reconnect(is_mirror_new=True)
    floor.engine.arm()
    floor.settle(10)
    assert floor.outcome(order) is Outcome.SKIPPED
    assert floor.engine.queue.actions(F1) == []


def test_a_halted_follower_gets_cancels_alone_and_goes_on_after_it_was_disabled_and_enabled() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    twin = floor.f1.enter(request(cl_ord_id=copy.request.cl_ord_id))
    assert floor.outcome(floor.place()) is Outcome.SKIPPED
    floor.master.change(order, 300, limit("101.00"))
    assert floor.f1.replaced == []
    floor.cancel(order)
    assert floor.f1.cancelled == [copy.order_id]
    floor.f1.set_status(twin, OrdStatus.CANCELED)
    floor.update("f1", is_enabled=False)
    floor.update("f1")
    assert floor.outcome(floor.place()) is Outcome.PENDING


def test_a_copy_found_after_the_master_had_filled_is_linked() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.restart(is_inbox_lost=False)
    floor.master.fill(order, 100, is_shown=False)
    begin(floor)
    floor.settle(10)
    assert floor.outcome(order) is Outcome.WORKING
    assert floor.engine.queue.actions(F1) == []


def test_a_late_copy_takes_its_action_out_of_the_queue() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    late = list(floor.f1.submitted)
    restarted(floor).settle(10)
    (action,) = floor.engine.queue.actions(F1)
    assert action.state is ActionState.WAITING
    floor.f1.enter(late[0])
    assert floor.engine.queue.actions(F1) == []
    assert floor.outcome(order) is Outcome.WORKING
    (result,) = floor.engine.replay_actions(F1, [action.action_id])
    assert not result.success
    assert len(floor.f1.submitted) == 1
