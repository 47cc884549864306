"""Pydantic's complaints in words for people who never heard of it. Never what was sent: it may be a password."""

import re
from typing import Final

from pydantic_core import ErrorDetails

_SENTENCE_BY_TYPE: Final = {
    "missing": "this field is needed",
    "extra_forbidden": "this field is not known",
    "json_invalid": "this is not valid JSON",
    "string_unicode": "it should be valid Unicode",
    "dict_type": "it should be an object",
    "model_type": "it should be an object",
    "model_attributes_type": "it should be a JSON object",
    "list_type": "it should be an array",
    "tuple_type": "it should be an array",
    "bool_parsing": "it should be true or false",
    "bool_type": "it should be true or false",
    "int_parsing": "it should be a whole number",
    "int_type": "it should be a whole number",
    "int_from_float": "it should be a whole number",
    "decimal_parsing": "it should be a number, or a decimal string such as 0.5",
    "decimal_type": "it should be a number, or a decimal string such as 0.5",
}
_SUBJECT: Final = re.compile(r"^(Input|Decimal input|String|List|Tuple|Dictionary|Value|URL) (should|must)")


def complaint(error: ErrorDetails) -> str:
    """What is wrong, without a full stop; it can stand behind the field's name and a colon."""
    known = _SENTENCE_BY_TYPE.get(error["type"])
    if known is not None:
        return known
    message = error["msg"].removeprefix("Value error, ").rstrip(".")
    return _SUBJECT.sub(r"it \2", message).replace(" after validation, not 0", "")
