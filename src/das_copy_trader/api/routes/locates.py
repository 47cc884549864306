"""The locate ledger: every inquiry, offer and purchase, what it cost, and what is left to use."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from das_copy_trader.api.answers import answer, described
from das_copy_trader.api.bodies import checked_symbol
from das_copy_trader.api.context import context_of
from das_copy_trader.services.errors import UnusableError
from das_copy_trader.services.short_sales import LocateBook

router = APIRouter(tags=["Short sales"])


@router.get("/api/locates", responses=described(LocateBook, 404, 422, 503, text="Oldest first"))
async def get_locates(
    request: Request,
    follower_id: Annotated[str | None, Query()] = None,
    symbol: Annotated[str | None, Query(max_length=12)] = None,
    day: Annotated[str | None, Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] = None,
) -> Response:
    """A trading day's ledger (today's without `day`), of one follower or symbol where one is named."""
    context = context_of(request)
    if follower_id is not None:
        context.configuration.follower(follower_id)
    try:
        wanted = None if symbol is None else checked_symbol(symbol)
    except ValueError as error:
        raise UnusableError(f"symbol: {error}.") from error
    return answer(await context.short_sales.locates(day=day, follower_id=follower_id, symbol=wanted))
