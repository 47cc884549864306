"""The settings that are stored in the program."""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from das_copy_trader.api.answers import answer, described
from das_copy_trader.api.bodies import EnvConfigBody
from das_copy_trader.api.context import context_of
from das_copy_trader.services.env_config import EnvConfigChange, EnvConfigPreview, EnvConfigState

router = APIRouter(tags=["Environment config"])


@router.get("/api/env-config", responses=described(EnvConfigState, text="Secrets are masked"))
async def get_env_config(request: Request) -> Response:
    """The stored `.env` content, and every setting as it is in force."""
    return answer(context_of(request).env_config.state())


@router.put(
    "/api/env-config",
    responses=described(EnvConfigChange, 400, 413, 415, 422, 503, text="Stored, applied where it can be"),
)
async def put_env_config(request: Request, body: Annotated[EnvConfigBody, Body()]) -> Response:
    """Check, store and apply an `.env` content. 422 names every line that is wrong; then nothing was stored."""
    return answer(await context_of(request).env_config.save(body.content))


@router.post(
    "/api/env-config/check",
    responses=described(EnvConfigPreview, 400, 413, 415, 422, text="It could be stored"),
)
async def check_env_config(request: Request, body: Annotated[EnvConfigBody, Body()]) -> Response:
    """Check an `.env` content as the `PUT` does, and tell what it would change. Nothing is stored."""
    return answer(context_of(request).env_config.preview(body.content))
