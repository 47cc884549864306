"""Bytes to lines, however the stream was cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.protocol.errors import RemoteProtocolError
from das_copy_trader.protocol.framing import MAX_LINE_BYTES, LineBuffer
from tests.protocol import strategies


def lines_of(chunks: list[bytes], max_line_bytes: int = MAX_LINE_BYTES) -> tuple[list[bytes], str | None]:
    """Every line that comes out, and the complaint that ends it, asked for with one empty chunk."""
    buffer = LineBuffer(max_line_bytes)
    lines: list[bytes] = []
    for chunk in [*chunks, b""]:
        try:
            lines += buffer.feed(chunk)
        except RemoteProtocolError as error:
            return lines, str(error)
    return lines, None


def test_lines_lose_their_ends_and_keep_their_blanks() -> None:
    chunk = b"#LOGIN SUCCESSED\r\n%OrderAct 1  7\nCANCEL Error : order not open \r\n"
    assert LineBuffer().feed(chunk) == [b"#LOGIN SUCCESSED", b"%OrderAct 1  7", b"CANCEL Error : order not open "]


def test_empty_lines_are_dropped() -> None:
    assert LineBuffer().feed(b"\r\n\n\r\nBP 1 1\r\n\n") == [b"BP 1 1"]


def test_an_unfinished_line_waits_for_its_end() -> None:
    buffer = LineBuffer()
    assert buffer.feed(b"BP 1") == []
    assert buffer.pending_bytes == 4
    assert buffer.feed(b" 2\r") == []
    assert buffer.feed(b"\nx") == [b"BP 1 2"]
    assert buffer.pending_bytes == 1


def test_one_byte_lines_come_out() -> None:
    assert lines_of([b"a\na\na", b"\n"]) == ([b"a", b"a", b"a"], None)


def test_a_megabyte_without_an_end_is_refused_and_not_kept() -> None:
    buffer = LineBuffer()
    for _ in range(64):
        assert buffer.feed(b"x" * 1024) == []
    assert buffer.pending_bytes == MAX_LINE_BYTES
    for _ in range(960):
        with pytest.raises(RemoteProtocolError, match=r"^The platform sent more than 64 KiB without a line end\.$"):
            buffer.feed(b"x" * 1024)
        assert buffer.pending_bytes == 0


def test_a_megabyte_at_once_is_refused_too() -> None:
    buffer = LineBuffer()
    with pytest.raises(RemoteProtocolError):
        buffer.feed(b"x" * 1_048_576)
    assert buffer.pending_bytes == 0


def test_whole_lines_before_an_overlong_one_are_handed_out() -> None:
    assert lines_of([b"one\ntwo\n" + b"x" * 100 + b"\nthree\n"], 10) == (
        [b"one", b"two"],
        "The platform sent more than 0.00976562 KiB without a line end.",
    )


@given(st.data(), st.binary(max_size=300))
def test_the_cut_does_not_matter(data: st.DataObject, stream: bytes) -> None:
    pieces = data.draw(strategies.cuts(stream))
    assert lines_of(pieces) == lines_of([stream])


@given(
    st.data(), st.lists(st.sampled_from([b"x", b"yy", b"\n", b"\r\n", b"z" * 7, b"w" * 9]), max_size=40).map(b"".join)
)
def test_the_cut_does_not_matter_near_the_cap(data: st.DataObject, stream: bytes) -> None:
    pieces = data.draw(strategies.cuts(stream))
    assert lines_of(pieces, 8) == lines_of([stream], 8) == lines_of([bytes([byte]) for byte in stream], 8)
