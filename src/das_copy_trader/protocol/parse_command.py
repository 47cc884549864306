"""Lines to commands: the platform's side of the wire, used by the simulator and by tests. Nothing here raises.

A word that no platform knows becomes `UnknownCommand`; arguments that do not fit become `MalformedCommand`.
"""

from collections.abc import Callable
from typing import Final

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol.vocabulary import ENCODING, TOKEN_MAX, TOKEN_MIN
from das_copy_trader.protocol.words import (
    SIDE_WORDS,
    at_least,
    decimal_of,
    flag_of,
    id_of,
    is_decimal,
    shares_of,
    token_of,
)

_REASON_CHARS_MAX: Final = 120


def parse_command(line: bytes) -> c.Command:
    """One command from one line without its end; key words without case. Never raises."""
    text = line.decode(ENCODING)
    words = text.split()
    if not words:
        return c.UnknownCommand(text)
    word = words[0].upper()
    reader = _READER_BY_WORD.get(word)
    if reader is None:
        return c.UnknownCommand(text)
    try:
        command = reader(words[1:])
    except ValueError as error:
        # What follows LOGIN holds a password, which must not be shown by a log or a repr.
        shown = word if word == "LOGIN" else text
        return c.MalformedCommand(word, shown, str(error)[:_REASON_CHARS_MAX])
    return c.UnknownCommand(text) if command is None else command


def _count(words: list[str], low: int, high: int) -> None:
    at_least(words, low)
    if len(words) > high:
        raise ValueError(f"{len(words)} arguments where at most {high} are known")


def _token(word: str) -> int:
    token = token_of(word)
    if not TOKEN_MIN <= token <= TOKEN_MAX:
        raise ValueError("a token starts at 1")
    return token


def _shares(word: str) -> int:
    shares = shares_of(word)
    if shares == 0:
        raise ValueError("no shares")
    return shares


# --- session -----------------------------------------------------------------------------------------------------


def _login(words: list[str]) -> c.Login:
    if not 3 <= len(words) <= 4:
        raise ValueError("LOGIN takes trader, password, account and at most a 0 or 1")
    watch: bool | None = None
    if len(words) == 4:
        if words[3] not in {"0", "1"}:
            raise ValueError("the last argument of LOGIN is 0 or 1")
        watch = words[3] == "1"
    return c.Login(words[0], words[1], words[2], watch)


def _echo(words: list[str]) -> c.Echo:
    _count(words, 0, 1)
    return c.Echo(flag_of(words[0], "ON", "OFF") if words else None)


def _bare(command: c.Command) -> Callable[[list[str]], c.Command]:
    """A reader of a command that has no arguments; further words are tolerated."""
    return lambda words: command


# --- orders ------------------------------------------------------------------------------------------------------


def _price_part(words: list[str]) -> tuple[c.PricePart, list[str]]:
    """The price part at the start of `words`, and the words behind it."""
    at_least(words, 1)
    kind = words[0].upper()
    if is_decimal(words[0]):
        return c.LimitPart(decimal_of(words[0])), words[1:]
    if kind == "MKT":
        return c.MarketPart(), words[1:]
    at_least(words, 2)
    if kind == "PEG":
        if words[1].upper() not in c.PEG_KINDS:
            raise ValueError("a peg is MID, AGG, PRIM or LAST")
        has_price = len(words) > 2 and is_decimal(words[2])
        price = decimal_of(words[2]) if has_price else None
        return c.PegPart(words[1].upper(), price), words[3 if has_price else 2 :]
    if kind == "STOPMKT":
        return c.StopMarketPart(decimal_of(words[1])), words[2:]
    if kind == "STOPTRAILING":
        return c.TrailingPart(decimal_of(words[1])), words[2:]
    at_least(words, 3)
    if kind in {"STOPLMT", "STOPLMTP"}:
        return c.StopLimitPart(decimal_of(words[1]), decimal_of(words[2]), kind == "STOPLMTP"), words[3:]
    if kind in {"STOPRANGE", "STOPRANGEMKT"}:
        return c.RangePart(decimal_of(words[1]), decimal_of(words[2]), kind == "STOPRANGEMKT"), words[3:]
    raise ValueError(f"{words[0][:16]!r} starts no price part")


def _options(words: list[str]) -> tuple[tuple[str, ...], str | None]:
    """Option words in any order and the TIF among them; `GTC=DAY+`, a misprint of the manual, is just an option."""
    tif: str | None = None
    options: list[str] = []
    for word in words:
        if word[:4].upper() == "TIF=":
            if len(word) == 4:
                raise ValueError("TIF= without a word")
            tif = word[4:]
        else:
            options.append(word)
    return tuple(options), tif


def _new_order(words: list[str]) -> c.NewOrder:
    at_least(words, 6)
    side = words[1].upper()
    if side not in SIDE_WORDS:
        raise ValueError(f"{words[1][:16]!r} is no side")
    token, shares = _token(words[0]), _shares(words[4])
    part, rest = _price_part(words[5:])
    options, tif = _options(rest)
    return c.NewOrder(token, side, words[2], words[3], shares, part, options, tif)


def _cancel(words: list[str]) -> c.Command:
    _count(words, 1, 2)
    kind = words[0].upper()
    if kind == "ALLSYMB":
        at_least(words, 2)
        return c.CancelAllSymbol(words[1])
    _count(words, 1, 1)
    return c.CancelAll() if kind == "ALL" else c.Cancel(id_of(words[0]))


def _replace(words: list[str]) -> c.Replace:
    at_least(words, 3)
    order_id, shares = id_of(words[0]), _shares(words[1])
    if words[2].upper() in {"PEG", "STOPLMTP"}:
        raise ValueError(f"REPLACE knows no {words[2].upper()}")
    part, rest = _price_part(words[2:])
    _, tif = _options(rest)
    return c.Replace(order_id, shares, part, tif)


# --- queries -----------------------------------------------------------------------------------------------------


def _get(words: list[str]) -> c.Command | None:
    at_least(words, 1)
    kind = words[0].upper()
    if kind in c.GET_WORDS:
        return c.Get(words[0])
    if kind in c.GET_SYMBOL_WORDS:
        _count(words, 2, 2)
        return c.GetSymbol(words[0], words[1])
    return None


def _subscribe(words: list[str]) -> c.Subscribe:
    at_least(words, 2)
    return c.Subscribe(words[0], words[1], tuple(words[2:]))


def _unsubscribe(words: list[str]) -> c.Unsubscribe:
    at_least(words, 2)
    return c.Unsubscribe(words[0], words[1], tuple(words[2:]))


def _return_full(words: list[str]) -> c.ReturnFullLv1:
    _count(words, 1, 1)
    return c.ReturnFullLv1(flag_of(words[0], "YES", "NO"))


def _script(words: list[str]) -> c.Script:
    at_least(words, 2)
    return c.Script(words[0], " ".join(words[1:]))


# --- locates -----------------------------------------------------------------------------------------------------


def _locate_inquire(words: list[str]) -> c.LocateInquire:
    _count(words, 3, 3)
    return c.LocateInquire(words[0], _shares(words[1]), words[2])


def _locate_new_order(words: list[str]) -> c.LocateNewOrder:
    _count(words, 3, 5)
    token = token_of(words[3]) if len(words) > 3 else None
    limit = decimal_of(words[4]) if len(words) > 4 else None
    return c.LocateNewOrder(words[0], _shares(words[1]), words[2], token, limit)


def _locate_cancel(words: list[str]) -> c.LocateCancel:
    _count(words, 1, 1)
    return c.LocateCancel(id_of(words[0]))


def _locate_offer(words: list[str]) -> c.LocateOfferOperation:
    _count(words, 2, 2)
    return c.LocateOfferOperation(id_of(words[0]), flag_of(words[1], "ACCEPT", "REJECT"))


def _locate_avail(words: list[str]) -> c.LocateAvailQuery:
    _count(words, 2, 2)
    return c.LocateAvailQuery(words[0], words[1])


def _locate_reuse(words: list[str]) -> c.LocateReuseQuery:
    _count(words, 1, 1)
    return c.LocateReuseQuery(words[0])


def _locate_min_charge(words: list[str]) -> c.LocateRouteMinCharge:
    _count(words, 1, 1)
    return c.LocateRouteMinCharge(words[0])


_READER_BY_WORD: Final[dict[str, Callable[[list[str]], c.Command | None]]] = {
    "NEWORDER": _new_order,
    "CANCEL": _cancel,
    "REPLACE": _replace,
    "LOGIN": _login,
    "QUIT": _bare(c.Quit()),
    "ECHO": _echo,
    "CLIENT": _bare(c.CountClients()),
    "HELP": _bare(c.Help()),
    "GET": _get,
    "POSREFRESH": _bare(c.PosRefresh()),
    "SB": _subscribe,
    "UNSB": _unsubscribe,
    "RETURNFULLLV1": _return_full,
    "SCRIPT": _script,
    "SLPRICEINQUIRE": _locate_inquire,
    "SLNEWORDER": _locate_new_order,
    "SLCANCELORDER": _locate_cancel,
    "SLOFFEROPERATION": _locate_offer,
    "SLAVAILQUERY": _locate_avail,
    "SLREUSEQUERY": _locate_reuse,
    "SLROUTEMINCHARGE": _locate_min_charge,
}
