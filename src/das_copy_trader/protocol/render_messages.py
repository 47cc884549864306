"""Messages to text, each kind by its own layout; fields that are `None` belong to a newer build and are left out.

Decimals keep the digits they were made with (`40000.00`, `16`), so a parsed line comes out as it came in.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.errors import LocalProtocolError
from das_copy_trader.protocol.vocabulary import END_LINE_BY_DUMP


def render_message(message: m.Message) -> str:
    """The text of a message, without its line end. Raises LocalProtocolError for a kind that has no text."""
    renderer = _RENDERER_BY_TYPE.get(type(message))
    if renderer is None:
        raise LocalProtocolError(f"{type(message).__name__} is no message that can be sent.")
    return renderer(message)


def _price(price: Decimal | str) -> str:
    return price if isinstance(price, str) else f"{price:f}"


def _joined(text: str, *fields: str | int | Decimal | None) -> str:
    """The text and every field up to the first that is missing."""
    for field in fields:
        if field is None:
            break
        text += f" {field:f}" if isinstance(field, Decimal) else f" {field}"
    return text


# --- orders ------------------------------------------------------------------------------------------------------


def _order_row(row: m.OrderRow) -> str:
    text = "%IORDER" if row.is_watch else "%ORDER"
    text += f" {row.id}" if row.token is None else f" {row.id} {row.token}"
    text += f" {row.symbol} {row.side} {row.type_text} {row.qty} {row.lvqty}"
    if row.cxlqty is not None:
        text += f" {row.cxlqty}"
    text += f" {_price(row.price)} {row.route} {row.status}"
    return _joined(text, row.time, row.origoid, row.account, row.trader, row.order_src, row.tif, row.pref)


def _order_act_row(row: m.OrderActRow) -> str:
    text = (
        f"%OrderAct {row.id} {row.action} {row.side} {row.symbol} {row.qty} {_price(row.price)} {row.route} {row.time}"
    )
    if row.notes is not None:
        text += f" {row.notes}"
    return text if row.token is None else f"{text} {row.token}"


def _trade_row(row: m.TradeRow) -> str:
    text = (
        f"{'%ITRADE' if row.is_watch else '%TRADE'} {row.id} {row.symbol} {row.side} {row.qty} {row.price:f}"
        f" {row.route} {row.time} {row.orderid}"
    )
    return _joined(text, row.liq, row.ecn_fee, row.pl)


def _watch_trade_row(row: m.WatchTradeRow) -> str:
    return (
        f"%ITRADE {row.account} {row.id} {row.symbol} {row.side} {row.qty} {row.price:f} {row.route} {row.time}"
        f" {row.orderid} {row.trader}"
    )


def _pos_row(row: m.PosRow) -> str:
    text = (
        f"{'%IPOS' if row.is_watch else '%POS'} {row.symbol} {row.pos_type} {row.qty} {row.avgcost:f} {row.initqty}"
        f" {row.initprice:f} {row.realized:f}"
    )
    return _joined(text, row.create_time, row.unrealized)


# --- account, shorts, locates ------------------------------------------------------------------------------------


def _account_info(row: m.AccountInfo) -> str:
    return _joined(
        "$AccountInfo",
        row.open_eq,
        row.curr_eq,
        row.realized_pl,
        row.unrealized_pl,
        row.net_pl,
        row.htb_cost,
        row.sec_fee,
        row.finra_fee,
        row.ecn_fee,
        row.commission,
    )


def _flag(is_set: bool | None) -> str | None:
    if is_set is None:
        return None
    return "Y" if is_set else "N"


def _short_info(row: m.ShortInfo) -> str:
    text = (
        f"$SHORTINFO {row.symbol} {_flag(row.is_shortable)} {row.shortsize} {_flag(row.is_marginable)}"
        f" {row.longrate:f} {row.shortrate:f}"
    )
    return _joined(text, _flag(row.is_prohibited), _flag(row.is_regsho))


def _locate_return(row: m.LocateReturn) -> str:
    return f"%SLRET {row.ret_type} {row.symbol} {row.price:f} {row.size}" + (f" {row.tail}" if row.tail else "")


def _locate_order_row(row: m.LocateOrderRow) -> str:
    text = (
        f"%SLOrder {row.id} {row.symbol} {row.shares} {row.openshares} {row.exeshares} {row.exeprice:f} {row.status}"
        f" {row.route} {row.time}"
    )
    if row.lmt_price is not None:
        text = _joined(f"{text} {row.lmt_price:f}", row.token)
    return text if row.notes is None else f"{text} {row.notes}"


def _locate_min_charge(row: m.LocateMinCharge) -> str:
    prefix, currency = "$" if row.has_prefix else "", "$" if row.has_currency else ""
    return f"{prefix}SLRouteMinChargeRet {row.route} {currency}{row.amount:f}"


# --- market data -------------------------------------------------------------------------------------------------


def _keyed(text: str, fields: tuple[tuple[str, str], ...]) -> str:
    for key, value in fields:
        text += f" {key}:{value}"
    return text


def _internal_message(row: m.InternalMessage) -> str:
    return f"$INTMSG {row.key}: {row.text}" if row.text else f"$INTMSG {row.key}:"


_RENDERER_BY_TYPE: Final[dict[type[m.Message], Callable[..., str]]] = {
    m.OrderRow: _order_row,
    m.OrderActRow: _order_act_row,
    m.PosRow: _pos_row,
    m.TradeRow: _trade_row,
    m.WatchTradeRow: _watch_trade_row,
    m.Banner: lambda message: message.text,
    m.LoginAccepted: lambda message: message.text,
    m.LoginRefused: lambda message: message.text,
    m.DumpBegun: lambda message: message.header,
    m.DumpEnded: lambda message: END_LINE_BY_DUMP[message.kind],
    m.ColumnHeader: lambda message: message.text,
    m.CommandAck: lambda message: message.kind.value,
    m.ErrorReply: lambda message: message.text,
    m.ServerStatus: lambda message: message.text,
    m.EchoReply: lambda message: message.text,
    m.ClientCount: lambda message: message.text,
    m.BuyingPower: lambda message: f"BP {message.current:f} {message.overnight:f}",
    m.AccountInfo: _account_info,
    m.ShortInfo: _short_info,
    m.MarginNote: lambda message: f"$STINFOEX {message.symbol} {message.text}",
    m.LocateReturn: _locate_return,
    m.LocateOrderRow: _locate_order_row,
    m.LocateAvailable: lambda message: f"$SLAvailQueryRet {message.account} {message.symbol} {message.shares}",
    m.LocateReuse: lambda message: f"$SLReuseQueryRet {message.symbol} {'Yes' if message.is_reusable else 'No'}",
    m.LocateMinCharge: _locate_min_charge,
    m.Quote: lambda message: _keyed(f"$Quote {message.symbol}", message.fields),
    m.PriceBand: lambda message: f"$LDLU {message.symbol} {message.down:f} {message.up:f}",
    m.SymbolStatus: lambda message: _keyed(f"{message.keyword} {message.symbol}", message.fields),
    m.RouteStatus: lambda message: f"$RouteStatus {message.route} {message.status}",
    m.InternalMessage: _internal_message,
    m.MarketLine: lambda message: f"{message.keyword} {message.text}",
    m.Unknown: lambda message: message.text,
    m.Malformed: lambda message: message.text,
}
