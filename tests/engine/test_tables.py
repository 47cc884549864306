"""Multipliers, blacklist, plans, links, exposure, position lag and reporting: the engine's small owners of facts."""

from decimal import Decimal

import pytest

from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import Mode, OrdStatus, Outcome, Side
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, OrderId, Symbol
from das_copy_trader.domain.orders import Order
from das_copy_trader.engine import order_links
from das_copy_trader.engine.blacklist_manager import BlacklistEntry, BlacklistManager
from das_copy_trader.engine.exposure import closable_qty, has_ended_unfilled, live_member
from das_copy_trader.engine.follower_settings import FollowerSettings
from das_copy_trader.engine.multiplier_manager import MULTIPLIER_MAX, MultiplierManager, MultiplierSource
from das_copy_trader.engine.observer import ReplicationKind
from das_copy_trader.engine.order_links import OrderLinks
from das_copy_trader.engine.position_lag import PositionLag
from das_copy_trader.engine.reporting import CHANGES_TOLD_AFTER_S
from tests.engine.fake_account import FakeAccount, request
from tests.engine.fakes import FakeClock, FakeEncoder
from tests.engine.floor import Floor, limit

F1, F2 = FollowerId("f1"), FollowerId("f2")
MSFT, TSLA = Symbol("MSFT"), Symbol("TSLA")


class Listening:
    """Counts calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1


# --- multipliers --------------------------------------------------------------------------------------------------------


def test_a_multiplier_goes_by_priority() -> None:
    changed = Listening()
    table = MultiplierManager(changed)
    assert (table.effective(F1, MSFT), table.source(F1, MSFT)) == (Decimal(1), MultiplierSource.BASE)
    table.set_base(F1, Decimal("0.5"))
    table.set_override(F1, MSFT, Decimal(2), MultiplierSource.AUTO_INFERRED)
    assert (table.effective(F1, MSFT), table.source(F1, MSFT)) == (Decimal(2), MultiplierSource.AUTO_INFERRED)
    table.set_override(F1, MSFT, Decimal(3))
    assert (table.effective(F1, MSFT), table.source(F1, MSFT)) == (Decimal(3), MultiplierSource.USER_OVERRIDE)
    assert (table.effective(F1, TSLA), table.effective(F2, MSFT)) == (Decimal("0.5"), Decimal(1))
    with pytest.raises(ValueError, match="the user set"):
        table.set_override(F1, MSFT, Decimal(4), MultiplierSource.AUTO_INFERRED)
    assert [entry.symbol for entry in table.symbol_multipliers(F1)] == [MSFT]
    assert table.remove_override(F1, MSFT)
    assert not table.remove_override(F1, MSFT)
    assert table.base(F1) == table.effective(F1, MSFT) == Decimal("0.5")
    assert changed.calls == 4
    table.forget_follower(F1)
    assert table.base(F1) == Decimal(1)
    assert changed.calls == 5


@pytest.mark.parametrize("text", ["0", "-1", "NaN", "Infinity", "-Infinity", "sNaN", "1000.01"])
def test_a_multiplier_out_of_bounds_is_refused_and_changes_nothing(text: str) -> None:
    changed = Listening()
    table = MultiplierManager(changed)
    with pytest.raises(ValueError, match="above 0"):
        table.set_base(F1, Decimal(text))
    with pytest.raises(ValueError, match="above 0"):
        table.set_override(F1, MSFT, Decimal(text))
    assert changed.calls == 0
    assert table.effective(F1, MSFT) == Decimal(1)


def test_the_bounds_themselves_are_taken_and_a_base_is_no_symbols() -> None:
    table = MultiplierManager()
    table.set_base(F1, MULTIPLIER_MAX)
    table.set_override(F1, MSFT, Decimal("0.0001"))
    with pytest.raises(ValueError, match="belongs to the follower"):
        table.set_override(F1, MSFT, Decimal(1), MultiplierSource.BASE)


# --- blacklist ----------------------------------------------------------------------------------------------------------


def test_the_blacklist_is_by_follower_and_symbol() -> None:
    changed = Listening()
    table = BlacklistManager(changed)
    table.add(BlacklistEntry(F1, MSFT, "first"))
    table.add(BlacklistEntry(F1, MSFT, "second"))
    table.add(BlacklistEntry(F2, TSLA))
    entry = table.entry(F1, MSFT)
    assert entry is not None
    assert entry.reason == "second"
    assert table.is_blacklisted(F1, MSFT)
    assert not table.is_blacklisted(F2, MSFT)
    assert (len(table.entries()), len(table.entries(F1))) == (2, 1)
    assert table.remove(F1, MSFT)
    assert not table.remove(F1, MSFT)
    table.forget_follower(F2)
    assert table.entries() == []
    assert changed.calls == 5


# --- plans --------------------------------------------------------------------------------------------------------------


def test_every_edit_holds_from_the_next_order_on() -> None:
    floor = Floor({"f1": "1"})

    def sent() -> int:
        before = len(floor.f1.submitted)
        floor.place()
        return floor.f1.submitted[-1].order_qty if len(floor.f1.submitted) > before else 0

    assert sent() == 100
    floor.multipliers.set_override(F1, MSFT, Decimal(2))
    assert sent() == 200
    floor.multipliers.set_override(F1, TSLA, Decimal(9))
    assert sent() == 200
    floor.multipliers.remove_override(F1, MSFT)
    assert sent() == 100
    floor.blacklist.add(BlacklistEntry(F1, MSFT))
    assert sent() == 0
    floor.blacklist.remove(F1, MSFT)
    assert sent() == 100
    floor.update("f1", is_enabled=False)
    assert sent() == 0
    floor.engine.update_follower(FollowerSettings(F1, "f1", "ARCA"))
    assert sent() == 100
    assert floor.f1.submitted[-1].route == "ARCA"
    floor.f1.disconnect()
    assert sent() == 0
    floor.f1.reconnect()
    assert sent() == 100


def test_a_plan_of_many_symbols_is_bounded() -> None:
    floor = Floor({"f1": "1"})
    for number in range(4_200):
        floor.place(symbol=f"S{number}", qty=1)
    assert len(floor.f1.submitted) == 4_200


# --- links --------------------------------------------------------------------------------------------------------------


def test_the_oldest_master_order_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_links, "MASTER_ORDERS_MAX", 3)
    floor = Floor({"f1": "1"})
    orders = [floor.place() for _ in range(5)]
    assert [record.master_order_id for record in floor.engine.latest_replications(10)] == [
        order.order_id for order in reversed(orders[2:])
    ]
    floor.answer()
    floor.advance(10)
    assert floor.f1.cancelled == []


def test_links_are_told_newest_first_and_forgotten_together() -> None:
    links = OrderLinks()
    orders = [Order(OrderId(number), MSFT, Side.BUY, is_from_snapshot=False) for number in (1, 2, 3)]
    made = [links.track(order) for order in orders]
    assert links.track(orders[0]) is made[0]
    assert list(links.latest(2)) == [made[2], made[1]]
    assert links.master_order(OrderId(2)) is made[1]
    links.clear()
    assert len(links) == 0


# --- exposure -----------------------------------------------------------------------------------------------------------


def account() -> FakeAccount:
    made = FakeAccount(FakeEncoder())
    made.listener = Floor().engine.follower_listener(F1)
    return made


def test_closable_is_the_position_less_the_working_orders_of_that_direction() -> None:
    made = account()
    made.hold_shares("MSFT", 100)
    made.enter(request(side=Side.SELL, qty=30))
    made.enter(request(side=Side.SELL_SHORT, qty=20))
    made.enter(request(side=Side.BUY, qty=500))
    made.enter(request("TSLA", side=Side.SELL, qty=50))
    made.enter(request(side=Side.SELL, qty=40), OrdStatus.CANCELED)
    assert closable_qty(made, MSFT, Side.SELL) == 50
    assert closable_qty(made, MSFT, Side.BUY) == 0
    made.enter(request(side=Side.SELL, qty=90))
    assert closable_qty(made, MSFT, Side.SELL) == 0
    made.hold_shares("MSFT", -700)
    assert closable_qty(made, MSFT, Side.BUY) == 200
    assert closable_qty(made, TSLA, Side.SELL) == 0


def test_the_live_order_of_an_auto_route() -> None:
    made = account()
    parent = made.enter(request())
    root = made.order(parent.order_id)
    assert root is not None
    assert live_member(made, root) is root
    child = made.trigger(parent)
    assert live_member(made, root).order_id == child.order_id
    assert not has_ended_unfilled(made, root)
    made.set_status(child, OrdStatus.CANCELED)
    assert has_ended_unfilled(made, root)
    second = made.enter(request(), parent=parent)
    assert live_member(made, root).order_id == second.order_id
    made.fill(second, 100)
    assert not has_ended_unfilled(made, root)


# --- the position's lag -------------------------------------------------------------------------------------------------


def test_an_execution_is_unseen_until_its_position_row_or_for_a_second() -> None:
    clock = FakeClock()
    lag = PositionLag(clock)
    lag.note_position(MSFT, 100)
    clock.now_s += 10
    lag.note_trade(MSFT, Side.SELL, 30)
    assert (lag.unseen_qty(MSFT, Side.SELL), lag.unseen_qty(MSFT, Side.BUY)) == (30, 0)
    lag.note_position(MSFT, 70)
    assert lag.unseen_qty(MSFT, Side.SELL) == 0
    lag.note_position(MSFT, 50)
    lag.note_trade(MSFT, Side.SELL, 20)
    assert lag.unseen_qty(MSFT, Side.SELL) == 0
    lag.note_trade(MSFT, Side.SELL_SHORT, 50)
    assert lag.unseen_qty(MSFT, Side.SELL) == 50
    clock.now_s += 1.1
    assert lag.unseen_qty(MSFT, Side.SELL) == 0
    lag.note_trade(MSFT, Side.SELL, 5)
    assert lag.unseen_qty(MSFT, Side.SELL) == 5
    lag.settle()
    assert lag.unseen_qty(MSFT, Side.SELL) == 0


# --- reporting ----------------------------------------------------------------------------------------------------------


def test_what_happened_is_told_once_after_the_turn() -> None:
    floor = Floor()
    order = floor.place(qty=101)
    floor.answer()
    assert floor.observer.records == []
    floor.scheduler.end_turn()
    (record,) = floor.observer.records
    assert floor.observer.changes == []
    assert (record.kind, record.master_order_id, record.quantity) == (ReplicationKind.REPLICATED, order.order_id, 101)
    assert (record.symbol, record.side, record.price) == ("MSFT", Side.BUY, Decimal(100))
    results = {result.follower_id: result for result in record.results}
    assert (results[F1].quantity, results[F2].quantity) == (101, 51)
    assert results[F1].order_id == floor.f1.last.order_id
    assert results[F1].sent_us is not None
    assert results[F1].acked_us is not None
    floor.f1.fill(floor.f1.last, 10)
    floor.f1.fill(floor.f1.last, 20)
    floor.scheduler.advance(CHANGES_TOLD_AFTER_S)
    (change,) = floor.observer.changes
    assert (change.result.outcome, change.result.filled_quantity) == (Outcome.PARTIALLY_FILLED, 30)
    floor.master.change(order, 200, limit("101"))
    floor.cancel(order)
    floor.scheduler.end_turn()
    assert [r.kind for r in floor.observer.records[1:]] == [ReplicationKind.REPLACED, ReplicationKind.CANCELLED]


def test_a_refused_order_is_told_with_its_reason_and_without_times() -> None:
    floor = Floor()
    floor.f1.forced_result = SendResult.NOT_READY
    floor.place(route="TEST")
    floor.scheduler.end_turn()
    (record,) = floor.observer.records
    assert record.reason
    assert [(r.success, r.quantity, r.sent_us, r.acked_us, r.order_id) for r in record.results] == [
        (False, 0, None, None, None)
    ] * 2


def test_the_mode_follows_arming() -> None:
    floor = Floor(is_armed=False)
    modes = [floor.engine.mode]
    floor.engine.arm()
    modes.append(floor.engine.mode)
    floor.engine.disarm()
    assert [*modes, floor.engine.mode] == [Mode.STOPPED, Mode.COPYING, Mode.STOPPED]


def test_the_latest_replications_are_limited_and_newest_first() -> None:
    floor = Floor()
    orders = [floor.place() for _ in range(3)]
    latest = floor.engine.latest_replications(2)
    assert [record.master_order_id for record in latest] == [orders[2].order_id, orders[1].order_id]


def test_events_of_an_account_that_is_not_seated_do_nothing() -> None:
    floor = Floor()
    stranger = FakeAccount(floor.encoder)
    stranger.listener = floor.engine.follower_listener(FollowerId("nobody"))
    order = stranger.enter(request())
    stranger.fill(order, 10)
    stranger.refuse(ClOrdId(7), "no")
    stranger.disconnect()
    stranger.reconnect()
    assert stranger.sent == []
