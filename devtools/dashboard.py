"""The dashboard: built from frontend/ into the package when its sources changed."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from devtools.console import DevError, say
from devtools.environment import ROOT, only_one_at_a_time, tail
from devtools.process import run_captured

MADE_FOLDERS = frozenset({"node_modules", ".next", "out"})
NOT_BUILT_FROM = MADE_FOLDERS | {"tests"}
MADE_FILES = ("next-env.d.ts", "*.tsbuildinfo")
"""What the build leaves beside its sources: were they counted, each build would be followed by another one."""
STAMP = ".build-stamp"
PACKAGES_STAMP = Path("node_modules") / ".lock-stamp"
BUILT_INTO = Path("src") / "das_copy_trader" / "web" / "dashboard"
"""Of its own: the status page, which stands in while nothing is built, lies beside it."""


def has_dashboard(root: Path = ROOT) -> bool:
    """Whether there is a dashboard to build."""
    return (root / "frontend" / "package.json").is_file()


def source_files(frontend: Path) -> Iterator[Path]:
    """What the build is made from, in a fixed order."""
    for path in sorted(frontend.iterdir()):
        if path.is_dir() and path.name not in NOT_BUILT_FROM:
            yield from source_files(path)
        elif path.is_file() and not any(path.match(made) for made in MADE_FILES):
            yield path


def fingerprint_of(frontend: Path) -> str:
    """A hash over the names and contents of the sources."""
    digest = hashlib.sha256()
    for path in source_files(frontend):
        digest.update(path.relative_to(frontend).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def build_if_changed(root: Path = ROOT) -> None:
    """Bring the built pages up to date with frontend/; nothing without a frontend/. Errors: DevError."""
    if not has_dashboard(root) or _is_up_to_date(root):
        return
    with only_one_at_a_time(root):
        if not _is_up_to_date(root):  # another dev.py may have built it while we waited
            _build(root)


def _is_up_to_date(root: Path) -> bool:
    stamp = root / BUILT_INTO / STAMP
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint_of(root / "frontend")


def _build(root: Path) -> None:
    frontend, web = root / "frontend", root / BUILT_INTO
    fingerprint = fingerprint_of(frontend)  # before: a source that changes meanwhile is built the next time
    npm = provide_packages(frontend)
    say("Building the dashboard …")
    _run(npm, "run", "build", folder=frontend)
    try:
        if web.exists():
            shutil.rmtree(web)
        shutil.copytree(frontend / "out", web)
        (web / STAMP).write_text(fingerprint, encoding="utf-8")
    except OSError as error:
        raise DevError(f"The built pages cannot be put into {web} ({error}). Close what uses them.") from error


def provide_packages(frontend: Path) -> str:
    """Install what package-lock.json pins unless that is done already; the path of npm. Errors: DevError."""
    npm = shutil.which("npm")
    if npm is None:
        raise DevError("The dashboard's build needs npm, which comes with Node. Install Node from nodejs.org.", 2)
    stamp = frontend / PACKAGES_STAMP
    pinned = hashlib.sha256((frontend / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != pinned:
        say("Installing the dashboard's packages (the first time takes a minute or so) …")
        _run(npm, "ci", "--no-audit", "--no-fund", folder=frontend)
        stamp.write_text(pinned, encoding="utf-8")
    return npm


def _run(npm: str, *arguments: str, folder: Path) -> None:
    code, output = run_captured([npm, *arguments], cwd=folder)
    if code != 0:
        raise DevError(f"The dashboard could not be built: «npm {' '.join(arguments)}» said:\n{tail(output, 40)}")
