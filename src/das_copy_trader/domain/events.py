"""What an account's mirror tells its listener, in the order in which the platform said it."""

from decimal import Decimal

import msgspec

from das_copy_trader.domain.enums import ExecType
from das_copy_trader.domain.orders import Order


class OrderEvent(msgspec.Struct, frozen=True, gc=False):
    """One order changed. `order` is the live object, already changed; `root` is its auto-route parent, or itself.

    `last_qty` and `last_px` are the execution's (TRADE), in shares and dollars, where a line gave them. `text` is the
    platform's own reason or note. `is_snapshot`: told by a login burst or a dump, so it is state and not news.
    """

    exec_type: ExecType
    order: Order
    root: Order
    is_snapshot: bool
    last_qty: int = 0
    last_px: Decimal | None = None
    text: str = ""


class OrderRefused(msgspec.Struct, frozen=True):
    """The platform refused an order before giving it an id (%OrderAct with id 0); `cl_ord_id` is the client's."""

    cl_ord_id: int
    text: str


class CommandRefused(msgspec.Struct, frozen=True):
    """A line of error text for a command; the platform does not say which one. `command` is its word, if named."""

    command: str | None
    text: str
