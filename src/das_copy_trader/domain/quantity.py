"""The scale rule: how many shares a follower trades for the master's."""

from decimal import ROUND_HALF_UP, Decimal

_WHOLE = Decimal(1)


def scale_quantity(master_qty: int, multiplier: Decimal) -> int:
    """Shares for a follower: `master_qty × multiplier`, rounded half up, never below 1 (product.md 3).

    Raises ValueError unless both are above zero: nothing scales to an order.
    """
    if master_qty <= 0 or not multiplier.is_finite() or multiplier <= 0:
        raise ValueError(f"cannot scale {master_qty} shares by {multiplier}")
    scaled = int((master_qty * multiplier).quantize(_WHOLE, rounding=ROUND_HALF_UP))
    return max(1, scaled)
