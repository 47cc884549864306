"""The pass over the followers: its sends stand alone, and each follower has its link whatever happens in it."""

import pytest

from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import Outcome
from tests.engine.floor import Floor


def test_a_stalled_a_paced_and_an_unready_follower_cost_the_others_nothing() -> None:
    floor = Floor({"a": "1", "b": "1", "c": "1", "d": "1", "e": "1"})
    floor.followers["a"].forced_result = SendResult.STALLED
    floor.followers["b"].is_pacing = True
    floor.followers["c"].forced_result = SendResult.NOT_READY
    order = floor.place()
    assert [floor.outcome(order, name) for name in "abcde"] == [
        Outcome.UNKNOWN,
        Outcome.PENDING,
        Outcome.QUEUED,
        Outcome.PENDING,
        Outcome.PENDING,
    ]
    assert [len(floor.followers[name].submitted) for name in "abcde"] == [1, 0, 0, 1, 1]


def test_a_fault_in_the_pass_leaves_nobody_without_an_outcome_and_nothing_is_sent_twice() -> None:
    floor = Floor({"a": "1", "b": "1", "c": "1"})
    faulty = floor.followers["b"]
    faulty.is_faulty = True
    with pytest.raises(RuntimeError, match="a bug in the gateway"):
        floor.place()
    order = floor.master.last
    assert floor.outcome(order, "a") is Outcome.PENDING
    assert floor.outcome(order, "b") is Outcome.UNKNOWN, "its bytes left: the platform's list decides"
    assert floor.outcome(order, "c") is Outcome.FAILED
    assert any("fault" in alert for alert in floor.alerts_of("c"))
    faulty.answer()
    assert floor.outcome(order, "b") is Outcome.WORKING
    floor.cancel(order)
    assert len(faulty.submitted) == 1
    assert len(faulty.cancelled) == 1
    assert floor.followers["c"].sent == []
