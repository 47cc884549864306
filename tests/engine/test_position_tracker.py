"""Multipliers inferred from positions: when they are, what they are, and when nothing is."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.domain.enums import OrdStatus, Side
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.engine.blacklist_manager import BlacklistEntry
from das_copy_trader.engine.multiplier_manager import MultiplierSource
from tests.engine.fake_account import FakeAccount, request
from tests.engine.floor import Floor, limit

F1 = FollowerId("f1")
MSFT = Symbol("MSFT")


class Watching:
    """A floor whose inferences are kept; f1 may go by hand."""

    def __init__(self, base: str = "1") -> None:
        self.floor = Floor({"f1": base})
        self.inferred: list[tuple[str, str, Decimal]] = []
        self.floor.engine.on_multiplier_inferred(lambda *found: self.inferred.append(found))

    @property
    def f1(self) -> FakeAccount:
        return self.floor.f1

    def trade(self, side: Side, qty: int) -> None:
        """The user trades on the follower by hand."""
        order = self.f1.enter(request(side=side, qty=qty, cl_ord_id=3))
        self.f1.fill(order, qty)

    def multipliers(self) -> list[str]:
        return [str(multiplier) for _, _, multiplier in self.inferred]


@pytest.mark.parametrize(
    ("master", "follower", "base", "expected"),
    [
        (100, 50, "1", ["0.5"]),
        (300, 100, "1", ["0.333333"]),
        (300, 200, "1", ["0.666667"]),
        (100, 1000, "1", ["10"]),
        (-100, -50, "1", ["0.5"]),
        (100, 101, "1", []),  # 1 % away is not more than 1 %
        (100, 102, "1", ["1.02"]),
        (1000, 495, "0.5", []),
        (1000, 494, "0.5", ["0.494"]),
        (100, -50, "1", []),  # against the master
        (0, 50, "1", []),  # the master is flat
        (1, 2000, "1", []),  # beyond the bounds of a multiplier
    ],
)
def test_the_ratio_is_taken_when_a_follower_opens_by_hand(
    master: int, follower: int, base: str, expected: list[str]
) -> None:
    watching = Watching(base)
    watching.floor.master.hold_shares("MSFT", master)
    watching.trade(Side.BUY if follower > 0 else Side.SELL_SHORT, abs(follower))
    watching.floor.advance(1.9)
    assert watching.inferred == []
    watching.floor.advance(0.2)
    assert watching.multipliers() == expected
    watching.floor.advance(60)
    assert watching.multipliers() == expected


def test_what_came_from_copied_orders_alone_shows_nothing() -> None:
    watching = Watching("0.5")
    watching.floor.buy_filled(101)
    watching.floor.multipliers.set_base(F1, Decimal(3))
    watching.floor.settle(5)
    assert watching.inferred == []


def test_what_came_from_copies_and_by_hand_shows_the_ratio_of_both() -> None:
    watching = Watching()
    watching.trade(Side.BUY, 50)
    watching.floor.buy_filled(100)
    watching.floor.settle(5)
    assert watching.multipliers() == ["1.5"]


def test_nothing_is_taken_while_something_works_on_either_side() -> None:
    watching = Watching()
    floor = watching.floor
    floor.master.hold_shares("MSFT", 100)
    masters = floor.master.enter(request(side=Side.SELL, qty=100, terms=limit("110")), OrdStatus.PENDING_NEW)
    watching.trade(Side.BUY, 50)
    manual = watching.f1.enter(request(side=Side.BUY, qty=10, cl_ord_id=4))
    floor.advance(30)
    floor.master.set_status(masters, OrdStatus.CANCELED)
    floor.advance(30)
    assert watching.inferred == []
    watching.f1.fill(manual, 10)
    floor.advance(1.9)
    assert watching.inferred == []
    floor.advance(2.2)
    assert watching.multipliers() == ["0.6"]


def test_other_symbols_do_not_hold_it_up() -> None:
    watching = Watching()
    watching.floor.master.hold_shares("MSFT", 100)
    watching.trade(Side.BUY, 50)
    for _ in range(3):
        watching.floor.advance(0.7)
        watching.f1.enter(request("TSLA", cl_ord_id=5))
    assert watching.multipliers() == ["0.5"]


def test_a_position_that_is_closed_or_turned_before_the_quiet_time_shows_nothing() -> None:
    watching = Watching()
    watching.floor.master.hold_shares("MSFT", 100)
    watching.trade(Side.BUY, 50)
    watching.trade(Side.SELL, 50)
    watching.floor.advance(5)
    watching.trade(Side.BUY, 50)
    watching.trade(Side.SELL, 80)
    watching.floor.advance(5)
    assert watching.inferred == []


def test_a_position_that_only_grows_or_was_there_before_shows_nothing() -> None:
    watching = Watching()
    watching.floor.master.hold_shares("MSFT", 100)
    watching.f1.disconnect()
    order = watching.f1.enter(request(qty=40, cl_ord_id=3), is_shown=False)
    watching.f1.fill(order, 40, is_shown=False)
    watching.f1.reconnect()
    watching.floor.advance(5)
    watching.trade(Side.BUY, 10)
    watching.floor.advance(5)
    assert watching.inferred == []


def test_a_user_override_and_a_blacklist_entry_and_a_disabled_follower_stand() -> None:
    watching = Watching()
    floor = watching.floor
    floor.master.hold_shares("MSFT", 100)
    floor.multipliers.set_override(F1, MSFT, Decimal(2))
    watching.trade(Side.BUY, 50)
    floor.advance(5)
    floor.multipliers.remove_override(F1, MSFT)
    floor.blacklist.add(BlacklistEntry(F1, MSFT))
    watching.trade(Side.SELL, 50)
    watching.trade(Side.BUY, 50)
    floor.advance(5)
    floor.blacklist.remove(F1, MSFT)
    floor.update("f1", is_enabled=False)
    watching.trade(Side.SELL, 50)
    watching.trade(Side.BUY, 50)
    floor.advance(5)
    assert watching.inferred == []


def test_an_inferred_multiplier_may_be_inferred_anew() -> None:
    watching = Watching()
    floor = watching.floor
    floor.master.hold_shares("MSFT", 100)
    floor.multipliers.set_override(F1, MSFT, Decimal(2), MultiplierSource.AUTO_INFERRED)
    watching.trade(Side.BUY, 50)
    floor.advance(3)
    assert watching.multipliers() == ["0.5"]


def test_a_follower_that_is_lost_or_removed_meanwhile_shows_nothing() -> None:
    watching = Watching()
    watching.floor.master.hold_shares("MSFT", 100)
    watching.trade(Side.BUY, 50)
    watching.f1.disconnect()
    watching.floor.advance(5)
    watching.f1.reconnect()
    watching.trade(Side.SELL, 50)
    watching.trade(Side.BUY, 50)
    watching.floor.engine.remove_follower(F1)
    watching.floor.advance(5)
    assert watching.inferred == []


@given(st.integers(1, 100_000), st.integers(1, 100_000))
def test_what_is_inferred_fits_the_bounds_and_explains_the_position(master: int, follower: int) -> None:
    watching = Watching()
    watching.floor.master.hold_shares("MSFT", master)
    watching.trade(Side.BUY, follower)
    watching.floor.advance(3)
    if abs(follower - master) * 100 <= master or follower > 1000 * master:
        assert watching.inferred == []
        return
    ((_, _, multiplier),) = watching.inferred
    assert 0 < multiplier <= 1000
    exponent = multiplier.as_tuple().exponent
    assert isinstance(exponent, int)
    assert -6 <= exponent <= 0
    assert round(master * multiplier) == follower
