"""What a client says: one immutable struct per command (CMD API manual, das-cmd-api.md 2.1-2.4).

`render.render_command` makes the text, `parse_command.parse_command` reads it (the simulator's side).
"""

from decimal import Decimal
from typing import Final

import msgspec

GET_WORDS: Final = frozenset(
    {"POSITIONS", "ORDERS", "TRADES", "LOCATES", "BP", "ACCOUNTINFO", "ROUTESTATUS", "INTMSGS"}
)
"""What GET takes alone, upper-cased (das-cmd-api.md 2.1)."""
GET_SYMBOL_WORDS: Final = frozenset({"SHORTINFO", "LDLU", "SYMSTATUS"})
"""What GET takes with a symbol, upper-cased."""
PEG_KINDS: Final = frozenset({"MID", "AGG", "PRIM", "LAST"})


class Command(msgspec.Struct, frozen=True, gc=False):
    """Anything that a client can say in one line."""


# --- session -----------------------------------------------------------------------------------------------------


class Login(Command, frozen=True, gc=False):
    """`LOGIN trader password account [1|0]`. The password is never shown by `repr`."""

    trader: str
    password: str
    account: str
    watch: bool | None = None

    def __repr__(self) -> str:
        return f"Login(trader={self.trader!r}, password='…', account={self.account!r}, watch={self.watch!r})"


class Quit(Command, frozen=True, gc=False):
    """`QUIT`."""


class Echo(Command, frozen=True, gc=False):
    """`ECHO [ON|OFF]`; bare, it asks whether echoing is on."""

    turn_on: bool | None = None


class CountClients(Command, frozen=True, gc=False):
    """`CLIENT`."""


class Help(Command, frozen=True, gc=False):
    """`HELP`."""


# --- orders ------------------------------------------------------------------------------------------------------


class PricePart(msgspec.Struct, frozen=True, gc=False):
    """The part of NEWORDER and REPLACE that says what kind of order it is. Dollars a share."""


class LimitPart(PricePart, frozen=True, gc=False):
    """`price`."""

    price: Decimal


class MarketPart(PricePart, frozen=True, gc=False):
    """`MKT`."""


class PegPart(PricePart, frozen=True, gc=False):
    """`PEG MID|AGG|PRIM|LAST [price]`."""

    kind: str
    price: Decimal | None = None


class StopMarketPart(PricePart, frozen=True, gc=False):
    """`STOPMKT stop`."""

    stop: Decimal


class StopLimitPart(PricePart, frozen=True, gc=False):
    """`STOPLMT stop limit`, or `STOPLMTP stop limit` where `is_pre_post`."""

    stop: Decimal
    limit: Decimal
    is_pre_post: bool = False


class TrailingPart(PricePart, frozen=True, gc=False):
    """`STOPTRAILING trail`, an amount in dollars."""

    trail: Decimal


class RangePart(PricePart, frozen=True, gc=False):
    """`STOPRANGE low high`, or `STOPRANGEMKT low high` where `is_market`."""

    low: Decimal
    high: Decimal
    is_market: bool = False


class NewOrder(Command, frozen=True, gc=False):
    """`NEWORDER token b/s symbol route share <price part> [options] [TIF=…]`.

    `options` are the option words in order, as written (`PostOnly`, `Display=0`, `Pref=SAGEPRO`).
    """

    token: int
    side: str
    symbol: str
    route: str
    shares: int
    price_part: PricePart
    options: tuple[str, ...] = ()
    tif: str | None = None


class Cancel(Command, frozen=True, gc=False):
    """`CANCEL orderid`."""

    order_id: int


class CancelAll(Command, frozen=True, gc=False):
    """`CANCEL ALL`: also takes the trader's manual orders; the product never sends it."""


class CancelAllSymbol(Command, frozen=True, gc=False):
    """`CANCEL ALLSYMB symbol`; the product never sends it."""

    symbol: str


class Replace(Command, frozen=True, gc=False):
    """`REPLACE orderid share <price part> [TIF=…]`; `shares` is the order's new total (seen live, das-cmd-api.md 2.4).

    There is no peg and no STOPLMTP form: a pre/post stop limit is replaced with STOPLMT and stays one.
    """

    order_id: int
    shares: int
    price_part: PricePart
    tif: str | None = None


# --- queries -----------------------------------------------------------------------------------------------------


class Get(Command, frozen=True, gc=False):
    """`GET what`: POSITIONS, ORDERS, TRADES, LOCATES, BP, AccountInfo, RouteStatus, INTMSGS (spelling kept)."""

    what: str


class GetSymbol(Command, frozen=True, gc=False):
    """`GET what symbol`: SHORTINFO, LDLU, SymStatus."""

    what: str
    symbol: str


class PosRefresh(Command, frozen=True, gc=False):
    """`POSREFRESH`."""


class Subscribe(Command, frozen=True, gc=False):
    """`SB symbol feed …` (Lv1, tms, Lv2, DAYCHART, MINCHART); `rest` holds further words."""

    symbol: str
    feed: str
    rest: tuple[str, ...] = ()


class Unsubscribe(Command, frozen=True, gc=False):
    """`UNSB symbol feed …`."""

    symbol: str
    feed: str
    rest: tuple[str, ...] = ()


class ReturnFullLv1(Command, frozen=True, gc=False):
    """`ReturnFullLv1 YES|NO`."""

    is_on: bool


class Script(Command, frozen=True, gc=False):
    """`SCRIPT window text`."""

    window: str
    text: str


# --- locates -----------------------------------------------------------------------------------------------------


class LocateInquire(Command, frozen=True, gc=False):
    """`SLPRICEINQUIRE symbol shares route|ALLROUTE|ALLROUTEWTTYPE1`."""

    symbol: str
    shares: int
    route: str


class LocateNewOrder(Command, frozen=True, gc=False):
    """`SLNEWORDER symbol shares route [token [limitprice]]`."""

    symbol: str
    shares: int
    route: str
    token: int | None = None
    limit_price: Decimal | None = None


class LocateCancel(Command, frozen=True, gc=False):
    """`SLCANCELORDER locateid`."""

    locate_id: int


class LocateOfferOperation(Command, frozen=True, gc=False):
    """`SLOFFEROPERATION locateid Accept|Reject`."""

    locate_id: int
    is_accept: bool


class LocateAvailQuery(Command, frozen=True, gc=False):
    """`SLAvailQuery account symbol`."""

    account: str
    symbol: str


class LocateReuseQuery(Command, frozen=True, gc=False):
    """`SLReuseQuery symbol|ALL`."""

    symbol: str


class LocateRouteMinCharge(Command, frozen=True, gc=False):
    """`SLRouteMinCharge route|ALLROUTE`."""

    route: str


# --- what could not be read --------------------------------------------------------------------------------------


class UnknownCommand(Command, frozen=True, gc=False):
    """A command word that the platform does not know: answered with `INVALD COMMAND!`."""

    text: str


class MalformedCommand(Command, frozen=True, gc=False):
    """A known command word whose arguments do not fit. `word` is the upper-cased command word."""

    word: str
    text: str
    reason: str
