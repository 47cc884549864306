"""What requests may hold. Unknown fields are refused; numbers come as JSON numbers or decimal strings."""

import re
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    SecretStr,
    StringConstraints,
    WithJsonSchema,
)
from typing_extensions import TypedDict

from das_copy_trader.domain.enums import ReplaceQuantity
from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.engine.multiplier_manager import MULTIPLIER_MAX

SYMBOL_PATTERN: Final = re.compile(r"[A-Z0-9./+-]{1,12}")
FORBID_UNKNOWN: Final = ConfigDict(extra="forbid")


def with_example(**fields: JsonValue) -> ConfigDict:
    """Unknown fields are refused, and the document shows this example."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("it must be a number")  # noqa: TRY004 - pydantic wants ValueError
    return value


def _one_word(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\x21-\x7e]{1,128}", secret.get_secret_value()):
        raise ValueError("a password has 1 to 128 visible ASCII characters and no blank: DAS takes no other")
    return secret


def checked_symbol(text: str) -> Symbol:
    """A symbol in capitals. Raises ValueError with a sentence."""
    symbol = text.strip().upper()
    if not SYMBOL_PATTERN.fullmatch(symbol):
        raise ValueError("a symbol has 1 to 12 letters, digits, or . / - +")
    return Symbol(symbol)


# What stands on a LOGIN line or in a command: one word of visible ASCII.
Word = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,64}$")]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:_\-\[\]]{1,253}$")]
RouteName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.+\-]{1,32}$")]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
]
FollowerIdText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Password = Annotated[
    SecretStr,
    AfterValidator(_one_word),
    WithJsonSchema({"type": "string", "format": "password", "writeOnly": True, "pattern": r"^[\x21-\x7e]{1,128}$"}),
]
PortNumber = Annotated[int, BeforeValidator(_no_bool), Field(ge=1, le=65535)]
Multiplier = Annotated[
    Decimal,
    BeforeValidator(_no_bool),
    Field(gt=0, le=MULTIPLIER_MAX, max_digits=12, decimal_places=6, allow_inf_nan=False),
]
LocatePrice = Annotated[
    Decimal, BeforeValidator(_no_bool), Field(ge=0, le=1000, max_digits=12, decimal_places=6, allow_inf_nan=False)
]
DollarCap = Annotated[
    Decimal, BeforeValidator(_no_bool), Field(ge=0, le=1_000_000, max_digits=12, decimal_places=2, allow_inf_nan=False)
]
Seconds = Annotated[int, BeforeValidator(_no_bool), Field(ge=1, le=3600)]
LocateRoutes = Annotated[dict[RouteName, Literal[0, 1]], Field(max_length=50)]
ActionIdText = Annotated[str, StringConstraints(min_length=1, max_length=80)]
SymbolText = Annotated[
    str,
    AfterValidator(checked_symbol),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[A-Za-z0-9./+\-]{1,12}\s*$", "examples": ["TSLA"]}),
]


class MasterBody(BaseModel):
    """`PUT /api/master`. Without `password` the stored one stays; a DAS_SERVERS entry of the broker overrides."""

    model_config = with_example(
        broker_id="BROKER",
        host="127.0.0.1",
        port=9000,
        username="user",
        password="secret",  # noqa: S106 - an example
        account_id="ACCT1",
        locate_routes={"ALLROUTE": 1},
    )

    broker_id: Word
    host: Host
    port: PortNumber
    username: Word
    password: Password | None = None
    account_id: Word
    locate_routes: LocateRoutes = {}
    order_route: RouteName | None = None


class FollowerBody(MasterBody):
    """`POST /api/followers`. Prices in dollars a share, times in seconds."""

    model_config = with_example(
        id="f1",
        name="First follower",
        broker_id="BROKER",
        host="127.0.0.1",
        port=9001,
        username="user",
        password="secret",  # noqa: S106 - an example
        account_id="ACCT2",
        base_multiplier="0.5",
        max_locate_price="0.10",
    )

    id: FollowerIdText
    name: Name
    base_multiplier: Multiplier = Decimal(1)
    max_locate_price: LocatePrice = Decimal("0.10")
    locate_retry_timeout: Seconds = 120
    auto_accept_locates: bool = False
    enabled: bool = True
    guard_closing: bool = True
    auto_accept_max_price: LocatePrice = Decimal("0.25")
    locate_cap_per_order: DollarCap = Decimal(50)
    locate_cap_per_symbol_day: DollarCap = Decimal(100)
    locate_cap_per_day: DollarCap = Decimal(250)
    price_inquiries: bool = True
    replace_quantity: ReplaceQuantity = ReplaceQuantity.TOTAL


class FollowerChanges(TypedDict, total=False):
    """`PUT /api/followers/{id}`: any subset of what a follower has; what is absent stays."""

    __pydantic_config__ = FORBID_UNKNOWN  # type: ignore[misc]  # pydantic's way to configure a TypedDict

    id: FollowerIdText
    name: Name
    broker_id: Word
    host: Host
    port: PortNumber
    username: Word
    password: Password | None
    account_id: Word
    locate_routes: LocateRoutes
    order_route: RouteName | None
    base_multiplier: Multiplier
    max_locate_price: LocatePrice
    locate_retry_timeout: Seconds
    auto_accept_locates: bool
    enabled: bool
    guard_closing: bool
    auto_accept_max_price: LocatePrice
    locate_cap_per_order: DollarCap
    locate_cap_per_symbol_day: DollarCap
    locate_cap_per_day: DollarCap
    price_inquiries: bool
    replace_quantity: ReplaceQuantity


class BaseMultiplierBody(BaseModel):
    """`PATCH /api/followers/{id}/multiplier`."""

    model_config = with_example(base_multiplier="0.5")

    base_multiplier: Multiplier


class ToggleBody(BaseModel):
    """`PATCH /api/followers/{id}/toggle`: sets `enabled`; without it, or without a body, flips it."""

    model_config = with_example(enabled=True)

    enabled: bool | None = None


class MultiplierBody(BaseModel):
    """`PUT /api/multipliers/{follower_id}/{symbol}`."""

    model_config = with_example(multiplier="0.75")

    multiplier: Multiplier


class BlacklistBody(BaseModel):
    """`POST /api/blacklist`. `allow_closing`: closing orders are copied all the same."""

    model_config = with_example(follower_id="f1", symbol="TSLA", reason="hard to borrow")

    follower_id: FollowerIdText
    symbol: SymbolText
    reason: Reason = ""
    allow_closing: bool = False


class EnvConfigBody(BaseModel):
    """`PUT /api/env-config`. `content` is an `.env` text; a masked secret in it means «unchanged»."""

    model_config = with_example(content="LOG_LEVEL=INFO\\nMAX_CONCURRENT_LOCATES=3\\n")

    content: Annotated[str, StringConstraints(max_length=200_000)]


class ConnectionTestBody(BaseModel):
    """`POST /api/test-connection`: a stored account (`follower_id`, else the master) with these fields for its own.

    Without a stored account all but `password` are needed, and that as well unless DAS_SERVERS has it.
    """

    model_config = with_example(follower_id="f1")

    follower_id: FollowerIdText | None = None
    broker_id: Word | None = None
    host: Host | None = None
    port: PortNumber | None = None
    username: Word | None = None
    password: Password | None = None
    account_id: Word | None = None


class AcceptOfferBody(BaseModel):
    """`POST /api/short-sales/tasks/{task_id}/offer/accept`. With `price` only the offer at just that price is taken."""

    model_config = FORBID_UNKNOWN

    price: LocatePrice | None = None


class ActionIdsBody(BaseModel):
    """`POST /api/queued-actions/{follower_id}/replay` and `…/discard`."""

    model_config = with_example(action_ids=["a1", "a2"])

    action_ids: Annotated[list[ActionIdText], Field(min_length=1, max_length=1000)]
