"""The text of an .env file: what is read, where its faults are, what a rewriting leaves alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.runtime.env_text import read_env, rewrite_env


def values(text: str) -> dict[str, str]:
    entries, faults = read_env(text)
    assert faults == []
    return {entry.key: entry.value for entry in entries}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=1", "1"),
        ("A = 1  ", "1"),
        ("export A=1", "1"),
        ("  a=1\r\n", "1"),
        ("A=", ""),
        ("A=one two # three", "one two"),
        ("A=one#two", "one#two"),
        ('A="one # two" # three', "one # two"),
        (r'A="say \"x\"\n"', 'say "x"\n'),
        (r"A='it\'s \\ \n'", r"it's \ \n"),
        ("A='one\ntwo'", "one\ntwo"),
        ('A=[{"b": "c # d"}]', '[{"b": "c # d"}]'),
        ('A=[\n  {"b": 1}\n] # tail', '[\n  {"b": 1}\n]'),
        ("A=[not json", "[not json"),
    ],
)
def test_values(text: str, value: str) -> None:
    assert values(f"# head\n\n{text}\nB=2\n") == {"A": value, "B": "2"}


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("A=1\nnonsense\n", 2, "KEY=value"),
        ("=1", 1, "KEY=value"),
        ("1A=1", 1, "KEY=value"),
        ("A=1\n\na=2\n", 3, "line 1"),
        ("\nA='1\n", 2, "not closed"),
        ('A="1" 2', 1, "behind the closing quote"),
    ],
)
def test_faults_name_their_line(text: str, line: int, part: str) -> None:
    _, faults = read_env(text)
    assert [fault.line for fault in faults] == [line]
    assert part in faults[0].message


def test_a_value_is_rewritten_in_place() -> None:
    text = "# head\nexport A='x' # why\n\nB=[\n1\n]\nC=3"
    entries, _ = read_env(text)
    assert rewrite_env(text, {"A": "y", "B": "[2]"}, entries) == "# head\nexport A=y # why\n\nB='[2]'\nC=3"


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_is_rewritten_reads_back(value: str, other: str) -> None:
    text = f"A=1\nB={json.dumps([other])}\nC=x\n"
    entries, _ = read_env(text)
    written = values(rewrite_env(text, {"A": value, "B": other}, entries))
    assert (written["A"], written["B"], written["C"]) == (value, other, "x")


@given(st.text(alphabet="AB=#'\"\\[]{}\n\r \t1,:", max_size=80))
def test_no_text_is_too_wild(text: str) -> None:
    entries, _ = read_env(text)
    assert rewrite_env(text, {}, entries) == text
