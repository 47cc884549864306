"""The planted bugs that docs/TRACEABILITY.md names are there."""

import re

from tests.sim.planted import BUGS
from tests.tidy.source_tree import ROOT

PLANTED = re.compile(r"«([^»]+)»")


def missing(table: str) -> list[str]:
    """Bugs that a table names behind «planted:» and that nobody plants; the beginning of a name is enough."""
    named = [name for line in table.splitlines() for name in PLANTED.findall(line.partition("planted:")[2])]
    return [name for name in named if not any(bug.startswith(name) for bug in BUGS)]


def test_every_planted_bug_that_is_named_is_there() -> None:
    table = (ROOT / "docs/TRACEABILITY.md").read_text(encoding="utf-8")
    assert "planted:" in table
    assert missing(table) == []


def test_what_is_not_there_is_seen() -> None:
    assert missing("| 5 | planted: «an exit is not bounded», «no such bug» |") == ["no such bug"]
