"""The runner itself: a text that does not hold must fail, and say where and how."""

from pathlib import Path

import pytest

from tests.acceptance.runner import ScriptError, run_script
from tests.acceptance.script import Bindings, Mark, read_script

START = "# A rule.\n! follower f1\n! start\n"
ORDER = "m < %ORDER 101 7 MSFT B L 100 100 0 200.5 ARCA Accepted 10:49:35 0 ACCT1 USER1 Montage DAY+ N/A\n"


def _run(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a_text.das"
    path.write_text(text)
    run_script(read_script(path))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            START + ORDER + "f1 > NEWORDER {t} B MSFT SMAT 99 200.5 TIF=DAY+",
            r"a_text line 5: f1 should have been told «NEWORDER \{t\} B MSFT SMAT 99 200.5 TIF=DAY\+» but heard «NEWORDER \d+ B",
        ),
        (START + ORDER + "f1 > -", r"a_text line 5: f1 should have been told nothing more but heard «NEWORDER"),
        (START + ORDER, r"a_text at its end: f1 should have been told nothing more but heard «NEWORDER"),
        (START + "f1 > CANCEL 1", r"a_text line 4: f1 should have been told «CANCEL 1» but heard nothing"),
        (START + "f1 < %ORDER 55 {t}", r"a_text line 4: KeyError: 't'"),
        (START + "! dance", r"a_text line 4: there is no control «dance»"),
        (START + "! outcome 101 f1 filled", r"a_text line 4: .*101 has no outcome on f1"),
        (START + "! state f1 disconnected", r"a_text line 4: .*f1 should be disconnected but is ready"),
        (START + "! alert boom", r"a_text line 4: .*an alert should tell of «boom»; there were \[\]"),
        ("# A rule.\n! follower f1\nf1 < %POS MSFT", r"a_text line 3: .*nobody is connected to f1"),
    ],
)
def test_text_that_does_not_hold_says_where_and_how(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ScriptError, match=complaint):
        _run(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "complaint"), [("", "line 1: the first line must be the rule"), ("# A rule.\nm says x", "line 2: neither")]
)
def test_text_that_cannot_be_read_says_where(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        _run(tmp_path, text)


def test_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a_text.das"
    path.write_text('# A rule.\n\n# for the reader\n! alert "two words"\nm  < a  b\nf1 > -\nm <~ half\n')
    script = read_script(path)
    assert script.rule == "A rule."
    assert [(step.number, step.mark) for step in script.steps] == [
        (4, Mark.CONTROL),
        (5, Mark.PLATFORM_SAYS),
        (6, Mark.PRODUCT_SAYS),
        (7, Mark.PLATFORM_SAYS_PART),
    ]
    assert script.steps[0].words == ("alert", "two words")
    assert script.steps[1].text == "a  b"


def test_variables_bind_once_and_then_must_match() -> None:
    bindings = Bindings()
    assert bindings.is_match("NEWORDER {t} B {_}", "NEWORDER 7 B X")
    assert bindings.is_match("CANCEL {t}", "CANCEL 7")
    assert not bindings.is_match("CANCEL {t}", "CANCEL 8")
    assert not bindings.is_match("CANCEL {t}", "CANCEL 7 8")
    assert not bindings.is_match("SAME {a} {a}", "SAME 1 2")
    assert bindings.fill("{t} {t}") == "7 7"
