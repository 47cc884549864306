"""The master's configuration."""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from das_copy_trader.api.answers import MasterView, account_fields, answer, described
from das_copy_trader.api.bodies import MasterBody
from das_copy_trader.api.context import ApiContext, context_of
from das_copy_trader.domain.configuration import MasterConfig, StoredMaster
from das_copy_trader.services.errors import NotFoundError

router = APIRouter(tags=["Master"])


@router.get("/api/master", responses=described(MasterView, 404, text="The master's configuration"))
async def get_master(request: Request) -> Response:
    """The master's configuration. 404 while there is none."""
    context = context_of(request)
    stored = context.configuration.master
    if stored is None:
        raise NotFoundError("There is no master account yet. Configure it with PUT /api/master.")
    return answer(_view(context, stored))


@router.put("/api/master", responses=described(MasterView, 400, 409, 413, 415, 422, 503, text="Stored"))
async def put_master(request: Request, body: Annotated[MasterBody, Body()]) -> Response:
    """Make or change the master. 409 while copying is started."""
    context = context_of(request)
    config = MasterConfig(**body.model_dump(exclude={"password"}))
    password = body.password.get_secret_value() if body.password is not None else None
    return answer(_view(context, await context.configuration.put_master(config, password)))


def _view(context: ApiContext, stored: StoredMaster) -> MasterView:
    configuration, config = context.configuration, stored.config
    return MasterView(
        **account_fields(
            config,
            configuration.order_route(config),
            has_password=configuration.has_password(stored),
            overridden=context.settings.server_for(config.broker_id) is not None,
        )
    )
