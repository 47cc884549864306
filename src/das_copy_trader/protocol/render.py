"""Messages and commands to lines: the exact text where a message was parsed, the canonical one where it was made.

Commands are checked word by word, since they carry symbols, accounts and passwords from outside: a blank or a line end
in one of them would be another command. Rendering a command is on the hot path, so its checks are cached per word.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Final

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol.errors import LocalProtocolError
from das_copy_trader.protocol.render_messages import render_message
from das_copy_trader.protocol.vocabulary import ENCODING, LINE_END, TOKEN_MAX, TOKEN_MIN
from das_copy_trader.protocol.words import INT32_MAX, INT64_MAX, SIDE_WORDS, is_decimal

__all__ = ["encode_line", "price_text", "render_command", "render_message"]

_WORD_CHARS_MAX: Final = 64
_PRICE_EXPONENT_MAX: Final = 8
_PRICE_EXPONENT_MIN: Final = -20
_DECIMALS_FROM_A_DOLLAR: Final = 2
_DECIMALS_BELOW_A_DOLLAR: Final = 4


def encode_line(text: str) -> bytes:
    """One line for the socket, CR LF included. Raises LocalProtocolError for line ends within and other scripts."""
    if "\n" in text or "\r" in text:
        raise LocalProtocolError("A line end stands inside a line; send one command or message at a time.")
    try:
        return text.encode(ENCODING) + LINE_END
    except UnicodeEncodeError:
        raise LocalProtocolError("The wire carries Latin-1 only; take the other letters out.") from None


def price_text(price: Decimal) -> str:
    """The shortest decimal form, no exponent, no trailing zeros: 36, 11.2, 0.00092 (seen live, das-cmd-api.md 2.13).

    Raises LocalProtocolError for what is not a finite number of sensible size.
    """
    if not price.is_finite() or not _PRICE_EXPONENT_MIN <= price.adjusted() <= 2 * _PRICE_EXPONENT_MAX:
        raise LocalProtocolError("A price has to be a finite number of dollars.")
    text = f"{price:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def render_command(command: c.Command) -> str:
    """The text of a command. Raises LocalProtocolError, with a sentence, for anything the platform could misread."""
    renderer = _RENDERER_BY_TYPE.get(type(command))
    if renderer is None:
        raise LocalProtocolError(f"{type(command).__name__} is no command that can be sent.")
    return renderer(command)


# --- words -------------------------------------------------------------------------------------------------------


def _checked(word: str, what: str) -> str:
    """The word itself if it is one word of printable ASCII; the message never quotes it, since it may be a password."""
    if not word or " " in word or not word.isascii() or not word.isprintable():
        raise LocalProtocolError(f"The {what} has to be one word of plain letters, digits and signs.")
    if len(word) > _WORD_CHARS_MAX:
        raise LocalProtocolError(f"The {what} is longer than {_WORD_CHARS_MAX} letters.")
    return word


_word = lru_cache(maxsize=8192)(_checked)


@lru_cache(maxsize=1024)
def _option(word: str) -> str:
    """An option word that cannot be read as part of the price or as the TIF."""
    if word[:4].upper() == "TIF=" or is_decimal(word):
        raise LocalProtocolError("An option of NEWORDER is neither a number nor TIF=.")
    return _checked(word, "option")


def _shares(shares: int) -> int:
    if not 0 < shares <= INT32_MAX:
        raise LocalProtocolError("The number of shares has to be a whole number above zero.")
    return shares


def _id(number: int) -> int:
    if not 0 <= number <= INT64_MAX:
        raise LocalProtocolError("An order's id is a whole number that the platform gave.")
    return number


def _token(token: int) -> int:
    if not TOKEN_MIN <= token <= TOKEN_MAX:
        raise LocalProtocolError(f"A token has to be between {TOKEN_MIN} and {TOKEN_MAX}.")
    return token


def _order_price(price: Decimal) -> str:
    """A price for an order: above zero, 2 decimals from one dollar, 4 below (Reg NMS 612, das-cmd-api.md 2.2)."""
    if not price.is_finite() or not _PRICE_EXPONENT_MIN <= price.adjusted() <= _PRICE_EXPONENT_MAX:
        raise LocalProtocolError("A price has to be a finite number of dollars.")
    text = f"{price:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text[0] == "-" or text == "0":
        raise LocalProtocolError("A price has to be above zero.")
    dot = text.find(".")
    if dot >= 0:
        allowed = _DECIMALS_BELOW_A_DOLLAR if text[0] == "0" else _DECIMALS_FROM_A_DOLLAR
        if len(text) - dot - 1 > allowed:
            raise LocalProtocolError(f"The price {text[:24]} has more than {allowed} decimals, which venues refuse.")
    return text


def _positive_price(price: Decimal) -> str:
    text = price_text(price)
    if text[0] == "-" or text == "0":
        raise LocalProtocolError("A price has to be above zero.")
    return text


def _free_text(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        raise LocalProtocolError("A command is one line of plain letters, digits and signs.")
    return text


# --- price parts -------------------------------------------------------------------------------------------------


def _price_part(part: c.PricePart) -> str:
    kind = type(part)
    if kind is c.LimitPart:
        return _order_price(part.price)  # type: ignore[attr-defined]
    if kind is c.MarketPart:
        return "MKT"
    return _rare_price_part(part)


def _rare_price_part(part: c.PricePart) -> str:
    if isinstance(part, c.StopMarketPart):
        return f"STOPMKT {_order_price(part.stop)}"
    if isinstance(part, c.StopLimitPart):
        return f"{'STOPLMTP' if part.is_pre_post else 'STOPLMT'} {_order_price(part.stop)} {_order_price(part.limit)}"
    if isinstance(part, c.TrailingPart):
        return f"STOPTRAILING {_order_price(part.trail)}"
    if isinstance(part, c.RangePart):
        return f"{'STOPRANGEMKT' if part.is_market else 'STOPRANGE'} {_order_price(part.low)} {_order_price(part.high)}"
    if isinstance(part, c.PegPart):
        if part.kind not in c.PEG_KINDS:
            raise LocalProtocolError("A peg is MID, AGG, PRIM or LAST.")
        return f"PEG {part.kind}" if part.price is None else f"PEG {part.kind} {_order_price(part.price)}"
    raise LocalProtocolError(f"{type(part).__name__} is no price part that can be sent.")


# --- orders ------------------------------------------------------------------------------------------------------


def _new_order(command: c.NewOrder) -> str:
    if command.side not in SIDE_WORDS:
        raise LocalProtocolError("The side of an order is B, S or SS (BO, BC, SO, SC for options).")
    text = (
        f"NEWORDER {_token(command.token)} {command.side} {_word(command.symbol, 'symbol')}"
        f" {_word(command.route, 'route')} {_shares(command.shares)} {_price_part(command.price_part)}"
    )
    for option in command.options:
        text += f" {_option(option)}"
    return text if command.tif is None else f"{text} TIF={_word(command.tif, 'time in force')}"


def _cancel(command: c.Cancel) -> str:
    return f"CANCEL {_id(command.order_id)}"


def _replace(command: c.Replace) -> str:
    part = command.price_part
    if isinstance(part, c.PegPart):
        raise LocalProtocolError("REPLACE knows no peg; cancel the order and send a new one.")
    if isinstance(part, c.StopLimitPart) and part.is_pre_post:
        raise LocalProtocolError("REPLACE knows no STOPLMTP; use STOPLMT, the order stays a pre/post one.")
    text = f"REPLACE {_id(command.order_id)} {_shares(command.shares)} {_price_part(part)}"
    return text if command.tif is None else f"{text} TIF={_word(command.tif, 'time in force')}"


# --- session and queries -----------------------------------------------------------------------------------------


def _login(command: c.Login) -> str:
    # Unlike other words these are checked without the cache: a password must not outlive the line.
    text = (
        f"LOGIN {_checked(command.trader, 'trader name')} {_checked(command.password, 'password')}"
        f" {_checked(command.account, 'account')}"
    )
    return text if command.watch is None else f"{text} {int(command.watch)}"


def _echo(command: c.Echo) -> str:
    if command.turn_on is None:
        return "ECHO"
    return "ECHO ON" if command.turn_on else "ECHO OFF"


def _get(command: c.Get) -> str:
    if command.what.upper() not in c.GET_WORDS:
        raise LocalProtocolError("GET knows POSITIONS, ORDERS, TRADES, LOCATES, BP, AccountInfo, RouteStatus, INTMSGS.")
    return f"GET {command.what}"


def _get_symbol(command: c.GetSymbol) -> str:
    if command.what.upper() not in c.GET_SYMBOL_WORDS:
        raise LocalProtocolError("GET with a symbol knows SHORTINFO, LDLU and SymStatus.")
    return f"GET {command.what} {_word(command.symbol, 'symbol')}"


def _feed(verb: str, symbol: str, feed: str, rest: tuple[str, ...]) -> str:
    return " ".join(
        [verb, _word(symbol, "symbol"), _word(feed, "feed"), *[_word(word, "feed option") for word in rest]]
    )


def _subscribe(command: c.Subscribe) -> str:
    return _feed("SB", command.symbol, command.feed, command.rest)


def _unsubscribe(command: c.Unsubscribe) -> str:
    return _feed("UNSB", command.symbol, command.feed, command.rest)


def _script(command: c.Script) -> str:
    return f"SCRIPT {_word(command.window, 'window')} {_free_text(command.text)}"


# --- locates -----------------------------------------------------------------------------------------------------


def _locate_inquire(command: c.LocateInquire) -> str:
    return f"SLPRICEINQUIRE {_word(command.symbol, 'symbol')} {_shares(command.shares)} {_word(command.route, 'route')}"


def _locate_new_order(command: c.LocateNewOrder) -> str:
    text = f"SLNEWORDER {_word(command.symbol, 'symbol')} {_shares(command.shares)} {_word(command.route, 'route')}"
    if command.token is None:
        if command.limit_price is not None:
            raise LocalProtocolError("A locate order with a limit price needs a token before it.")
        return text
    text = f"{text} {_token(command.token)}"
    return text if command.limit_price is None else f"{text} {_positive_price(command.limit_price)}"


def _locate_offer(command: c.LocateOfferOperation) -> str:
    return f"SLOFFEROPERATION {_id(command.locate_id)} {'Accept' if command.is_accept else 'Reject'}"


def _locate_avail(command: c.LocateAvailQuery) -> str:
    return f"SLAvailQuery {_word(command.account, 'account')} {_word(command.symbol, 'symbol')}"


_RENDERER_BY_TYPE: Final[dict[type[c.Command], Callable[..., str]]] = {
    c.NewOrder: _new_order,
    c.Cancel: _cancel,
    c.Replace: _replace,
    c.Login: _login,
    c.Quit: lambda _: "QUIT",
    c.Echo: _echo,
    c.CountClients: lambda _: "CLIENT",
    c.Help: lambda _: "HELP",
    c.CancelAll: lambda _: "CANCEL ALL",
    c.CancelAllSymbol: lambda command: f"CANCEL ALLSYMB {_word(command.symbol, 'symbol')}",
    c.Get: _get,
    c.GetSymbol: _get_symbol,
    c.PosRefresh: lambda _: "POSREFRESH",
    c.Subscribe: _subscribe,
    c.Unsubscribe: _unsubscribe,
    c.ReturnFullLv1: lambda command: f"ReturnFullLv1 {'YES' if command.is_on else 'NO'}",
    c.Script: _script,
    c.LocateInquire: _locate_inquire,
    c.LocateNewOrder: _locate_new_order,
    c.LocateCancel: lambda command: f"SLCANCELORDER {_id(command.locate_id)}",
    c.LocateOfferOperation: _locate_offer,
    c.LocateAvailQuery: _locate_avail,
    c.LocateReuseQuery: lambda command: f"SLReuseQuery {_word(command.symbol, 'symbol')}",
    c.LocateRouteMinCharge: lambda command: f"SLRouteMinCharge {_word(command.route, 'route')}",
    c.UnknownCommand: lambda command: _free_text(command.text),
    c.MalformedCommand: lambda command: _free_text(command.text),
}
