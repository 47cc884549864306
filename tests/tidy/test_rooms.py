"""The walls between the rooms hold, and a hole in any of them would be seen."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.source_tree import ROOT, SOURCE

ROOMS = (
    "cli",
    "container",
    "api",
    "services",
    "persistence",
    "engine",
    "client",
    "simulator",
    "domain",
    "protocol",
    "runtime",
)


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([str(program), "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def model_house(tmp_path: Path) -> Path:
    """A package of the same name and rooms, empty, under the same contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "das_copy_trader"
    for room in ROOMS:
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").touch()
    (package / "__init__.py").touch()
    return tmp_path


def test_the_walls_hold() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_empty_house_breaks_no_contract(model_house: Path) -> None:
    done = lint_imports(model_house)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("container", "das_copy_trader.cli"),
        ("api", "das_copy_trader.container"),
        ("services", "das_copy_trader.api"),
        ("services", "das_copy_trader.persistence"),
        ("persistence", "das_copy_trader.services"),
        ("engine", "das_copy_trader.services"),
        ("engine", "das_copy_trader.client"),
        ("engine", "das_copy_trader.simulator"),
        ("client", "das_copy_trader.engine"),
        ("client", "das_copy_trader.simulator"),
        ("simulator", "das_copy_trader.client"),
        ("domain", "das_copy_trader.engine"),
        ("domain", "das_copy_trader.protocol"),
        ("protocol", "das_copy_trader.domain"),
        ("runtime", "das_copy_trader.domain"),
        ("engine", "das_copy_trader.protocol"),
        ("persistence", "das_copy_trader.protocol"),
        ("api", "das_copy_trader.protocol"),
        ("protocol", "asyncio"),
        ("protocol", "socket"),
        ("domain", "time"),
        ("domain", "random"),
        ("domain", "threading"),
    ],
)
def test_a_hole_in_a_wall_is_seen(model_house: Path, room: str, forbidden: str) -> None:
    (model_house / "das_copy_trader" / room / "hole.py").write_text(f"import {forbidden}\n", encoding="utf-8")
    done = lint_imports(model_house)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_a_room_outside_the_plan_is_seen(model_house: Path) -> None:
    (model_house / "das_copy_trader" / "cellar.py").touch()
    assert lint_imports(model_house).returncode == 1


def test_every_room_of_the_plan_is_there() -> None:
    there = {path.name.removesuffix(".py") for path in SOURCE.iterdir()}
    assert set(ROOMS) - there == set()
