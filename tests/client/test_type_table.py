"""Order types: what is known, what waits for a proof, and what is not decodable."""

from decimal import Decimal

import pytest

from das_copy_trader.client.mirror import AccountMirror
from das_copy_trader.client.type_table import Confidence, OrderText, TypeEntry, TypeTable
from das_copy_trader.domain.enums import ExecType, OrdStatus, OrdType, TimeInForce
from das_copy_trader.domain.orders import OrderTerms
from tests.client.support import RecordingListener, feed, mirror_of, order

ROW = "%ORDER 7 70 ABCD B {} 100 100 0 {} SMAT {} 10:00:00 0 ACCT1 USER1 Hotkey {} N/A"


def row(type_text: str, price: str = "36", status: str = "Accepted", tif: str = "DAY+") -> str:
    return ROW.format(type_text, price, status, tif)


@pytest.fixture
def listener() -> RecordingListener:
    return RecordingListener()


@pytest.fixture
def mirror(listener: RecordingListener) -> AccountMirror:
    return mirror_of(listener)


@pytest.mark.parametrize(
    ("type_text", "price", "terms"),
    [
        ("L", "36", OrderTerms(OrdType.LIMIT, price=Decimal(36))),
        ("Lmt", "36", OrderTerms(OrdType.LIMIT, price=Decimal(36))),
        ("Mkt", "25.96", OrderTerms(OrdType.MARKET)),
        ("MKT", "MKT", OrderTerms(OrdType.MARKET)),
        ("M", "0", OrderTerms(OrdType.MARKET)),
        ("SLP:24", "36", OrderTerms(OrdType.STOP_LIMIT_EXTENDED, price=Decimal(36), stop_price=Decimal(24))),
        ("SLP: 24 36", "36", OrderTerms(OrdType.STOP_LIMIT_EXTENDED, price=Decimal(36), stop_price=Decimal(24))),
        ("SLP:36", "36", OrderTerms(OrdType.STOP_LIMIT_EXTENDED, price=Decimal(36), stop_price=Decimal(36))),
    ],
)
def test_verified_types(mirror: AccountMirror, type_text: str, price: str, terms: OrderTerms) -> None:
    feed(mirror, row(type_text, price))
    read = order(mirror, 7)
    assert read.terms is not None
    assert read.terms.time_in_force is TimeInForce.DAY_PLUS
    assert (read.terms.ord_type, read.terms.price, read.terms.stop_price) == (
        terms.ord_type,
        terms.price,
        terms.stop_price,
    )
    assert read.undecodable == ""
    assert not read.awaits_proof


@pytest.mark.parametrize(
    ("type_text", "price"),
    [
        ("WHAT", "36"),
        ("WHAT:5", "36"),
        ("PEG", "36"),
        ("SM", "36"),
        ("SLP", "36"),
        ("SLP:0", "36"),
        ("SLP:1.2.3", "36"),
        ("SLP: 24 35", "36"),
        ("SL:36", "36"),
        ("SM: 24 36", "36"),
        ("L:5", "36"),
        ("L", "MKT"),
        ("L", "0"),
        ("STOPRANGE: 1 2", "0"),
    ],
)
def test_what_is_not_understood_is_quoted(mirror: AccountMirror, type_text: str, price: str) -> None:
    feed(mirror, row(type_text, price))
    read = order(mirror, 7)
    assert read.terms is None
    assert not read.awaits_proof
    assert row(type_text, price) in read.undecodable
    assert read.row_text == row(type_text, price)
    assert read.status is OrdStatus.NEW


def test_an_unknown_time_in_force_is_not_decodable(mirror: AccountMirror) -> None:
    feed(mirror, row("L", tif="GTX"))
    assert order(mirror, 7).terms is None
    assert "'GTX'" in order(mirror, 7).undecodable


def test_rows_of_old_builds_have_no_time_in_force(mirror: AccountMirror) -> None:
    feed(mirror, "%ORDER 21 12 MSFT B Lmt 100 100 0 25 SMAT Accepted 10:49:35")
    assert order(mirror, 21).terms == OrderTerms(OrdType.LIMIT, price=Decimal(25))


@pytest.mark.parametrize(
    ("type_text", "price", "expected"),
    [
        ("SM:24", "0", OrderTerms(OrdType.STOP, stop_price=Decimal(24), time_in_force=TimeInForce.DAY_PLUS)),
        (
            "SL:24",
            "36",
            OrderTerms(
                OrdType.STOP_LIMIT, price=Decimal(36), stop_price=Decimal(24), time_in_force=TimeInForce.DAY_PLUS
            ),
        ),
        (
            "TS:24.00",
            "0",
            OrderTerms(OrdType.TRAILING_STOP, trail_amount=Decimal(24), time_in_force=TimeInForce.DAY_PLUS),
        ),
    ],
)
@pytest.mark.parametrize("is_line_first", [True, False])
def test_a_guess_is_proven_by_a_second_line(
    mirror: AccountMirror,
    listener: RecordingListener,
    type_text: str,
    price: str,
    expected: OrderTerms,
    is_line_first: bool,
) -> None:
    line = "%OrderAct 7 Accept Buy ABCD 100 24 SMAT 10:00:00  70"
    if is_line_first:
        feed(mirror, [line, row(type_text, price)])
        assert [event.exec_type for event in listener.events] == [ExecType.NEW]
    else:
        feed(mirror, row(type_text, price))
        assert order(mirror, 7).awaits_proof
        assert order(mirror, 7).terms is None
        assert row(type_text, price) in order(mirror, 7).undecodable
        feed(mirror, line)
        assert [event.exec_type for event in listener.events] == [ExecType.NEW, ExecType.TERMS_PROVEN]
    read = order(mirror, 7)
    assert read.terms == expected
    assert (read.undecodable, read.awaits_proof) == ("", False)


def test_an_accept_line_that_proves_tells_the_order_with_its_terms(
    mirror: AccountMirror, listener: RecordingListener
) -> None:
    feed(mirror, [row("SM:24", "0", "Sending"), "%OrderAct 7 Accept Buy ABCD 100 24 SMAT 10:00:00  70"])
    assert [event.exec_type for event in listener.events] == [ExecType.PENDING_NEW, ExecType.NEW]
    assert order(mirror, 7).terms is not None


@pytest.mark.parametrize("is_line_first", [True, False])
def test_a_guess_that_is_contradicted_is_not_decodable(
    mirror: AccountMirror, listener: RecordingListener, is_line_first: bool
) -> None:
    lines = ["%OrderAct 7 Sending Buy ABCD 100 25 SMAT 10:00:00  70", row("SM:24", "0")]
    feed(mirror, lines if is_line_first else reversed(lines))
    read = order(mirror, 7)
    assert read.terms is None
    assert not read.awaits_proof
    assert "24" in read.undecodable
    assert "25" in read.undecodable
    if not is_line_first:
        assert listener.events[-1].exec_type is ExecType.STATUS
    feed(mirror, "%OrderAct 7 Accept Buy ABCD 100 24 SMAT 10:00:00  70")
    assert order(mirror, 7).terms is None, "what was contradicted once is not certain any more"


@pytest.mark.parametrize("is_line_first", [True, False])
def test_a_replace_of_guessed_terms_is_told_when_it_is_proven(
    mirror: AccountMirror, listener: RecordingListener, is_line_first: bool
) -> None:
    feed(mirror, ["%OrderAct 7 Sending Buy ABCD 100 24 SMAT 10:00:00  70", row("SM:24", "0")])
    lines = ["%OrderAct 7 Replacing Buy ABCD 100 25 SMAT 10:00:01  70", row("SM:25", "0")]
    feed(mirror, lines if is_line_first else reversed(lines))
    read = order(mirror, 7)
    assert read.terms == OrderTerms(OrdType.STOP, stop_price=Decimal(25), time_in_force=TimeInForce.DAY_PLUS)
    assert [event.exec_type for event in listener.events] == [ExecType.NEW, ExecType.REPLACED]


def test_the_market_price_of_a_market_order_is_no_replace(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, [row("MKT", "25.96"), row("MKT", "25.97")])
    assert [event.exec_type for event in listener.events] == [ExecType.NEW]


def test_the_table_is_the_users_to_change() -> None:
    table = TypeTable((TypeEntry(("SX",), OrdType.STOP, Confidence.VERIFIED),))
    decoded = table.decode(OrderText("SX:5", None, None))
    assert decoded.terms == OrderTerms(OrdType.STOP, stop_price=Decimal(5))
    assert decoded.proof is None
    assert table.decode(OrderText("L", Decimal(5), None)).terms is None


def test_a_guess_without_a_number_can_never_be_proven() -> None:
    table = TypeTable((TypeEntry(("LL",), OrdType.LIMIT, Confidence.GUESS),))
    assert table.decode(OrderText("LL", Decimal(5), None)).terms is None
