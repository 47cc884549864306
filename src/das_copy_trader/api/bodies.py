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
from das_copy_trader.runtime.settings import checked_password, checked_word

SYMBOL_PATTERN: Final = re.compile(r"[A-Z0-9./+-]{1,12}")
_DECIMAL: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
FORBID_UNKNOWN: Final = ConfigDict(extra="forbid")


def with_example(**fields: JsonValue) -> ConfigDict:
    """Unknown fields are refused, and the document shows this example."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [fields]})


def _number(value: object) -> object:
    """JSON numbers and plain decimal strings; Python would also read `1_0`, and digits of other scripts."""
    is_text = isinstance(value, str)
    if isinstance(value, bool) or (is_text and not _DECIMAL.fullmatch(str(value).strip())):
        raise ValueError("it should be a number, or a decimal string such as 0.5")
    return value


def _fitting(pattern: str, sentence: str) -> AfterValidator:
    """Refuses what does not fit with this sentence, the document has the pattern."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(sentence)
        return text

    return AfterValidator(check)


def _shown(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


def _null_as(absent: object) -> BeforeValidator:
    """`null` means the same as nothing."""
    return BeforeValidator(lambda value: absent if value is None else value)


def checked_symbol(text: str) -> Symbol:
    """A symbol in capitals. Raises ValueError with a sentence."""
    symbol = text.strip().upper()
    if not SYMBOL_PATTERN.fullmatch(symbol):
        raise ValueError("a symbol has 1 to 12 letters, digits, or . / - +")
    return Symbol(symbol)


# What stands on a LOGIN line or in a command: one word of visible ASCII.
Word = Annotated[str, AfterValidator(checked_word), _shown(r"[\x21-\x7e]{1,64}")]
_HOST: Final = r"[A-Za-z0-9.:_\-\[\]]{1,253}"
Host = Annotated[str, _fitting(_HOST, "it should be a host name or an address, such as 127.0.0.1"), _shown(_HOST)]
_ROUTE: Final = r"[A-Za-z0-9_.+\-]{1,32}"
RouteName = Annotated[
    str, _fitting(_ROUTE, "a route has 1 to 32 letters, digits, or _ . + - and no blank"), _shown(_ROUTE)
]
OrderRoute = Annotated[RouteName | None, BeforeValidator(lambda value: value or None)]
"""An empty text, as a form sends it, means none."""
_NAME: Final = r"[^\x00-\x1f\x7f]{1,64}"
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    _fitting(_NAME, "it may hold 1 to 64 characters and no line break"),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[^\x00-\x1f\x7f]+$"}),
]
_ID: Final = r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}"
FollowerIdText = Annotated[
    str,
    _fitting(_ID, "an id has 1 to 64 letters, digits, or _ . - and begins with a letter or digit"),
    _shown(_ID),
]
_REASON: Final = r"[^\x00-\x1f\x7f]{0,500}"
Reason = Annotated[
    str,
    _null_as(""),
    StringConstraints(strip_whitespace=True),
    _fitting(_REASON, "it may hold up to 500 characters and no line break"),
    WithJsonSchema({"type": "string", "maxLength": 500, "pattern": r"^[^\x00-\x1f\x7f]*$"}),
]
Password = Annotated[
    SecretStr,
    AfterValidator(checked_password),
    WithJsonSchema({"type": "string", "format": "password", "writeOnly": True, "pattern": r"^[\x21-\x7e]{1,128}$"}),
]
PortNumber = Annotated[int, BeforeValidator(_number), Field(ge=1, le=65535)]
Multiplier = Annotated[
    Decimal,
    BeforeValidator(_number),
    Field(gt=0, le=MULTIPLIER_MAX, max_digits=24, decimal_places=20, allow_inf_nan=False),
]
"""Room for whatever a program works out in binary floating point, such as 0.30000000000000004."""
LocatePrice = Annotated[
    Decimal, BeforeValidator(_number), Field(ge=0, le=1000, max_digits=12, decimal_places=6, allow_inf_nan=False)
]
DollarCap = Annotated[
    Decimal, BeforeValidator(_number), Field(ge=0, le=1_000_000, max_digits=12, decimal_places=2, allow_inf_nan=False)
]
Seconds = Annotated[int, BeforeValidator(_number), Field(ge=1, le=3600)]
LocateRoutes = Annotated[dict[RouteName, Literal[0, 1]], Field(max_length=50), _null_as({})]
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

    broker_id: Name
    host: Host
    port: PortNumber
    username: Word
    password: Password | None = None
    account_id: Word
    locate_routes: LocateRoutes = {}
    order_route: OrderRoute = None


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
    broker_id: Name
    host: Host
    port: PortNumber
    username: Word
    password: Password | None
    account_id: Word
    locate_routes: LocateRoutes
    order_route: OrderRoute
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
    broker_id: Name | None = None
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
