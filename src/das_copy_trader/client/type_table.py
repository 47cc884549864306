"""What the type column of an order says, and how sure that is.

One table, made of entries; the user may hand in another once a recording of the own platform has shown its words.
`VERIFIED` entries were seen live or stand in the manual. `GUESS` entries are likely spellings: the number in the type
text has to be confirmed by an equal price on an %OrderAct line of the same order before the terms count (das-cmd-api.md
3.1, 9). Everything else is not decodable: an order that is not understood is not copied.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Final

import msgspec

from das_copy_trader.domain.enums import OrdType, TimeInForce
from das_copy_trader.domain.orders import OrderTerms

_TYPE_TEXT: Final = re.compile(r"(?P<k>[A-Za-z]+)(:\s*(?P<a>[0-9.]+)(\s+(?P<b>[0-9.]+))?)?")
_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]+)?|\.[0-9]+")


class Confidence(Enum):
    """Where the knowledge of an entry comes from."""

    VERIFIED = "verified"
    GUESS = "guess"


class TypeEntry(msgspec.Struct, frozen=True):
    """Spellings of one order type. `has_*` say what an order of the type carries and must therefore be found."""

    words: tuple[str, ...]
    ord_type: OrdType
    confidence: Confidence


DEFAULT_ENTRIES: Final = (
    TypeEntry(("L", "Lmt"), OrdType.LIMIT, Confidence.VERIFIED),
    TypeEntry(("Mkt", "M"), OrdType.MARKET, Confidence.VERIFIED),
    TypeEntry(("SLP",), OrdType.STOP_LIMIT_EXTENDED, Confidence.VERIFIED),
    TypeEntry(("STOPLMTP",), OrdType.STOP_LIMIT_EXTENDED, Confidence.GUESS),
    TypeEntry(("SM", "STOPMKT", "STPMKT", "STP", "STOP"), OrdType.STOP, Confidence.GUESS),
    TypeEntry(("SL", "STOPLMT", "STPLMT"), OrdType.STOP_LIMIT, Confidence.GUESS),
    TypeEntry(("ST", "TS", "STOPTRAILING", "TRAIL", "TRAILING"), OrdType.TRAILING_STOP, Confidence.GUESS),
)


def with_own_entries(own: Iterable[TypeEntry]) -> tuple[TypeEntry, ...]:
    """The default entries, overruled word by word by the user's own (setting ORDER_TYPES)."""
    own = tuple(own)
    taken = {word.upper() for entry in own for word in entry.words}
    kept = (
        TypeEntry(tuple(word for word in entry.words if word.upper() not in taken), entry.ord_type, entry.confidence)
        for entry in DEFAULT_ENTRIES
    )
    return (*own, *(entry for entry in kept if entry.words))


class OrderText(msgspec.Struct, frozen=True, gc=False):
    """The part of an order's row that says what kind of order it is. `price` is None where the row has a word there."""

    type_text: str
    price: Decimal | None
    time_in_force: TimeInForce | None
    unknown_tif: str | None = None


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """What became of an `OrderText`: terms, or the reason why not.

    `proof` is the number that an %OrderAct line has to confirm before `terms` count; None: nothing is left to prove.
    """

    terms: OrderTerms | None
    problem: str = ""
    proof: Decimal | None = None


class TypeTable:
    """Decodes orders' texts. Immutable; results are kept, since the same texts come again and again."""

    def __init__(self, entries: tuple[TypeEntry, ...] = DEFAULT_ENTRIES) -> None:
        self._entry_by_word = {word.upper(): entry for entry in entries for word in entry.words}
        self.decode = lru_cache(maxsize=4096)(self._decode)

    def _decode(self, text: OrderText) -> Decoded:
        if text.unknown_tif is not None:
            return _undecodable(f"the time in force {text.unknown_tif!r} is not known")
        match = _TYPE_TEXT.fullmatch(text.type_text)
        entry = None if match is None else self._entry_by_word.get(match["k"].upper())
        if match is None or entry is None:
            return _undecodable(f"the order type {text.type_text!r} is not known")
        first, second = _number(match["a"]), _number(match["b"])
        if (match["a"] and first is None) or (match["b"] and second is None):
            return _undecodable(f"the numbers of the order type {text.type_text!r} cannot be read")
        if entry.ord_type in (OrdType.MARKET, OrdType.LIMIT):
            return _plain(entry, text, has_numbers=first is not None)
        if first is None or not first:
            return _undecodable(f"the order type {text.type_text!r} does not say its stop price or trail amount")
        return _with_stop(entry, text, first, second)


def _plain(entry: TypeEntry, text: OrderText, *, has_numbers: bool) -> Decoded:
    if has_numbers:
        return _undecodable(f"the order type {text.type_text!r} holds a number that it should not have")
    if entry.ord_type is OrdType.MARKET:
        return _decoded(entry, OrderTerms(OrdType.MARKET, time_in_force=text.time_in_force), None)
    if not text.price:
        return _undecodable("it is a limit order without a limit price")
    return _decoded(entry, OrderTerms(OrdType.LIMIT, price=text.price, time_in_force=text.time_in_force), None)


def _with_stop(entry: TypeEntry, text: OrderText, first: Decimal, second: Decimal | None) -> Decoded:
    kind, tif = entry.ord_type, text.time_in_force
    if kind is OrdType.TRAILING_STOP:
        return _decoded(entry, OrderTerms(kind, trail_amount=first, time_in_force=tif), first)
    if kind is OrdType.STOP:
        if second is not None:
            return _undecodable(f"the order type {text.type_text!r} holds one number too many")
        return _decoded(entry, OrderTerms(kind, stop_price=first, time_in_force=tif), first)
    limit = second or text.price
    if not limit:
        return _undecodable("it is a stop limit order without a limit price")
    if second is not None and text.price and second != text.price:
        return _undecodable(f"its limit is {second} in the order type and {text.price} in the price")
    if entry.confidence is Confidence.GUESS and second is None and limit == first:
        # The price column of these types was never recorded: it could be the stop once more.
        return _undecodable("its price equals its stop, so its limit price is not certain")
    return _decoded(entry, OrderTerms(kind, price=limit, stop_price=first, time_in_force=tif), first)


def _decoded(entry: TypeEntry, terms: OrderTerms, number: Decimal | None) -> Decoded:
    if entry.confidence is Confidence.VERIFIED:
        return Decoded(terms)
    if number is None:
        return _undecodable("its order type is a guess that holds no number to prove")
    return Decoded(terms, "its stop price or trail amount is not confirmed by a second line yet", number)


def _undecodable(problem: str) -> Decoded:
    return Decoded(None, problem)


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text and _NUMBER.fullmatch(text) else None
