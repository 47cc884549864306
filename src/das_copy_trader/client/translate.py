"""Between the wire's words and the domain's: the only file that knows both.

From the wire come `…Facts`: a row in domain words, with what can be worked out from the row alone. To the wire go
requests, as the bytes of a command. Sources: CMD API manual 2021/11 and das-cmd-api.md 2.2-2.8.
"""

from decimal import Decimal
from enum import IntEnum, auto
from functools import lru_cache
from typing import Final

import msgspec

from das_copy_trader.client.quotes import Level1
from das_copy_trader.domain.enums import OrdStatus, OrdType, Side, TimeInForce
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from das_copy_trader.domain.locates import LocateOrder, LocateQuote, LocateStatus
from das_copy_trader.domain.orders import OrderRequest, OrderTerms
from das_copy_trader.domain.positions import BuyingPowerState, Position, ShortState
from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.errors import LocalProtocolError
from das_copy_trader.protocol.parse import locate_return_parts
from das_copy_trader.protocol.render import encode_line, render_command, render_message
from das_copy_trader.protocol.vocabulary import (
    SOURCE_API,
    ActionWord,
    LocateStatusWord,
    SideWord,
    StatusWord,
    TifWord,
)
from das_copy_trader.protocol.words import INT32_MAX, decimal_of

_SIDE_BY_WORD: Final[dict[str, Side]] = {
    SideWord.BUY.value: Side.BUY,
    SideWord.SELL.value: Side.SELL,
    SideWord.SELL_SHORT.value: Side.SELL_SHORT,
    "BO": Side.BUY,
    "BC": Side.BUY,
    "SO": Side.SELL_SHORT,
    "SC": Side.SELL,
}
_STOCK_SIDES: Final = frozenset(word.value for word in SideWord)
_WORD_BY_SIDE: Final[dict[Side, str]] = {
    Side.BUY: SideWord.BUY.value,
    Side.SELL: SideWord.SELL.value,
    Side.SELL_SHORT: SideWord.SELL_SHORT.value,
}
_STATUS_BY_WORD: Final[dict[str, OrdStatus]] = {
    StatusWord.HOLD.value: OrdStatus.HELD,
    StatusWord.SENDING.value: OrdStatus.PENDING_NEW,
    StatusWord.ACCEPTED.value: OrdStatus.NEW,
    StatusWord.PARTIAL.value: OrdStatus.PARTIALLY_FILLED,
    StatusWord.EXECUTED.value: OrdStatus.FILLED,
    StatusWord.TRIGGERED.value: OrdStatus.TRIGGERED,
    StatusWord.CANCELED.value: OrdStatus.CANCELED,
    StatusWord.REJECTED.value: OrdStatus.REJECTED,
    StatusWord.CLOSED.value: OrdStatus.CLOSED,
}
_COUNTS_AS_FILLED: Final = frozenset({OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED, OrdStatus.CANCELED})
"""Statuses whose quantities add up; a Triggered parent and a Rejected order would read as filled (seen live, 2.6)."""
_TIF_BY_WORD: Final[dict[str, TimeInForce]] = {
    TifWord.DAY.value: TimeInForce.DAY,
    TifWord.DAY_PLUS.value: TimeInForce.DAY_PLUS,
    TifWord.IOC.value: TimeInForce.IOC,
    TifWord.GTC.value: TimeInForce.GTC,
    TifWord.FOK.value: TimeInForce.FOK,
    TifWord.AT_OPEN.value.upper(): TimeInForce.AT_OPEN,
    TifWord.AT_CLOSE.value.upper(): TimeInForce.AT_CLOSE,
}
_WORD_BY_TIF: Final[dict[TimeInForce, str]] = {
    TimeInForce.DAY: TifWord.DAY.value,
    TimeInForce.DAY_PLUS: TifWord.DAY_PLUS.value,
    TimeInForce.IOC: TifWord.IOC.value,
    TimeInForce.GTC: TifWord.GTC.value,
    TimeInForce.FOK: TifWord.FOK.value,
    TimeInForce.AT_OPEN: TifWord.AT_OPEN.value,
    TimeInForce.AT_CLOSE: TifWord.AT_CLOSE.value,
}
# Members by name of their own: on the hot path a look-up in the class is felt.
_NEW: Final = OrdStatus.NEW
_UNKNOWN: Final = OrdStatus.UNKNOWN
_SHORT_POSITION_TYPE: Final = 3
_LOCATE_STATUS_BY_WORD: Final[dict[str, LocateStatus]] = {
    LocateStatusWord.SENDING.value.lower(): LocateStatus.PENDING,
    **{status.value: status for status in LocateStatus if status is not LocateStatus.UNKNOWN},
}
_ALL_ROUTES_WITHOUT_OFFERS: Final = "ALLROUTEWTTYPE1"
"""Asks for prices only; ALLROUTE would make offers on type 1 routes (das-cmd-api.md 5.1)."""


# --- orders ------------------------------------------------------------------------------------------------------


class OrderFacts(msgspec.Struct, frozen=True, gc=False):
    """One order row in domain words. `side` is None for a word that no table knows.

    `filled_qty` is None where the row's quantities do not tell. `parent_id` is the auto-route parent's, never the own
    id. `price` is None where the row has a word. `unknown_tif` is a time in force that no table knows. `is_option`: an
    option's side was given. `row` is the row itself, to compare and to quote.
    """

    order_id: OrderId
    cl_ord_id: ClOrdId | None
    symbol: Symbol
    side: Side | None
    status: OrdStatus
    order_qty: int
    leaves_qty: int
    canceled_qty: int | None
    filled_qty: int | None
    type_text: str
    price: Decimal | None
    time_in_force: TimeInForce | None
    unknown_tif: str | None
    route: str
    time_text: str | None
    parent_id: OrderId | None
    account: str | None
    source: str | None
    is_by_api: bool
    is_option: bool
    row: object


def order_facts(row: m.OrderRow) -> OrderFacts:
    """What a row says of its order (das-cmd-api.md 2.6)."""
    status, filled = _progress(row)
    tif_word, source, price, parent = row.tif, row.order_src, row.price, row.origoid
    tif = None if tif_word is None else _TIF_BY_WORD.get(tif_word) or _TIF_BY_WORD.get(tif_word.upper())
    return OrderFacts(
        OrderId(row.id),
        None if row.token is None else ClOrdId(row.token),
        Symbol(row.symbol),
        _SIDE_BY_WORD.get(row.side),
        status,
        row.qty,
        row.lvqty,
        row.cxlqty,
        filled,
        row.type_text,
        None if isinstance(price, str) else price,
        tif,
        tif_word if tif is None else None,
        row.route,
        row.time,
        OrderId(parent) if parent and parent != row.id else None,
        row.account,
        source,
        # Rows of older builds do not tell who placed the order, and count as placed by the API.
        source is None or source == SOURCE_API or source.upper() == SOURCE_API,
        row.side not in _STOCK_SIDES,
        row,
    )


def _progress(row: m.OrderRow) -> tuple[OrdStatus, int | None]:
    """The status that the row means, and the executed shares that it shows, if it does."""
    status = _STATUS_BY_WORD.get(row.status, _UNKNOWN)
    if status not in _COUNTS_AS_FILLED:
        return status, None
    leaves, cut = row.lvqty, row.cxlqty
    if status is _NEW and cut is not None:  # nearly always
        return status, max(0, row.qty - leaves - cut)
    filled = None
    if cut is not None:
        filled = max(0, row.qty - leaves - cut)
    elif status is not OrdStatus.CANCELED and (leaves or status is OrdStatus.FILLED):
        filled = row.qty - leaves  # a build without cxlqty
    if leaves and status is OrdStatus.FILLED:
        status = OrdStatus.PARTIALLY_FILLED  # the 2021 text: "partially or fully"
    elif not leaves and cut and (status is OrdStatus.PARTIALLY_FILLED or status is OrdStatus.FILLED):
        status = OrdStatus.CANCELED  # seen live, 2.6: the rest was cancelled, the word stayed
    elif not leaves and status is OrdStatus.PARTIALLY_FILLED:
        status = OrdStatus.FILLED if filled is not None else OrdStatus.CANCELED
    return status, filled


def quote_row(row: object) -> str:
    """The row as the platform wrote it, for people."""
    return render_message(row) if isinstance(row, m.Message) else str(row)


# --- what happened to an order -----------------------------------------------------------------------------------


class ActKind(IntEnum):
    """What an %OrderAct line tells."""

    SENDING = auto()
    ACCEPTED = auto()
    REFUSED = auto()
    REPLACING = auto()
    REPLACED = auto()
    REPLACE_REFUSED = auto()
    CANCELED = auto()
    CANCEL_REFUSED = auto()
    TIMED_OUT = auto()
    EXECUTED = auto()
    OTHER = auto()


_ACT_BY_WORD: Final[dict[str, ActKind]] = {
    ActionWord.SENDING.value.lower(): ActKind.SENDING,
    ActionWord.ACCEPT.value.lower(): ActKind.ACCEPTED,
    ActionWord.SEND_REJ.value.lower(): ActKind.REFUSED,
    ActionWord.REPLACING.value.lower(): ActKind.REPLACING,
    ActionWord.REPLACED.value.lower(): ActKind.REPLACED,
    ActionWord.REPLACE_REJ.value.lower(): ActKind.REPLACE_REFUSED,
    ActionWord.CANCELED.value.lower(): ActKind.CANCELED,
    ActionWord.CANCEL_REJ.value.lower(): ActKind.CANCEL_REFUSED,
    ActionWord.TIMEOUT.value.lower(): ActKind.TIMED_OUT,
    ActionWord.EXECUTE.value.lower(): ActKind.EXECUTED,
}


class ActFacts(msgspec.Struct, frozen=True, gc=False):
    """One %OrderAct line in domain words. `qty` and `px` mean what the kind says (das-cmd-api.md 2.7)."""

    order_id: OrderId
    kind: ActKind
    qty: int
    px: Decimal | None
    time_text: str
    text: str
    cl_ord_id: ClOrdId | None


def act_facts(row: m.OrderActRow) -> ActFacts:
    """What an %OrderAct line says."""
    price = row.price
    return ActFacts(
        OrderId(row.id),
        _ACT_BY_WORD.get(row.action.lower(), ActKind.OTHER),
        row.qty,
        price if isinstance(price, Decimal) else None,
        row.time,
        row.notes or "",
        None if row.token is None else ClOrdId(row.token),
    )


class Execution(msgspec.Struct, frozen=True, gc=False):
    """One execution of the day. `order_id` is the auto-route child's where there is one. Shares, dollars."""

    trade_id: int
    order_id: OrderId
    symbol: Symbol
    side: Side
    last_qty: int
    last_px: Decimal
    route: str
    time_text: str
    realized_pl: Decimal | None = None


def execution_of(row: m.TradeRow) -> Execution:
    """%TRADE in domain words."""
    return Execution(
        row.id,
        OrderId(row.orderid),
        Symbol(row.symbol),
        _SIDE_BY_WORD.get(row.side, Side.BUY),
        row.qty,
        row.price,
        row.route,
        row.time,
        row.pl,
    )


# --- the account -------------------------------------------------------------------------------------------------


def position_of(row: m.PosRow) -> Position:
    """%POS in domain words: type 3 is short whatever the sign (das-cmd-api.md 2.5)."""
    is_short = row.pos_type == _SHORT_POSITION_TYPE
    return Position(
        Symbol(row.symbol),
        -abs(row.qty) if is_short else row.qty,
        row.avgcost,
        row.realized,
        row.unrealized,
        -abs(row.initqty) if is_short else row.initqty,
    )


def buying_power_of(row: m.BuyingPower) -> BuyingPowerState:
    """`BP` in domain words."""
    return BuyingPowerState(row.current, row.overnight)


def short_state_of(row: m.ShortInfo) -> ShortState:
    """`$SHORTINFO` in domain words."""
    return ShortState(Symbol(row.symbol), row.is_shortable, row.shortsize, row.is_prohibited)


def locate_order_of(row: m.LocateOrderRow) -> LocateOrder:
    """%SLOrder: what was bought counts even where the order still runs or failed in part; an offer is not bought."""
    status = _LOCATE_STATUS_BY_WORD.get(row.status.lower(), LocateStatus.UNKNOWN)
    return LocateOrder(
        row.id,
        Symbol(row.symbol),
        row.shares,
        0 if status is LocateStatus.OFFERED else row.exeshares,
        row.exeprice,
        status,
        row.route,
        ClOrdId(row.token) if row.token else None,
    )


class LocateReply(msgspec.Struct, frozen=True, gc=False):
    """%SLRET in domain words: a quote (`is_failure` False), or why an inquiry or a locate order came to nothing."""

    symbol: Symbol
    is_failure: bool
    quote: LocateQuote
    note: str

    @property
    def is_shortable(self) -> bool:
        """Whether it says that no locate is needed."""
        return self.is_failure and self.note.replace(" ", "").lower() == "alreadyshortable"


def locate_reply_of(message: m.LocateReturn, account_id: str) -> LocateReply:
    """%SLRET (das-cmd-api.md 2.12); `account_id` is the one that is logged in."""
    parts = locate_return_parts(message.tail, account_id)
    quote = LocateQuote(parts.route, message.price, message.size)
    return LocateReply(Symbol(message.symbol), message.ret_type != 1, quote, parts.notes)


def quote_patch(quote: m.Quote) -> Level1:
    """`$Quote`: what the line says; None where it says nothing, or no number (das-cmd-api.md 2.11)."""
    fields = dict(quote.fields)
    return Level1(
        Symbol(quote.symbol),
        _price_or_none(fields.get("B")),
        _price_or_none(fields.get("A")),
        _price_or_none(fields.get("L")),
        fields.get("T"),
    )


def _price_or_none(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return decimal_of(text) or None  # zero is no price
    except ValueError:
        return None


# --- to the wire -------------------------------------------------------------------------------------------------


def encode_cancel(order_id: OrderId) -> bytes:
    """`CANCEL id`."""
    return b"CANCEL %d\r\n" % order_id


def encode_replace(order_id: OrderId, total_qty: int, terms: OrderTerms) -> bytes:
    """`REPLACE id total …`. A pre/post stop limit is replaced with `STOPLMT` and stays one (seen live, 2.4).

    Raises ValueError when the terms cannot be said.
    """
    return _encode(c.Replace(order_id, total_qty, _price_part(terms, is_replace=True)))


@lru_cache(maxsize=4096)
def _cached_part(terms: OrderTerms) -> c.PricePart:
    return _price_part(terms, is_replace=False)


def encode_locate_inquiry(symbol: Symbol, shares: int) -> bytes:
    """`SLPRICEINQUIRE symbol shares ALLROUTEWTTYPE1`. Raises ValueError for what is no symbol."""
    return _encode(c.LocateInquire(symbol, shares, _ALL_ROUTES_WITHOUT_OFFERS))


def encode_locate_order(
    symbol: Symbol, shares: int, route: str, cl_ord_id: ClOrdId, limit_price: Decimal | None
) -> bytes:
    """`SLNEWORDER symbol shares route token [limit]`. Raises ValueError when it cannot be said."""
    return _encode(c.LocateNewOrder(symbol, shares, route, cl_ord_id, limit_price))


def encode_locate_cancel(locate_id: int) -> bytes:
    """`SLCANCELORDER id`."""
    return _encode(c.LocateCancel(locate_id))


def encode_offer_answer(locate_id: int, *, is_accept: bool) -> bytes:
    """`SLOFFEROPERATION id Accept|Reject`."""
    return _encode(c.LocateOfferOperation(locate_id, is_accept))


class LineEncoder:
    """Makes the line of an order, once for all followers that send the same.

    The lines of one master order differ in the quantity alone, so from the second on that is put into the first one.
    """

    def __init__(self) -> None:
        self._last: OrderRequest | None = None
        self._around_qty = (b"", b"")

    def encode(self, request: OrderRequest) -> bytes:
        """The bytes to hand to `submit`. Raises ValueError when the terms cannot be said on the wire."""
        last, qty = self._last, request.order_qty
        if (
            last is not None
            and last.terms is request.terms
            and last.cl_ord_id == request.cl_ord_id
            and last.route == request.route
            and last.symbol == request.symbol
            and last.side is request.side
            and 0 < qty <= INT32_MAX
        ):
            head, tail = self._around_qty
            return b"%b%d%b" % (head, qty, tail)
        self._last = None
        encoded = self._encode_whole(request)
        fields = encoded.split(b" ", 6)
        self._around_qty = (b" ".join((*fields[:5], b"")), b" " + fields[6])
        self._last = request
        return encoded

    @staticmethod
    def _encode_whole(request: OrderRequest) -> bytes:
        terms = request.terms
        tif = terms.time_in_force
        return _encode(
            c.NewOrder(
                request.cl_ord_id,
                _WORD_BY_SIDE[request.side],
                request.symbol,
                request.route,
                request.order_qty,
                _cached_part(terms),
                (),
                None if tif is None else _WORD_BY_TIF[tif],
            )
        )


def check_symbol(symbol: Symbol) -> None:
    """Raises ValueError, with a sentence, for what cannot stand as a symbol in a command."""
    _encode(c.Subscribe(symbol, "Lv1"))


def _encode(command: c.Command) -> bytes:
    try:
        return encode_line(render_command(command))
    except LocalProtocolError as error:
        raise ValueError(str(error)) from error


def _price_part(terms: OrderTerms, *, is_replace: bool) -> c.PricePart:
    kind = terms.ord_type
    if kind is OrdType.MARKET:
        return c.MarketPart()
    if kind is OrdType.LIMIT:
        return c.LimitPart(_required(terms.price, "limit price"))
    if kind is OrdType.TRAILING_STOP:
        return c.TrailingPart(_required(terms.trail_amount, "trail amount"))
    stop = _required(terms.stop_price, "stop price")
    if kind is OrdType.STOP:
        return c.StopMarketPart(stop)
    is_pre_post = kind is OrdType.STOP_LIMIT_EXTENDED and not is_replace
    return c.StopLimitPart(stop, _required(terms.price, "limit price"), is_pre_post)


def _required(price: Decimal | None, what: str) -> Decimal:
    if price is None:
        raise ValueError(f"The order has no {what}.")
    return price
