"""`dev.py package`: the wheel, and a folder with a program that needs no Python (PyInstaller), for this system.

Windows programs are made on Windows, Linux ones on Linux: PyInstaller packs the interpreter that runs it.
"""

import os
import shutil
import sys
import venv
from pathlib import Path

from devtools.console import DevError, say
from devtools.environment import ROOT, tail
from devtools.process import run_captured

NAME = "das-copy-trader"
ENTRY = Path("devtools") / "entry.py"
PACKED_AS_DATA = ("web", "persistence/migrations")
"""Folders of the package that are read as files: pages, and the schema's steps, which Alembic loads by path."""


def arguments_of(root: Path, work: Path, target: Path) -> list[str]:
    """PyInstaller's arguments."""
    package = root / "src" / "das_copy_trader"
    arguments = ["--noconfirm", "--clean", "--onedir", "--console", "--name", NAME, "--log-level", "WARN"]
    arguments += ["--distpath", str(target), "--workpath", str(work), "--specpath", str(work)]
    for folder in PACKED_AS_DATA:
        arguments += ["--add-data", f"{package / folder}{os.pathsep}das_copy_trader/{folder}"]
    for module in (
        "das_copy_trader",
        "keyring.backends",
        "uvicorn",
        "aiosqlite",
        "alembic",
        "sqlalchemy.dialects.sqlite",
    ):
        arguments += ["--collect-submodules", module]
    for module in ("tzdata", "alembic"):
        arguments += ["--collect-data", module]
    for distribution in ("keyring", NAME):
        arguments += ["--copy-metadata", distribution]
    return [*arguments, str(root / ENTRY)]


def package(root: Path = ROOT) -> int:
    """Make both under dist/ and try the program. Errors: DevError with a sentence."""
    build, target = root / "build" / "package", root / "dist"
    python = _environment(root, build)
    say("Building the wheel …")
    sources = build / "sources"
    shutil.rmtree(sources, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(root / "src", sources / "src", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, sources)
    _run(
        [str(python), "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(target), str(sources)]
    )
    say("Packing the program (some minutes) …")
    _run([str(python), "-m", "PyInstaller", *arguments_of(root, build / "work", target)])
    program = target / NAME / (f"{NAME}.exe" if sys.platform == "win32" else NAME)
    say(f"Trying {program} …")
    for command in (["--version"], ["openapi"], ["check-config"]):
        _run([str(program), *command])
    say(f"Made in {target}: the wheel, and the folder {NAME} with the program. It needs no Python.")
    return 0


def _environment(root: Path, build: Path) -> Path:
    """An environment of its own: what is packed is what is pinned, and nothing else."""
    folder = build / "env"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        say("Making an environment for packing …")
        venv.create(folder, with_pip=True)
    requirements = [str(root / "requirements" / name) for name in ("runtime.txt", "package.txt")]
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
    _run([*pip, "-r", requirements[0], "-r", requirements[1]])
    _run([*pip, "--no-build-isolation", "-e", str(root)])
    return python


def _run(command: list[str]) -> None:
    code, output = run_captured(command)
    if code != 0:
        raise DevError(f"«{' '.join(command)[:200]}» failed:\n{tail(output, 20)}")
