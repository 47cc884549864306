"""`check-config --connect`: each account is logged in to, and what comes of it is told."""

import asyncio
import json
import subprocess
from pathlib import Path

from tests.support.face import DAS_PASSWORD, account_body, follower_body, simulated_platforms
from tests.support.program import COMMAND, environment, program


async def check(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "check-config",
        *arguments,
        env=environment(folder, **more),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaints = await process.communicate()
    assert process.returncode is not None
    return subprocess.CompletedProcess([], process.returncode, out.decode(), complaints.decode())


def files_of(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


async def test_every_account_is_tried_and_told(tmp_path: Path) -> None:
    async with simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        async with program(tmp_path) as served, served.client() as client:
            await client.put("/api/master", json=account_body(1, ports[0]))
            await client.post("/api/followers", json=follower_body(2, ports[1]))
            running = await check(tmp_path, "--connect")
            assert (running.returncode, "Health page" in running.stderr) == (5, True)
        good = await check(tmp_path, "--connect")
        assert good.returncode == 0, good
        assert "master: ok, account ACCT1" in good.stdout
        assert "f2: ok, account ACCT2" in good.stdout
        assert DAS_PASSWORD not in good.stdout + good.stderr
    bad = await check(tmp_path, "--connect")
    assert bad.returncode == 1
    assert "master: FAILED" in bad.stdout
    assert "refused the connection" in bad.stdout


async def test_without_a_database_there_is_nothing_to_connect_to_and_none_is_made(tmp_path: Path) -> None:
    told = await check(tmp_path, "--connect")
    assert told.returncode == 0
    assert files_of(tmp_path) == []


async def test_stored_settings_hold_after_a_restart_below_the_environment(tmp_path: Path) -> None:
    entry = {"broker_id": "B", "host": "h", "port": 1, "username": "u", "password": DAS_PASSWORD}
    content = f"LOG_LEVEL=WARNING\nRESTART_TIME=04:30\nDAS_SERVERS={json.dumps([entry])}\n"
    async with program(tmp_path) as served, served.client() as client:
        changed = (await client.put("/api/env-config", json={"content": content})).json()
        assert "RESTART_TIME" in changed["restart_required"]
    told = await check(tmp_path)
    assert (told.returncode, "04:30 New York" in told.stdout, "u at h:1" in told.stdout) == (0, True, True)
    async with program(tmp_path, LOG_LEVEL="ERROR") as served, served.client() as client:
        state = (await client.get("/api/env-config")).json()
        shown = {setting["name"]: (setting["value"], setting["source"]) for setting in state["settings"]}
        assert shown["RESTART_TIME"] == ("04:30", "stored")
        assert shown["LOG_LEVEL"] == ("ERROR", "environment")
        assert (await client.get("/api/das-servers")).json()[0]["host"] == "h"
    for file in files_of(tmp_path):
        assert DAS_PASSWORD.encode() not in file.read_bytes(), file


async def test_another_address_is_refused_unless_meant_and_then_loudly_warned_of(tmp_path: Path) -> None:
    refused = await check(tmp_path, APP_HOST="0.0.0.0")
    assert (refused.returncode, "APP_ALLOW_REMOTE" in refused.stderr) == (2, True)
    async with program(tmp_path, APP_HOST="0.0.0.0", APP_ALLOW_REMOTE="true") as served, served.client() as client:
        port = served.base.rpartition(":")[2]
        for host, status in ((f"192.0.2.7:{port}", 200), (f"evil.example:{port}", 403)):
            assert (await client.get("/api/status", headers={"host": host})).status_code == status
        alerts = (await client.get("/api/alerts")).json()
        assert any("other machines" in alert["message"] for alert in alerts)
