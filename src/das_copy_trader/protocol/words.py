"""Single words of a line read as numbers, strictly: what is not plainly a number is refused with a reason.

`int` and `Decimal` alone take too much (`1_000`, `+5`, `1E9`, `NaN`, blanks, digits of other scripts); on the wire
these are nonsense, and nonsense must not become a quantity or a price.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

INT32_MAX: Final = 2_147_483_647
INT64_MAX: Final = 9_223_372_036_854_775_807

SIDE_WORDS: Final = frozenset({"B", "S", "SS", "BO", "BC", "SO", "SC"})
"""B, S, SS for shares; BO, BC, SO, SC for options (CMD API manual 2021/11, NEWORDER)."""

_DECIMAL: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_WORD_CHARS_MAX: Final = 32
_NOT_A_PRICE_WORD: Final = frozenset({"NAN", "SNAN", "INF", "INFINITY"})


def id_of(word: str) -> int:
    """A number given by the platform (order, trade, locate), 0 to 2^63-1. Raises ValueError."""
    if not word.isdecimal() or (number := int(word[:20])) > INT64_MAX or len(word) > 20:
        raise ValueError(f"{word[:_WORD_CHARS_MAX]!r} is no id")
    return number


def token_of(word: str) -> int:
    """A client's token, 0 to 2^31-1: a C int on the platform's side. Raises ValueError."""
    if not word.isdecimal() or (number := int(word[:11])) > INT32_MAX or len(word) > 11:
        raise ValueError(f"{word[:_WORD_CHARS_MAX]!r} is no token")
    return number


def is_token(word: str) -> bool:
    """Whether a word can be a token."""
    return word.isdecimal() and len(word) <= 10 and int(word) <= INT32_MAX


def shares_of(word: str) -> int:
    """A count of shares that cannot be negative. Raises ValueError."""
    if not word.isdecimal() or (number := int(word[:11])) > INT32_MAX or len(word) > 11:
        raise ValueError(f"{word[:_WORD_CHARS_MAX]!r} is no number of shares")
    return number


def signed_shares_of(word: str) -> int:
    """A position in shares; a short one may be negative. Raises ValueError."""
    return -shares_of(word[1:]) if word.startswith("-") else shares_of(word)


@lru_cache(maxsize=8192)
def decimal_of(word: str) -> Decimal:
    """A finite decimal number with its digits kept (`40000.00`); no exponent. Raises ValueError.

    Cached, since one price comes back in three or four lines; what raises is not kept.
    """
    if len(word) > _WORD_CHARS_MAX or _DECIMAL.fullmatch(word) is None:
        raise ValueError(f"{word[:_WORD_CHARS_MAX]!r} is no decimal number")
    return Decimal(word)


def is_decimal(word: str) -> bool:
    """Whether a word is a plain decimal number."""
    return len(word) <= _WORD_CHARS_MAX and _DECIMAL.fullmatch(word) is not None


@lru_cache(maxsize=8192)
def price_of(word: str) -> Decimal | str:
    """A price, or the word that some builds put in its place (`MKT`). Raises ValueError."""
    if word.isascii() and word.isalpha() and len(word) <= _WORD_CHARS_MAX and word.upper() not in _NOT_A_PRICE_WORD:
        return word
    return decimal_of(word)


def flag_of(word: str, true_word: str, false_word: str) -> bool:
    """`Y`/`N`, `Yes`/`No` without case. Raises ValueError."""
    upper = word.upper()
    if upper == true_word:
        return True
    if upper == false_word:
        return False
    raise ValueError(f"{word[:_WORD_CHARS_MAX]!r} is neither {true_word} nor {false_word}")


def at_least(words: list[str], count: int) -> None:
    """Raises ValueError when fewer than `count` words are there."""
    if len(words) < count:
        raise ValueError(f"{len(words)} fields where {count} are needed")
