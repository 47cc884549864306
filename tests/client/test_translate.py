"""Requests to bytes, and the table of words in both directions."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.client.translate import LineEncoder, check_symbol, encode_cancel, encode_replace
from das_copy_trader.domain.enums import OrdType, Side, TimeInForce
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from das_copy_trader.domain.orders import OrderRequest, OrderTerms
from das_copy_trader.engine.ports import OrderEncoder

LIMIT = OrderTerms(OrdType.LIMIT, price=Decimal("11.20"), time_in_force=TimeInForce.DAY_PLUS)


OTHERS = (
    OrderTerms(OrdType.MARKET),
    OrderTerms(OrdType.STOP_LIMIT, price=Decimal("10.8"), stop_price=Decimal("10.5"), time_in_force=TimeInForce.GTC),
)
ASKED = st.tuples(
    st.sampled_from((LIMIT, *OTHERS)),
    st.sampled_from(list(Side)),
    st.sampled_from(("SMAT", "ARCA")),
    st.integers(1, 9999),
)


def request(terms: OrderTerms, side: Side = Side.BUY, route: str = "SMAT", qty: int = 1) -> OrderRequest:
    return OrderRequest(ClOrdId(127599001), Symbol("SOFI"), side, qty, terms, route)


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        (LIMIT, "11.2 TIF=DAY+"),
        (OrderTerms(OrdType.LIMIT, price=Decimal("0.1234")), "0.1234"),
        (OrderTerms(OrdType.MARKET, time_in_force=TimeInForce.AT_OPEN), "MKT TIF=AtOpen"),
        (OrderTerms(OrdType.STOP, stop_price=Decimal("210.5"), time_in_force=TimeInForce.DAY), "STOPMKT 210.5 TIF=DAY"),
        (
            OrderTerms(OrdType.STOP_LIMIT, price=Decimal("210.8"), stop_price=Decimal("210.5")),
            "STOPLMT 210.5 210.8",
        ),
        (OrderTerms(OrdType.STOP_LIMIT_EXTENDED, price=Decimal(36), stop_price=Decimal(24)), "STOPLMTP 24 36"),
        (
            OrderTerms(OrdType.TRAILING_STOP, trail_amount=Decimal("0.2"), time_in_force=TimeInForce.GTC),
            "STOPTRAILING 0.2 TIF=GTC",
        ),
    ],
)
def test_each_type_as_the_manual_writes_it(terms: OrderTerms, text: str) -> None:
    encoder: OrderEncoder = LineEncoder()
    assert encoder.encode(request(terms)) == f"NEWORDER 127599001 B SOFI SMAT 1 {text}\r\n".encode()


@pytest.mark.parametrize(("side", "word"), [(Side.BUY, "B"), (Side.SELL, "S"), (Side.SELL_SHORT, "SS")])
def test_each_side(side: Side, word: str) -> None:
    assert LineEncoder().encode(request(LIMIT, side)).split()[2] == word.encode()


@pytest.mark.parametrize("tif", list(TimeInForce))
def test_each_time_in_force_has_a_word(tif: TimeInForce) -> None:
    line = LineEncoder().encode(request(OrderTerms(OrdType.MARKET, time_in_force=tif)))
    assert b" TIF=" in line


@pytest.mark.parametrize(
    "bad",
    [
        request(OrderTerms(OrdType.LIMIT)),
        request(OrderTerms(OrdType.STOP)),
        request(OrderTerms(OrdType.STOP_LIMIT, stop_price=Decimal(1))),
        request(OrderTerms(OrdType.TRAILING_STOP)),
        request(OrderTerms(OrdType.LIMIT, price=Decimal("11.205"))),
        request(OrderTerms(OrdType.LIMIT, price=Decimal(-1))),
        request(LIMIT, qty=0),
        request(LIMIT, route="TWO WORDS"),
    ],
)
def test_what_cannot_be_said_is_an_error(bad: OrderRequest) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        LineEncoder().encode(bad)


def test_cancel_and_replace() -> None:
    stop = OrderTerms(OrdType.STOP_LIMIT_EXTENDED, price=Decimal(36), stop_price=Decimal(24))
    assert encode_cancel(OrderId(2070)) == b"CANCEL 2070\r\n"
    assert encode_replace(OrderId(2070), 2, stop) == b"REPLACE 2070 2 STOPLMT 24 36\r\n"
    assert encode_replace(OrderId(65377), 5, LIMIT) == b"REPLACE 65377 5 11.2\r\n"
    with pytest.raises(ValueError, match="price"):
        encode_replace(OrderId(1), 5, OrderTerms(OrdType.LIMIT))


def test_a_symbol_is_one_word() -> None:
    check_symbol(Symbol("BRK.B"))
    with pytest.raises(ValueError, match="one word"):
        check_symbol(Symbol("A\r\nCANCEL ALL"))


@given(st.lists(ASKED))
def test_a_line_made_from_the_one_before_is_the_line_that_is_made_alone(
    orders: list[tuple[OrderTerms, Side, str, int]],
) -> None:
    encoder = LineEncoder()
    for terms, side, route, qty in orders:
        asked = request(terms, side, route, qty)
        assert encoder.encode(asked) == LineEncoder().encode(asked)


def test_what_cannot_be_said_spoils_no_line_after_it() -> None:
    encoder = LineEncoder()
    first = encoder.encode(request(LIMIT, qty=100))
    for qty in (0, -5, 2**31):
        with pytest.raises(ValueError, match="number of shares"):
            encoder.encode(request(LIMIT, qty=qty))
    with pytest.raises(ValueError, match="route"):
        encoder.encode(request(LIMIT, route="", qty=100))
    assert encoder.encode(request(LIMIT, qty=100)) == first
