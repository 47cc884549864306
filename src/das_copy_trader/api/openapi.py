"""The OpenAPI document, the WebSocket's messages in it: what the dashboard's types are made from."""

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from das_copy_trader import __version__
from das_copy_trader.api.answers import DESCRIBED
from das_copy_trader.api.problems import Problem
from das_copy_trader.api.ws_messages import ClientMessage, ServerMessage

TITLE = "DAS Copy Trader"


def install_openapi(app: FastAPI) -> None:
    """Let the app answer `/api/openapi.json` with the whole document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = make_document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way


def make_document(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document and the schemas of all answers and WebSocket messages."""
    document = get_openapi(
        title=TITLE,
        version=__version__,
        description=(
            "Copies one master account's orders to follower accounts through DAS Trader Pro. "
            "Decimals travel as strings. `WS /ws` sends `ServerMessage` frames and takes `ClientMessage` frames."
        ),
        routes=app.routes,
    )
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    types = [Problem, *DESCRIBED, ServerMessage, ClientMessage]
    described, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schemas.update(components)
    schemas["ServerMessage"], schemas["ClientMessage"] = described[-2:]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for operations in document["paths"].values():
        for operation in operations.values():
            _tell_problems(operation["responses"])
    document["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "das_copy_trader_<port>"},
    }
    document["security"] = [{"bearer": []}, {"cookie": []}]
    return document


def _tell_problems(responses: dict[str, Any]) -> None:
    """FastAPI promises its own form of 422; ours is a problem, like every other error."""
    content = responses.get("422", {}).get("content", {})
    if "application/json" in content:
        if "application/problem+json" in content:
            del content["application/json"]
        else:
            responses["422"] = {
                "description": "The request does not fit",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
