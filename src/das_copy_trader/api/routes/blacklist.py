"""Symbols that a follower does not trade."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Body, Path, Query, Request
from starlette.responses import Response

from das_copy_trader.api.answers import BlacklistAddedView, BlacklistView, answer, blacklist_view, described, no_content
from das_copy_trader.api.bodies import BlacklistBody
from das_copy_trader.api.context import context_of
from das_copy_trader.domain.identifiers import Symbol

router = APIRouter(tags=["Blacklist"])
ENTRY_ID_MAX = 2**53
"""Beyond it JavaScript cannot name an integer; SQLite could."""


@router.get("/api/blacklist", responses=described(list[BlacklistView], 404, text="In the order of making"))
async def get_blacklist(request: Request, follower_id: Annotated[str | None, Query()] = None) -> Response:
    """All entries, or one follower's."""
    return answer([blacklist_view(entry) for entry in context_of(request).configuration.blacklist(follower_id)])


@router.post(
    "/api/blacklist",
    status_code=201,
    responses=described(BlacklistAddedView, 400, 404, 409, 413, 415, 422, 503, status=201, text="Holds at once"),
)
async def add_entry(request: Request, body: Annotated[BlacklistBody, Body()]) -> Response:
    """Exclude a symbol on a follower; warns when it holds or works the symbol. 409 when it is excluded already."""
    context = context_of(request)
    entry = await context.configuration.exclude(
        body.follower_id, Symbol(body.symbol), body.reason, allow_closing=body.allow_closing
    )
    shown = msgspec.structs.asdict(blacklist_view(entry))
    return answer(BlacklistAddedView(**shown, warning=context.working_copies.warn_excluded(entry)), 201)


@router.delete(
    "/api/blacklist/{id}",
    status_code=204,
    responses=described(None, 404, 422, 503, status=204, text="The symbol is copied again"),
)
async def remove_entry(
    request: Request,
    id: Annotated[int, Path(ge=1, le=ENTRY_ID_MAX)],  # noqa: A002 - the brief's name
) -> Response:
    """Remove an entry."""
    await context_of(request).configuration.include(id)
    return no_content()
