"""The text of an `.env` file: read with line numbers, and single values rewritten in place. Pure.

`KEY=value`, `export KEY=value`, `#` comments. Values may stand in double quotes (with the escapes of a C string) or in
single quotes (where only quote and backslash are escaped), over several lines too. A value that begins with `[` or `{`
and is whole JSON may take several lines without quotes.
"""

import json
import re
from typing import Final

import msgspec

_ASSIGNMENT: Final = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_BLANK: Final = re.compile(r"[ \t]*(?:#.*)?\r?$")
_COMMENT: Final = re.compile(r"[ \t]+#.*$")
_DOUBLE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SINGLE: Final = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_DOUBLE_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$", "'": "'"}
_decoder: Final = json.JSONDecoder()


class EnvEntry(msgspec.Struct, frozen=True):
    """One assignment. `start` and `end` bound its value in the text, quotes included."""

    line: int
    key: str
    value: str
    start: int
    end: int


class EnvFault(msgspec.Struct, frozen=True):
    """What cannot be read, and where."""

    line: int
    message: str


def read_env(text: str) -> tuple[list[EnvEntry], list[EnvFault]]:
    """The assignments in their order, and what cannot be read. A key that stands twice is a fault."""
    entries: list[EnvEntry] = []
    faults: list[EnvFault] = []
    line_by_key: dict[str, int] = {}
    position = 0
    while position < len(text):
        line = text.count("\n", 0, position) + 1
        line_end = _end_of_line(text, position)
        if _BLANK.match(text[position:line_end]):
            position = line_end + 1
            continue
        assignment = _ASSIGNMENT.match(text, position, line_end)
        if assignment is None:
            faults.append(EnvFault(line, "it is neither a comment nor an assignment KEY=value"))
            position = line_end + 1
            continue
        key = assignment[1].upper()
        value, end, fault = _value(text, assignment.end(), line_end)
        if fault:
            faults.append(EnvFault(line, f"{key}: {fault}"))
        elif key in line_by_key:
            faults.append(EnvFault(line, f"{key} stands already in line {line_by_key[key]}"))
        else:
            line_by_key[key] = line
            entries.append(EnvEntry(line, key, value, assignment.end(), end))
        position = _end_of_line(text, end) + 1
    return entries, faults


def rewrite_env(text: str, value_by_key: dict[str, str], entries: list[EnvEntry]) -> str:
    """The text with these values in place of the ones that stand there."""
    for entry in sorted(entries, key=lambda entry: entry.start, reverse=True):
        if entry.key in value_by_key:
            text = text[: entry.start] + _quoted(value_by_key[entry.key]) + text[entry.end :]
    return text


def _value(text: str, start: int, line_end: int) -> tuple[str, int, str]:
    """The value, where it ends, and what is wrong with it."""
    first = text[start : start + 1]
    if first in {'"', "'"}:
        found = (_DOUBLE if first == '"' else _SINGLE).match(text, start)
        if found is None:
            return "", line_end, "its quote is not closed"
        if not _BLANK.match(text[found.end() : _end_of_line(text, found.end())]):
            return "", found.end(), "something stands behind the closing quote"
        return _unescaped(found[1], is_double=first == '"'), found.end(), ""
    if first in {"[", "{"}:
        try:
            _, end = _decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = -1
        if end > 0 and _BLANK.match(text[end : _end_of_line(text, end)]):
            return text[start:end], end, ""
    plain = _COMMENT.sub("", text[start:line_end].rstrip("\r")).rstrip()
    return plain, start + len(plain), ""


def _unescaped(text: str, *, is_double: bool) -> str:
    if is_double:
        return re.sub(r"\\(.)", lambda found: _DOUBLE_ESCAPES.get(found[1], found[0]), text, flags=re.DOTALL)
    return re.sub(r"\\(['\\])", r"\1", text)


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\x21-\x7e]*", value) and not value.startswith(("'", '"', "[", "{", "#")) and " #" not in value:
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end
