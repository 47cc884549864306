"""Missed events, logs, figures, diagnostics, the connection test."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.runtime.log_files import LogFiles
from das_copy_trader.services.notification_service import EVENTS_KEPT
from das_copy_trader.simulator.control import Ticket
from tests.support.face import DAS_PASSWORD, TOKEN, Face, account_body, follower_body, open_face, simulated_platforms

Step = dict[str, object]


@pytest.fixture
async def face() -> AsyncIterator[Face]:
    async with open_face() as opened:
        yield opened


# ---------------------------------------------------------------------------------------------------------------- events
async def test_missed_events_are_fetched_by_number(face: Face) -> None:
    for number in range(30):
        face.container.alerts.raise_alert(AlertLevel.INFO, f"alert {number}")
    first = (await face.client.get("/api/events?limit=20")).json()
    assert (first["last_seq"], first["is_complete"], first["has_more"]) == (30, True, True)
    assert [event["seq"] for event in first["events"]] == list(range(1, 21))
    rest = (await face.client.get("/api/events?after_seq=20")).json()
    assert (rest["is_complete"], rest["has_more"]) == (True, False)
    assert [event["data"]["message"] for event in rest["events"]] == [f"alert {number}" for number in range(20, 30)]
    assert (await face.client.get("/api/events?after_seq=30")).json()["events"] == []


async def test_a_gap_that_cannot_be_filled_is_said(face: Face) -> None:
    for number in range(EVENTS_KEPT + 10):
        face.container.alerts.raise_alert(AlertLevel.INFO, f"alert {number}")
    found = (await face.client.get("/api/events?after_seq=3&limit=1")).json()
    assert (found["is_complete"], found["events"][0]["seq"]) == (False, 11)
    assert (await face.client.get("/api/events?after_seq=10&limit=1")).json()["is_complete"] is True


# ------------------------------------------------------------------------------------------------------------------ logs
async def test_log_lines_are_read_by_number_and_level(face: Face) -> None:
    for number, level in enumerate(["info", "error", "debug", "warning"]):
        face.container.log_ring.append("2026-01-05T14:30:00Z", level, "test", f"line {number}")
    assert [entry["number"] for entry in (await face.client.get("/api/logs?after=1")).json()] == [2, 3, 4]
    worse = (await face.client.get("/api/logs?level=warning")).json()
    assert [entry["message"] for entry in worse] == ["line 1", "line 3"]
    assert [entry["number"] for entry in (await face.client.get("/api/logs?limit=1")).json()] == [4]
    assert (await face.client.get("/api/logs?level=loud")).status_code == 422


async def test_a_runs_log_is_downloaded_whole_and_nothing_else_can_be(tmp_path: Path) -> None:
    run = tmp_path / "logs" / "2026-01-05_143000"
    run.mkdir(parents=True)
    (tmp_path / "logs" / "secret.txt").write_text("not for you", encoding="utf-8")
    for name, text in (
        ("das-copy-trader.log.2", "a\n"),
        ("das-copy-trader.log.1", "b\n"),
        ("das-copy-trader.log", "c\n"),
    ):
        (run / name).write_text(text, encoding="utf-8")
    async with open_face(log_files=LogFiles(tmp_path / "logs", run)) as face:
        runs = (await face.client.get("/api/logs/runs")).json()
        assert runs == [{"name": run.name, "size_bytes": 6, "is_current": True}]
        for query in ("", f"?run={run.name}"):
            answer = await face.client.get(f"/api/logs/download{query}")
            assert answer.text == "a\nb\nc\n"
            assert "attachment" in answer.headers["content-disposition"]
        for wrong in ("..", "../logs", "secret.txt", "/etc", "", "2026"):
            assert (await face.client.get("/api/logs/download", params={"run": wrong})).status_code == 404


async def test_without_log_files_there_is_nothing_to_download(face: Face) -> None:
    assert (await face.client.get("/api/logs/runs")).json() == []
    assert (await face.client.get("/api/logs/download")).status_code == 404


async def test_the_diagnostics_hold_everything_but_secrets(face: Face) -> None:
    face.container.redactor.add(TOKEN, DAS_PASSWORD)
    await face.client.put("/api/master", json=account_body(1))
    await face.client.put("/api/env-config", json={"content": f"APP_AUTH_TOKEN={TOKEN}"})
    face.container.alerts.raise_alert(AlertLevel.ERROR, f"somebody wrote {DAS_PASSWORD} into a text")
    answer = await face.client.get("/api/diagnostics")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
        texts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert json.loads(texts["state.json"])["master"]["account_id"] == "ACCT1"
    assert "das_copy_mode" in texts["metrics.txt"]
    for name, text in texts.items():
        assert TOKEN not in text, name
        assert DAS_PASSWORD not in text, name


# --------------------------------------------------------------------------------------------------------------- metrics
async def test_the_figures_tell_what_was_copied(face: Face) -> None:
    async with simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        await face.client.put("/api/master", json=account_body(1, ports[0]))
        await face.client.post("/api/followers", json=follower_body(2, ports[1]))
        await face.client.post("/api/start")
        for _ in range(3):
            control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=100, limit=Decimal(150)))
        async with asyncio.timeout(20):
            while (figures := await read_figures(face)).get(("das_copy_stage_seconds_count", "acked"), 0) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert figures["das_copy_stage_seconds_count", "sent"] == 3
    assert figures["das_copy_outcomes_total", "working"] == 3
    assert figures["das_copy_mode", "copying"] == 1
    assert figures["das_copy_account_ready", "master"] == 1
    assert 0 < figures["das_copy_commands_left", "order"] <= 50
    assert figures["das_copy_account_reconnects_total", "follower"] == 0


async def read_figures(face: Face) -> dict[tuple[str, str], float]:
    """The sample values by name and the first label that tells them apart."""
    answer = await face.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = sample.labels
            part = next(
                (labels[name] for name in ("stage", "outcome", "command", "mode", "role") if name in labels), ""
            )
            found[sample.name, part] = sample.value
    return found


# ------------------------------------------------------------------------------------------------------- connection test
async def try_connection(face: Face, **body: object) -> tuple[dict[str, object], dict[str, object]]:
    answer = await face.client.post("/api/test-connection", json=body)
    assert answer.status_code == 200, answer.text
    assert DAS_PASSWORD not in answer.text
    report = answer.json()
    return report, {step["name"]: step["ok"] for step in report["steps"]}


async def test_a_connection_is_tested_step_by_step_and_changes_nothing(face: Face) -> None:
    async with simulated_platforms(1) as control:
        report, steps = await try_connection(face, **account_body(1, control.broker.platforms[0].port))
        assert report["ok"] is True
        assert [steps[name] for name in ("address", "login", "lists", "order_server")] == [True] * 4
        assert (await face.client.get("/api/master")).status_code == 404


async def test_a_stored_account_is_tested_with_its_stored_password(face: Face) -> None:
    async with simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        await face.client.put("/api/master", json=account_body(1, ports[0]))
        await face.client.post("/api/followers", json=follower_body(2, 1))
        assert (await try_connection(face))[0]["ok"] is True
        report, steps = await try_connection(face, follower_id="f2")
        assert (report["ok"], steps["address"], steps["login"]) == (False, False, None)
        assert (await try_connection(face, follower_id="f2", port=ports[1]))[0]["ok"] is True
        assert (await try_connection(face, follower_id="f2", port=ports[1], password="wrong"))[1]["login"] is False


async def test_an_account_that_is_connected_is_not_logged_in_twice(face: Face) -> None:
    async with simulated_platforms(1) as control:
        await face.client.put("/api/master", json=account_body(1, control.broker.platforms[0].port))
        await face.client.post("/api/start")
        report, _ = await try_connection(face)
        assert report["ok"] is True
        assert control.broker.platforms[0].client_count == 1


async def test_what_is_missing_for_a_test_is_named(face: Face) -> None:
    answer = await face.client.post("/api/test-connection", json={"host": "127.0.0.1"})
    assert answer.status_code == 422
    assert "broker_id" in answer.json()["detail"]
    assert (await face.client.post("/api/test-connection", json={"follower_id": "nobody"})).status_code == 404
