"""What the user configures: accounts, multipliers, exclusions. What is stored and what is asked for, in one shape."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from das_copy_trader.domain.enums import ReplaceQuantity
from das_copy_trader.domain.identifiers import FollowerId, Symbol

DEFAULT_ORDER_ROUTE: Final = "SMAT"


class AccountConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How an account is reached. Its password is kept apart, sealed; `locate_routes` is route -> 0 or 1 (its type)."""

    broker_id: str
    host: str
    port: int
    username: str
    account_id: str
    locate_routes: dict[str, int] = {}
    order_route: str | None = None


class MasterConfig(AccountConfig, frozen=True, kw_only=True):
    """The master account."""


class FollowerConfig(AccountConfig, frozen=True, kw_only=True):
    """A follower account and how it copies. Prices in dollars a share, caps in dollars, times in seconds.

    `replace_quantity`: what its platform takes the quantity of a replace for.
    """

    follower_id: FollowerId
    name: str
    base_multiplier: Decimal = Decimal(1)
    max_locate_price: Decimal = Decimal("0.10")
    locate_retry_timeout: int = 120
    auto_accept_locates: bool = False
    enabled: bool = True
    guard_closing: bool = True
    auto_accept_max_price: Decimal = Decimal("0.25")
    locate_cap_per_order: Decimal = Decimal(50)
    locate_cap_per_symbol_day: Decimal = Decimal(100)
    locate_cap_per_day: Decimal = Decimal(250)
    price_inquiries: bool = True
    replace_quantity: ReplaceQuantity = ReplaceQuantity.TOTAL


class MultiplierRecord(msgspec.Struct, frozen=True):
    """A multiplier of one follower and symbol, as stored. `source`: `user_override` or `auto_inferred`."""

    follower_id: FollowerId
    symbol: Symbol
    multiplier: Decimal
    source: str
    updated_at: datetime


class BlacklistRecord(msgspec.Struct, frozen=True):
    """A symbol that is not copied to a follower, as stored. `allow_closing`: closing orders are copied all the same."""

    entry_id: int
    follower_id: FollowerId
    symbol: Symbol
    reason: str
    allow_closing: bool
    created_at: datetime


class AlertRecord(msgspec.Struct, frozen=True):
    """A condition that a person must know of. `number` grows by one within a life of the process."""

    number: int
    raised_at: datetime
    level: str
    message: str
    follower_id: FollowerId | None = None


class StoredMaster(msgspec.Struct, frozen=True):
    """The master's row: its configuration and its sealed password, None where none was given."""

    config: MasterConfig
    sealed_password: str | None


class StoredFollower(msgspec.Struct, frozen=True):
    """A follower's row: its configuration and its sealed password, None where none was given."""

    config: FollowerConfig
    sealed_password: str | None


class StoredEnv(msgspec.Struct, frozen=True):
    """The settings that the user stored in the program: an `.env` text, sealed, since it may hold passwords."""

    sealed_content: str
    updated_at: datetime


class StoredConfiguration(msgspec.Struct, frozen=True):
    """Everything that is configured. Followers and exclusions in the order in which they were added."""

    master: StoredMaster | None = None
    followers: tuple[StoredFollower, ...] = ()
    multipliers: tuple[MultiplierRecord, ...] = ()
    blacklist: tuple[BlacklistRecord, ...] = ()
