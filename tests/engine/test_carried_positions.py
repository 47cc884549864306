"""What copies of earlier days have left is closed whole, and nothing is taken for copied that may not be."""

import pytest

from das_copy_trader.domain.enums import Side
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.engine.copied_position import CarriedPosition, carried_positions
from tests.engine.floor import Floor

F1 = FollowerId("f1")
MSFT = Symbol("MSFT")


def overnight(held: int, carried: int = 51) -> Floor:
    """Three purchases of 33 were copied yesterday at one half, 17 shares each; the process is a new one."""
    floor = Floor({"f1": "0.5"}, carried={(F1, MSFT): CarriedPosition(carried, 3)})
    floor.master.hold_shares("MSFT", 99)
    floor.f1.hold_shares("MSFT", held)
    return floor


def sells(floor: Floor) -> list[int]:
    return [asked.order_qty for asked in floor.f1.submitted if asked.side is Side.SELL]


def test_a_close_of_everything_takes_what_earlier_days_have_left() -> None:
    floor = overnight(51)
    order = floor.place(Side.SELL, 99)
    assert sells(floor) == [51]
    assert "51 instead of 50" in floor.result(order).reason


def test_todays_copies_come_on_top() -> None:
    floor = overnight(51)
    floor.buy_filled(33)
    floor.place(Side.SELL, 132)
    assert sells(floor) == [51 + 17]


@pytest.mark.parametrize("held", [52, 60, 500])
def test_where_more_is_held_nobody_knows_whose_it_is(held: int) -> None:
    floor = overnight(held)
    floor.place(Side.SELL, 99)
    assert sells(floor) == [50]


def test_where_less_is_held_the_scaled_quantity_stands() -> None:
    floor = overnight(50, carried=51)
    floor.place(Side.SELL, 99)
    assert sells(floor) == [50]


def test_a_difference_beyond_rounding_is_not_taken() -> None:
    floor = overnight(60, carried=60)
    floor.place(Side.SELL, 99)
    assert sells(floor) == [50], "three orders explain three shares"


def test_the_sums_begin_anew_where_they_came_to_nothing() -> None:
    fills = [
        (F1, MSFT, 17),
        (F1, MSFT, -17),
        (F1, MSFT, 17),
        (F1, MSFT, 17),
        (F1, Symbol("IBM"), 5),
        (F1, Symbol("IBM"), -5),
    ]
    assert carried_positions(fills) == {(F1, MSFT): CarriedPosition(34, 2)}
