"""What `decide` can say about one follower: every follower gets exactly one action, and every refusal its reason."""

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from das_copy_trader.domain.enums import Outcome

if TYPE_CHECKING:
    from das_copy_trader.engine.follower_seat import FollowerSeat


class CopyTarget(msgspec.Struct, frozen=True, gc=False):
    """One follower as the plan of a symbol sees it: all checks that do not depend on the order are compiled in.

    `refusal` is the reason why nothing is sent to it, empty where something may be; `closing_refusal` the same for
    closing orders, which a blacklist entry may let through. Their outcomes are SKIPPED, and QUEUED where the follower
    is merely not connected. `can_grow`: a copy that works may be replaced to more
    shares; not being connected now is no reason against that, since a missed replace is made up (product.md 4).
    """

    seat: "FollowerSeat"
    route: str
    multiplier: Decimal
    guard_closing: bool
    refusal: str
    closing_refusal: str
    can_grow: bool = True
    refusal_outcome: Outcome = Outcome.SKIPPED
    closing_outcome: Outcome = Outcome.SKIPPED


class SendGroup(msgspec.Struct, frozen=True, gc=False):
    """Followers that are sent the same line, in the order of the sends."""

    route: str
    quantity: int
    is_exit: bool
    seats: "tuple[FollowerSeat, ...]"


class TargetGroup(msgspec.Struct, frozen=True, gc=False):
    """Followers of a plan that an opening order goes to with the same route and multiplier, in the plan's order."""

    route: str
    multiplier: Decimal
    seats: "tuple[FollowerSeat, ...]"


class Submit(msgspec.Struct, frozen=True, gc=False):
    """Send an order of `quantity` shares. `is_exit`: it closes, so it goes first where the platform's limits bind.

    `note` says in what the quantity differs from the scaled one, empty where it does not. Of an exit `wanted_qty` is
    what it may grow to, and `opening_qty` of the shares open beyond zero.
    """

    target: CopyTarget
    quantity: int
    is_exit: bool
    note: str = ""
    wanted_qty: int = 0
    opening_qty: int = 0


class Await(msgspec.Struct, frozen=True, gc=False):
    """Hold a closing order back until the follower has something to close; up to `quantity` shares."""

    target: CopyTarget
    quantity: int
    reason: str
    note: str = ""


class Refuse(msgspec.Struct, frozen=True, gc=False):
    """Send nothing, and say why."""

    target: CopyTarget
    outcome: Outcome
    reason: str


CopyAction: TypeAlias = Submit | Await | Refuse
