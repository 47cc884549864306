"""Names of things, so that one id cannot be taken for another."""

from typing import Final, NewType

FollowerId = NewType("FollowerId", str)
"""The name that the user gave to a follower account's configuration."""

OrderId = NewType("OrderId", int)
"""An order's id as its platform gave it; unique within one account and trading day."""

ClOrdId = NewType("ClOrdId", int)
"""The id that the client gave to an order (DAS: token)."""

Symbol = NewType("Symbol", str)

_OURS_BIT: Final = 1 << 30
_MASTER_BITS: Final = 23
_MASTER_MASK: Final = (1 << _MASTER_BITS) - 1
_GENERATION_BITS: Final = 4
_DAY_MASK: Final = 7
GENERATION_MAX: Final = (1 << _GENERATION_BITS) - 1
MASTER_ID_SPAN_MAX: Final = _MASTER_MASK
"""How far apart the ids of a day's orders may be before two of them make the same copy id."""


def cl_ord_id_for(trading_day: int, generation: int, master_order_id: OrderId) -> ClOrdId:
    """Derive the id of a copy: `1<<30 | (day & 7)<<27 | (generation & 15)<<23 | (master order id & 0x7FFFFF)`.

    `trading_day` is the trading day's ordinal (days since year 1). Derived and never drawn, so that after any crash the
    same id comes out again and can be looked up in the follower's own order list. Raises ValueError beyond
    `GENERATION_MAX`: a wrapped generation would name an earlier attempt.
    """
    if not 0 <= generation <= GENERATION_MAX:
        raise ValueError(f"generation {generation} is outside 0..{GENERATION_MAX}")
    day_bits = (trading_day & _DAY_MASK) << (_MASTER_BITS + _GENERATION_BITS)
    return ClOrdId(_OURS_BIT | day_bits | generation << _MASTER_BITS | master_order_id & _MASTER_MASK)


def next_attempt(cl_ord_id: ClOrdId) -> ClOrdId:
    """The id of the attempt after this one, for the same master order and day. Raises ValueError beyond the last."""
    generation = attempt_of(cl_ord_id) + 1
    if generation > GENERATION_MAX:
        raise ValueError(f"there is no attempt after {GENERATION_MAX}")
    return ClOrdId(cl_ord_id + (1 << _MASTER_BITS))


def attempt_of(cl_ord_id: ClOrdId) -> int:
    """Which attempt of its master order an id names: 0 is the first."""
    return cl_ord_id >> _MASTER_BITS & GENERATION_MAX


def is_copy_id(cl_ord_id: int | None) -> bool:
    """Whether an order with this id can be one of our copies: hand-typed and other programs' ids are small."""
    return cl_ord_id is not None and bool(cl_ord_id & _OURS_BIT)


def master_bits_of(order_id: int) -> int:
    """The bits of a master's order id, or of a copy's id, that name the master's order."""
    return order_id & _MASTER_MASK


def is_of_day(cl_ord_id: ClOrdId, trading_day: int) -> bool:
    """Whether a copy's id was made on this trading day (ordinal), or a multiple of eight days from it."""
    return cl_ord_id >> (_MASTER_BITS + _GENERATION_BITS) & _DAY_MASK == trading_day & _DAY_MASK
