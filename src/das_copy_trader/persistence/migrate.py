"""Before the first use: is the file sound, is it ours, is it of our time? Then bring it to the present schema."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError as AlembicError
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from das_copy_trader.persistence.errors import (
    DatabaseDamagedError,
    DatabaseLockedError,
    DatabaseNewerError,
    DatabaseReadOnlyError,
    StorageError,
)

MIGRATIONS: Final = Path(__file__).parent / "migrations"
LOCK_TIMEOUT_S: Final = 3.0
_MAGIC: Final = b"SQLite format 3\x00"


def prepare_database(path: Path) -> None:
    """Check the database and migrate it; make it when there is none. A copy is kept before an older one is migrated.

    Blocks: meant for the start, before anything trades. Raises StorageError with a sentence.
    """
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_other_files(path)
        _create_empty(path)
        with contextlib.closing(sqlite3.connect(path, timeout=LOCK_TIMEOUT_S, isolation_level=None)) as connection:
            present, head = _check(connection, path)
            connection.execute("PRAGMA journal_mode=WAL")
            if present is not None and present != head:
                _back_up(connection, path.with_name(f"{path.name}.before-{head}"))
        if present != head:
            _upgrade(path)


def check_database(path: Path) -> None:
    """Check a database, and change nothing; where there is none, whether one could be made. Raises StorageError."""
    with _explained(path):
        _refuse_read_only(path)
        if not path.exists():
            return
        _refuse_other_files(path)
        with contextlib.closing(sqlite3.connect(path, timeout=LOCK_TIMEOUT_S, isolation_level=None)) as connection:
            _check(connection, path)


def _check(connection: sqlite3.Connection, path: Path) -> tuple[str | None, str]:
    """The database's schema and the program's. Raises when the file is unsound, held, or of a later time."""
    _check_integrity(connection, path)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")
    present = _present_revision(connection)
    return present, _known_head(present, path)


def _refuse_other_files(path: Path) -> None:
    if path.is_dir():
        raise DatabaseDamagedError(f"DB_PATH names a folder, {path}. Name a file in it.")
    if path.exists() and path.stat().st_size > 0:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise DatabaseDamagedError(
                    f"The file {path} is not an SQLite database, or its head is damaged. "
                    "Restore it from a copy, or set DB_PATH to another file."
                )


def _refuse_read_only(path: Path) -> None:
    """SQLite opens what it cannot write without a word, and the program writes at once."""
    folder = next(parent for parent in path.parents if parent.exists())
    for place in (folder, path):
        if place.exists() and not os.access(place, os.W_OK):
            raise DatabaseReadOnlyError(f"The database {path} or its folder cannot be written. Correct the rights.")


def _create_empty(path: Path) -> None:
    """SQLite would make the file readable for everybody; what is in it is its owner's business."""
    if not path.exists():
        path.touch(mode=0o600)


def _check_integrity(connection: sqlite3.Connection, path: Path) -> None:
    findings = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    if findings != ["ok"]:
        raise DatabaseDamagedError(
            f"The database {path} is damaged ({'; '.join(str(finding) for finding in findings)[:200]}). "
            "Restore it from a copy, or move it away to start with an empty one."
        )


def _present_revision(connection: sqlite3.Connection) -> str | None:
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    if "alembic_version" not in tables:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _known_head(present: str | None, path: Path) -> str:
    script = ScriptDirectory.from_config(_alembic_config())
    known = [revision.revision for revision in script.walk_revisions()]
    if present is not None and present not in known:
        raise DatabaseNewerError(
            f"The database {path} was written by a newer version of DAS Copy Trader (schema {present}). "
            "Install that version, or set DB_PATH to another file."
        )
    head = script.get_current_head()
    assert head is not None, "the package has migrations"
    return head


def _back_up(connection: sqlite3.Connection, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)
    target.chmod(0o600)


def _upgrade(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    try:
        with engine.begin() as connection:
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """SQLite's errors as sentences. SQLAlchemy wraps them, hence the look at the cause."""
    try:
        yield
    except (sqlite3.Error, SQLAlchemyError, AlembicError) as error:
        raise explain(error, path) from error
    except OSError as error:
        raise DatabaseReadOnlyError(
            f"The database {path} cannot be opened ({error.strerror or error}). Is the folder there and writable?"
        ) from None


def explain(error: Exception, path: Path) -> StorageError:
    """The StorageError that says in a sentence what SQLite meant."""
    text = str(getattr(error, "orig", None) or error).strip()
    lower = text.casefold()
    if "locked" in lower or "busy" in lower:
        return DatabaseLockedError(
            f"The database {path} is locked by another program. Close that program (a database viewer, a backup) "
            "and try again."
        )
    if "readonly" in lower or "read-only" in lower or "unable to open" in lower:
        return DatabaseReadOnlyError(
            f"The database {path} or its folder cannot be written ({text}). Correct the rights."
        )
    if "malformed" in lower or "not a database" in lower or "corrupt" in lower:
        return DatabaseDamagedError(
            f"The database {path} is damaged ({text}). "
            "Restore it from a copy, or move it away to start with an empty one."
        )
    if "disk i/o" in lower:
        return StorageError(f"The database {path} cannot be read or written ({text}). Is the disk full, or failing?")
    if "full" in lower:
        return DatabaseReadOnlyError(f"The disk with the database {path} is full. Make room and try again.")
    return StorageError(f"The database {path} cannot be used ({text[:200]}).")
