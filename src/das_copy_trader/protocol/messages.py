"""What the platform says: one immutable struct per kind of line.

A struct keeps what is needed to render the very same text again: fields that a row variant does not have are `None`,
numbers are `Decimal` made from the text (so `40000.00` and `16.01` survive), free text stays as it came. Words such as
`status` and `action` are plain strings, since builds may spell new ones; compare them with the enums of `vocabulary`.
"""

from decimal import Decimal
from typing import TypeAlias

import msgspec

from das_copy_trader.protocol.vocabulary import AckKind, DumpKind, ErrorKind, ServerName

PriceText: TypeAlias = Decimal | str
"""A price, or the word that some builds put in its place (`MKT`)."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """Anything that the platform can say in one line."""


# --- session -----------------------------------------------------------------------------------------------------


class Banner(Message, frozen=True, gc=False):
    """A greeting line before LOGIN (seen live, das-cmd-api.md 1.2)."""

    text: str


class LoginAccepted(Message, frozen=True, gc=False):
    """`#LOGIN SUCCESSED`."""

    text: str = "#LOGIN SUCCESSED"


class LoginRefused(Message, frozen=True, gc=False):
    """`ERROR:INVALID PASSWORD`, or `#LOGIN …` without success."""

    text: str


class DumpBegun(Message, frozen=True, gc=False):
    """The header line that opens a block of rows; only a header that carries field names is one."""

    kind: DumpKind
    header: str


class DumpEnded(Message, frozen=True, gc=False):
    """The line that closes a block of rows."""

    kind: DumpKind


class ColumnHeader(Message, frozen=True, gc=False):
    """A header that opens no block: `#buyingpower bp,nbp`, `#ACCOUNTINFO …`."""

    text: str


class CommandAck(Message, frozen=True, gc=False):
    """`#OrderSending`, `#Order Replacing`, `#Order Canceling`: information only, no id in them."""

    kind: AckKind


class ErrorReply(Message, frozen=True, gc=False):
    """A line of error text. `command` is the command it names (`CANCEL`, `GET LDLU`), if any; never an order id."""

    kind: ErrorKind
    text: str
    command: str | None = None


class ServerStatus(Message, frozen=True, gc=False):
    """State of the platform's own link to the broker, `#OrderServer:Lost Connection`.

    `is_up` is `None` where the wording says neither (`Missing heartbeat` is down).
    """

    server: ServerName
    text: str
    is_up: bool | None


class EchoReply(Message, frozen=True, gc=False):
    """The answer to ECHO; its wording is not documented, any reply is a proof of life."""

    text: str


class ClientCount(Message, frozen=True, gc=False):
    """The answer to CLIENT."""

    count: int
    text: str


# --- account -----------------------------------------------------------------------------------------------------


class PosRow(Message, frozen=True, gc=False):
    """%POS or, on a watch connection, %IPOS. Shares; prices and P&L in dollars."""

    symbol: str
    pos_type: int
    qty: int
    avgcost: Decimal
    initqty: int
    initprice: Decimal
    realized: Decimal
    create_time: str | None = None
    unrealized: Decimal | None = None
    is_watch: bool = False


class OrderRow(Message, frozen=True, gc=False):
    """%ORDER or %IORDER: the full state of one order (CMD API manual; 18 fields seen live, das-cmd-api.md 2.6).

    `type_text` is the type column as written (`L`, `SLP:24`, `SLP: 2.97 2.99`); `price` is the limit price, or a
    reference number or word for market orders, never the fill price.
    """

    id: int
    token: int | None
    symbol: str
    side: str
    type_text: str
    qty: int
    lvqty: int
    cxlqty: int | None
    price: PriceText
    route: str
    status: str
    time: str | None = None
    origoid: int | None = None
    account: str | None = None
    trader: str | None = None
    order_src: str | None = None
    tif: str | None = None
    pref: str | None = None
    is_watch: bool = False


class OrderActRow(Message, frozen=True, gc=False):
    """%OrderAct: what happened to an order. `qty` and `price` mean what the action says (das-cmd-api.md 2.7).

    `notes` is free text, empty when two blanks stood before the token, `None` where the build sends no notes. `token`
    is the last word if it is a whole number: on builds without tokens that may be the end of a note, so check that it
    is known.
    """

    id: int
    action: str
    side: str
    symbol: str
    qty: int
    price: PriceText
    route: str
    time: str
    notes: str | None = None
    token: int | None = None


class TradeRow(Message, frozen=True, gc=False):
    """%TRADE: one execution. `orderid` is the child's id for auto-routed orders. Fees and P&L in dollars."""

    id: int
    symbol: str
    side: str
    qty: int
    price: Decimal
    route: str
    time: str
    orderid: int
    liq: str | None = None
    ecn_fee: Decimal | None = None
    pl: Decimal | None = None
    is_watch: bool = False


class WatchTradeRow(Message, frozen=True, gc=False):
    """%ITRADE in its own field order (newer manual): account first."""

    account: str
    id: int
    symbol: str
    side: str
    qty: int
    price: Decimal
    route: str
    time: str
    orderid: int
    trader: str


class BuyingPower(Message, frozen=True, gc=False):
    """`BP current overnight`, dollars."""

    current: Decimal
    overnight: Decimal


class AccountInfo(Message, frozen=True, gc=False):
    """`$AccountInfo` and its ten numbers, dollars."""

    open_eq: Decimal
    curr_eq: Decimal
    realized_pl: Decimal
    unrealized_pl: Decimal
    net_pl: Decimal
    htb_cost: Decimal
    sec_fee: Decimal
    finra_fee: Decimal
    ecn_fee: Decimal
    commission: Decimal


# --- shorts and locates ------------------------------------------------------------------------------------------


class ShortInfo(Message, frozen=True, gc=False):
    """`$SHORTINFO symbol shortable shortsize marginable longrate shortrate [prohibited [regsho]]`."""

    symbol: str
    is_shortable: bool
    shortsize: int
    is_marginable: bool
    longrate: Decimal
    shortrate: Decimal
    is_prohibited: bool | None = None
    is_regsho: bool | None = None


class MarginNote(Message, frozen=True, gc=False):
    """`$STINFOEX symbol text`: margin conditions as free text."""

    symbol: str
    text: str


class LocateReturn(Message, frozen=True, gc=False):
    """%SLRET: an inquiry's price (type 1) or the failure of an inquiry or locate order (type 2).

    `tail` is everything after the size, inner blanks kept: where route, notes and account part in it depends on the
    build, see `parse.locate_return_parts`.
    """

    ret_type: int
    symbol: str
    price: Decimal
    size: int
    tail: str


class LocateOrderRow(Message, frozen=True, gc=False):
    """%SLOrder: the full state of a locate order. Shares; dollars a share."""

    id: int
    symbol: str
    shares: int
    openshares: int
    exeshares: int
    exeprice: Decimal
    status: str
    route: str
    time: str
    lmt_price: Decimal | None = None
    token: int | None = None
    notes: str | None = None


class LocateAvailable(Message, frozen=True, gc=False):
    """`$SLAvailQueryRet account symbol shares`: located shares only."""

    account: str
    symbol: str
    shares: int


class LocateReuse(Message, frozen=True, gc=False):
    """`$SLReuseQueryRet symbol Yes|No`."""

    symbol: str
    is_reusable: bool


class LocateMinCharge(Message, frozen=True, gc=False):
    """`$SLRouteMinChargeRet route amount`, dollars. The first `$` may be missing, the amount may have one."""

    route: str
    amount: Decimal
    has_prefix: bool = True
    has_currency: bool = False


# --- market data -------------------------------------------------------------------------------------------------


class Quote(Message, frozen=True, gc=False):
    """`$Quote symbol key:value …`: the first is full, later ones are patches (a missing key means unchanged)."""

    symbol: str
    fields: tuple[tuple[str, str], ...]


class PriceBand(Message, frozen=True, gc=False):
    """`$LDLU symbol down up`: limit down and limit up, dollars."""

    symbol: str
    down: Decimal
    up: Decimal


class SymbolStatus(Message, frozen=True, gc=False):
    """`$SymStatus` or `$IssueStatus` (`keyword`), keys in any order: SSR, TA, TAT."""

    keyword: str
    symbol: str
    fields: tuple[tuple[str, str], ...]


class RouteStatus(Message, frozen=True, gc=False):
    """`$RouteStatus route Enabled|Disabled`; there is no end marker."""

    route: str
    status: str


class InternalMessage(Message, frozen=True, gc=False):
    """One line of `$INTMSG`; a tab stands for a line break."""

    key: str
    text: str


class MarketLine(Message, frozen=True, gc=False):
    """Market data that a copier does not use (`$Bar`, `$T&S`, `$Lv2`, `$TopLst`): the `$` word, then the rest."""

    keyword: str
    text: str


# --- what could not be read --------------------------------------------------------------------------------------


class Unknown(Message, frozen=True, gc=False):
    """A line of no known kind: counted and logged, never an error."""

    text: str


class Malformed(Message, frozen=True, gc=False):
    """A line of a known kind whose fields do not fit: the documented refusal. `reason` says which."""

    text: str
    reason: str
