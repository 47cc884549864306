"""Multipliers of single symbols; they hold from the master's next order on."""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from das_copy_trader.api.answers import MultiplierView, answer, described, multiplier_view, no_content
from das_copy_trader.api.bodies import MultiplierBody, checked_symbol
from das_copy_trader.api.context import context_of
from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.services.errors import UnusableError

router = APIRouter(tags=["Multipliers"])


@router.get("/api/multipliers/{follower_id}", responses=described(list[MultiplierView], 404, text="By symbol"))
async def get_multipliers(request: Request, follower_id: str) -> Response:
    """All symbols of a follower that have a multiplier of their own."""
    return answer([multiplier_view(record) for record in context_of(request).configuration.multipliers(follower_id)])


@router.put(
    "/api/multipliers/{follower_id}/{symbol:path}",
    responses=described(MultiplierView, 400, 404, 413, 415, 422, 503, text="Holds at once"),
)
async def set_multiplier(
    request: Request, follower_id: str, symbol: str, body: Annotated[MultiplierBody, Body()]
) -> Response:
    """Set or override a symbol's multiplier."""
    configuration = context_of(request).configuration
    return answer(multiplier_view(await configuration.set_multiplier(follower_id, _symbol(symbol), body.multiplier)))


@router.delete(
    "/api/multipliers/{follower_id}/{symbol:path}",
    status_code=204,
    responses=described(None, 404, 422, 503, status=204, text="The base multiplier holds again"),
)
async def remove_multiplier(request: Request, follower_id: str, symbol: str) -> Response:
    """Remove a symbol's multiplier."""
    await context_of(request).configuration.remove_multiplier(follower_id, _symbol(symbol))
    return no_content()


def _symbol(text: str) -> Symbol:
    try:
        return checked_symbol(text)
    except ValueError as error:
        raise UnusableError(f"{text[:20]!r} is no symbol: {error}.") from None
