"""What `docs/TRACEABILITY.md` names is there: files, tests in them, acceptance texts; and the brief's face is in it whole."""

import ast
import re
from collections.abc import Callable
from fnmatch import fnmatch
from functools import cache

from tests.support.brief import ACTIONS, ENDPOINTS, EVENTS
from tests.tidy.source_tree import ROOT

TABLE = ROOT / "docs" / "TRACEABILITY.md"
_FILE = re.compile(r"\b(?:[\w/]+/)?\w+\.py\b")
_TEST = re.compile(r"(?:(\b(?:[\w/]+/)?\w+\.py)|…)::(\w+)")
_TEXT = re.compile(r"\b[2-8]_[\w*]+(?:\.das)?")


def known_files() -> list[str]:
    """Test files, as paths from the root."""
    return [str(file.relative_to(ROOT)) for file in sorted((ROOT / "tests").rglob("*.py"))]


def known_texts() -> list[str]:
    """Acceptance texts, without their ending."""
    return [file.stem for file in sorted((ROOT / "tests" / "acceptance").glob("*.das"))]


@cache
def functions_of(file: str) -> frozenset[str]:
    """The functions of a test file, and what its state machines call their rules and checks."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def missing_names(table: str, files: list[str], texts: list[str], tests: Callable[[str], frozenset[str]]) -> list[str]:
    """What the table names and is not there. A file may be named by the end of its path; `…::` is the file before."""
    faults: list[str] = []
    for line in (line for line in table.splitlines() if line.startswith("|")):
        faults += [f"file {name}" for name in _FILE.findall(line) if not _places(name, files)]
        faults += [
            f"text {name}"
            for name in _TEXT.findall(line)
            if not any(fnmatch(text, name.removesuffix(".das")) for text in texts)
        ]
        before = ""
        for name, test in _tests_named(line):
            before = name or before
            if not any(test in tests(place) for place in _places(before, files)):
                faults.append(f"test {before}::{test}")
    return faults


def _tests_named(line: str) -> list[tuple[str, str]]:
    """File and test of each mention; the file is the last one that the line named, where the mention has none."""
    named: list[tuple[str, str]] = []
    last = ""
    for found in re.finditer(rf"{_TEST.pattern}|{_FILE.pattern}", line):
        if found[2] is None:
            last = found[0]
        else:
            last = found[1] or last
            named.append((last, found[2]))
    return named


def _places(name: str, files: list[str]) -> list[str]:
    return [file for file in files if file == name or file.endswith(f"/{name}")]


def untold(table: str, endpoints: list[tuple[str, str]], names: list[str]) -> list[str]:
    """Endpoints, events and actions without a row of their own: each stands in code marks in a line's first column."""
    told = {
        word
        for line in table.splitlines()
        if line.startswith("|")
        for word in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
    return [name for name in (*(f"{method} {path}" for method, path in endpoints), *names) if name not in told]


def test_everything_that_the_table_names_is_there() -> None:
    assert missing_names(TABLE.read_text(encoding="utf-8"), known_files(), known_texts(), functions_of) == []


def test_every_endpoint_event_and_action_of_the_brief_has_a_row() -> None:
    names = [*(f"event {name}" for name in EVENTS), *(f"action {name}" for name in ACTIONS)]
    assert untold(TABLE.read_text(encoding="utf-8"), list(ENDPOINTS), names) == []


def test_every_acceptance_text_shows_something() -> None:
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    patterns = [name.removesuffix(".das") for line in rows for name in _TEXT.findall(line)]
    assert [text for text in known_texts() if not any(fnmatch(text, pattern) for pattern in patterns)] == []


def test_what_is_not_there_is_seen() -> None:
    files = ["tests/api/test_a.py", "tests/cli/test_b.py"]
    table = (
        "| a | `test_a.py::test_one`, `…::test_two`, `tests/cli/test_b.py`, `…::test_three` |\n"
        "| b | `tests/api/test_b.py`, `3_there.das`, `3_gone.das`, `5_group_*.das`, `5_none_*.das` |\n"
        "no row: `test_nowhere.py`"
    )
    names = {"tests/api/test_a.py": frozenset({"test_one"}), "tests/cli/test_b.py": frozenset({"test_three"})}
    assert missing_names(table, files, ["3_there", "5_group_one"], names.__getitem__) == [
        "test test_a.py::test_two",
        "file tests/api/test_b.py",
        "text 3_gone.das",
        "text 5_none_*.das",
    ]


def test_an_endpoint_without_a_row_is_seen() -> None:
    table = "| `GET /api/a`, `event alert` | `x.py` |\n| b | `POST /api/a` |"
    assert untold(table, [("GET", "/api/a"), ("POST", "/api/a")], ["event alert", "event gone"]) == [
        "POST /api/a",
        "event gone",
    ]
