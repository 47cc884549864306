"""One engine per database: a lock of the operating system that ends with the process, whatever ends it."""

import os
import sys
from pathlib import Path
from typing import IO


class AlreadyRunningError(Exception):
    """Another process holds the lock; the message is a sentence for people. Exit code 5."""


class InstanceLock:
    """The lock beside a database. The operating system releases it when the process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock. Raises AlreadyRunningError; OSError when the file cannot be made."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+", encoding="ascii")
        try:
            _lock(file)
        except OSError:
            file.close()
            raise AlreadyRunningError(
                f"Another DAS Copy Trader already works with this database (lock file {self._path}). "
                "Two would send every order twice. Use the one that runs, or stop it first."
            ) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back; idempotent. The file stays: removing it would let two hold different files."""
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 30

    def _lock(file: IO[str]) -> None:
        file.seek(_LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
