"""What the engine needs to know of a follower beyond its account."""

import msgspec

from das_copy_trader.domain.enums import ReplaceQuantity
from das_copy_trader.domain.identifiers import FollowerId


class FollowerSettings(msgspec.Struct, frozen=True):
    """A follower's own rules. `order_route` is where its orders go (product.md 2: the master's route is not copied).

    `guard_closing`: a copied closing order never sells or covers more than the follower holds. `replace_quantity`: what
    its platform takes the quantity of a replace for.
    """

    follower_id: FollowerId
    name: str
    order_route: str
    is_enabled: bool = True
    guard_closing: bool = True
    replace_quantity: ReplaceQuantity = ReplaceQuantity.TOTAL
