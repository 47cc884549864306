"""What goes out: exact texts, and nothing that the platform could read as another command."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.errors import LocalProtocolError
from das_copy_trader.protocol.parse_command import parse_command
from das_copy_trader.protocol.render import encode_line, price_text, render_command, render_message
from tests.protocol import strategies

LIMIT = c.LimitPart(Decimal("11.2"))


def new_order(
    *,
    token: int = 7,
    side: str = "B",
    symbol: str = "SOFI",
    route: str = "SMAT",
    shares: int = 100,
    part: c.PricePart = LIMIT,
    options: tuple[str, ...] = (),
    tif: str | None = "DAY+",
) -> c.NewOrder:
    return c.NewOrder(token, side, symbol, route, shares, part, options, tif)


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("36", "36"), ("36.00", "36"), ("11.20", "11.2"), ("0.00092", "0.00092"), ("1E+2", "100"), ("9.2E-4", "0.00092"),
        ("0", "0"), ("0.00", "0"), ("-0.01", "-0.01"), ("100", "100"), ("-12", "-12"), ("1234567.5", "1234567.5"),
    ],
)  # fmt: skip
def test_a_price_has_its_shortest_form(price: str, text: str) -> None:
    assert price_text(Decimal(price)) == text


@pytest.mark.parametrize("price", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+999999", "1E-999999"])
def test_what_is_no_price_has_no_text(price: str) -> None:
    with pytest.raises(LocalProtocolError, match="finite number"):
        price_text(Decimal(price))
    with pytest.raises(LocalProtocolError, match="finite number"):
        render_command(new_order(part=c.LimitPart(Decimal(price))))


@pytest.mark.parametrize(
    ("price", "decimals"), [("1.001", 2), ("200.505", 2), ("0.00001", 4), ("0.99991", 4), ("10.0000001", 2)]
)
def test_sub_penny_prices_are_refused(price: str, decimals: int) -> None:
    with pytest.raises(LocalProtocolError, match=f"more than {decimals} decimals"):
        render_command(new_order(part=c.LimitPart(Decimal(price))))


@pytest.mark.parametrize("price", ["0.0001", "0.9999", "1", "1.01", "1.0100000", "99999.99"])
def test_prices_that_venues_take_go_out(price: str) -> None:
    assert render_command(new_order(part=c.LimitPart(Decimal(price)))).split()[6] == price_text(Decimal(price))


@pytest.mark.parametrize("price", ["0", "-1", "-0.01"])
def test_prices_are_above_zero(price: str) -> None:
    with pytest.raises(LocalProtocolError, match="above zero"):
        render_command(new_order(part=c.LimitPart(Decimal(price))))
    with pytest.raises(LocalProtocolError, match="above zero"):
        render_command(c.LocateNewOrder("SOFI", 100, "LOC1", 5, Decimal(price)))


def test_a_locate_price_may_be_a_part_of_a_cent() -> None:
    command = c.LocateNewOrder("SOFI", 100, "LOC1", 5, Decimal("0.000625"))
    assert render_command(command) == "SLNEWORDER SOFI 100 LOC1 5 0.000625"


BAD_WORDS = [
    "", " ", "A B", "A\r\nCANCEL ALL", "A\nB", "A\r", "A\tB", "\x00", "A\x0b", "A\xa0B", "é", "\uff21", "A\u2028B", "x" * 65
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD_WORDS)
def test_no_word_can_smuggle_in_another(bad: str) -> None:
    commands: list[c.Command] = [
        c.Login(bad, "secret", "ACCT1"),
        c.Login("USER1", bad, "ACCT1"),
        c.Login("USER1", "secret", bad),
        new_order(symbol=bad),
        new_order(route=bad),
        new_order(side=bad),
        new_order(options=(bad,)),
        new_order(tif=bad),
        c.Replace(1, 1, LIMIT, bad),
        c.CancelAllSymbol(bad),
        c.Get(bad),
        c.GetSymbol("LDLU", bad),
        c.GetSymbol(bad, "SOFI"),
        c.Subscribe(bad, "Lv1"),
        c.Subscribe("SOFI", bad),
        c.Unsubscribe("SOFI", "Lv1", (bad,)),
        c.Script(bad, "SYMBOL SOFI"),
        c.LocateInquire(bad, 100, "LOC1"),
        c.LocateInquire("SOFI", 100, bad),
        c.LocateNewOrder(bad, 100, "LOC1"),
        c.LocateAvailQuery(bad, "SOFI"),
        c.LocateReuseQuery(bad),
        c.LocateRouteMinCharge(bad),
    ]
    for command in commands:
        with pytest.raises(LocalProtocolError):
            render_command(command)


@given(st.text(max_size=30), st.text(max_size=30))
def test_an_order_keeps_its_words_or_is_refused(symbol: str, route: str) -> None:
    command = new_order(symbol=symbol, route=route)
    try:
        line = encode_line(render_command(command))
    except LocalProtocolError:
        return
    assert line.count(b"\n") == 1
    assert parse_command(line[:-2]) == command


@given(st.text(max_size=30))
def test_a_password_is_one_word_or_refused_and_never_quoted(password: str) -> None:
    command = c.Login("USER1", password, "ACCT1")
    line: bytes | None
    try:
        line = encode_line(render_command(command))
    except LocalProtocolError as error:
        said = str(error)
        line = None
    else:
        said = ""
    assert said in {
        "",
        "The password has to be one word of plain letters, digits and signs.",
        "The password is longer than 64 letters.",
    }
    assert line is None or parse_command(line[:-2]) == command


def test_a_password_is_never_shown() -> None:
    assert "hush" not in repr(c.Login("USER1", "hush", "ACCT1"))
    assert "hush" not in repr(parse_command(b"LOGIN USER1 hush"))
    assert "hush" not in repr(parse_command(b"LOGIN USER1 hush ACCT1 2"))


@pytest.mark.parametrize(
    "command",
    [
        new_order(token=0),
        new_order(token=-1),
        new_order(token=2_147_483_648),
        new_order(shares=0),
        new_order(shares=-5),
        new_order(shares=2_147_483_648),
        new_order(side="b"),
        new_order(options=("200.5",)),
        new_order(options=("tif=IOC",)),
        new_order(part=c.PegPart("TOP")),
        new_order(part=c.PricePart()),
        c.Replace(2070, 0, LIMIT),
        c.Replace(-1, 1, LIMIT),
        c.Replace(2070, 1, c.PegPart("MID")),
        c.Replace(2070, 1, c.StopLimitPart(Decimal(24), Decimal(36), True)),
        c.Cancel(-1),
        c.Cancel(9_223_372_036_854_775_808),
        c.LocateInquire("SOFI", 0, "LOC1"),
        c.LocateNewOrder("SOFI", 100, "LOC1", None, Decimal("0.01")),
        c.LocateNewOrder("SOFI", 100, "LOC1", 0),
        c.LocateCancel(-1),
        c.Get("QUOTE"),
        c.GetSymbol("CHART", "SOFI"),
        c.Script("Montage1", "SYMBOL SOFI\r\nCANCEL ALL"),
        c.Command(),
    ],
)
def test_what_would_break_the_protocol_is_refused_with_a_sentence(command: c.Command) -> None:
    with pytest.raises(LocalProtocolError, match=r"^[A-Z].*\.$"):
        render_command(command)


def test_a_message_without_a_text_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        render_message(m.Message())


@pytest.mark.parametrize("text", ["A\r\nB", "A\n", "\r", "price in €"])
def test_a_line_is_one_line_of_latin_1(text: str) -> None:
    with pytest.raises(LocalProtocolError):
        encode_line(text)


@given(strategies.new_orders)
def test_an_order_is_one_line(command: c.NewOrder) -> None:
    line = encode_line(render_command(command))
    assert line.endswith(b"\r\n")
    assert line.split()[:6] == [
        b"NEWORDER",
        *(str(word).encode() for word in (command.token, command.side, command.symbol, command.route, command.shares)),
    ]
