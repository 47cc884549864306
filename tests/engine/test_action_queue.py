"""The queue: what enters it, what it shows, what it tells, how it is emptied."""

from datetime import date

import pytest

from das_copy_trader.domain.enums import OrdStatus, Outcome, Side
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.engine import action_queue
from das_copy_trader.engine.action_queue import ActionResult, ActionState, ActionType, QueuedAction, QueueReason
from das_copy_trader.engine.follower_settings import FollowerSettings
from tests.engine.fake_account import FakeAccount
from tests.engine.floor import Floor, limit

F1 = FollowerId("f1")


class RecordingQueueObserver:
    """Keeps what the queue tells."""

    def __init__(self) -> None:
        self.queued: list[QueuedAction] = []
        self.available: list[tuple[str, list[QueuedAction]]] = []
        self.replayed: list[tuple[str, list[ActionResult]]] = []

    def on_action_queued(self, action: QueuedAction) -> None:
        self.queued.append(action)

    def on_actions_available(self, follower_id: FollowerId, actions: list[QueuedAction]) -> None:
        self.available.append((follower_id, actions))

    def on_actions_replayed(self, follower_id: FollowerId, results: list[ActionResult]) -> None:
        self.replayed.append((follower_id, results))


def offline_floor() -> Floor:
    """f1 is away, f2 is there."""
    floor = Floor()
    floor.f1.disconnect()
    return floor


def actions(floor: Floor) -> list[QueuedAction]:
    return floor.engine.queue.actions(F1)


def replay(floor: Floor, action: QueuedAction) -> ActionResult:
    (result,) = floor.engine.replay_actions(F1, [action.action_id])
    return result


def test_an_action_shows_the_masters_order_as_it_is_now() -> None:
    floor = offline_floor()
    order = floor.place(qty=100, terms=limit("100.00"))
    floor.advance(12)
    floor.master.change(order, 300, limit("101.00"))
    floor.master.fill(order, 40)
    (action,) = actions(floor)
    assert (action.action_type, action.state, action.reason) == (
        ActionType.ORDER_SUBMIT,
        ActionState.WAITING,
        QueueReason.OFFLINE,
    )
    assert (action.master_order_id, action.symbol, action.side) == (order.order_id, "MSFT", Side.BUY)
    assert (action.quantity, action.master_quantity, action.master_filled_quantity) == (300, 300, 40)
    assert action.price == limit("101.00").price
    assert action.master_status is OrdStatus.PARTIALLY_FILLED
    assert action.age_s == pytest.approx(12)
    assert floor.outcome(order) is Outcome.QUEUED
    assert not floor.result(order).success


def test_the_others_have_their_order_before_anybody_is_told() -> None:
    floor = offline_floor()
    floor.place()
    assert len(floor.f2.submitted) == 1
    assert len(floor.alerts_of("f1")) == 1


def test_a_full_queue_refuses_with_an_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action_queue, "ACTIONS_MAX", 2)
    floor = offline_floor()
    orders = [floor.place() for _ in range(3)]
    assert [floor.outcome(order) for order in orders] == [Outcome.QUEUED, Outcome.QUEUED, Outcome.SKIPPED]
    assert "full" in floor.alerts_of("f1")[-1]
    floor.engine.discard_actions(F1, [actions(floor)[0].action_id])
    assert floor.outcome(floor.place()) is Outcome.QUEUED


def test_an_excluded_or_disabled_follower_is_skipped_also_while_it_is_away() -> None:
    floor = offline_floor()
    floor.update("f1", is_enabled=False)
    assert floor.outcome(floor.place()) is Outcome.SKIPPED
    assert actions(floor) == []


def test_a_missed_replace_names_the_copys_new_values_and_folds() -> None:
    floor = Floor({"f1": "0.5"})
    order = floor.place(qty=100)
    floor.answer()
    floor.f1.disconnect()
    floor.master.change(order, 200, limit("101.00"))
    floor.master.change(order, 300, limit("102.00"))
    (action,) = actions(floor)
    assert (action.action_type, action.state) == (ActionType.ORDER_REPLACE, ActionState.AUTOMATIC)
    assert (action.new_quantity, action.new_price) == (150, limit("102.00").price)
    floor.cancel(order)
    (action,) = actions(floor)
    assert action.action_type is ActionType.ORDER_CANCEL
    assert not replay(floor, action).success
    floor.f1.reconnect()
    floor.answer()
    assert floor.f1.working() == []
    assert floor.f1.replaced == []
    assert actions(floor) == []


def test_who_is_told_of_what() -> None:
    floor = Floor()
    observer = RecordingQueueObserver()
    floor.engine.queue.observer = observer
    floor.f1.disconnect()
    floor.place()
    gone = floor.place()
    floor.advance(0)
    assert [action.master_order_id for action in observer.queued] == [101, 102]
    floor.f1.reconnect()
    floor.advance(0)
    ((follower_id, available),) = observer.available
    assert (follower_id, [action.master_order_id for action in available]) == ("f1", [101, 102])
    floor.cancel(gone)
    floor.engine.replay_actions(F1, [action.action_id for action in reversed(available)] + ["nonsense"])
    floor.advance(0)
    ((_, results),) = observer.replayed
    assert [(result.master_order_id, result.success) for result in results] == [
        (101, True),
        (102, False),
        (None, False),
    ]
    assert results[0].outcome is Outcome.PENDING
    assert results[0].symbol == "MSFT"


def test_a_follower_that_comes_back_with_nothing_waiting_tells_nothing() -> None:
    floor = Floor()
    observer = RecordingQueueObserver()
    floor.engine.queue.observer = observer
    floor.f1.disconnect()
    floor.f1.reconnect()
    floor.advance(0)
    assert observer.available == []


def test_a_queued_entry_and_its_exit_are_replayed_in_order() -> None:
    floor = offline_floor()
    entry = floor.place(Side.BUY, 100)
    floor.master.fill(entry, 100)
    leaving = floor.place(Side.SELL, 100)
    floor.f1.reconnect()
    floor.engine.replay_actions(F1, [action.action_id for action in reversed(actions(floor))])
    assert [request.side for request in floor.f1.submitted] == [Side.BUY]
    assert floor.outcome(leaving) is Outcome.WAITING_FOR_POSITION
    (copy,) = floor.f1.answer()
    floor.f1.fill(copy, 100)
    assert [request.side for request in floor.f1.submitted] == [Side.BUY, Side.SELL]


def test_an_exit_with_nothing_to_close_stays_in_the_queue_with_its_error() -> None:
    floor = offline_floor()
    floor.master.hold_shares("MSFT", 100)
    floor.place(Side.SELL, 100)
    floor.f1.reconnect()
    (action,) = actions(floor)
    assert replay(floor, action).success
    floor.settle(5)
    assert floor.f1.submitted == []
    (action,) = actions(floor)
    assert action.state is ActionState.WAITING
    assert "MSFT" in action.error


def test_never_more_than_sixteen_attempts() -> None:
    floor = offline_floor()
    floor.place()
    floor.f1.reconnect()
    for _ in range(16):
        (action,) = actions(floor)
        assert replay(floor, action).success
        floor.f1.refuse(floor.f1.submitted[-1].cl_ord_id, "no")
    assert len({request.cl_ord_id for request in floor.f1.submitted}) == 16
    (action,) = actions(floor)
    assert "by hand" in replay(floor, action).error
    assert len(floor.f1.submitted) == 16


def test_the_queue_outlives_a_new_connection_object_and_ends_with_the_day_and_the_follower() -> None:
    floor = offline_floor()
    floor.place()
    account = FakeAccount(floor.encoder, first_id=9001)
    account.listener = floor.engine.follower_listener(F1)
    floor.engine.add_follower(FollowerSettings(F1, "f1", "SMAT"), account)
    (action,) = actions(floor)
    assert replay(floor, action).success
    assert len(account.submitted) == 1
    account.disconnect()
    floor.place()
    assert actions(floor)
    floor.engine.start_day(date(2026, 3, 3))
    assert actions(floor) == []
    floor.place()
    floor.engine.remove_follower(F1)
    assert actions(floor) == []


def test_while_copying_is_stopped_nothing_is_replayed() -> None:
    floor = offline_floor()
    floor.place()
    floor.f1.reconnect()
    (action,) = actions(floor)
    floor.engine.disarm()
    assert "stopped" in replay(floor, action).error
    assert floor.f1.submitted == []
