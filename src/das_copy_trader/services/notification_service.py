"""Tells the browsers: events in order, snapshots the newest only, never waited for.

Everything is encoded once for all clients, after the turn of the loop in which it happened. A client with a full queue
is dropped: a sleeping laptop must not cost a trader anything.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final

import msgspec

from das_copy_trader.services.messages import Event, StateUpdate, SystemState

QUEUE_MAX: Final = 1000
EVENTS_KEPT: Final = 2000
"""Events that a client which missed some can still fetch."""
_encoder = msgspec.json.Encoder()


class ClientDroppedError(Exception):
    """This client's queue was full, or the service has ended: there is nothing more for it."""


class _Frame:
    """One frame that waits; `text` is None once a newer snapshot has taken its place."""

    __slots__ = ("text",)

    def __init__(self, text: str | None) -> None:
        self.text = text


class LoggedEvent:
    """An event that has happened; encoded when somebody wants it."""

    __slots__ = ("_make", "_text", "seq")

    def __init__(self, seq: int, make: Callable[[int], Event]) -> None:
        self.seq = seq
        self._make: Callable[[int], Event] | None = make
        self._text = ""

    @property
    def text(self) -> str:
        """The frame as JSON."""
        if self._make is not None:
            self._text = _encoder.encode(self._make(self.seq)).decode()
            self._make = None
        return self._text


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
        self._kept: deque[LoggedEvent] = deque(maxlen=EVENTS_KEPT)
        self._is_flush_due = False
        self.seq = 0
        self.dropped_clients = 0

    @property
    def client_count(self) -> int:
        """Clients that listen."""
        return len(self._clients)

    def publish(self, make_event: Callable[[int], Event]) -> None:
        """Tell everybody, after this turn of the loop; `make_event` gets the frame's `seq`. Returns at once."""
        if len(self._pending) == self._pending.maxlen:
            self.seq += 1  # the oldest gives way: its number stays away, and that is seen
        self._pending.append(make_event)
        if not self._is_flush_due:
            self._is_flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def events_after(self, seq: int, limit: int) -> list[LoggedEvent]:
        """Events with a greater number, oldest first, of those that are kept."""
        self._flush()
        return list(islice((event for event in self._kept if event.seq > seq), limit))

    @property
    def oldest_seq(self) -> int:
        """The number of the oldest event that is kept; the next one's where none is."""
        return self._kept[0].seq if self._kept else self.seq + 1

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
            event = LoggedEvent(self.seq, make_event)
            self._kept.append(event)
            for client in self._clients:
                client.put_event(event.text)
        for client in [client for client in self._clients if client.is_dropped]:
            self._clients.remove(client)
            self.dropped_clients += 1
