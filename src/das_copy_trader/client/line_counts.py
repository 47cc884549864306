"""Lines that could not be read: how many, and the last few, for people."""

from collections import deque
from typing import Final

import msgspec

from das_copy_trader.client.endpoint import AccountEndpoint
from das_copy_trader.protocol.messages import Malformed, Unknown

_SAMPLES_MAX: Final = 5
_SAMPLE_CHARS_MAX: Final = 160


class UnreadableLines(msgspec.Struct, frozen=True):
    """Counts since the client was made, and the latest lines, shortened."""

    unknown: int
    malformed: int
    samples: tuple[str, ...]


class LineCounts:
    """Counts unreadable lines and keeps the last ones, never with the password."""

    def __init__(self, endpoint: AccountEndpoint) -> None:
        self._endpoint = endpoint
        self._samples: deque[str] = deque(maxlen=_SAMPLES_MAX)
        self.unknown = 0
        self.malformed = 0

    @property
    def last_sample(self) -> str:
        """The latest line, empty before the first."""
        return self._samples[-1] if self._samples else ""

    def note_unknown(self, message: Unknown) -> None:
        """A line of no known kind."""
        self.unknown += 1
        self._keep(message.text)

    def note_malformed(self, message: Malformed) -> None:
        """A line of a known kind that does not fit it."""
        self.malformed += 1
        self._keep(message.text)

    def snapshot(self) -> UnreadableLines:
        """The counts now."""
        return UnreadableLines(self.unknown, self.malformed, tuple(self._samples))

    def _keep(self, text: str) -> None:
        self._samples.append(self._endpoint.redact(text)[:_SAMPLE_CHARS_MAX])
