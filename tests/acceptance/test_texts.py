"""Every `.das` text is one test, named after its file; each is run on a calm network and on one that cuts every line."""

from pathlib import Path

import pytest

from das_copy_trader.runtime.faults import CALM, FaultPlan
from tests.acceptance.runner import run_script
from tests.acceptance.script import read_script

TEXTS = sorted(Path(__file__).parent.glob("*.das"))
CHOPPED = FaultPlan(latency_s=0.000_5, jitter_s=0.001, split_rate=1.0, glue_rate=0.5)


@pytest.mark.parametrize("path", TEXTS, ids=[path.stem for path in TEXTS])
def test_text(path: Path) -> None:
    assert run_script(read_script(path), faults=CALM) > 0


@pytest.mark.parametrize("path", TEXTS, ids=[path.stem for path in TEXTS])
def test_text_on_a_network_that_cuts_every_line(path: Path) -> None:
    script = read_script(path)
    for seed in range(3):
        assert run_script(script, seed=seed, faults=CHOPPED) > 0


def test_there_are_texts() -> None:
    assert len(TEXTS) >= 20
