"""`WS /ws`: the state at once and every second, events as they come, the client's actions answered."""

import asyncio
from decimal import Decimal
from typing import Final

import msgspec
import structlog
from fastapi import APIRouter, WebSocket
from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect

from das_copy_trader.api.bodies import LocatePrice, Multiplier, checked_symbol
from das_copy_trader.api.context import ApiContext, context_of
from das_copy_trader.api.ws_messages import (
    AcceptLocateOffer,
    CancelShortSaleTask,
    ClientMessage,
    DiscardActions,
    ErrorFields,
    ErrorReply,
    OverrideMultiplier,
    RejectLocateOffer,
    ReplayActions,
    Reply,
    ReplyFields,
    UnreadableMessageError,
    read_client_message,
)
from das_copy_trader.persistence.errors import StorageError
from das_copy_trader.runtime.sentences import complaint
from das_copy_trader.services.errors import ConflictError, RequestError, UnusableError
from das_copy_trader.services.messages import ActionResultsState
from das_copy_trader.services.notification_service import ClientDroppedError, ClientQueue

SEND_TIMEOUT_S: Final = 10.0
"""A client that takes nothing for so long is dropped, even when few events come."""

router = APIRouter()
_multiplier: Final[TypeAdapter[Multiplier]] = TypeAdapter(Multiplier)
_price: Final[TypeAdapter[LocatePrice]] = TypeAdapter(LocatePrice)
_log = structlog.get_logger(__name__)


@router.websocket("/ws")
async def serve_websocket(websocket: WebSocket) -> None:
    """One client, from its arrival to its end."""
    context = context_of(websocket)
    await websocket.accept()
    client = context.notifications.join(context.snapshots.state())
    # Two tasks, since a client may say nothing for ever or take nothing for ever; the first to end ends the other.
    writer = context.tasks.start("websocket writer", _write(websocket, client))
    reader = context.tasks.start("websocket reader", _read(websocket, client, context))
    try:
        await asyncio.wait([writer, reader], return_when=asyncio.FIRST_COMPLETED)
    finally:
        context.notifications.leave(client)
        client.drop()
        for task in (writer, reader):
            task.cancel()
        await asyncio.gather(writer, reader, return_exceptions=True)


async def _write(websocket: WebSocket, client: ClientQueue) -> None:
    try:
        while True:
            text = await client.next()
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await websocket.send_text(text)
    except (ClientDroppedError, TimeoutError):
        _log.info("A browser that did not read was dropped")
    except (WebSocketDisconnect, RuntimeError):
        """It has gone: the reader is told as well."""


async def _read(websocket: WebSocket, client: ClientQueue, context: ApiContext) -> None:
    while not client.is_dropped:
        message = await websocket.receive()
        if message["type"] != "websocket.receive":
            return
        text = message.get("text")
        answer = await _answer(text if text is not None else message.get("bytes") or b"", context)
        client.put_event(msgspec.json.encode(answer).decode())
        await asyncio.sleep(0)  # what waits already comes without a pause: orders go between two messages


async def _answer(text: str | bytes, context: ApiContext) -> Reply | ErrorReply:
    seq = context.notifications.seq
    try:
        message = read_client_message(text)
    except UnreadableMessageError as error:
        return ErrorReply(seq, ErrorFields(error.action, error.request_id, str(error)))
    action = str(message.__struct_config__.tag)
    try:
        await _perform(message, context)
    except (RequestError, StorageError, ValueError) as error:
        return ErrorReply(seq, ErrorFields(action, message.request_id, str(error)))
    return Reply(context.notifications.seq, ReplyFields(action, message.request_id))


async def _perform(message: ClientMessage, context: ApiContext) -> None:
    match message:
        case OverrideMultiplier():
            multiplier = _number(_multiplier, "multiplier", message.multiplier)
            symbol = checked_symbol(message.symbol)
            await context.configuration.set_multiplier(message.follower_id, symbol, multiplier)
        case CancelShortSaleTask():
            context.short_sales.cancel(message.task_id)
        case AcceptLocateOffer():
            price = _number(_price, "price", message.price) if message.price is not None else None
            context.short_sales.accept_offer(message.task_id, price)
        case RejectLocateOffer():
            await context.short_sales.reject_offer(message.task_id)
        case ReplayActions():
            _check_results(context.queued_actions.replay(message.follower_id, message.action_ids))
        case DiscardActions():
            _check_results(context.queued_actions.discard(message.follower_id, message.action_ids))


def _check_results(state: ActionResultsState) -> None:
    """What did not come to pass is an error reply; `actions_replayed` has each result. Raises ConflictError."""
    errors = list(dict.fromkeys(result.error for result in state.results if not result.success))
    if errors:
        raise ConflictError(" ".join(errors[:3]))


def _number(adapter: TypeAdapter[Decimal], field: str, value: float | str) -> Decimal:
    """The number as HTTP would take it. Raises UnusableError."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise UnusableError(f"{field}: {complaint(error.errors()[0])}.") from None
