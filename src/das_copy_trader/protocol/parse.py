"""Lines to messages. Nothing here raises, whatever the bytes.

An unknown line becomes `Unknown`; a line of a known kind whose fields do not fit becomes `Malformed` with its reason.
Dispatch is by the whole first word, without case: `%ORDER` and `%OrderAct` differ only by length, and
`#Order Replacing` shares its first word with a header that opens a dump (das-cmd-api.md 1.4, 1.10).
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from das_copy_trader.protocol import parse_account, parse_orders
from das_copy_trader.protocol.messages import (
    Banner,
    ClientCount,
    ColumnHeader,
    CommandAck,
    DumpBegun,
    DumpEnded,
    EchoReply,
    ErrorReply,
    LoginAccepted,
    LoginRefused,
    Malformed,
    Message,
    ServerStatus,
    Unknown,
)
from das_copy_trader.protocol.parse_account import LocateReturnParts, locate_return_parts
from das_copy_trader.protocol.vocabulary import (
    ENCODING,
    END_LINE_BY_DUMP,
    HEADER_BY_DUMP,
    AckKind,
    DumpKind,
    ErrorKind,
    ServerName,
)

__all__ = ["ACK_BY_LINE", "LocateReturnParts", "locate_return_parts", "parse_line", "parse_messages"]

_READER_BY_WORD: Final[dict[str, Callable[[str], Message]]] = {
    "%ORDER": parse_orders.order_row,
    "%OrderAct": parse_orders.order_act_row,
    "%POS": parse_orders.pos_row,
    "%TRADE": parse_orders.trade_row,
    "$Quote": parse_account.quote,
    "%IORDER": parse_orders.watch_order_row,
    "%IPOS": parse_orders.watch_pos_row,
    "%ITRADE": parse_orders.watch_trade_row,
    "%SLRET": parse_account.locate_return,
    "%SLOrder": parse_account.locate_order_row,
    "BP": parse_account.buying_power,
    "$AccountInfo": parse_account.account_info,
    "$SHORTINFO": parse_account.short_info,
    "$STINFOEX": parse_account.margin_note,
    "$SLAvailQueryRet": parse_account.locate_available,
    "$SLReuseQueryRet": parse_account.locate_reuse,
    "$SLRouteMinChargeRet": parse_account.locate_min_charge,
    "SLRouteMinChargeRet": parse_account.bare_locate_min_charge,
    "$LDLU": parse_account.price_band,
    "$SymStatus": parse_account.symbol_status,
    "$IssueStatus": parse_account.issue_status,
    "$RouteStatus": parse_account.route_status,
    "$INTMSG": parse_account.internal_message,
    "$Bar": parse_account.bar,
    "$T&S": parse_account.time_and_sales,
    "$Lv2": parse_account.level_two,
    "$TopLst": parse_account.top_list,
}
_READER_BY_LOWER: Final = {word.lower(): reader for word, reader in _READER_BY_WORD.items()}

_DUMP_BY_HEADER: Final = {
    tuple(header.lower().split()[:2]): kind for kind, header in HEADER_BY_DUMP.items()
}  # ("#order", "id"), …: the header's first field name tells it from an acknowledgement
_DUMP_BY_END: Final = {line.lower(): kind for kind, line in END_LINE_BY_DUMP.items()}
_ACK_BY_TEXT: Final = {kind.value.lower().replace(" ", ""): kind for kind in AckKind}
ACK_BY_LINE: Final = {kind.value.encode(ENCODING): CommandAck(kind) for kind in AckKind}
"""As today's platforms write them: one comes for each command, so it is looked up and not made."""
_COLUMN_HEADERS: Final = frozenset({"#buyingpower", "#accountinfo"})
_SERVER: Final = re.compile(r"#(OrderServer|QuoteServer)(?![A-Za-z0-9])", re.IGNORECASE)
_SERVER_BY_LOWER: Final = {name.value.lower(): name for name in ServerName}
_DOWN: Final = ("fail", "lost", "missing", "disconnect")
_UP: Final = ("success", "connected")

_COMMAND_ERROR: Final = re.compile(r"(\w+) Error\s*:", re.IGNORECASE)
_NOT_SUBSCRIBED: Final = re.compile(r"(GET \w+) failed, please subscribe", re.IGNORECASE)
_FORMAT: Final = re.compile(r"Format:\s*(\w+(?: \w+)?)", re.IGNORECASE)
_GLUED: Final = re.compile(
    r"GET \w+ failed, please subscribe level1 data 1stly\."
    r"|Format: GET (?:SymStatus|LDLU) Symbol"
    r"|INVALD COMMAND!"
    r"|No Permission for API FEED"
    r"|(?:CANCEL|REPLACE|NEWORDER) Error\s*: order not open ?"
    r"|ERROR:INVALID PASSWORD",
    re.IGNORECASE,
)
"""The recorded replies that have no prefix: what may stand glued to another (seen live, das-cmd-api.md 1.5)."""
_PREFIXES: Final = frozenset(b"%$#")
_REASON_CHARS_MAX: Final = 120


def parse_line(line: bytes) -> Message:
    """One message from one line without its end. Never raises."""
    text = line.decode(ENCODING)
    word, _, rest = text.partition(" ")
    reader = _READER_BY_WORD.get(word)
    if reader is None:
        return _parse_text(text)
    try:
        return reader(rest)
    except ValueError as error:
        return _malformed(text, word, error)


def parse_messages(line: bytes) -> Sequence[Message]:
    """Every message of one physical line: replies without a prefix may come glued together. Never raises."""
    if not line or line[0] in _PREFIXES:
        return (parse_line(line),)
    text = line.decode(ENCODING)
    pieces: list[str] = []
    at = 0
    for match in _GLUED.finditer(text):
        if match.start() > at:
            pieces.append(text[at : match.start()])
        pieces.append(match.group())
        at = match.end()
    if at < len(text):
        pieces.append(text[at:])
    return [_parse_text(piece) for piece in pieces]


def _parse_text(text: str) -> Message:
    """A line whose first word is none that DAS writes just so."""
    word, _, rest = text.partition(" ")
    reader = _READER_BY_LOWER.get(word.lower())
    if reader is not None:
        try:
            return reader(rest)
        except ValueError as error:
            return _malformed(text, word, error)
    if word.startswith("#"):
        return _hash_line(text, word)
    return _plain_line(text, word)


def _malformed(text: str, word: str, error: ValueError) -> Malformed:
    return Malformed(text, f"{word}: {error}"[:_REASON_CHARS_MAX])


def _hash_line(text: str, word: str) -> Message:
    lower = text.lower()
    first = word.lower()
    if kind := _DUMP_BY_END.get(lower.rstrip()):
        return DumpEnded(kind)
    if ack := _ACK_BY_TEXT.get(lower.replace(" ", "")):
        return CommandAck(ack)
    if dump := _dump_kind(lower):
        return DumpBegun(dump, text)
    if first in _COLUMN_HEADERS:
        return ColumnHeader(text)
    if first.startswith("#login"):
        return LoginAccepted(text) if "success" in lower else LoginRefused(text)
    if match := _SERVER.match(text):
        return ServerStatus(_SERVER_BY_LOWER[match.group(1).lower()], text, _is_up(lower))
    if lower.startswith(("#welcome", "#please login")):
        return Banner(text)
    return Unknown(text)


def _dump_kind(lower: str) -> DumpKind | None:
    words = lower.split(None, 2)
    return _DUMP_BY_HEADER.get((words[0], words[1])) if len(words) > 1 else None


def _is_up(lower: str) -> bool | None:
    if any(word in lower for word in _DOWN):
        return False
    if any(word in lower for word in _UP):
        return True
    return None


def _plain_line(text: str, word: str) -> Message:
    lower = text.lower()
    first = word.lower()
    if first.startswith("echo"):
        return EchoReply(text)
    if first == "client":
        last = text.rsplit(" ", 1)[-1]
        if last.isdecimal() and len(last) <= 9:
            return ClientCount(int(last), text)
    if lower.startswith("login failed") or (lower.startswith("error") and "password" in lower):
        return LoginRefused(text)
    return _error_reply(text, lower) or Unknown(text)


def _error_reply(text: str, lower: str) -> ErrorReply | None:
    if lower.startswith(("invald command", "invalid command")):
        return ErrorReply(ErrorKind.INVALID_COMMAND, text)
    if match := _COMMAND_ERROR.match(text):
        kind = ErrorKind.ORDER_NOT_OPEN if "order not open" in lower else ErrorKind.COMMAND_FAILED
        return ErrorReply(kind, text, match.group(1).upper())
    if match := _NOT_SUBSCRIBED.match(text):
        return ErrorReply(ErrorKind.NOT_SUBSCRIBED, text, match.group(1))
    if match := _FORMAT.match(text):
        return ErrorReply(ErrorKind.MISSING_ARGUMENT, text, match.group(1))
    if lower.startswith("no permission"):
        return ErrorReply(ErrorKind.NO_PERMISSION, text)
    if lower.startswith("error"):
        return ErrorReply(ErrorKind.COMMAND_FAILED, text)
    return None
