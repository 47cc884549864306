"""The followers' configuration; changes hold at once."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from das_copy_trader.api.answers import FollowerView, account_fields, answer, described, no_content
from das_copy_trader.api.bodies import BaseMultiplierBody, FollowerBody, FollowerChanges, ToggleBody
from das_copy_trader.api.context import ApiContext, context_of
from das_copy_trader.domain.configuration import FollowerConfig, StoredFollower
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.services.errors import UnusableError

router = APIRouter(tags=["Followers"])
_WRITE_PROBLEMS = (400, 404, 409, 413, 415, 422, 503)


@router.get("/api/followers", responses=described(list[FollowerView], text="In the order in which they were added"))
async def get_followers(request: Request) -> Response:
    """All followers."""
    context = context_of(request)
    return answer([_view(context, stored) for stored in context.configuration.followers()])


@router.post(
    "/api/followers",
    status_code=201,
    responses=described(FollowerView, 400, 409, 413, 415, 422, 503, status=201, text="Added"),
)
async def add_follower(request: Request, body: Annotated[FollowerBody, Body()]) -> Response:
    """Add a follower. 409 when its id or its account is taken. It is connected at once while copying is started."""
    context = context_of(request)
    fields = body.model_dump(exclude={"id", "password"})
    config = FollowerConfig(follower_id=FollowerId(body.id), **fields)
    password = body.password.get_secret_value() if body.password is not None else None
    return answer(_view(context, await context.configuration.add_follower(config, password)), 201)


@router.get("/api/followers/{id}", responses=described(FollowerView, 404, text="The follower"))
async def get_follower(request: Request, id: str) -> Response:  # noqa: A002 - the brief's name
    """One follower."""
    context = context_of(request)
    return answer(_view(context, context.configuration.follower(id)))


@router.put("/api/followers/{id}", responses=described(FollowerView, *_WRITE_PROBLEMS, text="Changed"))
async def change_follower(
    request: Request,
    id: str,  # noqa: A002 - the brief's name
    body: Annotated[FollowerChanges, Body()],
) -> Response:
    """Change a follower; what is absent stays. Another account or address reconnects it."""
    if body.get("id", id) != id:
        raise UnusableError("A follower's id cannot be changed. Add it under the new id and remove the old one.")
    secret = body.get("password")
    fields = {name: field for name, field in body.items() if name not in {"id", "password"}}
    return await _change(request, id, fields, secret.get_secret_value() if secret is not None else None)


@router.delete("/api/followers/{id}", status_code=204, responses=described(None, 404, 503, status=204, text="Removed"))
async def remove_follower(request: Request, id: str) -> Response:  # noqa: A002 - the brief's name
    """Remove a follower with its multipliers and blacklist. Nothing more is sent to it."""
    await context_of(request).configuration.remove_follower(id)
    return no_content()


@router.patch(
    "/api/followers/{id}/multiplier", responses=described(FollowerView, *_WRITE_PROBLEMS, text="Holds at once")
)
async def set_base_multiplier(
    request: Request,
    id: str,  # noqa: A002 - the brief's name
    body: Annotated[BaseMultiplierBody, Body()],
) -> Response:
    """Update the base multiplier; it holds from the master's next order on."""
    return await _change(request, id, {"base_multiplier": body.base_multiplier})


@router.patch("/api/followers/{id}/toggle", responses=described(FollowerView, *_WRITE_PROBLEMS, text="Holds at once"))
async def toggle_follower(
    request: Request,
    id: str,  # noqa: A002 - the brief's name
    body: Annotated[ToggleBody | None, Body()] = None,
) -> Response:
    """Enable or disable a follower: flips, or sets with `{enabled}`."""
    context = context_of(request)
    wanted = body.enabled if body is not None else None
    stored = await context.configuration.change_follower(
        id,
        lambda config: msgspec.structs.replace(config, enabled=not config.enabled if wanted is None else wanted),
    )
    return answer(_view(context, stored))


async def _change(
    request: Request, follower_id: str, fields: dict[str, object], password: str | None = None
) -> Response:
    context = context_of(request)
    stored = await context.configuration.change_follower(
        follower_id, lambda config: msgspec.structs.replace(config, **fields), password
    )
    return answer(_view(context, stored))


def _view(context: ApiContext, stored: StoredFollower) -> FollowerView:
    configuration, config = context.configuration, stored.config
    return FollowerView(
        **account_fields(
            config,
            configuration.order_route(config),
            has_password=configuration.has_password(stored),
            overridden=context.settings.server_for(config.broker_id) is not None,
        ),
        id=config.follower_id,
        name=config.name,
        base_multiplier=config.base_multiplier,
        max_locate_price=config.max_locate_price,
        locate_retry_timeout=config.locate_retry_timeout,
        auto_accept_locates=config.auto_accept_locates,
        enabled=config.enabled,
        guard_closing=config.guard_closing,
        replace_quantity=config.replace_quantity,
    )
