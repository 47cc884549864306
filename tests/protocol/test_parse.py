"""Row variants, traps and readings that the sample lines alone do not pin down."""

from decimal import Decimal

import pytest

from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.parse import LocateReturnParts, locate_return_parts, parse_line, parse_messages
from das_copy_trader.protocol.render import render_message
from das_copy_trader.protocol.vocabulary import DumpKind, ErrorKind, ServerName

FULL = "%ORDER 2070 127599001 SOFI B SLP:24 2 1 0 36 SMAT Accepted 05:06:54 0 ACCT1 USER1 CMDAPI DAY+ N/A"


def order(text: str) -> m.OrderRow:
    row = parse_line(text.encode())
    assert isinstance(row, m.OrderRow)
    return row


def act(text: str) -> m.OrderActRow:
    row = parse_line(text.encode())
    assert isinstance(row, m.OrderActRow)
    return row


# --- %ORDER ------------------------------------------------------------------------------------------------------


def test_every_field_of_a_full_order_row() -> None:
    assert order(FULL) == m.OrderRow(
        id=2070,
        token=127599001,
        symbol="SOFI",
        side="B",
        type_text="SLP:24",
        qty=2,
        lvqty=1,
        cxlqty=0,
        price=Decimal(36),
        route="SMAT",
        status="Accepted",
        time="05:06:54",
        origoid=0,
        account="ACCT1",
        trader="USER1",
        order_src="CMDAPI",
        tif="DAY+",
        pref="N/A",
    )


@pytest.mark.parametrize("kept", [18, 16, 15, 12])
def test_shorter_rows_leave_fields_out(kept: int) -> None:
    row = order(" ".join(FULL.split(" ")[: kept + 1]))
    full = order(FULL)
    names = ["origoid", "account", "trader", "order_src", "tif", "pref"]
    assert [getattr(row, name) for name in names] == [
        getattr(full, name) if place < kept - 12 else None for place, name in enumerate(names)
    ]
    assert (row.id, row.status, row.time) == (full.id, full.status, full.time)


@pytest.mark.parametrize(
    ("text", "token", "cxlqty"),
    [
        ("%ORDER 20 10 MSFT B Lmt 100 40 25 SMAT Accepted 10:49:35", 10, None),
        ("%ORDER 20 MSFT B Lmt 100 40 0 25 SMAT Accepted 10:49:35", None, 0),
        ("%ORDER 20 MSFT B Lmt 100 40 25 SMAT Accepted 10:49:35", None, None),
    ],
)
def test_rows_of_the_oldest_builds(text: str, token: int | None, cxlqty: int | None) -> None:
    row = order(text)
    assert (row.token, row.symbol, row.qty, row.lvqty, row.cxlqty) == (token, "MSFT", 100, 40, cxlqty)
    assert row.price == Decimal(25)
    assert render_message(row) == text


def test_a_type_with_blanks_is_read_from_the_right() -> None:
    row = order(FULL.replace("SLP:24", "SLP: 2.97 2.99"))
    assert (row.type_text, row.qty, row.lvqty, row.pref) == ("SLP: 2.97 2.99", 2, 1, "N/A")


def test_a_row_may_end_behind_its_status() -> None:
    row = order("%ORDER 65377 1749678729 LLY S L 2 0 1 1166.38 SMART Partial")
    assert (row.status, row.time, row.lvqty, row.cxlqty) == ("Partial", None, 0, 1)


def test_a_symbol_may_look_like_a_side() -> None:
    assert order("%ORDER 20 10 S B Lmt 100 40 0 25 SMAT Accepted 10:49:35").symbol == "S"
    assert order("%ORDER 20 B S Lmt 100 40 0 25 SMAT Accepted 10:49:35").symbol == "B"


def test_a_price_may_be_a_word() -> None:
    assert order(FULL.replace(" 36 ", " MKT ")).price == "MKT"


def test_a_status_of_a_newer_build_is_kept() -> None:
    assert order(FULL.replace("Accepted", "Suspended")).status == "Suspended"


def test_a_status_is_read_without_case() -> None:
    assert order(FULL.replace("Accepted", "ACCEPTED")).status == "Accepted"


def test_a_status_word_as_account_name_does_not_mislead() -> None:
    row = order(FULL.replace("ACCT1", "Closed"))
    assert (row.status, row.account) == ("Accepted", "Closed")


def test_words_behind_the_last_field_are_left_out() -> None:
    assert order(FULL + " Extra") == order(FULL)


@pytest.mark.parametrize(
    "spoilt",
    [
        FULL.replace(" B ", " X "),
        FULL.replace("2070", "-2070"),
        FULL.replace("127599001", "2147483648"),
        FULL.replace("2070", "9223372036854775808"),
        FULL.replace("05:06:54 0", "05:06:54 zero"),
        FULL.replace("05:06:54", "soon"),
        FULL.replace(" 2 1 0 ", " 2.5 1 0 "),
        FULL.replace(" 2 1 0 ", " 2 1  "),
        "%ORDER",
        "%ORDER ",
    ],
)
def test_an_order_row_that_does_not_fit_is_refused_with_a_reason(spoilt: str) -> None:
    refused = parse_line(spoilt.encode())
    assert isinstance(refused, m.Malformed)
    assert refused.text == spoilt
    assert refused.reason.startswith("%ORDER: ")


# --- %OrderAct ---------------------------------------------------------------------------------------------------

ACT = "%OrderAct 2844 Canceled Buy SOFI 1 11.2 EDGA 05:32:31"


@pytest.mark.parametrize(
    ("tail", "notes", "token"),
    [
        ("", None, None),
        (" ", "", None),
        ("  127600721", "", 127600721),
        (" 127600721", None, 127600721),
        (" RT:Cxl-by-Venue 127600721", "RT:Cxl-by-Venue", 127600721),
        (" Cannot  route  now", "Cannot  route  now", None),
        (" size over 2147483648", "size over 2147483648", None),
        (" RT:Ven: R081: Price Too Far Outside 7", "RT:Ven: R081: Price Too Far Outside", 7),
    ],
)
def test_notes_and_token_of_an_act(tail: str, notes: str | None, token: int | None) -> None:
    row = act(ACT + tail)
    assert (row.notes, row.token, row.time) == (notes, token, "05:32:31")
    assert render_message(row) == ACT + tail


def test_blanks_before_the_time_do_not_shift_an_act() -> None:
    row = act("%OrderAct 2844  Canceled Buy SOFI  1 11.2 EDGA 05:32:31  7")
    assert (row.action, row.qty, row.notes, row.token) == ("Canceled", 1, "", 7)


@pytest.mark.parametrize(
    "spoilt", [ACT.replace("05:32:31", "later"), ACT.replace("2844", "x"), "%OrderAct 1 2 3", "%OrderAct  1 2 3"]
)
def test_an_act_that_does_not_fit_is_refused(spoilt: str) -> None:
    assert isinstance(parse_line(spoilt.encode()), m.Malformed)


# --- trades and positions ----------------------------------------------------------------------------------------


def test_a_watch_trade_is_told_by_where_the_side_stands() -> None:
    own = parse_line(b"%ITRADE 12345678 9003 S SS 200 2.5 SAGEREB 09:52:05 7008 USER1")
    like_trade = parse_line(b"%ITRADE 9003 S SS 200 2.5 SAGEREB 09:52:05 7008")
    assert isinstance(own, m.WatchTradeRow)
    assert (own.account, own.id, own.symbol, own.side) == ("12345678", 9003, "S", "SS")
    assert isinstance(like_trade, m.TradeRow)
    assert (like_trade.id, like_trade.symbol, like_trade.side, like_trade.is_watch) == (9003, "S", "SS", True)


@pytest.mark.parametrize("word", ["%POS", "%pos", "%Pos", "%IPOS"])
def test_key_words_have_no_case(word: str) -> None:
    row = parse_line(f"{word} ABCD 3 -300 2.45 0 0 0".encode())
    assert isinstance(row, m.PosRow)
    assert (row.qty, row.is_watch) == (-300, word == "%IPOS")


# --- headers, acknowledgements, server status --------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["#OrderSending", "#Order Replacing", "#Order Canceling", "#OrderServer:Logon:Successful", "#OrderServer Connected",
     "#Order", "#POS", "#Trade", "#SLOrder", "#OrderServer id token", "#Ordering id"],
)  # fmt: skip
def test_only_a_header_with_field_names_opens_a_block(line: str) -> None:
    assert not isinstance(parse_line(line.encode()), m.DumpBegun)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("#pos SYMB type", DumpKind.POSITIONS),
        ("#Order  id token", DumpKind.ORDERS),
        ("#SLOrder id x", DumpKind.LOCATES),
    ],
)
def test_a_header_is_read_by_its_first_field(line: str, kind: DumpKind) -> None:
    assert parse_line(line.encode()) == m.DumpBegun(kind, line)


@pytest.mark.parametrize(
    ("line", "server", "is_up"),
    [
        ("#OrderServer:Logon:Successful", ServerName.ORDER, True),
        ("#OrderServer Connected", ServerName.ORDER, True),
        ("#OrderServer Disconnected", ServerName.ORDER, False),
        ("#OrderServer:Lost Connection", ServerName.ORDER, False),
        ("#quoteserver:Missing heartbeat", ServerName.QUOTE, False),
        ("#QuoteServer:Connect:Failed", ServerName.QUOTE, False),
        ("#QuoteServer:Resting", ServerName.QUOTE, None),
    ],
)
def test_server_status(line: str, server: ServerName, is_up: bool | None) -> None:
    assert parse_line(line.encode()) == m.ServerStatus(server, line, is_up)


# --- errors and other plain lines --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "kind", "command"),
    [
        ("CANCEL Error : order not open ", ErrorKind.ORDER_NOT_OPEN, "CANCEL"),
        ("replace error: Order Not Open", ErrorKind.ORDER_NOT_OPEN, "REPLACE"),
        ("NEWORDER Error : route closed", ErrorKind.COMMAND_FAILED, "NEWORDER"),
        ("INVALD COMMAND!", ErrorKind.INVALID_COMMAND, None),
        ("Format: GET LDLU Symbol", ErrorKind.MISSING_ARGUMENT, "GET LDLU"),
        ("ERROR:TOO MANY", ErrorKind.COMMAND_FAILED, None),
    ],
)
def test_error_texts(line: str, kind: ErrorKind, command: str | None) -> None:
    assert parse_line(line.encode()) == m.ErrorReply(kind, line, command)


@pytest.mark.parametrize("line", ["#LOGIN FAILED", "LOGIN FAILED: no such user", "ERROR:INVALID PASSWORD"])
def test_refused_logins(line: str) -> None:
    assert parse_line(line.encode()) == m.LoginRefused(line)


def test_replies_glued_to_each_other_come_apart_and_nothing_is_lost() -> None:
    glued = "CANCEL Error : order not open INVALD COMMAND!what is thisNo Permission for API FEED"
    parsed = parse_messages(glued.encode())
    assert [type(message) for message in parsed] == [m.ErrorReply, m.ErrorReply, m.Unknown, m.ErrorReply]
    assert "".join(render_message(message) for message in parsed) == glued


def test_a_row_glued_to_a_reply_is_read() -> None:
    parsed = parse_messages(b"INVALD COMMAND!" + FULL.encode())
    assert [type(message) for message in parsed] == [m.ErrorReply, m.OrderRow]


def test_a_row_is_never_searched_for_replies() -> None:
    text = ACT + " INVALD COMMAND! 7"
    assert parse_messages(text.encode()) == (act(text),)


def test_a_line_of_nothing_is_unknown() -> None:
    assert parse_messages(b"") == (m.Unknown(""),)


# --- locates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tail", "account", "parts"),
    [
        ("TESTSL  ACCT1", "ACCT1", ("TESTSL", "", "ACCT1")),
        ("TESTSL  ACCT1", None, ("TESTSL", "", "ACCT1")),
        ("TESTSL  ACCT2", "ACCT1", ("TESTSL", "", "ACCT2")),
        ("LOCATE10 ACCT1", "ACCT1", ("LOCATE10", "", "ACCT1")),
        ("LOCATE7 route disabled ACCT1", "ACCT1", ("LOCATE7", "route disabled", "ACCT1")),
        ("LOC3 AlreadyShortable", "ACCT1", ("LOC3", "AlreadyShortable", None)),
        ("Already Shortable", "ACCT1", ("", "Already Shortable", None)),
        ("Already Shortable ACCT1", "ACCT1", ("", "Already Shortable", "ACCT1")),
        ("LOCATE2", "ACCT1", ("LOCATE2", "", None)),
        ("", None, ("", "", None)),
    ],
)
def test_the_tail_of_a_locate_answer(tail: str, account: str | None, parts: tuple[str, str, str | None]) -> None:
    assert locate_return_parts(tail, account) == LocateReturnParts(*parts)


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("", (None, None, None)),
        (" route is closed", (None, None, "route is closed")),
        (" 0 offer pending", (Decimal(0), None, "offer pending")),
        (" 0.02 456", (Decimal("0.02"), 456, None)),
        (" 0 456 located ok", (Decimal(0), 456, "located ok")),
    ],
)
def test_the_tail_of_a_locate_order(tail: str, expected: tuple[Decimal | None, int | None, str | None]) -> None:
    text = f"%SLOrder 91 TEST 100 0 100 0.01 Located LOC1 04:25:00{tail}"
    row = parse_line(text.encode())
    assert isinstance(row, m.LocateOrderRow)
    assert (row.lmt_price, row.token, row.notes) == expected
    assert render_message(row) == text


@pytest.mark.parametrize(
    "line", ["$Quote AAPL A329", "$SHORTINFO A X 1 Y 0 0", "$SLReuseQueryRet A Maybe", "%SLRET 3 A 0 0"]
)
def test_other_rows_that_do_not_fit_are_refused(line: str) -> None:
    assert isinstance(parse_line(line.encode()), m.Malformed)


@pytest.mark.parametrize(
    "line",
    [
        "%OrderAct 9223372036854775808 Sending Buy SOFI 1 24 SMAT 05:06:48",
        "%OrderAct 1 Sending Buy SOFI 2147483648 24 SMAT 05:06:48",
        "%POS AAPL long 1 2 0 0 0",
        "%POS AAPL 2 1 2 0 0 0 -12.5",
        "%TRADE 1 MSFT Buy 100 28.3 SMAT 18:00:31 3",
        "$STINFOEX",
        "%SLRET 1  0 0 LOC1",
        "%SLOrder 91  TEST 100 0 100 0.01 Located LOC1 04:25:00 0",
        "$INTMSG nothing",
        "$SLRouteMinChargeRet LOC3 $x",
    ],
)
def test_a_field_of_the_wrong_kind_is_refused(line: str) -> None:
    assert isinstance(parse_line(line.encode()), m.Malformed)
