"""Settings: the brief's defaults, the environment, and one sentence for each that cannot be used."""

import json
import os
import sys
from datetime import time as time_of_day
from pathlib import Path

import pytest

from das_copy_trader.runtime.settings import Settings, SettingsError, is_loopback, load_settings

PASSWORD = "Geheim-123"
SERVER: dict[str, object] = {
    "broker_id": "BROKER",
    "host": "127.0.0.1",
    "port": 9000,
    "username": "user",
    "password": PASSWORD,
    "accounts": ["ACCT1", "ACCT2"],
    "smart_routes": ["ROUTE1"],
    "locate_routes": {"ROUTE1": 0, "ROUTE2": 1},
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name.upper() for name in Settings.model_fields}
    for name in [name for name in os.environ if name.upper() in names]:
        monkeypatch.delenv(name)


def test_the_defaults_are_the_briefs() -> None:
    settings = load_settings()
    assert (settings.app_host, settings.app_port) == ("127.0.0.1", 8787)
    assert settings.db_path == Path("das_copy_trader.db")
    assert (settings.log_level, settings.static_dir, settings.das_servers) == ("INFO", None, ())
    assert settings.max_concurrent_locates == 3
    assert settings.restart_time == time_of_day(3, 0)
    assert settings.app_auth_token is None


def test_the_environment_goes_before_what_is_stored_and_that_before_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("APP_PORT", "9001")
    settings = load_settings({"APP_PORT": "9002", "LOG_LEVEL": "debug", "RESTART_TIME": ""})
    assert (settings.app_port, settings.log_level, settings.restart_time) == (9001, "DEBUG", time_of_day(3, 0))


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_PORT", "")
    assert load_settings().app_port == 8787


def test_servers_are_found_whatever_the_case_and_hide_their_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAS_SERVERS", json.dumps([SERVER]))
    settings = load_settings()
    server = settings.server_for("broker")
    assert server is not None
    assert server.password.get_secret_value() == PASSWORD
    assert server.locate_routes == {"ROUTE1": 0, "ROUTE2": 1}
    assert PASSWORD not in repr(settings)
    assert PASSWORD in settings.secrets()
    assert settings.server_for("other") is None


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("APP_PORT", "x", "APP_PORT"),
        ("APP_PORT", "65536", "APP_PORT"),
        ("APP_PORT", "-1", "APP_PORT"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL"),
        ("STATIC_DIR", "/no/such/folder", "STATIC_DIR"),
        ("MAX_CONCURRENT_LOCATES", "0", "MAX_CONCURRENT_LOCATES"),
        ("RESTART_TIME", "25:00", "RESTART_TIME"),
        ("RESTART_TIME", "soon", "03:00"),
        ("APP_AUTH_TOKEN", "two words", "APP_AUTH_TOKEN"),
        ("APP_HOST", "0.0.0.0", "APP_ALLOW_REMOTE"),
        ("DAS_SERVERS", "{", "valid JSON"),
        ("DAS_SERVERS", "{}", "JSON array"),
        ("DAS_SERVERS", "[1]", "DAS_SERVERS"),
        ("DAS_SERVERS", json.dumps([{"broker_id": "A"}]), "host"),
        ("DAS_SERVERS", json.dumps([SERVER | {"port": 0}]), "port"),
        ("DAS_SERVERS", json.dumps([SERVER | {"pasword": "x"}]), "pasword"),
        ("DAS_SERVERS", json.dumps([SERVER | {"locate_routes": {"A": 2}}]), "locate_routes"),
        ("DAS_SERVERS", json.dumps([SERVER, SERVER | {"broker_id": "broker"}]), "more than once"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, part: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    sentence = str(refused.value)
    assert part in sentence
    assert "\n" not in sentence
    assert PASSWORD not in sentence
    assert "pydantic" not in sentence


def test_the_packed_program_keeps_its_database_with_the_users_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    database = load_settings().db_path
    assert (database.name, database.is_absolute()) == ("das_copy_trader.db", True)
    monkeypatch.setenv("DB_PATH", "here.db")
    assert load_settings().db_path == Path("here.db")


def test_another_address_can_be_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_HOST", "0.0.0.0")
    monkeypatch.setenv("APP_ALLOW_REMOTE", "true")
    assert load_settings().app_host == "0.0.0.0"


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("LOCALHOST", True),
        ("10.0.0.1", False),
        ("pc", False),
    ],
)
def test_what_is_reachable_from_here_alone(host: str, is_here: bool) -> None:
    assert is_loopback(host) is is_here
