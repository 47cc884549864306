"""Every `.das` text is one test, named after its file."""

from pathlib import Path

import pytest

from tests.acceptance.runner import run_script
from tests.acceptance.script import read_script

TEXTS = sorted(Path(__file__).parent.glob("*.das"))


@pytest.mark.parametrize("path", TEXTS, ids=[path.stem for path in TEXTS])
def test_text(path: Path) -> None:
    run_script(read_script(path))


def test_there_are_texts() -> None:
    assert len(TEXTS) >= 20
