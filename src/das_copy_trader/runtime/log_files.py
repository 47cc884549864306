"""The log files of this and earlier runs, to read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

LOG_FILE: Final = "das-copy-trader.log"
_CHUNK_BYTES: Final = 256 * 1024


class LogRun(msgspec.Struct, frozen=True):
    """One start of the program: its name is the moment of the start, UTC."""

    name: str
    size_bytes: int
    is_current: bool


class LogFiles:
    """`folder` holds a folder for each run; None where nothing is written."""

    def __init__(self, folder: Path | None, current: Path | None) -> None:
        self._folder = folder
        self._current = current

    def runs(self) -> list[LogRun]:
        """The runs whose logs are kept, newest first."""
        if self._folder is None or not self._folder.is_dir():
            return []
        folders = sorted((entry for entry in self._folder.iterdir() if entry.is_dir()), reverse=True)
        return [
            LogRun(run.name, sum(file.stat().st_size for file in _files(run)), run == self._current) for run in folders
        ]

    def files(self, run_name: str | None = None) -> list[Path]:
        """A run's files, oldest lines first; the present run's without a name. Empty when there are none."""
        wanted = next(
            (run for run in self.runs() if run.name == run_name or (run_name is None and run.is_current)), None
        )
        return _files(self._folder / wanted.name) if wanted is not None and self._folder is not None else []

    def tail(self, size_bytes: int) -> bytes:
        """The end of the present run's log, whole lines."""
        files = self.files()
        if not files:
            return b""
        with files[-1].open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - size_bytes))
            text = file.read()
        return text if size <= size_bytes else text.partition(b"\n")[2]


def chunks_of(files: list[Path]) -> Iterator[bytes]:
    """The files' bytes one after another, as they are now."""
    for path in files:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk


def _files(run: Path) -> list[Path]:
    """Rotated ones (.5 is the oldest) before the one that is written."""
    rotated = sorted(run.glob(f"{LOG_FILE}.*"), key=lambda path: path.suffix, reverse=True)
    plain = run / LOG_FILE
    return [*rotated, plain] if plain.is_file() else rotated
