"""The database before its first use: made, migrated, refused with a sentence."""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from das_copy_trader.persistence import migrate
from das_copy_trader.persistence.errors import (
    DatabaseDamagedError,
    DatabaseLockedError,
    DatabaseNewerError,
    DatabaseReadOnlyError,
    StorageError,
)
from das_copy_trader.persistence.migrate import check_database, explain, prepare_database
from das_copy_trader.persistence.tables import metadata


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "a b.db"


def test_an_empty_place_gets_the_schema_that_the_tables_describe(path: Path) -> None:
    prepare_database(path)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0


def test_preparing_twice_changes_nothing(path: Path) -> None:
    prepare_database(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        before = list(connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name"))
    prepare_database(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert list(connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name")) == before
    assert list(path.parent.glob("*.before-*")) == []


def revisions() -> list[str]:
    """Every schema that was ever released, the first one first."""
    script = ScriptDirectory.from_config(migrate._alembic_config())
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


@pytest.mark.parametrize("former", revisions()[:-1])
def test_every_released_schema_is_brought_to_the_present_one_with_what_was_in_it(path: Path, former: str) -> None:
    head = revisions()[-1]
    path.parent.mkdir()
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.begin() as connection:
        config = migrate._alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, former)
        connection.exec_driver_sql(
            "INSERT INTO blacklist (follower_id, symbol, reason, allow_closing, created_at)"
            " VALUES ('f1', 'TSLA', 'mine', 0, '2026-01-05T14:30:00+00:00')"
        )
        connection.exec_driver_sql(
            "INSERT INTO multipliers VALUES ('f1', 'MSFT', '0.75', 'user_override', '2026-01-05T14:30:00+00:00')"
        )
    prepare_database(path)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.exec_driver_sql("SELECT symbol, reason FROM blacklist").all() == [("TSLA", "mine")]
        assert connection.exec_driver_sql("SELECT multiplier FROM multipliers").scalar() == "0.75"
    backup = path.with_name(f"{path.name}.before-{head}")
    with contextlib.closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (former,)
        assert copy.execute("SELECT count(*) FROM blacklist").fetchone() == (1,)


def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"a letter to my aunt" * 100)
    with pytest.raises(DatabaseDamagedError, match="not an SQLite database"):
        prepare_database(path)
    assert path.read_bytes().startswith(b"a letter")


def test_a_damaged_database_is_told(path: Path) -> None:
    prepare_database(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[4096:40960] = b"\x5a" * (40960 - 4096)
    path.write_bytes(content)
    with pytest.raises(DatabaseDamagedError, match="Restore it from a copy"):
        prepare_database(path)


def test_a_cut_database_is_told(path: Path) -> None:
    prepare_database(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(DatabaseDamagedError):
        prepare_database(path)


def test_a_locked_database_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT_S", 0.01)
    prepare_database(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLockedError, match="another program"):
            prepare_database(path)
        other.execute("ROLLBACK")


def test_a_newer_database_is_told_and_left_alone(path: Path) -> None:
    prepare_database(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(DatabaseNewerError, match="newer version"):
        prepare_database(path)
    with pytest.raises(DatabaseNewerError):
        check_database(path)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseDamagedError, match="names a folder"):
        prepare_database(tmp_path)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DatabaseReadOnlyError, match="cannot be opened"):
        prepare_database(tmp_path / "file" / "a.db")


@pytest.mark.parametrize("is_there", [True, False])
def test_what_cannot_be_written_is_told_though_sqlite_opens_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    if is_there:
        prepare_database(path)
    check_database(path)
    monkeypatch.setattr(os, "access", lambda _place, mode: mode != os.W_OK)
    with pytest.raises(DatabaseReadOnlyError, match="cannot be written"):
        check_database(path)


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ("disk I/O error", StorageError, "Is the disk full, or failing?"),
        ("database or disk is full", DatabaseReadOnlyError, "is full. Make room"),
        ("attempt to write a readonly database", DatabaseReadOnlyError, "Correct the rights"),
        ("database is locked", DatabaseLockedError, "Close that program"),
        ("database disk image is malformed", DatabaseDamagedError, "Restore it from a copy"),
    ],
)
def test_what_sqlite_says_is_explained(path: Path, said: str, kind: type[StorageError], told: str) -> None:
    error = explain(sqlite3.OperationalError(said), path)
    assert type(error) is kind
    assert told in str(error)


def test_history_of_the_first_schema_is_taken_along(path: Path) -> None:
    _make_first_schema(path)
    prepare_database(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        orders = list(connection.execute("SELECT master_order_id, symbol, reason, decided_us FROM replications"))
        links = list(connection.execute("SELECT follower_id, outcome, sent_us FROM order_links"))
        steps = list(connection.execute("SELECT * FROM replication_steps"))
        followers = list(connection.execute("SELECT follower_id, sealed_password FROM followers"))
    assert orders == [(101, "MSFT", "", None)]
    assert links == [("f1", "filled", None)]
    assert steps == []
    assert followers == [("f1", "sealed")]
    (copy,) = path.parent.glob("*.before-*")
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        assert list(connection.execute("SELECT version_num FROM alembic_version")) == [("0001",)]
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as opened:
        assert compare_metadata(MigrationContext.configure(opened), metadata) == []


def test_the_second_schema_can_be_taken_back(path: Path) -> None:
    _make_first_schema(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        before = _shape(connection)
    _migrate(path, command.upgrade, "0002")
    _migrate(path, command.downgrade, "0001")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert _shape(connection) == before
        assert list(connection.execute("SELECT outcome FROM order_links")) == [("filled",)]


def _make_first_schema(path: Path) -> None:
    path.parent.mkdir(parents=True)
    _migrate(path, command.upgrade, "0001")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO replications VALUES ('2026-01-05', 101, 'MSFT', 'BUY', 100, 'LIMIT', '200.5', NULL,"
            " '2026-01-05T14:30:00.000000+00:00')"
        )
        connection.execute(
            "INSERT INTO order_links VALUES ('2026-01-05', 101, 'f1', 5, 7, 'filled', 50, 50, '',"
            " '2026-01-05T14:30:00.000000+00:00')"
        )
        connection.execute(
            "INSERT INTO followers VALUES ('f1', 1, 'F', 'B', 'h', 1, 'u', 'A', '{}', NULL, 'sealed', '1', '0.1', 120,"
            " 0, 1, 1)"
        )
        connection.commit()


def _migrate(path: Path, step: Callable[[Config, str], None], revision: str) -> None:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(migrate.MIGRATIONS))
        config.set_main_option("path_separator", "newline")
        config.attributes["connection"] = connection
        step(config, revision)


def _shape(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: [row[1:4] for row in connection.execute(f"PRAGMA table_info({name})")] for name in names}
