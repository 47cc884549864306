"""The followers' configuration; changes hold at once."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Body, Query, Request
from starlette.responses import Response

from das_copy_trader.api.answers import FollowerView, account_fields, answer, described, no_content
from das_copy_trader.api.bodies import BaseMultiplierBody, FollowerBody, FollowerChanges, ToggleBody
from das_copy_trader.api.context import ApiContext, context_of
from das_copy_trader.domain.configuration import FollowerConfig, StoredFollower
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.services.errors import UnusableError
from das_copy_trader.services.messages import OutcomeUpdate
from das_copy_trader.services.relay import outcome_update

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


@router.delete(
    "/api/followers/{id}",
    status_code=204,
    responses=described(None, 404, 409, 503, status=204, text="Removed")
    | described(list[OutcomeUpdate], 404, text="Removed; what became of its working copies (with cancel_copies)"),
)
async def remove_follower(
    request: Request,
    id: str,  # noqa: A002 - the brief's name
    *,
    cancel_copies: Annotated[bool, Query()] = False,
) -> Response:
    """Remove a follower with its multipliers and blacklist. Nothing more is sent to it.

    With `cancel_copies` its working copies are cancelled first; 409 when its platform cannot be told.
    """
    context = context_of(request)
    follower_id = context.configuration.follower(id).config.follower_id
    changes = await context.working_copies.cancel(follower_id, is_last=True) if cancel_copies else []
    left = context.working_copies.count(follower_id)
    await context.configuration.remove_follower(id)
    context.working_copies.warn_removed(follower_id, left)
    return answer([outcome_update(change) for change in changes]) if cancel_copies else no_content()


@router.post(
    "/api/followers/{id}/cancel-copies",
    responses=described(list[OutcomeUpdate], 404, 409, text="What became of each copy that worked"),
)
async def cancel_copies(request: Request, id: str) -> Response:  # noqa: A002 - the brief's name
    """Cancel every copy that works on a follower, by its own id; orders of other programs are left alone.

    Answers when all have ended, or after some seconds with what has. 409 when its platform cannot be told.
    """
    context = context_of(request)
    follower_id = context.configuration.follower(id).config.follower_id
    return answer([outcome_update(change) for change in await context.working_copies.cancel(follower_id)])


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
    if not stored.config.enabled:
        context.working_copies.warn_disabled(stored.config.follower_id)
    return answer(_view(context, stored))


async def _change(
    request: Request, follower_id: str, fields: dict[str, object], password: str | None = None
) -> Response:
    context = context_of(request)
    stored = await context.configuration.change_follower(
        follower_id, lambda config: msgspec.structs.replace(config, **fields), password
    )
    if "enabled" in fields and not stored.config.enabled:
        context.working_copies.warn_disabled(stored.config.follower_id)
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
        auto_accept_max_price=config.auto_accept_max_price,
        locate_cap_per_order=config.locate_cap_per_order,
        locate_cap_per_symbol_day=config.locate_cap_per_symbol_day,
        locate_cap_per_day=config.locate_cap_per_day,
        price_inquiries=config.price_inquiries,
        replace_quantity=config.replace_quantity,
        working_copies=context.working_copies.count(config.follower_id),
    )
