"""What the documents point at is there: their links, headings, and the files that they name."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.tidy.source_tree import ROOT, written_files

SPECIFICATIONS: Final = frozenset({"brief.md", "product.md", "das-cmd-api.md", "domain-rules.md", "reliability.md"})
"""What the product was built after. Facts are cited from these by number; they are no part of this tree."""
BASES: Final = ("", "src", "src/das_copy_trader", "docs", "frontend", "frontend/src", "tests")
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_NAME: Final = re.compile(r"(?<![\w/.*{<>~-])((?:[\w.-]+/)*\w[\w.-]*\.(?:py|md|das|tsx?|mjs|toml|json|html))(?![\w/])")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


def documents() -> list[Path]:
    return [path for path in written_files() if path.suffix == ".md"]


def anchors_of(text: str) -> set[str]:
    """The headings as a forge makes anchors of them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in _HEADING.findall(text)}


def dead_links(document: Path, text: str) -> list[str]:
    """Links of a document that lead nowhere in this tree; addresses outside are not visited."""
    dead = []
    for link in _LINK.findall(text):
        name, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", name):
            continue
        target = document.parent / name
        if not target.exists() or (
            anchor and anchor not in anchors_of(target.read_text(encoding="utf-8") if name else text)
        ):
            dead.append(link)
    return dead


def missing_files(folder: Path, text: str, known_names: frozenset[str]) -> list[str]:
    """Files that a text names and that are not there; a name without a folder may lie anywhere."""
    missing = []
    for name in dict.fromkeys(_NAME.findall(text)):
        if "/" not in name:
            is_there = name in known_names or name in SPECIFICATIONS
        else:
            is_there = any((base / name).exists() for base in (folder, *(ROOT / base for base in BASES)))
        if not is_there:
            missing.append(name)
    return missing


@pytest.fixture(scope="module")
def known_names() -> frozenset[str]:
    return frozenset(path.name for path in written_files())


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_and_every_file_is_there(document: Path, known_names: frozenset[str]) -> None:
    text = document.read_text(encoding="utf-8")
    assert dead_links(document, text) == []
    assert missing_files(document.parent, text, known_names) == []


def test_it_objects_to_a_dead_link() -> None:
    text = "# One thing\n[a](README.md) [b](docs/GONE.md) [c](#one-thing) [d](#another) [e](https://example.org/x.md)"
    assert dead_links(ROOT / "README.md", text) == ["docs/GONE.md", "#another"]


def test_it_objects_to_a_file_that_is_not_there() -> None:
    text = "`engine/decide.py`, `decide.py`, `engine/gone.py`, gone.das, product.md, `*.das`, src/das_copy_trader/container.py"
    assert missing_files(ROOT, text, frozenset({"decide.py"})) == ["engine/gone.py", "gone.das"]
