"""What the program offers is written down: every setting, every endpoint, every WebSocket message.

Both sides are read, none is listed here: what there is comes from the code, what is said from the documents.
"""

import json
import re
import subprocess
import sys

import msgspec

from tests.tidy.source_tree import ROOT

METHODS = ("get", "put", "post", "patch", "delete")


class Tag(msgspec.Struct):
    """A field that can only be one text: how a schema says which message it describes."""

    const: str | None = None
    enum: list[str] | None = None


class Component(msgspec.Struct):
    """One schema of the OpenAPI document."""

    properties: dict[str, msgspec.Raw] = {}


class Components(msgspec.Struct):
    """The schemas by name."""

    schemas: dict[str, Component] = {}


class OpenApi(msgspec.Struct):
    """As much of an OpenAPI document as is looked at here."""

    paths: dict[str, dict[str, msgspec.Raw]]
    components: Components


def schema() -> OpenApi:
    command = [sys.executable, "-m", "das_copy_trader.cli", "openapi"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return msgspec.json.decode(done.stdout, type=OpenApi)


def documents() -> str:
    docs = ROOT / "docs"
    pages = [docs / "API.md", docs / "OPERATIONS.md", *sorted((docs / "api").glob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def endpoints_of(api: OpenApi) -> list[str]:
    return [f"{method.upper()} {path}" for path, item in api.paths.items() for method in METHODS if method in item]


def messages_of(api: OpenApi) -> list[str]:
    names: set[str] = set()
    for component in api.components.schemas.values():
        for field in ("type", "action"):
            if field in component.properties:
                tag = msgspec.json.decode(component.properties[field], type=Tag)
                names |= {tag.const} if tag.const else set(tag.enum or [])
    return sorted(names)


def unmentioned(endpoints: list[str], text: str) -> list[str]:
    """Endpoints that no line names: the method and the path stand on one line; what a parameter is called is free."""
    lines = [re.sub(r"\{\w+\}", "{}", line) for line in text.splitlines()]
    missing = []
    for endpoint in endpoints:
        method, path = re.sub(r"\{\w+\}", "{}", endpoint).split(" ")
        spot = re.compile(re.escape(path) + r"(?![\w/{-])")
        if not any(re.search(rf"\b{method}\b", line) and spot.search(line) for line in lines):
            missing.append(endpoint)
    return missing


def unnamed(names: list[str], text: str) -> list[str]:
    """Names that stand nowhere as a word in code marks."""
    return [name for name in names if f"`{name}`" not in text]


def test_every_setting_is_documented() -> None:
    from das_copy_trader.runtime.settings import Settings

    names = [name.upper() for name in Settings.model_fields]
    assert names
    assert unnamed(names, documents()) == []


def test_every_endpoint_is_documented() -> None:
    endpoints = endpoints_of(schema())
    assert endpoints
    assert unmentioned(endpoints, documents()) == []


def test_every_websocket_message_is_documented() -> None:
    names = messages_of(schema())
    assert "state_update" in names
    assert unnamed(names, documents()) == []


SAMPLE = msgspec.json.decode(
    json.dumps(
        {
            "paths": {"/api/a": {"get": {}, "parameters": []}, "/api/a/{id}": {"delete": {}}},
            "components": {
                "schemas": {
                    "Update": {"properties": {"type": {"enum": ["state_update"]}, "seq": {"type": "integer"}}},
                    "Cancel": {"properties": {"action": {"const": "cancel_task"}}},
                    "Other": {"properties": {"type": {"type": "string"}}},
                }
            },
        }
    ),
    type=OpenApi,
)


def test_what_a_schema_offers_is_found() -> None:
    assert endpoints_of(SAMPLE) == ["GET /api/a", "DELETE /api/a/{id}"]
    assert messages_of(SAMPLE) == ["cancel_task", "state_update"]


def test_a_missing_endpoint_is_seen() -> None:
    text = "| DELETE | `/api/a/{thing_id}` | gone |\n| POST | `/api/a` | made |\nGET /api/a/b"
    assert unmentioned(endpoints_of(SAMPLE), text) == ["GET /api/a"]


def test_a_missing_name_is_seen() -> None:
    assert unnamed(["APP_HOST", "APP_PORT"], "`APP_PORT` and APP_HOST") == ["APP_HOST"]
