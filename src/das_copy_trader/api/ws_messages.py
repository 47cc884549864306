"""Every message of `WS /ws`: the server's are `services.messages`, the client's and the answers to them are here.

A client's message is `{"action", …fields, "request_id"?}`; the answer names the action and the request_id.
"""

from decimal import Decimal
from typing import Final, TypeAlias

import msgspec

from das_copy_trader.services.messages import Event, StateUpdate


class ClientAction(msgspec.Struct, frozen=True, kw_only=True, tag_field="action", forbid_unknown_fields=True):
    """What a client can ask for. `request_id` is the client's own and comes back in the answer."""

    request_id: str | None = None


class CancelShortSaleTask(ClientAction, frozen=True, kw_only=True, tag="cancel_short_sale_task"):
    """Cancel an in-flight short sale task."""

    task_id: str


class AcceptLocateOffer(ClientAction, frozen=True, kw_only=True, tag="accept_locate_offer"):
    """Take the locate offer that a task shows; with `price` only the one at just that price."""

    task_id: str
    price: Decimal | None = None


class RejectLocateOffer(ClientAction, frozen=True, kw_only=True, tag="reject_locate_offer"):
    """Leave the locate offer that a task shows; its symbol goes on the follower's blacklist."""

    task_id: str


class OverrideMultiplier(ClientAction, frozen=True, kw_only=True, tag="override_multiplier"):
    """Set a symbol's multiplier on one follower; a JSON number or a decimal string."""

    follower_id: str
    symbol: str
    multiplier: Decimal


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
    request_id: str | None


class ErrorFields(msgspec.Struct, frozen=True):
    """It was not done; `message` is a sentence. `action` and `request_id` are None where they could not be read."""

    action: str | None
    request_id: str | None
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

    def __init__(self, sentence: str, request_id: str | None = None) -> None:
        super().__init__(sentence)
        self.request_id = request_id


class _RequestIdOnly(msgspec.Struct):
    request_id: str | None = None


def read_client_message(text: str | bytes) -> ClientMessage:
    """The message. Raises UnreadableMessageError, whatever is thrown at it."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        request_id = None
        try:
            request_id = msgspec.json.decode(text, type=_RequestIdOnly).request_id
        except (msgspec.DecodeError, RecursionError, ValueError):
            request_id = None
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        raise UnreadableMessageError(f"This message cannot be read: {reason}.", request_id) from None
