"""`GET` and `PUT /api/env-config`: checked, masked, applied, explained."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from das_copy_trader.runtime.settings import Settings
from das_copy_trader.services.env_config import MASK
from tests.support.face import DAS_PASSWORD, Face, account_body, follower_body, open_face, simulated_platforms

TOKEN = "a-token-of-the-user-1234"


def server(port: int = 9000, **more: object) -> dict[str, object]:
    return {
        "broker_id": "SIM",
        "host": "127.0.0.1",
        "port": port,
        "username": "USER2",
        "password": DAS_PASSWORD,
        **more,
    }


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)


@pytest.fixture
async def face() -> AsyncIterator[Face]:
    async with open_face() as opened:
        yield opened


async def put(face: Face, content: str) -> dict[str, object]:
    answer = await face.client.put("/api/env-config", json={"content": content})
    assert answer.status_code == 200, answer.text
    changed: dict[str, object] = answer.json()
    return changed


async def test_nothing_is_stored_at_first_and_every_setting_is_shown_with_its_source(face: Face) -> None:
    state = (await face.client.get("/api/env-config")).json()
    assert (state["content"], state["updated_at"], state["parsed_keys"]) == ("", None, [])
    shown = {setting["name"]: setting for setting in state["settings"]}
    assert (shown["APP_PORT"]["value"], shown["APP_PORT"]["source"]) == ("8787", "default")
    assert shown["DB_PATH"]["effect"] == "environment_only"
    assert shown["LOG_LEVEL"]["effect"] == "now"


async def test_what_can_be_applied_is_and_the_rest_waits_for_a_restart(face: Face) -> None:
    changed = await put(face, "# mine\nLOG_LEVEL=debug\nAPP_PORT=9999\n")
    assert changed["applied"] == ["LOG_LEVEL"]
    assert changed["restart_required"] == ["APP_PORT"]
    assert changed["parsed_keys"] == ["LOG_LEVEL", "APP_PORT"]
    assert logging.getLogger().level == logging.DEBUG
    state = (await face.client.get("/api/env-config")).json()
    assert state["content"] == "# mine\nLOG_LEVEL=debug\nAPP_PORT=9999\n"
    assert state["updated_at"]
    shown = {setting["name"]: setting for setting in state["settings"]}
    assert (shown["LOG_LEVEL"]["value"], shown["LOG_LEVEL"]["source"]) == ("DEBUG", "stored")
    assert (shown["APP_PORT"]["value"], shown["APP_PORT"]["is_pending"]) == ("8787", True)


@pytest.mark.parametrize(
    ("content", "place", "part"),
    [
        ("LOG_LEVEL=loud", "line 1", "LOG_LEVEL"),
        ("\n\nAPP_PORT=x", "line 3", "APP_PORT"),
        ("APP_PORT=70000", "line 1", "APP_PORT"),
        ("nonsense", "line 1", "KEY=value"),
        ("A=1\nA=2", "line 2", "line 1"),
        ("DAS_SERVERS={}", "line 1", "JSON array"),
        ("DAS_SERVERS=[", "line 1", "JSON"),
        ('DAS_SERVERS=[{"broker_id": "A"}]', "line 1", "host"),
        ("DAS_SERVERS=" + json.dumps([server(), server(broker_id="sim")]), "line 1", "more than once"),
        ("DAS_SERVERS=" + json.dumps([server(locate_routes={"A": 2})]), "line 1", "locate_routes"),
        (f"APP_AUTH_TOKEN={MASK}", "line 1", "masked"),
        ("DAS_SERVERS=" + json.dumps([server(password=MASK)]), "line 1", "masked"),
        ("APP_HOST=0.0.0.0", "", "APP_ALLOW_REMOTE"),
    ],
)
async def test_what_is_wrong_is_refused_with_its_line_and_nothing_is_stored(
    face: Face, content: str, place: str, part: str
) -> None:
    await put(face, "LOG_LEVEL=INFO\n")
    answer = await face.client.put("/api/env-config", json={"content": content})
    assert answer.status_code == 422
    found = answer.json()["errors"][0]
    assert (found["field"], part in found["message"]) == (place, True), answer.text
    assert DAS_PASSWORD not in answer.text
    assert (await face.client.get("/api/env-config")).json()["content"] == "LOG_LEVEL=INFO\n"


async def test_all_faults_are_told_at_once(face: Face) -> None:
    answer = await face.client.put("/api/env-config", json={"content": "APP_PORT=x\nLOG_LEVEL=y\n"})
    assert [found["field"] for found in answer.json()["errors"]] == ["line 1", "line 2"]


async def test_secrets_are_masked_and_a_mask_sent_back_changes_nothing(face: Face) -> None:
    content = f"APP_AUTH_TOKEN={TOKEN}\nMY_PASSWORD=hunter2hunter2\nDAS_SERVERS={json.dumps([server()])}\n# end\n"
    changed = await put(face, content)
    shown = json.dumps(changed)
    for secret in (TOKEN, DAS_PASSWORD, "hunter2hunter2"):
        assert secret not in shown
    masked = str(changed["content"])
    assert masked.count(MASK) == 3
    assert masked.endswith("# end\n")
    await put(face, masked)
    env_config = face.container.env_config
    assert env_config.settings.das_servers[0].password.get_secret_value() == DAS_PASSWORD
    again = await put(face, masked.replace("127.0.0.1", "127.0.0.2"))
    assert again["applied"] == ["DAS_SERVERS"]
    entry = env_config.settings.das_servers[0]
    assert (entry.host, entry.password.get_secret_value()) == ("127.0.0.2", DAS_PASSWORD)


async def test_what_has_no_effect_is_said(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    changed = await put(face, "LOG_LEVL=INFO\nDB_PATH=/elsewhere.db\nLOG_LEVEL=DEBUG\n")
    warnings = changed["warnings"]
    assert isinstance(warnings, list)
    assert [warning.split()[0] for warning in warnings] == ["LOG_LEVL", "DB_PATH", "LOG_LEVEL"]
    settings = changed["settings"]
    assert isinstance(settings, list)
    level = next(one for one in settings if one["name"] == "LOG_LEVEL")
    assert (level["source"], level["value"]) == ("environment", "WARNING")


async def test_a_changed_server_reconnects_its_followers_at_once(face: Face) -> None:
    async with simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        await face.client.put("/api/master", json=account_body(1, ports[0], broker_id="OTHER"))
        await face.client.post("/api/followers", json=follower_body(2, 1))
        started = (await face.client.post("/api/start")).json()
        assert started["followers"][0]["state"] != "ready"
        await put(face, f"DAS_SERVERS={json.dumps([server(ports[1])])}")
        health: dict[str, object] = {}
        while health.get("state") != "ready":  # polled from outside on purpose
            await asyncio.sleep(0.02)
            accounts = (await face.client.get("/api/health")).json()["accounts"]
            health = next(account for account in accounts if account["id"] == "f2")
        assert (await face.client.get("/api/followers/f2")).json()["overridden_by_env"] is True
        assert (await face.client.get("/api/das-servers")).json()[0]["port"] == ports[1]


async def test_a_check_tells_what_would_change_and_stores_nothing(face: Face) -> None:
    content = "LOG_LEVEL=debug\nAPP_PORT=9999\nSURPRISE=1\n"
    preview = await face.client.post("/api/env-config/check", json={"content": content})
    assert preview.status_code == 200
    told = preview.json()
    assert (told["applied"], told["restart_required"], len(told["warnings"])) == (["LOG_LEVEL"], ["APP_PORT"], 1)
    refused = await face.client.post("/api/env-config/check", json={"content": "LOG_LEVEL=debug\nAPP_PORT=99999\n"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "line 2")
    state = (await face.client.get("/api/env-config")).json()
    assert (state["content"], state["updated_at"]) == ("", None)
