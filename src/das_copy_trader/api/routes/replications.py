"""What was copied, on any day: pages and single stories."""

import base64
import binascii
from datetime import UTC, date, datetime
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from das_copy_trader.api.answers import answer, described
from das_copy_trader.api.bodies import checked_symbol
from das_copy_trader.api.context import context_of
from das_copy_trader.domain.enums import Outcome
from das_copy_trader.domain.identifiers import FollowerId, OrderId, Symbol
from das_copy_trader.engine.history import PageKey, ReplicationQuery
from das_copy_trader.services.errors import UnusableError
from das_copy_trader.services.history import Explanation, PastReplicationState, explain, past_state

router = APIRouter(tags=["Replications"])
CURSOR_HEADER: Final = "X-Next-Cursor"
ORDER_ID_MAX: Final = 2**53
_OrderId = Annotated[int, Query(ge=0, le=ORDER_ID_MAX)]


@router.get(
    "/api/replications",
    responses=described(
        list[PastReplicationState],
        422,
        503,
        text=f"Newest first. The header {CURSOR_HEADER}, where there is one, is the `cursor` of the next page.",
    ),
)
async def get_replications(  # noqa: PLR0913, PLR0917 - one parameter for each filter
    request: Request,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    symbol: Annotated[str | None, Query(max_length=32)] = None,
    follower: Annotated[str | None, Query(max_length=64)] = None,
    outcome: Outcome | None = None,
    from_: Annotated[datetime | None, Query(alias="from")] = None,
    to: datetime | None = None,
    master_order_id: _OrderId | None = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """The master's orders with the last known outcome of every copy.

    `outcome` together with `follower` is that follower's outcome. `from` is included, `to` is not; a time without a
    zone is UTC.
    """
    query = ReplicationQuery(
        limit=limit,
        symbol=_symbol(symbol),
        follower_id=FollowerId(follower) if follower is not None else None,
        outcome=outcome,
        decided_from=_with_zone(from_),
        decided_to=_with_zone(to),
        master_order_id=OrderId(master_order_id) if master_order_id is not None else None,
        after=_key(cursor),
    )
    page = await context_of(request).journal.page(query)
    response = answer([past_state(past) for past in page.replications])
    if page.next_key is not None:
        response.headers[CURSOR_HEADER] = _cursor(page.next_key)
    return response


@router.get(
    "/api/replications/{day}/{master_order_id}/explain",
    responses=described(Explanation, 404, 422, 503, text="In order: seen, decided, sent, answered"),
)
async def explain_replication(
    request: Request, day: date, master_order_id: Annotated[int, Path(ge=0, le=ORDER_ID_MAX)]
) -> Response:
    """What was seen, decided, sent and answered per follower for one master order of a trading day, in sentences."""
    return answer(await explain(context_of(request).journal, day, OrderId(master_order_id)))


def _symbol(text: str | None) -> Symbol | None:
    if text is None:
        return None
    try:
        return checked_symbol(text)
    except ValueError as error:
        raise UnusableError(f"{text[:20]!r} is no symbol: {error}.") from None


def _with_zone(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise UnusableError("This time cannot be reckoned with: it lies too far away.") from None


def _cursor(key: PageKey) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def _key(cursor: str | None) -> PageKey | None:
    if cursor is None:
        return None
    try:
        decoded = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key = msgspec.json.decode(decoded, type=PageKey)
        return msgspec.structs.replace(key, decided_at=key.decided_at.astimezone(UTC))
    except (binascii.Error, ValueError, OverflowError):
        raise UnusableError("This cursor is none of ours: take it from the header of the page before.") from None
