"""%ORDER, %OrderAct, %TRADE, %POS and their watch twins: the lines that the hot path lives on.

Each reader tries the exact layout of today's platforms first and falls back to a general reading that takes every
older row (das-cmd-api.md 2.5-2.8). They get what follows the key word and raise ValueError with a reason when it does
not fit. Words beyond the last known field are left out: rows have grown at their end before.
"""

import re
from typing import Final

from das_copy_trader.protocol.messages import OrderActRow, OrderRow, PosRow, TradeRow, WatchTradeRow
from das_copy_trader.protocol.vocabulary import StatusWord
from das_copy_trader.protocol.words import (
    INT32_MAX,
    INT64_MAX,
    SIDE_WORDS,
    at_least,
    decimal_of,
    id_of,
    is_decimal,
    is_token,
    price_of,
    shares_of,
    signed_shares_of,
    token_of,
)

_STATUS_WORDS: Final = frozenset(word.value for word in StatusWord)
_STATUS_BY_LOWER: Final = {word.value.lower(): word.value for word in StatusWord}
_CLOCK: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}")
_TAIL_COUNTS: Final = frozenset({0, 3, 4, 6})
"""How many fields follow the time: none, + origoid account trader, + orderSrc, + TIF Pref."""


# --- %ORDER ------------------------------------------------------------------------------------------------------


def order_row(rest: str, is_watch: bool = False) -> OrderRow:
    """%ORDER in any of its layouts: 18 fields (seen live) at their places, else read from the right."""
    words = rest.split(" ")
    if len(words) == 18 and words[10] in _STATUS_WORDS:
        (id_word, token_word, symbol, side, type_text, qty, lvqty, cxlqty, price,
         route, status, time, origoid, account, trader, order_src, tif, pref) = words  # fmt: skip
        # One look at all whole numbers together: int() alone would take `1_0` and blanks of other kinds.
        if (
            side in SIDE_WORDS
            and time[2:6:3] == "::"
            and (id_word + token_word + qty + lvqty + cxlqty + origoid).isdecimal()
        ):
            try:
                row_id, parent_id, row_token, total, open_qty, cut_qty = map(
                    int, (id_word, origoid, token_word, qty, lvqty, cxlqty)
                )
            except ValueError:  # an empty word between two blanks
                return _order_from_right(rest, is_watch)
            if max(row_token, total, open_qty, cut_qty) <= INT32_MAX and max(row_id, parent_id) <= INT64_MAX:
                return OrderRow(
                    row_id, row_token, symbol, side, type_text, total, open_qty, cut_qty, price_of(price),
                    route, status, time, parent_id, account, trader, order_src, tif, pref, is_watch,
                )  # fmt: skip
    return _order_from_right(rest, is_watch)


def watch_order_row(rest: str) -> OrderRow:
    """%IORDER: %ORDER's layout on a watch connection."""
    return order_row(rest, is_watch=True)


def _order_from_right(rest: str, is_watch: bool) -> OrderRow:
    """Anchor on the status and the time, since the type may hold blanks and fields may be missing on both sides."""
    words = rest.split()
    at_least(words, 9)
    has_token = words[1].isdecimal()
    side_at = 3 if has_token else 2
    if words[side_at] not in SIDE_WORDS:
        raise ValueError(f"{words[side_at][:16]!r} is no side")
    status_at = _status_place(words, side_at)
    qty_at, has_cxlqty = _quantity_place(words, side_at, status_at)
    tail: list[str | None] = [*words[status_at + 2 : status_at + 8]]
    tail += [None] * (6 - len(tail))
    origoid, account, trader, order_src, tif, pref = tail
    status = words[status_at]
    return OrderRow(
        id=id_of(words[0]),
        token=token_of(words[1]) if has_token else None,
        symbol=words[side_at - 1],
        side=words[side_at],
        type_text=" ".join(words[side_at + 1 : qty_at]),
        qty=shares_of(words[qty_at]),
        lvqty=shares_of(words[qty_at + 1]),
        cxlqty=shares_of(words[qty_at + 2]) if has_cxlqty else None,
        price=price_of(words[status_at - 2]),
        route=words[status_at - 1],
        status=_STATUS_BY_LOWER.get(status.lower(), status),
        time=words[status_at + 1] if status_at + 1 < len(words) else None,
        origoid=None if origoid is None else id_of(origoid),
        account=account,
        trader=trader,
        order_src=order_src,
        tif=tif,
        pref=pref,
        is_watch=is_watch,
    )


def _status_place(words: list[str], side_at: int) -> int:
    """Where the status stands: a known word before a time, preferably one that leaves a known number of fields.

    The status may also be the last word (a recorded row ends there), or one that we do not know, before a time.
    """
    last = len(words) - 1
    first = side_at + 6  # type, qty, lvqty, price and route lie between
    timed = [at for at in range(last - 1, first - 1, -1) if _CLOCK.fullmatch(words[at + 1])]
    known = [at for at in timed if words[at].lower() in _STATUS_BY_LOWER]
    for at in known:
        if last - at - 1 in _TAIL_COUNTS:
            return at
    if known:
        return known[0]
    if last >= first and words[last].lower() in _STATUS_BY_LOWER:
        return last
    for at in timed:
        if words[at].isalpha():
            return at
    raise ValueError("no status and time where they should stand")


def _quantity_place(words: list[str], side_at: int, status_at: int) -> tuple[int, bool]:
    """Where qty stands, and whether cxlqty is there: rows without it have a type of one word and end at the time.

    Without these conditions a spoilt qty would pass for a part of the type, and lvqty for the quantity.
    """
    qty_at = status_at - 5
    if qty_at >= side_at + 2 and all(word.isdecimal() for word in words[qty_at : qty_at + 3]):
        return qty_at, True
    qty_at = status_at - 4
    is_oldest = qty_at == side_at + 2 and len(words) <= status_at + 2
    if is_oldest and all(word.isdecimal() for word in words[qty_at : qty_at + 2]):
        return qty_at, False
    raise ValueError("no whole quantities before price and route")


# --- %OrderAct ---------------------------------------------------------------------------------------------------


def order_act_row(rest: str) -> OrderActRow:
    """%OrderAct with or without notes and token: `id action side symbol qty price route time [notes] [token]`."""
    words = rest.split(" ", 8)
    if "" in words[:8]:
        words = rest.split(None, 7)
        at_least(words, 8)
        # str.split eats the blanks after the words that it cuts off, never those behind the time.
        words[7:] = words[7].split(" ", 1)
    at_least(words, 8)
    notes: str | None = None
    token: int | None = None
    if len(words) == 9:
        notes, blank, last = words[8].rpartition(" ")
        if is_token(last):
            token = int(last)
            if not blank:
                notes = None
        else:
            notes = words[8]
    id_word, qty = words[0], words[4]
    if not (id_word.isdecimal() and qty.isdecimal()):
        raise ValueError("id and qty have to be whole numbers")
    row_id, shares = int(id_word[:20]), int(qty[:11])
    if row_id > INT64_MAX or shares > INT32_MAX:
        raise ValueError("id or qty is beyond every bound")
    if _CLOCK.fullmatch(words[7]) is None:
        raise ValueError(f"{words[7][:16]!r} is no time")
    return OrderActRow(
        row_id, words[1], words[2], words[3], shares, price_of(words[5]), words[6], words[7], notes, token
    )


# --- %TRADE ------------------------------------------------------------------------------------------------------


def trade_row(rest: str, is_watch: bool = False) -> TradeRow:
    """%TRADE with 8 fields (manual) or 11 (seen live)."""
    words = rest.split()
    at_least(words, 8)
    if words[2] not in SIDE_WORDS:
        raise ValueError(f"{words[2][:16]!r} is no side")
    count = len(words)
    return TradeRow(
        id=id_of(words[0]),
        symbol=words[1],
        side=words[2],
        qty=shares_of(words[3]),
        price=decimal_of(words[4]),
        route=words[5],
        time=words[6],
        orderid=id_of(words[7]),
        liq=words[8] if count > 8 else None,
        ecn_fee=decimal_of(words[9]) if count > 9 else None,
        pl=decimal_of(words[10]) if count > 10 else None,
        is_watch=is_watch,
    )


def watch_trade_row(rest: str) -> TradeRow | WatchTradeRow:
    """%ITRADE in %TRADE's layout or its own; where the side stands tells them apart (an account may be all digits)."""
    words = rest.split()
    at_least(words, 8)
    if words[3] not in SIDE_WORDS:
        return trade_row(rest, is_watch=True)
    at_least(words, 10)
    return WatchTradeRow(
        account=words[0],
        id=id_of(words[1]),
        symbol=words[2],
        side=words[3],
        qty=shares_of(words[4]),
        price=decimal_of(words[5]),
        route=words[6],
        time=words[7],
        orderid=id_of(words[8]),
        trader=words[9],
    )


# --- %POS --------------------------------------------------------------------------------------------------------


def pos_row(rest: str, is_watch: bool = False) -> PosRow:
    """%POS with 7 (manual), 8 or 9 fields (seen live)."""
    words = rest.split()
    count = len(words)
    if count < 7:
        at_least(words, 7)
    pos_type = words[1]
    if not (pos_type.isdecimal() and len(pos_type) <= 4):
        raise ValueError(f"{pos_type[:16]!r} is no position type")
    if count > 7 and is_decimal(words[7]):
        raise ValueError("a number stands where the time of creation belongs")
    return PosRow(
        words[0],
        int(pos_type),
        signed_shares_of(words[2]),
        decimal_of(words[3]),
        signed_shares_of(words[4]),
        decimal_of(words[5]),
        decimal_of(words[6]),
        words[7] if count > 7 else None,
        decimal_of(words[8]) if count > 8 else None,
        is_watch,
    )


def watch_pos_row(rest: str) -> PosRow:
    """%IPOS: %POS's layout on a watch connection."""
    return pos_row(rest, is_watch=True)
