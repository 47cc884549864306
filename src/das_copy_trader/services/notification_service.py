"""Tells the browsers: events in order, snapshots the newest only, never waited for.

Everything is encoded once for all clients, after the turn of the loop in which it happened. A client with a full queue
is dropped: a sleeping laptop must not cost a trader anything.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from das_copy_trader.services.messages import Event, StateUpdate, SystemState

QUEUE_MAX: Final = 1000
_encoder = msgspec.json.Encoder()


class ClientDroppedError(Exception):
    """This client's queue was full, or the service has ended: there is nothing more for it."""


class _Frame:
    """One frame that waits; `text` is None once a newer snapshot has taken its place."""

    __slots__ = ("text",)

    def __init__(self, text: str | None) -> None:
        self.text = text


class ClientQueue:
    """What waits for one client. Frames come out in the order of their `seq`."""

    def __init__(self, limit: int = QUEUE_MAX) -> None:
        self._limit = limit
        self._frames: deque[_Frame] = deque()
        self._snapshot: _Frame | None = None
        self._wake = asyncio.Event()
        self.is_dropped = False

    def put_event(self, text: str) -> None:
        """Add an event; a full queue drops the client."""
        if len(self._frames) >= self._limit:
            self.drop()
            return
        self._frames.append(_Frame(text))
        self._wake.set()

    def put_snapshot(self, text: str) -> None:
        """Add a snapshot; one that still waits is overtaken."""
        if self._snapshot is not None and self._snapshot.text is not None:
            self._snapshot.text = None
            if self._frames[-1] is self._snapshot:
                self._frames.pop()
        self._snapshot = _Frame(text)
        self._frames.append(self._snapshot)
        self._wake.set()

    def drop(self) -> None:
        """End it: `next` raises from now on."""
        self.is_dropped = True
        self._frames.clear()
        self._wake.set()

    async def next(self) -> str:
        """The next frame, waited for. Raises ClientDroppedError."""
        while True:
            if self.is_dropped:
                raise ClientDroppedError
            while self._frames:
                frame = self._frames.popleft()
                if frame is self._snapshot:
                    self._snapshot = None
                if frame.text is not None:
                    return frame.text
            self._wake.clear()
            await self._wake.wait()


class NotificationService:
    """Gives each connected client its queue and fills them.

    `seq` counts the events of this life of the process: a client that sees a gap has missed one. A snapshot carries the
    number of the last event before it, and so do answers to one client alone.
    """

    def __init__(self, *, queue_limit: int = QUEUE_MAX) -> None:
        self._queue_limit = queue_limit
        self._clients: list[ClientQueue] = []
        self._pending: deque[Callable[[int], Event]] = deque(maxlen=10 * queue_limit)
        self._is_flush_due = False
        self.seq = 0
        self.dropped_clients = 0

    @property
    def client_count(self) -> int:
        """Clients that listen."""
        return len(self._clients)

    def publish(self, make_event: Callable[[int], Event]) -> None:
        """Tell everybody, after this turn of the loop; `make_event` gets the frame's `seq`. Returns at once."""
        self._pending.append(make_event)
        if not self._is_flush_due:
            self._is_flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def publish_snapshot(self, state: SystemState) -> None:
        """Tell everybody the whole state."""
        self._flush()
        text = self._encode_snapshot(state)
        for client in self._clients:
            client.put_snapshot(text)

    def join(self, state: SystemState) -> ClientQueue:
        """A new client: its queue, with a snapshot in it."""
        self._flush()
        client = ClientQueue(self._queue_limit)
        client.put_snapshot(self._encode_snapshot(state))
        self._clients.append(client)
        return client

    def leave(self, client: ClientQueue) -> None:
        """A client has gone; idempotent."""
        if client in self._clients:
            self._clients.remove(client)

    def close(self) -> None:
        """Drop everybody."""
        for client in self._clients:
            client.drop()
        self._clients.clear()

    def _encode_snapshot(self, state: SystemState) -> str:
        return _encoder.encode(StateUpdate(self.seq, state)).decode()

    def _flush(self) -> None:
        self._is_flush_due = False
        while self._pending:
            make_event = self._pending.popleft()
            self.seq += 1
            if not self._clients:
                continue
            text = _encoder.encode(make_event(self.seq)).decode()
            for client in self._clients:
                client.put_event(text)
        for client in [client for client in self._clients if client.is_dropped]:
            self._clients.remove(client)
            self.dropped_clients += 1
