"""The language of the `.das` texts: one rule of the product each, told as a conversation with DAS.

    # One sentence: the rule. (First line.)
    ! control words            what the user or the world does (runner.py has the list)
    m  < %ORDER 101 …          the platform of connection `m` says this line
    m  <~ %ORD                 the same without a line end
    f1 > NEWORDER {t} B …      the product must now say this line to `f1`
    f1 > -                     the product must have said nothing more to `f1`

`{t}` stands for one word: the first time it is bound, later it must be the same; `{_}` is any word and is not bound.
Blank lines and lines that begin with `#` are for the reader.
"""

import re
import shlex
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

_SPOKEN: Final = re.compile(r"(?P<name>\w+)\s+(?P<mark><~|<|>)\s?(?P<text>.*)")
_VARIABLE: Final = re.compile(r"\{(\w+)\}")
ANY_WORD: Final = "_"


class Mark(Enum):
    """Who does what in a line."""

    CONTROL = "!"
    PLATFORM_SAYS = "<"
    PLATFORM_SAYS_PART = "<~"
    PRODUCT_SAYS = ">"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a text. `words` are a control's words, `name` and `text` a conversation's."""

    number: int
    mark: Mark
    name: str = ""
    text: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A whole text: its rule and its steps."""

    title: str
    rule: str
    steps: tuple[Step, ...]


def read_script(path: Path) -> Script:
    """Read a text; raises ValueError that names the line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0].startswith("# "):
        raise ValueError(f"{path.name} line 1: the first line must be the rule, as «# …»")
    steps = [step for number, line in enumerate(lines, 1) if (step := _read_line(path.name, number, line)) is not None]
    return Script(path.stem, lines[0][2:], tuple(steps))


def _read_line(title: str, number: int, line: str) -> Step | None:
    text = line.strip()
    if not text or text.startswith("#"):
        return None
    if text.startswith("!"):
        return Step(number, Mark.CONTROL, words=tuple(shlex.split(text[1:])))
    match = _SPOKEN.fullmatch(text if text.endswith(">") else line.rstrip("\n"))
    if match is None:
        raise ValueError(f"{title} line {number}: neither «!» nor «name <» nor «name >»: {line!r}")
    return Step(number, Mark(match["mark"]), name=match["name"], text=match["text"])


class Bindings:
    """What the variables of one run stand for."""

    def __init__(self) -> None:
        self._value_by_name: dict[str, str] = {}

    def fill(self, text: str) -> str:
        """The text with its variables replaced; raises KeyError for one that is not bound yet."""
        return _VARIABLE.sub(lambda match: self._value_by_name[match[1]], text)

    def is_match(self, expected: str, said: str) -> bool:
        """Whether a line is the expected one; binds what it met for the first time if so."""
        found: dict[str, str] = {}
        expected_words, said_words = expected.split(), said.split()
        if len(expected_words) != len(said_words):
            return False
        for wanted, word in zip(expected_words, said_words, strict=True):
            variable = _VARIABLE.fullmatch(wanted)
            if variable is None:
                if wanted != word:
                    return False
            elif variable[1] != ANY_WORD:
                if self._value_by_name.get(variable[1], found.get(variable[1], word)) != word:
                    return False
                found[variable[1]] = word
        self._value_by_name.update(found)
        return True
