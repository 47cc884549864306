"""The last lines of a connection as they went over the wire, for the logs page and for recordings.

Off by default: it costs a copy of every chunk.
"""

from collections import deque
from typing import Final

import msgspec

from das_copy_trader.client.endpoint import AccountEndpoint
from das_copy_trader.protocol.framing import MAX_LINE_BYTES
from das_copy_trader.protocol.vocabulary import ENCODING


class TracedLine(msgspec.Struct, frozen=True):
    """One line: `is_sent` by us, at `at_s` seconds of the client's clock. Never holds the password."""

    at_s: float
    is_sent: bool
    text: str


_LINES_MAX: Final = 2_000


class LineTrace:
    """A bounded ring of lines of one account."""

    def __init__(self, endpoint: AccountEndpoint, lines_max: int = _LINES_MAX) -> None:
        self._endpoint = endpoint
        self._lines: deque[TracedLine] = deque(maxlen=lines_max)
        self._rest = b""

    @property
    def lines(self) -> tuple[TracedLine, ...]:
        """The lines that are kept, oldest first."""
        return tuple(self._lines)

    def begin_link(self) -> None:
        """A new link: half a line of the old one is no part of it."""
        self._rest = b""

    def note_received(self, chunk: bytes, now_s: float) -> None:
        """Bytes came, whole lines or not."""
        *lines, rest = (self._rest + chunk).split(b"\n")
        self._rest = rest[:MAX_LINE_BYTES]
        for line in lines:
            self._note(line, now_s, is_sent=False)

    def note_sent(self, payload: bytes, now_s: float) -> None:
        """Whole lines went out."""
        for line in payload.splitlines():
            self._note(line, now_s, is_sent=True)

    def _note(self, line: bytes, now_s: float, *, is_sent: bool) -> None:
        text = line.rstrip(b"\r").decode(ENCODING)
        self._lines.append(TracedLine(now_s, is_sent, self._endpoint.redact(text)))
