"""The pinned requirements are pinned, whole, and name no registry."""

import re
import subprocess
import sys
import tomllib

import pytest

from tests.tidy.source_tree import ROOT

PINNED = re.compile(
    r'[a-z0-9][a-z0-9-]*(\[[a-z,]+\])?==[0-9][0-9A-Za-z.+]*( ; (sys_platform|python_version) \S+ "[a-z0-9.]+")?'
)
FILES = ("runtime.txt", "dev.txt")
PACKAGING = "package.txt"


def lines_of(name: str) -> list[str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def objections_to(lines: list[str]) -> list[str]:
    return [line for line in lines if line != "-r runtime.txt" and not PINNED.fullmatch(line)]


@pytest.mark.parametrize("name", [*FILES, PACKAGING])
def test_every_line_is_one_pinned_package(name: str) -> None:
    assert objections_to(lines_of(name)) == []


@pytest.mark.parametrize(
    "line",
    [
        "msgspec",
        "msgspec>=0.22",
        "--index-url https://example.com/simple",
        "msgspec @ https://example.com/m.whl",
        "-e .",
    ],
)
def test_an_unpinned_line_or_an_address_is_objected_to(line: str) -> None:
    assert objections_to([line]) == [line]


@pytest.mark.parametrize("name", [*FILES, PACKAGING])
def test_the_lines_are_sorted_and_each_package_stands_once(name: str) -> None:
    names = [line.split("==")[0] for line in lines_of(name) if "==" in line]
    assert names == sorted(set(names))


def test_no_package_is_pinned_in_both_files() -> None:
    runtime, dev = ({line.split("==")[0] for line in lines_of(name) if "==" in line} for name in FILES)
    assert runtime & dev == set()


def test_what_the_package_needs_is_pinned_for_run_time() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[\[>=;]", requirement)[0] for requirement in project["dependencies"]}
    assert needed - {line.split("==")[0] for line in lines_of("runtime.txt")} == set()


def test_the_installed_environment_is_whole() -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
