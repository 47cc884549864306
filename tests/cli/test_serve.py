"""The program as it is started: exit codes, the printed link, secrets, one at a time."""

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path

from das_copy_trader.persistence.migrate import prepare_database
from tests.support.face import DAS_PASSWORD, account_body, follower_body, simulated_platforms
from tests.support.program import COMMAND, environment, program


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(folder, **more),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the one whose business the token is."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != "app-token"]
    return {str(file): file.read_bytes() for file in files}


async def test_it_serves_ends_on_a_signal_and_comes_back_with_what_was_configured(tmp_path: Path) -> None:
    async with program(tmp_path) as first, first.client() as client:
        assert (await client.get("/api/status")).json()["mode"] == "stopped"
        assert (await client.put("/api/master", json=account_body(1))).status_code == 200
        assert (await client.post("/api/followers", json=follower_body(2, base_multiplier="0.25"))).status_code == 201
        assert (await client.put("/api/multipliers/f2/MSFT", json={"multiplier": 3})).status_code == 200
        body = {"follower_id": "f2", "symbol": "TSLA"}
        assert (await client.post("/api/blacklist", json=body)).status_code == 201
        first.process.send_signal(signal.SIGTERM)
        assert await first.process.wait() == 0
    async with program(tmp_path) as second, second.client() as client:
        assert second.token == first.token
        assert (await client.get("/api/master")).json()["has_password"] is True
        assert (await client.get("/api/followers")).json()[0]["base_multiplier"] == "0.25"
        assert (await client.get("/api/multipliers/f2")).json()[0]["multiplier"] == "3"
        assert (await client.get("/api/blacklist")).json()[0]["symbol"] == "TSLA"
        assert (await client.get("/api/status")).json()["mode"] == "stopped"


async def test_no_password_and_no_token_is_found_in_any_file_or_output(tmp_path: Path) -> None:
    async with simulated_platforms(2) as control:
        ports = [platform.port for platform in control.broker.platforms]
        async with program(tmp_path, LOG_LEVEL="DEBUG") as served, served.client() as client:
            await client.put("/api/master", json=account_body(1, ports[0]))
            await client.post("/api/followers", json=follower_body(2, ports[1]))
            await client.post("/api/followers", json=follower_body(3, ports[1], password="Wrong-" + DAS_PASSWORD))
            await client.get(f"/auth?token={served.token}")
            answers = [(await client.post("/api/start")).text]
            names = ("status", "health", "master", "followers", "das-servers", "alerts", "replications")
            answers += [(await client.get(f"/api/{name}")).text for name in names]
            answers.append((await client.put("/api/master", json=account_body(1) | {"port": "x"})).text)
            served.process.send_signal(signal.SIGTERM)
            output, _ = await served.process.communicate()
    assert served.process.returncode == 0
    places = {"output": output, "answers": "".join(answers).encode()} | contents(tmp_path)
    assert any("das-copy-trader.log" in name for name in places)
    for name, content in places.items():
        assert DAS_PASSWORD.encode() not in content, name
        assert served.token.encode() not in content, name
    if os.name == "posix":
        for secret_file in ("app-token", "a.key", "a.db"):
            assert (tmp_path / secret_file).stat().st_mode & 0o077 == 0, secret_file


async def test_a_second_start_on_the_same_database_is_refused(tmp_path: Path) -> None:
    async with program(tmp_path):
        second = await asyncio.get_running_loop().run_in_executor(None, run, tmp_path, "serve")
    assert second.returncode == 5
    assert second.stderr.count("\n") == 1
    assert "already works with this database" in second.stderr


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = run(tmp_path, "serve", APP_PORT=str(taken.getsockname()[1]))
    assert refused.returncode == 4
    assert refused.stderr.count("\n") == 1
    assert "APP_PORT" in refused.stderr


def test_a_bad_setting_is_one_sentence(tmp_path: Path) -> None:
    for command in ("serve", "check-config"):
        refused = run(tmp_path, command, APP_PORT="x")
        assert refused.returncode == 2
        assert refused.stderr.count("\n") == 1
        assert "APP_PORT" in refused.stderr


def test_a_damaged_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"no database at all" * 300)
    for command in ("serve", "check-config"):
        refused = run(tmp_path, command)
        assert refused.returncode == 3
        assert refused.stderr.count("\n") == 1
        assert "not an SQLite database" in refused.stderr


def test_a_locked_database_is_one_sentence(tmp_path: Path) -> None:
    prepare_database(tmp_path / "a.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        refused = run(tmp_path, "serve")
    assert refused.returncode == 3
    assert "locked by another program" in refused.stderr


def test_an_address_of_another_machine_is_one_sentence(tmp_path: Path) -> None:
    refused = run(tmp_path, "serve", APP_HOST="192.0.2.1", APP_ALLOW_REMOTE="true")
    assert refused.returncode == 4
    assert "Correct APP_HOST" in refused.stderr


def test_an_empty_file_is_fit_to_start_with(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    told = run(tmp_path, "check-config")
    assert (told.returncode, told.stderr) == (0, "")
    assert (tmp_path / "a.db").stat().st_size == 0


def test_a_fit_configuration_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    told = run(tmp_path, "check-config")
    assert told.returncode == 0
    assert "fit to start" in told.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_told(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout.startswith("das-copy-trader ")
