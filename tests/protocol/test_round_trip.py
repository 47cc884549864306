"""What is rendered reads back as the same value, and no bytes whatever make a reader raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol import render, render_messages
from das_copy_trader.protocol.parse import parse_line, parse_messages
from das_copy_trader.protocol.parse_command import parse_command
from das_copy_trader.protocol.render import encode_line, render_command, render_message
from tests.protocol import strategies
from tests.protocol.samples import SAMPLES

KEY_WORDS = sorted({sample.line.split(b" ")[0] for sample in SAMPLES})
half_lines = st.builds(
    lambda word, rest: word + b" " + rest,
    st.sampled_from(KEY_WORDS),
    st.lists(st.sampled_from([b"1", b"-1", b"B", b"L", b"SS", b"NaN", b"1E9", b"", b"10:00:00", b"Sending", b"\xe9"]))
    .map(b" ".join),
)  # fmt: skip


@given(strategies.messages())
def test_every_message_reads_back(message: m.Message) -> None:
    line = encode_line(render_message(message))[:-2]
    assert parse_line(line) == message
    assert list(parse_messages(line)) == [message]


@given(strategies.commands())
def test_every_command_reads_back(command: c.Command) -> None:
    assert parse_command(encode_line(render_command(command))[:-2]) == command


def test_every_kind_has_its_text() -> None:
    assert set(render_messages._RENDERER_BY_TYPE) == set(m.Message.__subclasses__())
    assert set(render._RENDERER_BY_TYPE) == set(c.Command.__subclasses__())


@given(st.binary(max_size=200) | half_lines)
def test_no_bytes_make_a_reader_raise(line: bytes) -> None:
    assert isinstance(parse_line(line), m.Message)
    assert all(isinstance(message, m.Message) for message in parse_messages(line))
    assert isinstance(parse_command(line), c.Command)


@given(st.binary(max_size=200) | half_lines)
def test_what_was_read_reads_back_from_its_canonical_text(line: bytes) -> None:
    text = render_message(parse_line(line))
    again = parse_line(text.encode("latin-1"))
    assert render_message(again) == text


@pytest.mark.parametrize(
    "word",
    ["NaN", "nan", "Infinity", "-inf", "1E5", "1e5", "1_000", "+5", "0x10", "", "٣", "1,5", "--1", "1.2.3", "9" * 40],
)
@pytest.mark.parametrize(
    "line", ["BP {} 1", "$LDLU AAPL {} 1", "%POS AAPL 2 1 {} 0 0 0", "%TRADE 1 X B 1 {} R 10:00:00 5"]
)
def test_what_is_no_number_is_no_price(line: str, word: str) -> None:
    assert isinstance(parse_line(line.format(word).encode("utf-8")), m.Malformed)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "1E5", "1_0", "+5", "-5", "2147483648", "5.0", "9" * 5000, "²"])
@pytest.mark.parametrize(
    "line",
    [
        "%ORDER 1 7 X B L {} 1 0 5 R Accepted 10:00:00 0 A T CMDAPI DAY N/A",
        "%ORDER 1 7 X B L 1 {} 0 5 R Accepted 10:00:00",
        "%OrderAct 1 Execute Buy X {} 5 R 10:00:00  7",
        "%TRADE 1 X B {} 5 R 10:00:00 5",
        "%SLRET 1 X 0.01 {} LOC1",
    ],
)
def test_what_is_no_count_is_no_quantity(line: str, word: str) -> None:
    assert isinstance(parse_line(line.format(word).encode("latin-1")), m.Malformed)
