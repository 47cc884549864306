"""Everything of the brief's API, under its exact name."""

import re
from functools import cache
from typing import Any

import pytest

from das_copy_trader.api.app import bare_app
from tests.support.brief import ACTIONS, DEFAULT_BY_VARIABLE, ENDPOINTS, EVENTS
from tests.support.face import open_face


@cache
def document() -> dict[str, Any]:
    return bare_app().openapi()


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_every_endpoint_is_there(method: str, path: str) -> None:
    documented = {
        (name.upper(), re.sub(r"\{[^}]*\}", "{}", found))
        for found, operations in document()["paths"].items()
        for name in operations
    }
    assert (method, re.sub(r"\{[^}]*\}", "{}", path)) in documented


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_there(event: str) -> None:
    assert event in document()["components"]["schemas"]["ServerMessage"]["discriminator"]["mapping"]


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_there(action: str) -> None:
    assert action in document()["components"]["schemas"]["ClientMessage"]["discriminator"]["mapping"]


async def test_every_setting_is_there_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DEFAULT_BY_VARIABLE:
        monkeypatch.delenv(name, raising=False)
    async with open_face() as face:
        state = (await face.client.get("/api/env-config")).json()
    shown = {setting["name"]: setting["value"] for setting in state["settings"]}
    assert {name: shown[name] for name in DEFAULT_BY_VARIABLE} == DEFAULT_BY_VARIABLE
