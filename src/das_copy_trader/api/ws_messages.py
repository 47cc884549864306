"""Every message of `WS /ws`: the server's are `services.messages`, the client's and the answers to them are here.

A client's message is `{"action", …fields, "request_id"?}`; the answer names the action and the request_id.
"""

import re
from typing import Final, TypeAlias, get_args

import msgspec

from das_copy_trader.services.messages import Event, StateUpdate

RequestId: TypeAlias = str | int | None
Number: TypeAlias = int | float | str
"""A JSON number or a decimal string; read more closely where it is used."""


class ClientAction(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", forbid_unknown_fields=True):
    """What a client can ask for. `request_id` is the client's own and comes back in the answer as it was sent."""

    request_id: RequestId = None


class CancelShortSaleTask(ClientAction, frozen=True, kw_only=True, tag="cancel_short_sale_task"):
    """Cancel an in-flight short sale task."""

    task_id: str


class AcceptLocateOffer(ClientAction, frozen=True, kw_only=True, tag="accept_locate_offer"):
    """Take the locate offer that a task shows; with `price` only the one at just that price."""

    task_id: str
    price: Number | None = None


class RejectLocateOffer(ClientAction, frozen=True, kw_only=True, tag="reject_locate_offer"):
    """Leave the locate offer that a task shows; its symbol goes on the follower's blacklist."""

    task_id: str


class OverrideMultiplier(ClientAction, frozen=True, kw_only=True, tag="override_multiplier"):
    """Set a symbol's multiplier on one follower; a JSON number or a decimal string."""

    follower_id: str
    symbol: str
    multiplier: Number


class ReplayActions(ClientAction, frozen=True, kw_only=True, tag="replay_actions"):
    """Replay queued actions."""

    follower_id: str
    action_ids: list[str]


class DiscardActions(ClientAction, frozen=True, kw_only=True, tag="discard_actions"):
    """Discard queued actions."""

    follower_id: str
    action_ids: list[str]


ClientMessage: TypeAlias = (
    CancelShortSaleTask | AcceptLocateOffer | RejectLocateOffer | OverrideMultiplier | ReplayActions | DiscardActions
)


class ReplyFields(msgspec.Struct, frozen=True):
    """It was done."""

    action: str
    request_id: RequestId


class ErrorFields(msgspec.Struct, frozen=True):
    """It was not done; `message` is a sentence. `action` and `request_id` are None where they could not be read."""

    action: str | None
    request_id: RequestId
    message: str


class Reply(msgspec.Struct, frozen=True, tag="reply", tag_field="type"):
    """The answer to an action that was done, to the one client alone."""

    seq: int
    data: ReplyFields


class ErrorReply(msgspec.Struct, frozen=True, tag="error", tag_field="type"):
    """The answer to an action that was not done, or to a message that could not be read."""

    seq: int
    data: ErrorFields


ServerMessage: TypeAlias = StateUpdate | Event | Reply | ErrorReply

_decoder: Final[msgspec.json.Decoder[ClientMessage]] = msgspec.json.Decoder(ClientMessage)


class UnreadableMessageError(Exception):
    """A client's message that is none; the message is a sentence for people."""

    def __init__(self, sentence: str, action: str | None = None, request_id: RequestId = None) -> None:
        super().__init__(sentence)
        self.action = action
        self.request_id = request_id


class _Head(msgspec.Struct):
    """What can be told of a message that does not fit, so that the answer finds its question."""

    action: object = None
    request_id: object = None


_MEANT_BY_SAID: Final = {
    "Input data was truncated": "it ends too early",
    "Object missing required field": "this field is needed:",
    "Object contains unknown field": "this field is not known:",
    "Expected": "it should be",
    ", got": ", not",
}
_WORD_BY_TYPE: Final = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "an array",
}
ACTIONS: Final = tuple(kind.__struct_config__.tag for kind in get_args(ClientMessage))


def read_client_message(text: str | bytes) -> ClientMessage:
    """The message. Raises UnreadableMessageError, whatever is thrown at it."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise _unreadable(text, error) from None


def _unreadable(text: str | bytes, error: Exception) -> UnreadableMessageError:
    try:
        head = msgspec.json.decode(text, type=_Head)
    except (msgspec.DecodeError, RecursionError, ValueError):
        head = _Head()
    action = head.action[:64] if isinstance(head.action, str) else None
    request_id = (
        head.request_id if isinstance(head.request_id, str | int) and not isinstance(head.request_id, bool) else None
    )
    if action is not None and action not in ACTIONS:
        sentence = f"There is no action {action!r}. Known ones: {', '.join(map(str, ACTIONS))}."
    elif isinstance(error, RecursionError):
        sentence = "This message cannot be read: it is nested too deeply."
    else:
        sentence = f"This message cannot be read: {_in_plain_words(str(error))}."
    return UnreadableMessageError(sentence, action, request_id)


def _in_plain_words(complaint: str) -> str:
    """Msgspec's complaint, which names types and fields and never quotes a value."""
    what, _, place = complaint.removeprefix("JSON is malformed: ").partition(" - at `$")
    for said, meant in _MEANT_BY_SAID.items():
        what = what.replace(said, meant)
    what = re.sub(r"`(\w+)`", lambda found: _WORD_BY_TYPE.get(found[1], found[0]), what)
    place = place.strip("`.")
    return (f"{place}: {what}" if place else what)[:200]
