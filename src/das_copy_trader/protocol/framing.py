"""Bytes to lines: the wire has no framing but the line end (CR LF, a lone LF is taken too; das-cmd-api.md 1.1)."""

from typing import Final

from das_copy_trader.protocol.errors import RemoteProtocolError

MAX_LINE_BYTES: Final = 65_536


class LineBuffer:
    """Cuts a stream into lines; never holds more than one unfinished line of `max_line_bytes` bytes.

    Every byte is looked at a fixed number of times, however the stream was cut. Which lines come out does not depend on
    the cut either: lines that were whole before an overlong one are handed out first, and the error comes with the next
    `feed`.
    """

    __slots__ = ("_is_overlong", "_max_line_bytes", "_partial")

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max_line_bytes = max_line_bytes
        self._partial = bytearray()
        self._is_overlong = False

    @property
    def pending_bytes(self) -> int:
        """How many bytes of an unfinished line are held."""
        return len(self._partial)

    @property
    def is_overlong(self) -> bool:
        """Whether a line was longer than the cap; nothing comes out any more."""
        return self._is_overlong

    @property
    def complaint(self) -> str:
        """The sentence about an overlong line."""
        return f"The platform sent more than {self._max_line_bytes / 1024:g} KiB without a line end."

    def feed(self, chunk: bytes) -> list[bytes]:
        """Lines that `chunk` completes, without their ends, blanks kept, empty ones dropped.

        Raises RemoteProtocolError when a line is longer than the cap, and on every call after that.
        """
        if self._is_overlong:
            raise RemoteProtocolError(self.complaint)
        pieces = chunk.split(b"\n")
        tail = pieces.pop()
        partial = self._partial
        if partial:
            if len(partial) + len(pieces[0] if pieces else tail) > self._max_line_bytes:
                self._is_overlong = True
                partial.clear()
                raise RemoteProtocolError(self.complaint)
            if not pieces:
                partial += tail
                return []
            partial += pieces[0]
            pieces[0] = bytes(partial)
            partial.clear()
        if len(chunk) > self._max_line_bytes:
            return self._whole_lines(pieces, tail)
        if tail:
            partial += tail
        return [line for piece in pieces if (line := piece.rstrip(b"\r"))]

    def _whole_lines(self, pieces: list[bytes], tail: bytes) -> list[bytes]:
        """The same for a chunk that is big enough to hold an overlong line."""
        lines: list[bytes] = []
        for piece in pieces:
            if len(piece) > self._max_line_bytes:
                return self._cut_off(lines)
            if line := piece.rstrip(b"\r"):
                lines.append(line)
        if len(tail) > self._max_line_bytes:
            return self._cut_off(lines)
        self._partial += tail
        return lines

    def _cut_off(self, lines: list[bytes]) -> list[bytes]:
        self._is_overlong = True
        if not lines:
            raise RemoteProtocolError(self.complaint)
        return lines
