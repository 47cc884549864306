"""The user's own words for order types: settings, table, and what is decoded with them."""

from decimal import Decimal
from typing import get_args

import pytest

from das_copy_trader.client.type_table import (
    DEFAULT_ENTRIES,
    Confidence,
    OrderText,
    TypeEntry,
    TypeTable,
    with_own_entries,
)
from das_copy_trader.domain.enums import OrdType
from das_copy_trader.domain.orders import OrderTerms
from das_copy_trader.runtime.settings import OrderTypeName, SettingsError, load_settings


def text(type_text: str, price: str | None = None) -> OrderText:
    return OrderText(type_text, Decimal(price) if price else None, None)


def test_without_own_words_the_table_is_the_default_one() -> None:
    assert with_own_entries([]) == DEFAULT_ENTRIES


def test_an_own_word_is_read() -> None:
    table = TypeTable(with_own_entries([TypeEntry(("StpX",), OrdType.STOP, Confidence.VERIFIED)]))
    assert TypeTable().decode(text("STPX:24")).terms is None
    decoded = table.decode(text("stpx:24"))
    assert (decoded.terms, decoded.proof) == (OrderTerms(OrdType.STOP, stop_price=Decimal(24)), None)
    assert table.decode(text("L", "5")) == TypeTable().decode(text("L", "5"))


def test_an_own_entry_overrules_one_word_and_leaves_the_others() -> None:
    table = TypeTable(with_own_entries([TypeEntry(("sl",), OrdType.STOP_LIMIT, Confidence.VERIFIED)]))
    assert table.decode(text("SL:24", "25")).proof is None
    assert table.decode(text("STOPLMT:24", "25")).proof == Decimal(24)


def test_an_own_guess_has_to_be_proven_as_any_guess() -> None:
    table = TypeTable(with_own_entries([TypeEntry(("STPX",), OrdType.STOP, Confidence.GUESS)]))
    assert table.decode(text("STPX:24")).proof == Decimal(24)


def test_the_settings_know_every_order_type_by_its_name() -> None:
    assert set(get_args(OrderTypeName)) == {kind.value for kind in OrdType}


def test_the_setting_is_read() -> None:
    (entry,) = load_settings({"ORDER_TYPES": '[{"words": ["STPX"], "type": "Stop"}]'}).order_types
    assert (entry.words, entry.type, entry.confidence) == (("STPX",), "Stop", "guess")


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("{", "not valid JSON"),
        ("{}", "array of order types"),
        ('[{"type": "Stop"}]', r"\[0\].words"),
        ('[{"words": [], "type": "Stop"}]', r"\[0\].words"),
        ('[{"words": ["A:1"], "type": "Stop"}]', r"\[0\].words\[0\]"),
        ('[{"words": ["A"], "type": "Peg"}]', r"\[0\].type"),
        ('[{"words": ["A"], "type": "Stop", "confidence": "sure"}]', r"\[0\].confidence"),
        ('[{"words": ["A"], "type": "Stop", "more": 1}]', "not known"),
        ('[{"words": ["A"], "type": "Stop"}, {"words": ["a"], "type": "Limit"}]', "more than once"),
    ],
)
def test_an_entry_that_cannot_be_used_is_one_sentence(value: str, part: str) -> None:
    with pytest.raises(SettingsError, match=part) as caught:
        load_settings({"ORDER_TYPES": value})
    sentence = str(caught.value)
    assert sentence.startswith("The setting ORDER_TYPES cannot be used")
    assert sentence.endswith(".")
    assert "\n" not in sentence
