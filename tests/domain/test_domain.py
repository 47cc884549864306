"""Identifiers, the scale rule and the small truths of orders."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.domain.enums import OrdStatus, Side, TimeInForce
from das_copy_trader.domain.identifiers import GENERATION_MAX, OrderId, Symbol, cl_ord_id_for, is_copy_id
from das_copy_trader.domain.orders import Order
from das_copy_trader.domain.quantity import scale_quantity


@pytest.mark.parametrize(
    ("master_qty", "multiplier", "expected"),
    [
        (100, "1", 100),
        (100, "0.5", 50),
        (101, "0.5", 51),  # half up, not to even
        (5, "0.5", 3),
        (3, "0.5", 2),
        (1, "0.4", 1),  # never below 1
        (1, "0.0001", 1),
        (7, "0.333", 2),
        (1, "1.5", 2),
        (1, "2.5", 3),
        (15, "0.1", 2),  # 1.5 exactly: as a float it would be less
        (35, "0.7", 25),  # 24.5 exactly
        (1_000_000, "1000", 1_000_000_000),
        (49, "1.01", 49),
        (50, "1.01", 51),
    ],
)
def test_the_scale_rule(master_qty: int, multiplier: str, expected: int) -> None:
    assert scale_quantity(master_qty, Decimal(multiplier)) == expected


@given(st.integers(1, 10**7), st.decimals("0.0001", "1000", places=4))
def test_the_scale_rule_is_half_up_and_at_least_one(master_qty: int, multiplier: Decimal) -> None:
    exact = Fraction(multiplier) * master_qty
    assert scale_quantity(master_qty, multiplier) == max(1, int(exact + Fraction(1, 2)))


@pytest.mark.parametrize(
    ("master_qty", "multiplier"), [(0, "1"), (-5, "1"), (5, "0"), (5, "-1"), (5, "NaN"), (5, "Infinity")]
)
def test_nothing_scales_to_no_order(master_qty: int, multiplier: str) -> None:
    with pytest.raises(ValueError, match="cannot scale"):
        scale_quantity(master_qty, Decimal(multiplier))


def test_the_layout_of_a_copys_id() -> None:
    assert cl_ord_id_for(0, 0, OrderId(0)) == 1 << 30
    assert cl_ord_id_for(0b1101, 0b0110, OrderId(0x7F_FFFF)) == (1 << 30) | (0b101 << 27) | (0b0110 << 23) | 0x7F_FFFF
    assert cl_ord_id_for(8, 0, OrderId(1)) == cl_ord_id_for(0, 0, OrderId(1))
    assert cl_ord_id_for(0, 0, OrderId(0x80_0001)) == cl_ord_id_for(0, 0, OrderId(1))


@given(st.integers(0, 10**6), st.integers(0, GENERATION_MAX), st.integers(0, 2**40))
def test_a_copys_id_is_a_positive_31_bit_number_and_tells_that_it_is_one(day: int, generation: int, order: int) -> None:
    cl_ord_id = cl_ord_id_for(day, generation, OrderId(order))
    assert 1 << 30 <= cl_ord_id < 1 << 31
    assert is_copy_id(cl_ord_id)
    assert cl_ord_id & 0x7F_FFFF == order & 0x7F_FFFF
    assert cl_ord_id >> 27 & 7 == day % 8


@pytest.mark.parametrize("generation", [-1, GENERATION_MAX + 1])
def test_a_generation_that_would_wrap_is_refused(generation: int) -> None:
    with pytest.raises(ValueError, match="generation"):
        cl_ord_id_for(1, generation, OrderId(1))


@pytest.mark.parametrize("cl_ord_id", [None, 0, 1, 127_599_001, (1 << 30) - 1])
def test_other_programs_ids_are_not_copies(cl_ord_id: int | None) -> None:
    assert not is_copy_id(cl_ord_id)


@pytest.mark.parametrize(
    ("status", "leaves_qty", "is_working", "is_placed"),
    [
        (OrdStatus.PENDING_NEW, 10, True, False),
        (OrdStatus.HELD, 10, True, True),
        (OrdStatus.NEW, 10, True, True),
        (OrdStatus.PARTIALLY_FILLED, 5, True, True),
        (
            OrdStatus.PARTIALLY_FILLED,
            0,
            False,
            True,
        ),  # a ghost: cancelled, and never said (seen live, das-cmd-api.md 4.2)
        (OrdStatus.FILLED, 0, False, True),
        (OrdStatus.FILLED, 5, True, True),
        (OrdStatus.TRIGGERED, 0, False, True),
        (OrdStatus.TRIGGERED, 5, False, True),
        (OrdStatus.CANCELED, 0, False, False),
        (OrdStatus.REJECTED, 5, False, False),
        (OrdStatus.CLOSED, 0, False, False),
        (OrdStatus.UNKNOWN, 5, False, False),
    ],
)
def test_what_an_order_can_still_do(status: OrdStatus, leaves_qty: int, *, is_working: bool, is_placed: bool) -> None:
    order = Order(OrderId(1), Symbol("MSFT"), Side.BUY, is_from_snapshot=False)
    order.status, order.leaves_qty = status, leaves_qty
    assert (order.is_working, order.is_placed, order.is_child) == (is_working, is_placed, False)
    order.parent_id = OrderId(9)
    assert order.is_child
    assert status.value in repr(order)


def test_sides_and_times_in_force() -> None:
    assert [side.sign for side in (Side.BUY, Side.SELL, Side.SELL_SHORT)] == [1, -1, -1]
    assert [tif for tif in TimeInForce if tif.is_momentary] == [TimeInForce.IOC, TimeInForce.FOK]
