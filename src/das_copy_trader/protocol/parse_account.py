"""Money, short info, locates and market data: everything that is asked for rather than pushed on each order.

Readers get what follows the key word and raise ValueError with a reason when it does not fit (das-cmd-api.md 2.9-2.12).
"""

from typing import Final, NamedTuple

from das_copy_trader.protocol.messages import (
    AccountInfo,
    BuyingPower,
    InternalMessage,
    LocateAvailable,
    LocateMinCharge,
    LocateOrderRow,
    LocateReturn,
    LocateReuse,
    MarginNote,
    MarketLine,
    PriceBand,
    Quote,
    RouteStatus,
    ShortInfo,
    SymbolStatus,
)
from das_copy_trader.protocol.words import (
    at_least,
    decimal_of,
    flag_of,
    id_of,
    is_decimal,
    is_token,
    shares_of,
    signed_shares_of,
)

_ALREADY_SHORTABLE: Final = frozenset({"already shortable", "alreadyshortable"})


# --- account -----------------------------------------------------------------------------------------------------


def buying_power(rest: str) -> BuyingPower:
    """`BP current overnight`."""
    words = rest.split()
    at_least(words, 2)
    return BuyingPower(decimal_of(words[0]), decimal_of(words[1]))


def account_info(rest: str) -> AccountInfo:
    """`$AccountInfo` and ten numbers."""
    words = rest.split()
    at_least(words, 10)
    return AccountInfo(*[decimal_of(word) for word in words[:10]])


# --- shorts and locates ------------------------------------------------------------------------------------------


def short_info(rest: str) -> ShortInfo:
    """`$SHORTINFO` with 6 fields (manual), 7 or 8 (seen live)."""
    words = rest.split()
    at_least(words, 6)
    count = len(words)
    return ShortInfo(
        symbol=words[0],
        is_shortable=flag_of(words[1], "Y", "N"),
        shortsize=id_of(words[2]),
        is_marginable=flag_of(words[3], "Y", "N"),
        longrate=decimal_of(words[4]),
        shortrate=decimal_of(words[5]),
        is_prohibited=flag_of(words[6], "Y", "N") if count > 6 else None,
        is_regsho=flag_of(words[7], "Y", "N") if count > 7 else None,
    )


def margin_note(rest: str) -> MarginNote:
    """`$STINFOEX symbol text`."""
    symbol, _, text = rest.partition(" ")
    if not symbol:
        raise ValueError("no symbol")
    return MarginNote(symbol, text)


def locate_return(rest: str) -> LocateReturn:
    """%SLRET: four words, then a tail whose blanks carry meaning."""
    words = rest.split(" ", 4)
    at_least(words, 4)
    if words[0] not in {"1", "2"}:
        raise ValueError(f"{words[0][:16]!r} is no kind of locate answer")
    if not words[1]:
        raise ValueError("no symbol")
    return LocateReturn(
        ret_type=int(words[0]),
        symbol=words[1],
        price=decimal_of(words[2]),
        size=shares_of(words[3]),
        tail=words[4] if len(words) > 4 else "",
    )


class LocateReturnParts(NamedTuple):
    """What the tail of %SLRET says; `account` is `None` where the build sends none."""

    route: str
    notes: str
    account: str | None


def locate_return_parts(tail: str, account: str | None) -> LocateReturnParts:
    """Route, notes and account of a %SLRET tail, given the account that is logged in (das-cmd-api.md 2.12).

    An account that is not ours is only recognised behind empty notes (two blanks). `Already Shortable`, the whole tail
    of old builds, has no route.
    """
    found: str | None = None
    if account and tail.endswith(f" {account}"):
        tail, found = tail[: -len(account) - 1], account
    elif "  " in tail:
        before, _, last = tail.rpartition("  ")
        if last and " " not in last and " " not in before:
            tail, found = before, last
    if tail.strip().lower() in _ALREADY_SHORTABLE:
        return LocateReturnParts("", tail.strip(), found)
    route, _, notes = tail.partition(" ")
    return LocateReturnParts(route, notes.strip(), found)


def locate_order_row(rest: str) -> LocateOrderRow:
    """%SLOrder: nine words, then `notes` (2021), `lmtPrice notes`, or `lmtPrice token notes` (header seen live)."""
    words = rest.split(" ", 9)
    at_least(words, 9)
    if "" in words[:9]:
        raise ValueError("an empty field")
    notes = words[9] if len(words) > 9 else None
    lmt_price = token = None
    if notes is not None:
        first, more = _cut_first(notes)
        if is_decimal(first):
            lmt_price, notes = decimal_of(first), more
            first, more = _cut_first(notes) if notes is not None else ("", None)
            if is_token(first):
                token, notes = int(first), more
    return LocateOrderRow(
        id=id_of(words[0]),
        symbol=words[1],
        shares=shares_of(words[2]),
        openshares=shares_of(words[3]),
        exeshares=shares_of(words[4]),
        exeprice=decimal_of(words[5]),
        status=words[6],
        route=words[7],
        time=words[8],
        lmt_price=lmt_price,
        token=token,
        notes=notes,
    )


def _cut_first(text: str) -> tuple[str, str | None]:
    """The first word and what follows its blank; `None` where nothing follows."""
    first, blank, more = text.partition(" ")
    return first, more if blank else None


def locate_available(rest: str) -> LocateAvailable:
    """`$SLAvailQueryRet account symbol shares`."""
    words = rest.split()
    at_least(words, 3)
    return LocateAvailable(words[0], words[1], signed_shares_of(words[2]))


def locate_reuse(rest: str) -> LocateReuse:
    """`$SLReuseQueryRet symbol Yes|No`."""
    words = rest.split()
    at_least(words, 2)
    return LocateReuse(words[0], flag_of(words[1], "YES", "NO"))


def locate_min_charge(rest: str, has_prefix: bool = True) -> LocateMinCharge:
    """`$SLRouteMinChargeRet route amount`, the amount with or without `$`."""
    words = rest.split()
    at_least(words, 2)
    return LocateMinCharge(words[0], decimal_of(words[1].removeprefix("$")), has_prefix, words[1].startswith("$"))


def bare_locate_min_charge(rest: str) -> LocateMinCharge:
    """The same as the newer manual prints it, without the first `$`."""
    return locate_min_charge(rest, has_prefix=False)


# --- market data -------------------------------------------------------------------------------------------------


def _keyed_fields(words: list[str]) -> tuple[tuple[str, str], ...]:
    fields: list[tuple[str, str]] = []
    for word in words:
        key, colon, value = word.partition(":")
        if not colon or not key:
            raise ValueError(f"{word[:16]!r} is not key:value")
        fields.append((key, value))
    return tuple(fields)


def quote(rest: str) -> Quote:
    """`$Quote symbol key:value …`."""
    words = rest.split()
    at_least(words, 1)
    return Quote(words[0], _keyed_fields(words[1:]))


def price_band(rest: str) -> PriceBand:
    """`$LDLU symbol down up`."""
    words = rest.split()
    at_least(words, 3)
    return PriceBand(words[0], decimal_of(words[1]), decimal_of(words[2]))


def symbol_status(rest: str, keyword: str = "$SymStatus") -> SymbolStatus:
    """`$SymStatus symbol key:value …`, keys in any order."""
    words = rest.split()
    at_least(words, 1)
    return SymbolStatus(keyword, words[0], _keyed_fields(words[1:]))


def issue_status(rest: str) -> SymbolStatus:
    """The same under the name in the newer manual's sample."""
    return symbol_status(rest, "$IssueStatus")


def route_status(rest: str) -> RouteStatus:
    """`$RouteStatus route Enabled|Disabled`."""
    words = rest.split()
    at_least(words, 2)
    return RouteStatus(words[0], words[1])


def internal_message(rest: str) -> InternalMessage:
    """`$INTMSG key: text`."""
    key, colon, text = rest.partition(":")
    if not colon:
        raise ValueError("no colon after the key")
    return InternalMessage(key, text.removeprefix(" "))


def bar(rest: str) -> MarketLine:
    """`$Bar …`, kept as text."""
    return MarketLine("$Bar", rest)


def time_and_sales(rest: str) -> MarketLine:
    """`$T&S …`, kept as text."""
    return MarketLine("$T&S", rest)


def level_two(rest: str) -> MarketLine:
    """`$Lv2 …`, kept as text."""
    return MarketLine("$Lv2", rest)


def top_list(rest: str) -> MarketLine:
    """`$TopLst …`, kept as text."""
    return MarketLine("$TopLst", rest)
