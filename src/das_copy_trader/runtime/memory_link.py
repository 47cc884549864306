"""One in-memory connection: two links, and a stream of bytes in each direction. Made by MemoryNetwork alone."""

import asyncio
import random
from collections import deque
from itertools import pairwise
from typing import Protocol

from das_copy_trader.runtime.faults import FaultPlan
from das_copy_trader.runtime.link_sentences import link_broken, link_stalled
from das_copy_trader.runtime.network import LinkClosed, LinkHandler, LinkHandlerFactory

_SPLIT_PIECES_MAX = 4


class _End:
    """Stands at the end of a stream: in order (`cause` None) or reset."""

    __slots__ = ("cause",)

    def __init__(self, cause: Exception | None) -> None:
        self.cause = cause


class FaultSource(Protocol):
    """What a connection asks its network."""

    stream: random.Random
    faults: FaultPlan

    def on_connection_ended(self, connection: "MemoryConnection") -> None:
        """Both ends are closed."""


class MemoryLink:
    """One end; implements `Link`."""

    def __init__(self, connection: "MemoryConnection", peer: str, cap_bytes: int, window_bytes: int) -> None:
        self._connection = connection
        self._peer = peer
        self._cap_bytes = cap_bytes
        self._handler: LinkHandler | None = None
        self._is_open = True
        self._unsent = bytearray()
        self._outgoing = _Stream(connection, self, window_bytes)
        self.sent_bytes = 0

    @property
    def is_open(self) -> bool:
        """Whether `send` can be called."""
        return self._is_open

    @property
    def unsent_bytes(self) -> int:
        """Bytes that the window had no room for yet."""
        return len(self._unsent)

    @property
    def peer(self) -> str:
        """`host:port`, for people."""
        return self._peer

    @property
    def other(self) -> "MemoryLink":
        """The connection's other end."""
        connection = self._connection
        return connection.server if self is connection.client else connection.client

    @property
    def _incoming(self) -> "_Stream":
        return self.other._outgoing  # noqa: SLF001 - its other half

    def start(self, handler_factory: LinkHandlerFactory) -> None:
        """Get the owner's handler."""
        self._handler = handler_factory(self)

    def send(self, payload: bytes) -> None:
        """Put the bytes on their way; see `Link.send`."""
        if not self._is_open:
            raise LinkClosed(f"The connection to {self._peer} is closed; nothing was sent.")
        taken = 0 if self._unsent else min(self._outgoing.room_bytes, len(payload))
        rest_bytes = len(self._unsent) + len(payload) - taken
        if rest_bytes > self._cap_bytes:
            stalled = link_stalled(self._peer, rest_bytes)
            self.abort(stalled)
            raise stalled
        self._unsent += payload[taken:]
        self._put(payload[:taken])

    def transmit(self, payload: bytes) -> int:
        """See `Link.transmit`."""
        self.send(payload)
        return len(payload)

    def finish_send(self, payload: bytes, outcome: int | OSError) -> None:
        """Nothing is left: `send` takes all of it or raises."""

    def close(self) -> None:
        """End the link in order: what is under way arrives, then the end of the stream."""
        if self._is_open:
            self._outgoing.put_end(None)
            self._lose(None)

    def abort(self, cause: Exception) -> None:
        """Reset: what is under way arrives, then the reset."""
        if self._is_open:
            self._outgoing.put_end(link_broken(self.other.peer))
            self._lose(cause)

    def stall(self) -> None:
        """Stop reading."""
        self._incoming.set_stalled(is_stalled=True)

    def resume(self) -> None:
        """Read again."""
        self._incoming.set_stalled(is_stalled=False)

    def cut_after(self, byte_count: int) -> None:
        """Reset the connection once so many more bytes of this end have arrived."""
        self._outgoing.cut_countdown = byte_count

    def cut_outgoing(self, delivered: float) -> None:
        """Let this share of what is under way arrive, then a reset; what is sent later is lost."""
        self._outgoing.keep_share(delivered)
        self._outgoing.put_end(link_broken(self.other.peer))

    def set_held(self, *, is_held: bool) -> None:
        """Let nothing arrive, or everything again."""
        self._outgoing.set_held(is_held=is_held)

    def forget_owner(self) -> None:
        """The program that owns this end is dead: it is told nothing more."""
        self._handler = None

    # --- for the streams ----------------------------------------------------------------------------------------

    def on_arrived(self, chunk: bytes) -> None:
        """Bytes came for the owner."""
        if not self._is_open or self._handler is None:
            return
        try:
            self._handler.on_received(chunk)
        except Exception as error:  # noqa: BLE001 - a bug of one link's owner must not take the loop and the others along
            self.abort(error)

    def on_ended(self, cause: Exception | None) -> None:
        """The other end is gone."""
        if self._is_open:
            if not self.other.is_open:
                self._outgoing.drop()
            self._lose(cause)

    def on_room(self) -> None:
        """The window has room again."""
        if self._unsent and self._is_open:
            rest = bytes(self._unsent[: self._outgoing.room_bytes])
            del self._unsent[: len(rest)]
            self._put(rest)

    def _put(self, payload: bytes) -> None:
        self.sent_bytes += len(payload)
        if payload:
            self._outgoing.put(payload)

    def _lose(self, cause: Exception | None) -> None:
        self._is_open = False
        self._unsent.clear()
        if self._handler is not None:
            asyncio.get_running_loop().call_soon(self._handler.on_lost, cause)
        if not self.other.is_open:
            self._connection.network.on_connection_ended(self._connection)


class MemoryConnection:
    """Two ends and what is between them."""

    def __init__(
        self,
        network: FaultSource,
        address: tuple[str, int],
        *,
        client_peer: str,
        server_peer: str,
        client_cap_bytes: int,
        server_cap_bytes: int,
        window_bytes: int,
    ) -> None:
        self.network = network
        self.address = address
        self.client = MemoryLink(self, client_peer, client_cap_bytes, window_bytes)
        self.server = MemoryLink(self, server_peer, server_cap_bytes, window_bytes)

    def cut(self, delivered: float) -> None:
        """Reset both ends after this share of what is under way to each."""
        self.release()
        self.client.cut_outgoing(delivered)
        self.server.cut_outgoing(delivered)

    def hold(self) -> None:
        """Go silent both ways."""
        self.client.set_held(is_held=True)
        self.server.set_held(is_held=True)

    def release(self) -> None:
        """Speak again."""
        self.client.set_held(is_held=False)
        self.server.set_held(is_held=False)


class _Stream:
    """One direction: chunks under way, in order, the end last. One delivery a turn of the loop."""

    def __init__(self, connection: MemoryConnection, sender: MemoryLink, window_bytes: int) -> None:
        self._connection = connection
        self._sender = sender
        self._window_bytes = window_bytes
        self._way: deque[tuple[float, bytes | _End]] = deque()
        self._way_bytes = 0
        self._last_due_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._is_held = False
        self._is_stalled = False
        self._is_over = False
        self.cut_countdown: int | None = None

    @property
    def room_bytes(self) -> int:
        """What the window still takes."""
        return self._window_bytes - self._way_bytes

    def put(self, payload: bytes) -> None:
        """Put bytes on their way; the fault plan decides how they fare."""
        if self._is_over:
            return
        faults = self._connection.network.faults
        delay_s = faults.latency_s + self._draw(faults.jitter_s) + self._draw_if(faults.slow_rate, faults.slow_s)
        self._draw_trouble(faults, len(payload))
        if self._happens(faults.glue_rate) and self._way and isinstance(before := self._way[-1][1], bytes):
            self._way[-1] = (self._way[-1][0], before + payload)
            self._way_bytes += len(payload)
            return
        for piece in self._pieces(faults, payload):
            self._push(delay_s, piece)

    def put_end(self, cause: Exception | None) -> None:
        """Nothing comes after what is under way now."""
        if not self._is_over:
            self._push(self._connection.network.faults.latency_s, _End(cause))
            self._is_over = True

    def keep_share(self, share: float) -> None:
        """Drop the later part of what is under way."""
        keep_bytes = int(self._way_bytes * share)
        kept: deque[tuple[float, bytes | _End]] = deque()
        for due_s, item in self._way:
            if isinstance(item, _End) or keep_bytes <= 0:
                break
            kept.append((due_s, item[:keep_bytes]))
            keep_bytes -= len(item)
        self._way = kept
        self._way_bytes = sum(len(item) for _, item in kept if isinstance(item, bytes))
        self._is_over = False

    def drop(self) -> None:
        """The receiver is gone."""
        self._way.clear()
        self._way_bytes = 0
        self._is_over = True

    def set_held(self, *, is_held: bool) -> None:
        """Let nothing arrive, or everything again."""
        self._is_held = is_held
        self._set_timer()

    def set_stalled(self, *, is_stalled: bool) -> None:
        """The receiver does not read, or reads again."""
        self._is_stalled = is_stalled
        self._set_timer()

    def _push(self, delay_s: float, item: bytes | _End) -> None:
        loop = asyncio.get_running_loop()
        self._last_due_s = max(self._last_due_s, loop.time() + delay_s)
        self._way.append((self._last_due_s, item))
        if isinstance(item, bytes):
            self._way_bytes += len(item)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is None and self._way and not self._is_held and not self._is_stalled:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._way[0][0]), self._deliver_next)

    def _deliver_next(self) -> None:
        self._timer = None
        if not self._way or self._is_held or self._is_stalled:
            return
        if self._way[0][0] > asyncio.get_running_loop().time():  # what the timer was set for has been dropped
            self._set_timer()
            return
        item = self._way.popleft()[1]
        if isinstance(item, _End):
            self._sender.other.on_ended(item.cause)
            return
        self._way_bytes -= len(item)
        self._deliver(item)
        self._sender.on_room()
        self._set_timer()

    def _deliver(self, item: bytes) -> None:
        if self.cut_countdown is None:
            self._sender.other.on_arrived(item)
            return
        arriving = item[: self.cut_countdown]
        if arriving:
            self._sender.other.on_arrived(arriving)
        self.cut_countdown -= len(arriving)
        if self.cut_countdown == 0:
            self.cut_countdown = None
            self._connection.cut(0.0)

    # --- faults -------------------------------------------------------------------------------------------------

    def _draw_trouble(self, faults: FaultPlan, payload_bytes: int) -> None:
        loop = asyncio.get_running_loop()
        if self._happens(faults.stall_rate):
            self.set_stalled(is_stalled=True)
            loop.call_later(self._draw(faults.stall_s), self._end_stall)
        if self._happens(faults.hold_rate):
            self._connection.hold()
            loop.call_later(self._draw(faults.hold_s), self._connection.release)
        if self.cut_countdown is None and self._happens(faults.cut_rate):
            self.cut_countdown = self._way_bytes + self._connection.network.stream.randint(0, payload_bytes)

    def _end_stall(self) -> None:
        self.set_stalled(is_stalled=False)

    def _pieces(self, faults: FaultPlan, payload: bytes) -> list[bytes]:
        if len(payload) < 2 or not self._happens(faults.split_rate):
            return [payload]
        stream = self._connection.network.stream
        cuts = sorted(stream.randint(1, len(payload) - 1) for _ in range(stream.randint(1, _SPLIT_PIECES_MAX - 1)))
        edges = [0, *dict.fromkeys(cuts), len(payload)]
        return [payload[start:end] for start, end in pairwise(edges)]

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self._connection.network.stream.random() < rate

    def _draw(self, longest_s: float) -> float:
        return self._connection.network.stream.random() * longest_s if longest_s > 0 else 0.0

    def _draw_if(self, rate: float, longest_s: float) -> float:
        return self._draw(longest_s) if self._happens(rate) else 0.0
