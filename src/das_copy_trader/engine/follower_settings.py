"""What the engine needs to know of a follower beyond its account."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from das_copy_trader.domain.enums import ReplaceQuantity
from das_copy_trader.domain.identifiers import FollowerId


class FollowerSettings(msgspec.Struct, frozen=True):
    """A follower's own rules. `order_route` is where its orders go (product.md 2: the master's route is not copied).

    `guard_closing`: a copied closing order never sells or covers more than the follower holds. `replace_quantity`: what
    its platform takes the quantity of a replace for.

    Of locates: prices in dollars a share, caps in dollars. `price_inquiries` False: the platform is never asked for a
    price (DAS is known to crash of it), only routes that make offers are used. `locate_routes` is route -> 0 or 1 (its
    type, das-cmd-api.md 5.1); where any is named no other is bought from.
    """

    follower_id: FollowerId
    name: str
    order_route: str
    is_enabled: bool = True
    guard_closing: bool = True
    replace_quantity: ReplaceQuantity = ReplaceQuantity.TOTAL
    max_locate_price: Decimal = Decimal("0.10")
    locate_retry_timeout_s: float = 120.0
    auto_accept_locates: bool = False
    auto_accept_max_price: Decimal = Decimal("0.25")
    locate_cap_per_order: Decimal = Decimal(50)
    locate_cap_per_symbol_day: Decimal = Decimal(100)
    locate_cap_per_day: Decimal = Decimal(250)
    price_inquiries: bool = True
    locate_routes: Mapping[str, int] = {}
