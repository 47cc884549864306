"""Every line that a real platform or its manual shows comes out typed, and goes back as the same text."""

import pytest

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.parse import parse_messages
from das_copy_trader.protocol.parse_command import parse_command
from das_copy_trader.protocol.render import encode_line, render_command, render_message
from tests.protocol.samples import COMMAND_SAMPLES, MESSAGE_SAMPLES, SAMPLES, Sample

ERRORS = m.ErrorReply
BURST: set[type[m.Message]] = {m.LoginAccepted, m.DumpBegun, m.DumpEnded}
TYPES_BY_GROUP: dict[str, type[m.Message] | set[type[m.Message]]] = {
    "greeting": m.Banner,
    "login-accepted": m.LoginAccepted,
    "login-refused": m.LoginRefused,
    "login-refused-guess": m.LoginRefused,
    "burst-of-an-empty-account": BURST,
    "headers": {m.DumpBegun, m.ColumnHeader},
    "headers-newer": m.DumpBegun,
    "header-of-account-info": m.ColumnHeader,
    "server-status": m.ServerStatus,
    "server-status-newer": m.ServerStatus,
    "server-status-without-colon": m.ServerStatus,
    "acknowledgements": m.CommandAck,
    "errors": ERRORS,
    "errors-glued": ERRORS,
    "positions-7-fields": m.PosRow,
    "positions-9-fields": m.PosRow,
    "positions-other": m.PosRow,
    "orders-12-fields": m.OrderRow,
    "orders-15-fields": m.OrderRow,
    "orders-16-fields-by-hotkey": m.OrderRow,
    "orders-18-fields": m.OrderRow,
    "orders-stop-limit-replaced-canceled": m.OrderRow,
    "orders-parent-and-child": m.OrderRow,
    "orders-tif-rewritten": m.OrderRow,
    "orders-canceled-by-the-venue": m.OrderRow,
    "orders-child-rejected": m.OrderRow,
    "orders-child-canceled-by-the-venue": m.OrderRow,
    "orders-cut-behind-the-status": m.OrderRow,
    "orders-other": m.OrderRow,
    "acts-without-notes": m.OrderActRow,
    "acts-with-notes": m.OrderActRow,
    "acts": m.OrderActRow,
    "acts-other": m.OrderActRow,
    "trades-8-fields": m.TradeRow,
    "trades-11-fields": m.TradeRow,
    "trades-other": {m.TradeRow, m.WatchTradeRow},
    "buying-power": m.BuyingPower,
    "account-info": m.AccountInfo,
    "account-info-with-values": m.AccountInfo,
    "short-info-6-fields": m.ShortInfo,
    "short-info-8-fields": m.ShortInfo,
    "short-info-other": {m.ShortInfo, m.MarginNote},
    "locate-prices": m.LocateReturn,
    "locate-prices-other": m.LocateReturn,
    "locate-orders": m.LocateOrderRow,
    "locate-queries": {m.LocateAvailable, m.LocateReuse, m.LocateMinCharge},
    "locate-queries-other": {m.LocateAvailable, m.LocateMinCharge},
    "quotes": m.Quote,
    "price-bands": m.PriceBand,
    "symbol-status": m.SymbolStatus,
    "symbol-status-other": m.SymbolStatus,
    "route-status": m.RouteStatus,
    "internal-messages": m.InternalMessage,
    "bars": m.MarketLine,
    "market-data-other": m.MarketLine,
    "echo-and-client": {m.EchoReply, m.ClientCount},
}

CANONICAL_BY_MESSAGE = {
    # Key words are read without case and written as the manual does.
    "%orderact 7014 Replaced Shrt ABCD 200 2.46 SAGEREB 09:55:00  126800008": (
        "%OrderAct 7014 Replaced Shrt ABCD 200 2.46 SAGEREB 09:55:00  126800008"
    ),
}
CANONICAL_BY_COMMAND = {
    # Prices go out in their shortest form.
    "REPLACE 65377 5 1166.40": "REPLACE 65377 5 1166.4",
    # Options stand before the TIF.
    "NEWORDER 127604630 B SOFI SMAT 1 STOPLMTP 15.96 23.94 TIF=DAY+ Pref=SAGEPRO": (
        "NEWORDER 127604630 B SOFI SMAT 1 STOPLMTP 15.96 23.94 Pref=SAGEPRO TIF=DAY+"
    ),
}
REFUSED_BY_LINE: dict[str, tuple[type[m.Message], str]] = {
    # The documented refusals: lines of no known kind, and rows that were cut off.
    "HELLO WORLD 123": (m.Unknown, ""),
    "#NewServer:Something:Else": (m.Unknown, ""),
    "%ORDER 7001 126800001 ABCD SS L 300": (m.Malformed, "%ORDER: 6 fields where 9 are needed"),
    "%TRADE 9001 ABCD SS": (m.Malformed, "%TRADE: 3 fields where 8 are needed"),
}

TYPE_BY_COMMAND_WORDS: dict[tuple[str, ...], type[c.Command]] = {
    ("LOGIN",): c.Login,
    ("ECHO",): c.Echo,
    ("CLIENT",): c.CountClients,
    ("QUIT",): c.Quit,
    ("HELP",): c.Help,
    ("POSREFRESH",): c.PosRefresh,
    ("SCRIPT",): c.Script,
    ("NEWORDER",): c.NewOrder,
    ("CANCEL",): c.Cancel,
    ("CANCEL", "ALL"): c.CancelAll,
    ("CANCEL", "ALLSYMB"): c.CancelAllSymbol,
    ("REPLACE",): c.Replace,
    ("GET",): c.Get,
    ("GET", "SHORTINFO"): c.GetSymbol,
    ("GET", "SymStatus"): c.GetSymbol,
    ("GET", "LDLU"): c.GetSymbol,
    ("SB",): c.Subscribe,
    ("UNSB",): c.Unsubscribe,
    ("ReturnFullLv1",): c.ReturnFullLv1,
    ("SLPRICEINQUIRE",): c.LocateInquire,
    ("SLNEWORDER",): c.LocateNewOrder,
    ("SLCANCELORDER",): c.LocateCancel,
    ("SLOFFEROPERATION",): c.LocateOfferOperation,
    ("SLAvailQuery",): c.LocateAvailQuery,
    ("SLReuseQuery",): c.LocateReuseQuery,
    ("SLRouteMinCharge",): c.LocateRouteMinCharge,
}


def name_of(sample: Sample) -> str:
    return sample.text


@pytest.mark.parametrize("sample", MESSAGE_SAMPLES, ids=name_of)
def test_a_message_has_its_type_and_goes_back_as_it_came(sample: Sample) -> None:
    parsed = parse_messages(sample.line)
    if sample.text in REFUSED_BY_LINE:
        kind, reason = REFUSED_BY_LINE[sample.text]
        assert [type(message) for message in parsed] == [kind]
        assert [message.reason for message in parsed if isinstance(message, m.Malformed)] == (
            [reason] if reason else []
        )
    else:
        expected = TYPES_BY_GROUP[sample.group]
        allowed = expected if isinstance(expected, set) else {expected}
        assert {type(message) for message in parsed} <= allowed
    rendered = "".join(render_message(message) for message in parsed)
    assert rendered == CANONICAL_BY_MESSAGE.get(sample.text, sample.text)
    assert encode_line(rendered) == rendered.encode("ascii") + b"\r\n"


@pytest.mark.parametrize("sample", COMMAND_SAMPLES, ids=name_of)
def test_a_command_has_its_type_and_goes_back_as_it_came(sample: Sample) -> None:
    words = tuple(sample.text.split())
    command = parse_command(sample.line)
    assert type(command) is TYPE_BY_COMMAND_WORDS.get(words[:2], TYPE_BY_COMMAND_WORDS.get(words[:1], c.Command))
    assert render_command(command) == CANONICAL_BY_COMMAND.get(sample.text, sample.text)


def test_every_group_has_lines_and_every_exception_its_line() -> None:
    texts = {sample.text for sample in SAMPLES}
    groups = {sample.group for sample in MESSAGE_SAMPLES} - {"to-be-survived"}
    assert groups == set(TYPES_BY_GROUP)
    assert set(REFUSED_BY_LINE) == {sample.text for sample in SAMPLES if sample.group == "to-be-survived"}
    assert {*CANONICAL_BY_MESSAGE, *CANONICAL_BY_COMMAND} <= texts


def test_glued_replies_come_apart() -> None:
    (glued,) = [sample for sample in SAMPLES if sample.group == "errors-glued"]
    assert [render_message(message) for message in parse_messages(glued.line)] == [
        "GET SymStatus failed, please subscribe level1 data 1stly.",
        "GET LDLU failed, please subscribe level1 data 1stly.",
        "Format: GET SymStatus Symbol",
    ]


@pytest.mark.parametrize("source", ["live", "manual", "manual25"])
def test_nothing_that_was_seen_or_documented_is_unknown(source: str) -> None:
    parsed = [
        message for sample in MESSAGE_SAMPLES if sample.source == source for message in parse_messages(sample.line)
    ]
    assert parsed
    assert [message for message in parsed if isinstance(message, m.Unknown | m.Malformed)] == []
