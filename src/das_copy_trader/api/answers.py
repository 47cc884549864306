"""What responses hold: structs, encoded as they are, and described in the OpenAPI document."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from starlette.responses import Response

from das_copy_trader.api.problems import MEDIA_TYPE
from das_copy_trader.domain.configuration import AccountConfig, BlacklistRecord, MultiplierRecord
from das_copy_trader.domain.enums import ConnectionState, Mode, ReplaceQuantity
from das_copy_trader.services.messages import (
    AccountState,
    AlertState,
    DailyRestartState,
    FollowerState,
    ReplicationState,
)

_encoder: Final = msgspec.json.Encoder()
PROBLEM_STATUSES: Final = {
    400: "The body is not JSON",
    401: "No token, or a wrong one",
    403: "A foreign host or origin",
    404: "There is no such thing",
    405: "The address does not take this method",
    409: "It cannot be done in this state",
    413: "The body is too large",
    415: "The body is not declared as JSON",
    422: "The request does not fit",
    429: "Too many wrong tokens came from this address",
    503: "The database cannot be written; nothing was changed",
}


class StatusView(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /api/status`: every account's connection, and what the whole does."""

    boot_id: str
    build_id: str
    server_time: datetime
    mode: Mode
    mode_reason: str
    running: bool
    started_at: datetime | None
    master: AccountState | None
    followers: list[FollowerState]
    daily_restart: DailyRestartState


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account's configuration. Never holds the password; `overridden_by_env`: DAS_SERVERS says how to reach it."""

    broker_id: str
    host: str
    port: int
    username: str
    account_id: str
    locate_routes: dict[str, int]
    order_route: str | None
    effective_order_route: str
    has_password: bool
    overridden_by_env: bool


class MasterView(AccountView, frozen=True, kw_only=True):
    """The master's configuration."""


class FollowerView(AccountView, frozen=True, kw_only=True):
    """A follower's configuration. Prices in dollars a share, times in seconds.

    `working_copies`: copies that are not over there now; `POST …/cancel-copies` ends them.
    """

    id: str
    name: str
    base_multiplier: Decimal
    max_locate_price: Decimal
    locate_retry_timeout: int
    auto_accept_locates: bool
    enabled: bool
    guard_closing: bool
    auto_accept_max_price: Decimal
    locate_cap_per_order: Decimal
    locate_cap_per_symbol_day: Decimal
    locate_cap_per_day: Decimal
    price_inquiries: bool
    replace_quantity: ReplaceQuantity
    working_copies: int


class DasServerView(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of DAS_SERVERS, without its password."""

    broker_id: str
    host: str
    port: int
    username: str
    accounts: tuple[str, ...]
    smart_routes: tuple[str, ...]
    locate_routes: dict[str, int]
    has_password: bool


class MultiplierView(msgspec.Struct, frozen=True):
    """A symbol's multiplier on one follower; `source` says who set it."""

    follower_id: str
    symbol: str
    multiplier: Decimal
    source: str
    updated_at: datetime


class BlacklistView(msgspec.Struct, frozen=True):
    """A symbol that is not copied to a follower."""

    id: int
    follower_id: str
    symbol: str
    reason: str
    allow_closing: bool
    created_at: datetime


class BlacklistAddedView(BlacklistView, frozen=True):
    """What was excluded. `warning`: what the follower holds or works in it, None where it does neither."""

    warning: str | None


class PacingHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Commands that the platform's rate limits still allow now, and what waits for them. Times in seconds.

    Of `orders_left` only `entries_left` may open positions: the rest is kept for exits. `oldest_waiting_s` is None when
    nothing waits; `longest_exit_wait_s` is since the account was last connected anew.
    """

    orders_left: int
    entries_left: int
    cancels_left: int
    replaces_left: int
    waiting: int
    waiting_cancels: int
    waiting_exits: int
    waiting_replaces: int
    waiting_entries: int
    oldest_waiting_s: float | None
    longest_exit_wait_s: float


class AccountHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One account's connection in detail. Ages in seconds, round trips in milliseconds.

    `last_lines_not_understood` are quoted without secrets.
    """

    role: str
    id: str
    account_id: str
    address: str
    state: ConnectionState
    reason: str
    since: datetime | None = None
    attempts: int = 0
    reconnects: int = 0
    retry_in_s: float | None = None
    last_received_age_s: float | None = None
    round_trip_p50_ms: float | None = None
    round_trip_p95_ms: float | None = None
    orders_today: int = 0
    foreign_rows_ignored: int = 0
    unknown_lines: int = 0
    malformed_lines: int = 0
    last_lines_not_understood: tuple[str, ...] = ()
    pacing: PacingHealth | None = None


class HealthView(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /api/health`. `ok`: nothing needs a look. `history_rows_waiting`: not in the database yet."""

    ok: bool
    mode: Mode
    mode_reason: str
    server_time: datetime
    uptime_s: float
    websocket_clients: int
    websocket_clients_dropped: int
    history_rows_waiting: int
    daily_restart: DailyRestartState
    accounts: list[AccountHealth]


def answer(body: object, status: int = 200) -> Response:
    """The response with this struct, or list of structs, as JSON. Decimals are strings."""
    return Response(_encoder.encode(body), status, media_type="application/json")


def no_content() -> Response:
    """Done, and there is nothing to say."""
    return Response(status_code=204)


DESCRIBED: Final[list[Any]] = [AccountState, AlertState, FollowerState, ReplicationState]
"""Types that the OpenAPI document describes; `described` adds to it."""


def described(
    body: Any,  # noqa: ANN401 - a type, or list[type]
    *problems: int,
    status: int = 200,
    text: str = "Done",
) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: its body's type, and the problems that it can have beside those of the door."""
    responses: dict[int | str, dict[str, Any]] = {}
    if body is None:
        responses[status] = {"description": text}
    else:
        DESCRIBED.append(body)
        (schema,), _ = msgspec.json.schema_components([body], ref_template="#/components/schemas/{name}")
        responses[status] = {"description": text, "content": {"application/json": {"schema": schema}}}
    for code in (401, 403, 405, 429, *problems):
        responses[code] = {
            "description": PROBLEM_STATUSES[code],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return responses


def account_fields(config: AccountConfig, order_route: str, *, has_password: bool, overridden: bool) -> dict[str, Any]:
    """What master and follower show alike."""
    return {
        "broker_id": config.broker_id,
        "host": config.host,
        "port": config.port,
        "username": config.username,
        "account_id": config.account_id,
        "locate_routes": config.locate_routes,
        "order_route": config.order_route,
        "effective_order_route": order_route,
        "has_password": has_password,
        "overridden_by_env": overridden,
    }


def multiplier_view(record: MultiplierRecord) -> MultiplierView:
    """A multiplier in the brief's words."""
    return MultiplierView(record.follower_id, record.symbol, record.multiplier, record.source, record.updated_at)


def blacklist_view(record: BlacklistRecord) -> BlacklistView:
    """An exclusion in the brief's words."""
    return BlacklistView(
        record.entry_id, record.follower_id, record.symbol, record.reason, record.allow_closing, record.created_at
    )
