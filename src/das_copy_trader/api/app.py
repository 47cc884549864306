"""The app: routes, door, errors, pages."""

from typing import Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from das_copy_trader import __version__
from das_copy_trader.api.access import AccessPolicy
from das_copy_trader.api.context import ApiContext
from das_copy_trader.api.openapi import TITLE, install_openapi
from das_copy_trader.api.pages import Door, Pages, auth_router, fallback_router
from das_copy_trader.api.problems import install_problem_handlers
from das_copy_trader.api.routes import (
    blacklist,
    env_config,
    followers,
    locates,
    master,
    multipliers,
    operations,
    queued_actions,
    replications,
    short_sales,
    system,
)
from das_copy_trader.api.security import SecurityMiddleware
from das_copy_trader.api.throttle import FailedTries
from das_copy_trader.api.websocket import router as websocket_router

ROUTERS: Final = (
    system.router,
    master.router,
    followers.router,
    blacklist.router,
    multipliers.router,
    short_sales.router,
    locates.router,
    queued_actions.router,
    replications.router,
    env_config.router,
    operations.router,
    auth_router,
    websocket_router,
)


def create_app(context: ApiContext, policy: AccessPolicy) -> FastAPI:
    """The ASGI app over these services. Nothing is reachable without the token."""
    app = bare_app()
    app.state.context = context
    failed_tries = FailedTries(context.clock)
    app.state.door = Door(policy, failed_tries)
    endpoints = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    app.include_router(fallback_router(endpoints))
    app.mount("/", Pages(context.pages), name="pages")
    app.add_middleware(SecurityMiddleware, policy=policy, failed_tries=failed_tries)
    return app


def bare_app() -> FastAPI:
    """The endpoints alone: enough for the OpenAPI document."""
    app = FastAPI(title=TITLE, version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    for router in ROUTERS:
        app.include_router(router)
    install_problem_handlers(app)
    install_openapi(app)
    return app
