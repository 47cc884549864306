"""The sample lines of the wire, as a table that any test can walk."""

from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).with_name("samples.txt")


class Sample(NamedTuple):
    """One line: its group, where it comes from, and its bytes without the line end."""

    group: str
    source: str
    line: bytes

    @property
    def text(self) -> str:
        """The line as text."""
        return self.line.decode("latin-1")

    @property
    def is_command(self) -> bool:
        """Whether a client says it."""
        return self.group.startswith("commands-")


def read_samples() -> list[Sample]:
    """Every sample, in the order of the file."""
    samples: list[Sample] = []
    group = source = ""
    for text in _FILE.read_text(encoding="ascii").splitlines():
        if text.startswith("# "):
            group, _, source = text[2:].partition(" ")
        elif text:
            wire = text.replace("<SP>", " ").replace("<TAB>", "\t")
            samples.append(Sample(group, source.strip("[]"), wire.encode("ascii")))
    return samples


SAMPLES = read_samples()
MESSAGE_SAMPLES = [sample for sample in SAMPLES if not sample.is_command]
COMMAND_SAMPLES = [sample for sample in SAMPLES if sample.is_command]
