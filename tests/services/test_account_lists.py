"""What a snapshot shows of an account: targets, drift, sums; and that nothing is encoded twice."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from das_copy_trader.client.mirror import AccountMirror
from das_copy_trader.client.type_table import TypeTable
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.domain.positions import Position
from das_copy_trader.engine.blacklist_manager import BlacklistEntry, BlacklistManager
from das_copy_trader.engine.multiplier_manager import MultiplierManager
from das_copy_trader.services.account_lists import SETTLING_S, AccountLists, MasterSide
from das_copy_trader.services.account_tap import Silence
from das_copy_trader.services.messages import DriftState, PositionState

F1 = FollowerId("f1")
AAPL = Symbol("AAPL")


class HandClock:
    """A clock that is set by hand."""

    at_s = 100.0

    def now(self) -> datetime:
        return datetime(2026, 1, 5, 14, 30, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return self.at_s

    def perf_ns(self) -> int:
        return 0


class Desk:
    """A master and a follower whose mirrors are filled by hand."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.master = mirror("M")
        self.follower = mirror("F")
        self.multipliers = MultiplierManager()
        self.blacklist = BlacklistManager()
        self.lists = AccountLists(self.follower)

    def hold(self, master_qty: int, follower_qty: int) -> None:
        self.master.take_position(position(master_qty))
        self.follower.take_position(position(follower_qty))

    def row(
        self, *, is_current: bool = True, is_master_current: bool = True, selling_short: Symbol | None = None
    ) -> PositionState:
        self.lists.refresh_follower(
            F1,
            is_current=is_current,
            master=MasterSide(self.master, is_master_current),
            multipliers=self.multipliers,
            blacklist=self.blacklist,
            clock=self.clock,
            short_symbols=frozenset(() if selling_short is None else (selling_short,)),
        )
        (found,) = msgspec.json.decode(self.lists.positions, type=list[PositionState])
        return found


def mirror(account: str) -> AccountMirror:
    made = AccountMirror(account, Silence(), TypeTable())
    made.begin_session(date(2026, 1, 5))
    return made


def position(quantity: int, unrealized: str | None = "1.50") -> Position:
    pl = Decimal(unrealized) if unrealized is not None else None
    return Position(AAPL, quantity, Decimal(10), Decimal("2.25"), pl)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("master_qty", "multiplier", "follower_qty", "target", "drift"),
    [
        (100, "0.5", 50, 50, 0),
        (101, "0.5", 51, 51, 0),
        (-300, "2", -600, -600, 0),
        (1, "0.1", 1, 1, 0),
        (0, "1", 0, 0, 0),
        (100, "1", 40, 100, -60),
        (0, "1", 40, 0, 40),
        (-100, "1", 40, -100, 140),
    ],
)
def test_the_target_is_the_masters_quantity_times_the_multiplier(
    desk: Desk, master_qty: int, multiplier: str, follower_qty: int, target: int, drift: int
) -> None:
    desk.multipliers.set_base(F1, Decimal(multiplier))
    desk.hold(master_qty, follower_qty)
    row = desk.row()
    assert (row.target, row.drift, row.multiplier, row.multiplier_source) == (
        target,
        drift,
        Decimal(multiplier),
        "base",
    )


def test_a_difference_counts_as_drift_once_it_has_lasted(desk: Desk) -> None:
    desk.hold(100, 50)
    assert desk.row().drift_state is DriftState.SETTLING
    desk.clock.at_s += SETTLING_S - 0.1
    assert desk.row().drift_state is DriftState.SETTLING
    desk.clock.at_s += 0.1
    assert desk.row().drift_state is DriftState.DRIFT
    desk.hold(100, 100)
    assert desk.row().drift_state is DriftState.IN_STEP


def test_a_difference_is_no_drift_while_a_short_sale_is_on_its_way(desk: Desk) -> None:
    desk.hold(-100, 0)
    desk.row(selling_short=AAPL)
    desk.clock.at_s += 10 * SETTLING_S
    assert desk.row(selling_short=AAPL).drift_state is DriftState.SETTLING
    assert desk.row(selling_short=Symbol("GME")).drift_state is DriftState.SETTLING, "it has to last from now on"
    desk.clock.at_s += SETTLING_S
    assert desk.row(selling_short=Symbol("GME")).drift_state is DriftState.DRIFT
    assert desk.row(selling_short=AAPL).drift_state is DriftState.SETTLING


def test_a_new_multiplier_moves_the_target_at_once(desk: Desk) -> None:
    desk.hold(100, 100)
    assert desk.row().drift == 0
    desk.multipliers.set_override(F1, AAPL, Decimal(2))
    row = desk.row()
    assert (row.target, row.drift, row.multiplier_source) == (200, -100, "user_override")


def test_a_symbol_that_only_the_master_holds_is_shown_with_its_target(desk: Desk) -> None:
    desk.master.take_position(position(100))
    row = desk.row()
    assert (row.quantity, row.target, row.drift) == (0, 100, -100)


def test_an_excluded_symbol_has_no_target(desk: Desk) -> None:
    desk.hold(100, 0)
    desk.blacklist.add(BlacklistEntry(F1, AAPL))
    row = desk.row()
    assert (row.target, row.drift, row.drift_state) == (None, None, DriftState.EXCLUDED)


@pytest.mark.parametrize(("is_current", "is_master_current"), [(False, True), (True, False)])
def test_nothing_is_said_of_what_is_not_known(desk: Desk, is_current: bool, is_master_current: bool) -> None:
    desk.hold(100, 50)
    row = desk.row(is_current=is_current, is_master_current=is_master_current)
    assert (row.target, row.drift, row.drift_state) == (None, None, DriftState.UNKNOWN)


def test_what_has_not_changed_is_not_encoded_again(desk: Desk) -> None:
    desk.hold(100, 100)
    desk.row()
    encodings = desk.lists.encodings
    for _ in range(10):
        desk.clock.at_s += 60
        desk.row()
    assert desk.lists.encodings == encodings
    desk.follower.take_position(position(99))
    desk.row()
    assert desk.lists.encodings == encodings + 1


def test_sums_are_told_only_when_every_part_is_known(desk: Desk) -> None:
    desk.hold(100, 100)
    desk.row()
    assert (desk.lists.realized_pl, desk.lists.unrealized_pl) == (Decimal("2.25"), Decimal("1.50"))
    desk.follower.take_position(position(100, None))
    desk.row()
    assert desk.lists.unrealized_pl is None
