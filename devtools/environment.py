"""The virtual environment .venv in the root: made, repaired and kept up to date without being asked."""

import contextlib
import enum
import errno
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Self

from devtools.console import DevError, say
from devtools.process import run_captured

ROOT = Path(__file__).resolve().parent.parent
PIP_TAIL_LINES = 15
LOCK_RETRY_S = 0.5
_HELD_BY_ANOTHER = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})


class Level(enum.StrEnum):
    """How much is installed; DEV includes RUNTIME."""

    RUNTIME = "runtime"
    DEV = "dev"


class Step(enum.Enum):
    """What has to happen before .venv can be used."""

    NOTHING = "nothing"
    INSTALL = "install"
    MAKE_ANEW = "make anew"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an environment was made from. Equal stamps = nothing to do."""

    python: str
    root: str
    fingerprint: str
    level: Level

    def satisfies(self, wanted: Self) -> bool:
        """Whether an environment with this stamp serves as `wanted`."""
        same = (self.python, self.root, self.fingerprint) == (wanted.python, wanted.root, wanted.fingerprint)
        return same and (self.level == Level.DEV or wanted.level == Level.RUNTIME)

    def is_of_other_making(self, wanted: Self) -> bool:
        """Whether the interpreter or the place changed: environments survive neither."""
        return (self.python, self.root) != (wanted.python, wanted.root)


@dataclass(frozen=True, slots=True)
class Environment:
    """The paths of one .venv."""

    root: Path
    is_windows: bool = sys.platform == "win32"

    @property
    def folder(self) -> Path:
        """The environment itself."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts/python.exe" if self.is_windows else "bin/python")

    @property
    def stamp_file(self) -> Path:
        """Written when an installation is complete."""
        return self.folder / ".dev-stamp.json"

    @property
    def unfinished_file(self) -> Path:
        """There while an installation is under way; left over = it was interrupted."""
        return self.folder / ".dev-unfinished"

    def program(self, name: str) -> str:
        """The path of an installed command such as ruff."""
        return str(self.python.with_name(f"{name}.exe" if self.is_windows else name))


def fingerprint_of(root: Path) -> str:
    """A hash of everything that decides what gets installed."""
    digest = hashlib.sha256()
    for name in ("requirements/runtime.txt", "requirements/dev.txt", "pyproject.toml"):
        digest.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
    return digest.hexdigest()


def wanted_stamp(root: Path, level: Level) -> Stamp:
    """The stamp an environment made now would get."""
    python = f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"
    return Stamp(python=python, root=str(root), fingerprint=fingerprint_of(root), level=level)


def read_stamp(path: Path) -> Stamp | None:
    """The stamp on disk; None when there is none or it is damaged."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(str(fields["python"]), str(fields["root"]), str(fields["fingerprint"]), Level(fields["level"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def next_step(environment: Environment, wanted: Stamp) -> Step:
    """What must be done so that `environment` serves as `wanted`."""
    if not environment.python.exists() or environment.unfinished_file.exists():
        return Step.MAKE_ANEW
    found = read_stamp(environment.stamp_file)
    if found is None:
        return Step.INSTALL
    if found.is_of_other_making(wanted):
        return Step.MAKE_ANEW
    return Step.NOTHING if found.satisfies(wanted) else Step.INSTALL


def prepare(level: Level, root: Path = ROOT) -> Environment:
    """Make .venv serve `level` and return it. Errors: DevError with a sentence. Fast when there is nothing to do."""
    environment = Environment(root)
    wanted = wanted_stamp(root, level)
    if next_step(environment, wanted) is Step.NOTHING:
        return environment
    with only_one_at_a_time(root):
        step = next_step(environment, wanted)  # another dev.py may have done it while we waited
        if step is Step.MAKE_ANEW:
            _make_anew(environment)
        if step is not Step.NOTHING:
            found = read_stamp(environment.stamp_file)
            if found is not None and found.level == Level.DEV:
                wanted = wanted_stamp(root, Level.DEV)  # an update keeps the tools that are there
            _install(environment, wanted)
    return environment


def _make_anew(environment: Environment) -> None:
    say(f"Making the virtual environment {environment.folder} …")
    try:
        if environment.folder.exists():
            shutil.rmtree(environment.folder)
        environment.folder.mkdir()
        environment.unfinished_file.touch()
    except OSError as error:
        message = (
            f"The folder {environment.folder} cannot be replaced ({error}). Close what uses it and run dev.py again."
        )
        raise DevError(message) from error
    # Started from inside an environment (this one, even), the interpreter it was made from is what is wanted.
    maker = str(getattr(sys, "_base_executable", sys.executable))
    code, output = run_captured([maker, "-m", "venv", str(environment.folder)])
    if code != 0:
        raise DevError(
            f"Python could not make a virtual environment. On Debian and Ubuntu «apt install python3-venv» helps. "
            f"It said:\n{tail(output)}"
        )


def _install(environment: Environment, wanted: Stamp) -> None:
    environment.unfinished_file.touch()
    environment.stamp_file.unlink(missing_ok=True)
    say(f"Installing the pinned packages for {wanted.level} (the first time takes a minute or so) …")
    requirements = environment.root / "requirements" / f"{wanted.level}.txt"
    # The pins are the whole closure, so pip need not resolve anything; a tidy test proves with `pip check` that it is.
    pip = [str(environment.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
    code, output = run_captured([*pip, "-r", str(requirements), "-e", str(environment.root)])
    if code != 0:
        raise DevError(
            "The packages could not be installed. Is this machine connected to the network? Run dev.py again to go on. "
            f"pip said:\n{tail(output)}"
        )
    environment.stamp_file.write_text(json.dumps(asdict(wanted)), encoding="utf-8")
    environment.unfinished_file.unlink()


def tail(output: str, lines: int = PIP_TAIL_LINES) -> str:
    """The last lines of a program's output, indented."""
    return "\n".join(f"    {line}" for line in output.rstrip().splitlines()[-lines:])


@contextlib.contextmanager
def only_one_at_a_time(root: Path) -> Iterator[None]:
    """Hold a lock that the system takes back from a process that dies; wait for another dev.py, and say so."""
    with _lock_file(root) as handle:
        is_told = False
        while not is_locked(handle):
            if not is_told:
                say("Another dev.py is setting things up here. Waiting for it …")
                is_told = True
            time.sleep(LOCK_RETRY_S)
        yield


def _lock_file(root: Path) -> BinaryIO:
    try:
        return (root / ".dev-lock").open("a+b")
    except OSError as error:
        raise DevError(
            f"Nothing can be written to {root} ({error.strerror}). Put the project into a folder of your own."
        ) from None


def is_locked(handle: BinaryIO) -> bool:
    """Whether the lock is ours now; it is given back when the file is closed."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists on Windows only

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - exists on POSIX only

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD_BY_ANOTHER:
            return False
        raise DevError(f"The project's folder cannot be locked ({error}). Put it on a local disk.") from None
    return True
