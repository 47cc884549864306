"""What a platform reads: key words without case, options in any order, and refusals with a reason."""

from decimal import Decimal

import pytest

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol.parse_command import parse_command

PRICE = c.LimitPart(Decimal("200.5"))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("login USER1 pw ACCT1", c.Login("USER1", "pw", "ACCT1")),
        ("Neworder 1 b MSFT ARCA 100 200.5", c.NewOrder(1, "B", "MSFT", "ARCA", 100, PRICE)),
        (
            "neworder 1 ss MSFT ARCA 100 mkt tif=IOC",
            c.NewOrder(1, "SS", "MSFT", "ARCA", 100, c.MarketPart(), (), "IOC"),
        ),
        (
            "NEWORDER 1 B MSFT ARCA 100 200.5 TIF=DAY PostOnly Display=0 Whatever",
            c.NewOrder(1, "B", "MSFT", "ARCA", 100, PRICE, ("PostOnly", "Display=0", "Whatever"), "DAY"),
        ),
        (
            "NEWORDER 1 B MSFT ARCA 300 200.5 GTC=DAY+ Display=0",
            c.NewOrder(1, "B", "MSFT", "ARCA", 300, PRICE, ("GTC=DAY+", "Display=0")),
        ),
        ("NEWORDER 1 B MSFT ARCA 1 PEG mid", c.NewOrder(1, "B", "MSFT", "ARCA", 1, c.PegPart("MID"))),
        (
            "NEWORDER 1 B MSFT ARCA 1 PEG AGG 5 PostOnly",
            c.NewOrder(1, "B", "MSFT", "ARCA", 1, c.PegPart("AGG", Decimal(5)), ("PostOnly",)),
        ),
        ("  CANCEL   20  ", c.Cancel(20)),
        ("cancel all", c.CancelAll()),
        ("cancel allsymb LLY", c.CancelAllSymbol("LLY")),
        ("replace 20 5 stoplmt 24 36 Odd TIF=DAY", c.Replace(20, 5, c.StopLimitPart(Decimal(24), Decimal(36)), "DAY")),
        ("get positions", c.Get("positions")),
        ("GET symstatus AAPL", c.GetSymbol("symstatus", "AAPL")),
        ("echo on", c.Echo(True)),
        ("SLOFFEROPERATION 91 accept", c.LocateOfferOperation(91, True)),
        ("slreusequery ALL", c.LocateReuseQuery("ALL")),
        (
            "SB AAPL MINCHART 2026/01/02 2026/01/03 1",
            c.Subscribe("AAPL", "MINCHART", ("2026/01/02", "2026/01/03", "1")),
        ),
    ],
)
def test_a_command_is_read(line: str, command: c.Command) -> None:
    assert parse_command(line.encode()) == command


@pytest.mark.parametrize("line", ["", "   ", "PING", "GET QUOTE AAPL", "GETCHART", "BUY 100 MSFT", "\xff\xfe"])
def test_a_word_that_no_platform_knows(line: str) -> None:
    assert parse_command(line.encode("latin-1")) == c.UnknownCommand(line)


@pytest.mark.parametrize(
    "line",
    [
        "NEWORDER",
        "NEWORDER 1 B MSFT ARCA 100",
        "NEWORDER x B MSFT ARCA 100 MKT",
        "NEWORDER 0 B MSFT ARCA 100 MKT",
        "NEWORDER 2147483648 B MSFT ARCA 100 MKT",
        "NEWORDER 1 Q MSFT ARCA 100 MKT",
        "NEWORDER 1 B MSFT ARCA 0 MKT",
        "NEWORDER 1 B MSFT ARCA 10.5 MKT",
        "NEWORDER 1 B MSFT ARCA 100 NaN",
        "NEWORDER 1 B MSFT ARCA 100 1E5",
        "NEWORDER 1 B MSFT ARCA 100 STOPMKT",
        "NEWORDER 1 B MSFT ARCA 100 STOPLMT 24",
        "NEWORDER 1 B MSFT ARCA 100 PEG TOP",
        "NEWORDER 1 B MSFT ARCA 100 SOON 24 25",
        "NEWORDER 1 B MSFT ARCA 100 MKT TIF=",
        "CANCEL",
        "CANCEL x",
        "CANCEL 20 21",
        "CANCEL ALLSYMB",
        "REPLACE 20 5",
        "REPLACE 20 5 PEG MID",
        "REPLACE 20 5 STOPLMTP 24 36",
        "GET",
        "GET SymStatus",
        "GET LDLU A B",
        "ECHO LOUDLY",
        "SB AAPL",
        "ReturnFullLv1 PERHAPS",
        "SCRIPT Montage1",
        "SLPRICEINQUIRE MSFT 100",
        "SLNEWORDER MSFT 100 LOC1 x",
        "SLCANCELORDER",
        "SLOFFEROPERATION 91 Maybe",
        "SLAvailQuery MSFT",
    ],
)
def test_arguments_that_do_not_fit(line: str) -> None:
    refused = parse_command(line.encode())
    assert isinstance(refused, c.MalformedCommand)
    assert (refused.word, refused.text) == (line.split(maxsplit=1)[0].upper(), line)
    assert refused.reason
