"""Logs: they reach file and ring, and no secret does."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import structlog

from das_copy_trader.runtime.logging import (
    CHATTY_LIBRARIES,
    REDACTED,
    LogRing,
    Logs,
    Redactor,
    set_level,
    start_logging,
)

SECRET = "Geheim-123"


@pytest.fixture
def ring() -> LogRing:
    return LogRing(size=5)


@pytest.fixture
def redactor() -> Redactor:
    return Redactor([SECRET])


@pytest.fixture
def logs(tmp_path: Path, ring: LogRing, redactor: Redactor) -> Iterator[Logs]:
    level = logging.getLogger().level
    started = start_logging(
        level="INFO", redactor=redactor, ring=ring, folder=tmp_path / "logs", run_name="run3", keep_runs=2
    )
    yield started
    started.stop()
    logging.getLogger().setLevel(level)
    for name in CHATTY_LIBRARIES:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def written(logs: Logs) -> str:
    logs.stop()
    assert logs.folder is not None
    return (logs.folder / "das-copy-trader.log").read_text(encoding="utf-8")


def test_both_kinds_of_loggers_reach_the_file_and_the_ring(logs: Logs, ring: LogRing) -> None:
    structlog.get_logger("one").info("from structlog", port=9000)
    logging.getLogger("two").warning("from %s", "logging")
    logging.getLogger("two").debug("too fine")
    lines = [json.loads(line) for line in written(logs).splitlines()]
    assert [(line["event"], line["level"], line["logger"]) for line in lines] == [
        ("from structlog", "info", "one"),
        ("from logging", "warning", "two"),
    ]
    assert [entry.message for entry in ring.since(0)] == ["from structlog port=9000", "from logging"]
    assert ring.since(1)[0].number == 2


def test_no_secret_is_written_even_in_a_traceback(logs: Logs, ring: LogRing, redactor: Redactor) -> None:
    redactor.add("later-secret")
    log = structlog.get_logger("x")
    log.info("login %s", SECRET, password=SECRET, nested={"deep": [SECRET]})
    try:
        raise ValueError(f"cannot log in with {SECRET} or later-secret")
    except ValueError:
        log.exception("it failed")
    logging.getLogger("y").error("again %s", "later-secret")
    text = written(logs)
    shown = " ".join(entry.message for entry in ring.since(0))
    for place in (text, shown):
        assert SECRET not in place
        assert "later-secret" not in place
        assert REDACTED in place


@pytest.mark.parametrize("secret", ['quo"te', "back\\slash", "per%cent&am+p", "schlüssel€", "it's", '"\'\\%ü"'])
def test_a_secret_with_odd_characters_is_found_in_every_spelling(secret: str) -> None:
    redactor = Redactor([secret])
    spellings = [
        secret,
        json.dumps({"password": secret}),
        json.dumps({"password": secret}, ensure_ascii=False),
        repr([secret]),
        f"/auth?token={quote(secret, safe='')}",
        urlencode({"token": secret}),
    ]
    for text in spellings:
        assert redactor.clean(text) != text
        assert secret not in redactor.clean(text)


def test_a_structured_line_with_an_odd_secret_is_clean(logs: Logs, redactor: Redactor) -> None:
    secret = 'quo"te\\ü'
    redactor.add(secret)
    structlog.get_logger("x").warning("refused", nested={"password": secret})
    line = json.loads(written(logs))
    assert secret not in str(line)
    assert REDACTED in str(line)


@pytest.mark.parametrize(("level", "kept"), [("DEBUG", ["mine", "info"]), ("INFO", ["info"]), ("WARNING", [])])
def test_libraries_do_not_debug_into_the_log(logs: Logs, level: str, kept: list[str]) -> None:
    set_level(level)
    logging.getLogger("das_copy_trader.x").debug("mine")
    for name in CHATTY_LIBRARIES:
        logging.getLogger(f"{name}.part").debug("noise")
    logging.getLogger("sqlalchemy.engine").info("noise")
    logging.getLogger("uvicorn.error").info("info")
    assert [json.loads(line)["event"] for line in written(logs).splitlines()] == kept


def test_the_ring_keeps_the_newest(ring: LogRing) -> None:
    for number in range(8):
        ring.append("t", "info", "l", str(number))
    assert [entry.message for entry in ring.since(0)] == ["3", "4", "5", "6", "7"]
    assert ring.last_number == 8


def test_old_runs_are_forgotten(tmp_path: Path, ring: LogRing, redactor: Redactor) -> None:
    for name in ("run1", "run2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "das-copy-trader.log").write_text("x")
    (tmp_path / "run1" / "mine.txt").write_text("the user's own")
    started = start_logging(level="INFO", redactor=redactor, ring=ring, folder=tmp_path, run_name="run3", keep_runs=1)
    started.stop()
    structlog.reset_defaults()
    assert (tmp_path / "run1" / "mine.txt").exists()
    assert not (tmp_path / "run1" / "das-copy-trader.log").exists()
    assert not (tmp_path / "run2").exists()
    assert (tmp_path / "run3").exists()
