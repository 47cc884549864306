"""Stop, disable, remove, exclude: what is told to stop sends nothing more, whatever was on its way."""

import pytest

from das_copy_trader.domain.enums import ExecType, OrdStatus, Outcome, Side
from das_copy_trader.domain.events import CommandRefused
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.domain.orders import OrderTerms
from das_copy_trader.engine.blacklist_manager import BlacklistEntry
from tests.engine.fake_account import request
from tests.engine.floor import Floor, limit


def test_after_disarming_nothing_is_sent_by_any_path() -> None:
    floor = Floor({"f1": "1"})
    floor.f1.hold_shares("MSFT", 0)
    silent, working, changed, paced_free = (floor.place() for _ in range(4))
    commands = floor.f1.inbox[1:]
    floor.f1.inbox = commands
    floor.answer()
    floor.f1.is_pacing = True
    paced = floor.place()
    floor.engine.disarm()
    before = list(floor.f1.sent)
    assert floor.outcome(paced) is Outcome.SKIPPED
    floor.cancel(working)
    floor.master.change(changed, 300, limit("101"))
    floor.master.change(paced, 300, limit("101"))
    floor.f1.is_pacing = False
    floor.f1.release()
    floor.place()
    floor.advance(60)
    assert floor.f1.listener is not None
    floor.f1.listener.on_command_refused(CommandRefused(None, "order not open"))
    floor.f1.tell(ExecType.TIMED_OUT, floor.f1.working()[0])
    floor.f1.tell(ExecType.CANCEL_REJECTED, floor.f1.working()[0])
    floor.f1.list_orders()
    floor.f1.fill(floor.f1.working()[-1], 5)
    floor.f1.disconnect()
    floor.f1.reconnect()
    floor.update("f1", is_enabled=False)
    floor.update("f1")
    floor.advance(120)
    assert floor.f1.sent == before
    assert floor.f1.refused_calls == 0
    assert floor.outcome(silent) is Outcome.UNKNOWN
    assert floor.is_decided(paced_free)


def test_a_waiting_exit_is_not_fed_after_disarming() -> None:
    floor = Floor({"f1": "1"})
    entry = floor.place()
    (copy,) = floor.f1.answer()
    floor.master.fill(entry, 100)
    floor.place(Side.SELL)
    floor.engine.disarm()
    floor.f1.fill(copy, 100)
    floor.advance(30)
    assert len(floor.f1.submitted) == 1


def test_terms_proven_after_disarming_copy_nothing() -> None:
    floor = Floor({"f1": "1"})
    order = floor.master.enter(request(), OrdStatus.PENDING_NEW, is_shown=False)
    order.terms, order.awaits_proof = None, True
    floor.master.set_status(order, OrdStatus.NEW)
    floor.engine.disarm()
    floor.advance(5)
    order.terms, order.awaits_proof = OrderTerms(order.request.terms.ord_type), False
    floor.master.tell(ExecType.TERMS_PROVEN, order)
    assert floor.f1.sent == []


def test_starting_again_looks_for_what_is_unknown() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    floor.engine.disarm()
    floor.advance(30)
    assert floor.f1.read_backs == 0
    assert floor.outcome(order) is Outcome.UNKNOWN
    floor.engine.arm()
    floor.answer()
    assert floor.f1.read_backs == 1
    assert floor.outcome(order) is Outcome.WORKING


def test_a_disabled_follower_gets_cancels_and_nothing_else() -> None:
    floor = Floor({"f1": "1"})
    order, other = floor.place(), floor.place()
    floor.answer()
    floor.update("f1", is_enabled=False)
    floor.master.change(order, 50, limit("101"))
    floor.place()
    assert floor.f1.replaced == []
    floor.cancel(other)
    assert len(floor.f1.cancelled) == 1
    floor.update("f1")
    assert [(r.total_qty, r.terms) for r in floor.f1.replaced] == [(50, limit("101"))]
    assert len(floor.f1.submitted) == 2


def test_what_is_paced_for_a_follower_that_is_disabled_is_taken_back() -> None:
    floor = Floor({"f1": "1"})
    floor.f1.is_pacing = True
    order = floor.place()
    floor.update("f1", is_enabled=False)
    floor.f1.release()
    assert floor.f1.sent == []
    assert floor.outcome(order) is Outcome.SKIPPED


def test_a_removed_follower_gets_nothing_more() -> None:
    floor = Floor()
    order, changed = floor.place(), floor.place()
    floor.f1.process_next()
    floor.engine.remove_follower(FollowerId("f1"))
    before = list(floor.f1.sent)
    floor.f1.process_next()
    floor.cancel(order)
    floor.master.change(changed, 200, limit("101"))
    floor.place()
    floor.f1.disconnect()
    floor.f1.reconnect()
    floor.advance(60)
    assert floor.f1.sent == before
    assert floor.f1.refused_calls == 0
    assert len(floor.f2.submitted) == 3
    assert floor.engine.latest_replications(1)[0].results[0].follower_id == "f2"
    floor.engine.remove_follower(FollowerId("f1"))


def test_what_is_paced_for_a_follower_that_is_removed_is_taken_back() -> None:
    floor = Floor()
    floor.f1.is_pacing = True
    floor.place()
    floor.engine.remove_follower(FollowerId("f1"))
    floor.f1.release()
    assert floor.f1.sent == []


def test_rules_of_a_follower_that_is_not_seated_are_refused() -> None:
    floor = Floor()
    with pytest.raises(KeyError):
        floor.update("nobody")


def test_a_blacklisted_symbol_still_takes_cancels_and_shrinking_replaces() -> None:
    floor = Floor({"f1": "1"})
    order = floor.place()
    (copy,) = floor.f1.answer()
    floor.blacklist.add(BlacklistEntry(FollowerId("f1"), Symbol("MSFT"), "earnings"))
    skipped = floor.place()
    assert floor.outcome(skipped) is Outcome.SKIPPED
    assert "earnings" in floor.result(skipped).reason
    floor.master.change(order, 300, limit("100.00"))
    assert floor.f1.replaced == []
    floor.master.change(order, 40, limit("100.00"))
    assert [r.total_qty for r in floor.f1.replaced] == [40]
    floor.cancel(order)
    assert floor.f1.cancelled == [copy.order_id]
