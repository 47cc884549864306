"""The files that the tidy rules look at."""

import ast
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src" / "das_copy_trader"
TESTS = ROOT / "tests"

WRITTEN_FOLDERS = (".ci", "devtools", "docs", "frontend", "requirements", "src", "tests")
MADE_FOLDERS = frozenset({"__pycache__", "node_modules", ".next", "out", "web", "das_copy_trader.egg-info"})
TEXT_SUFFIXES = frozenset(
    {"", ".bat", ".c", ".cfg", ".css", ".das", ".html", ".ini", ".js", ".json", ".mako", ".md", ".mjs", ".npmrc", ".py"}
    | {".sh", ".svg", ".toml", ".ts", ".tsx", ".txt", ".typed", ".yaml", ".yml"}
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a rule objects to."""

    place: str
    line: int
    objection: str

    def __str__(self) -> str:
        return f"{self.place}:{self.line}: {self.objection}"


@dataclass(frozen=True)
class Module:
    """One Python file, read once."""

    place: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=self.place)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def comment_by_line(self) -> dict[int, str]:
        tokens = tokenize.generate_tokens(StringIO(self.text).readline)
        return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}

    def objects_to(self, node: ast.AST, objection: str) -> Finding:
        return Finding(self.place, getattr(node, "lineno", 1), objection)


def modules_below(folder: Path) -> list[Module]:
    """Every Python file below a folder, in a fixed order."""
    return [
        Module(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.py"))
        if not MADE_FOLDERS & set(path.parts)
    ]


def written_files() -> Iterator[Path]:
    """Every text file that people wrote: what a fresh clone holds."""
    for path in sorted(ROOT.iterdir()):
        if path.is_file() and path.suffix in TEXT_SUFFIXES and path.name not in {".git", ".coverage", ".dev-lock"}:
            yield path
    for folder in WRITTEN_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix in TEXT_SUFFIXES and not MADE_FOLDERS & set(path.parts):
                yield path


def assert_nothing_found(findings: list[Finding]) -> None:
    """Fail with one line a finding."""
    assert not findings, "\n" + "\n".join(map(str, findings))
