"""One TCP link on a raw non-blocking socket: a send is a system call and nothing else.

How a link ends:

- `close`: with nothing unsent, the stream is ended in order (FIN), what the peer still sends is thrown away, and the
  socket lives on in the background until the peer has closed too, `CLOSE_GRACE_S` at most; then it is reset. So the
  peer can read everything that was handed to the kernel, also where a reset would destroy it (Windows), and nothing of
  ours can arrive later than that. With bytes unsent, a line would stand half on the wire: the link is reset at once.
- `abort`: reset at once.
- the peer ends its side: we end ours and close.
- the process dies: reset by the system (`SO_LINGER(1, 0)`).
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Final, Protocol

from das_copy_trader.runtime.link_sentences import link_broken, link_stalled
from das_copy_trader.runtime.network import LinkClosed, LinkHandler, LinkHandlerFactory

READ_BYTES_MAX: Final = 65_536
SHARED_READ_BYTES_MAX: Final = 4_096
"""While another link goes first: about ten orders' echoes, 0.3 ms of work, so that a master's line waits no longer."""
CLOSE_GRACE_S: Final = 0.5


class LinkKeeper(Protocol):
    """Who keeps account of links and knows the one that goes first."""

    first_link: "SocketLink | None"
    reads: int

    def on_link_ended(self, link: "SocketLink") -> None:
        """The link's socket is closed."""


class SocketLink:
    """Implements `Link`; made by SocketNetwork."""

    __slots__ = (
        "_cap_bytes",
        "_descriptor",
        "_grace",
        "_handler",
        "_is_open",
        "_keeper",
        "_loop",
        "_peer",
        "_receive",
        "_sock",
        "_unsent",
        "transmit",
    )

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sock: socket.socket, peer: str, keeper: LinkKeeper, *, cap_bytes: int
    ) -> None:
        self._loop = loop
        self._sock = sock
        self._peer = peer
        self._keeper = keeper
        self._cap_bytes = cap_bytes
        self._descriptor = sock.fileno()
        self._receive = sock.recv
        self.transmit: Callable[[bytes], int] = sock.send
        """See `Link.transmit`."""
        self._unsent = bytearray()
        self._is_open = True
        self._handler: LinkHandler | None = None
        self._grace: asyncio.TimerHandle | None = None

    def start(self, handler_factory: LinkHandlerFactory) -> None:
        """Get the owner's handler and begin to read. An exception out of the factory closes the socket and goes on."""
        try:
            self._handler = handler_factory(self)
        except BaseException:  # whatever it is, the socket must not stay open; it goes on
            self._is_open = False
            self.transmit = self._refuse
            self._end_socket()
            raise
        if self._is_open:
            self._loop.add_reader(self._descriptor, self._on_readable)

    @property
    def is_open(self) -> bool:
        """Whether `send` can be called."""
        return self._is_open

    @property
    def unsent_bytes(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return len(self._unsent)

    @property
    def peer(self) -> str:
        """`host:port`, for people."""
        return self._peer

    def send(self, payload: bytes) -> None:
        """Give the bytes to the kernel; see `Link.send`. `transmit` is the socket's own send while nothing waits."""
        try:
            taken = self.transmit(payload)
        except OSError as error:
            self.finish_send(payload, error)
        else:
            if taken != len(payload):
                self.finish_send(payload, taken)

    def finish_send(self, payload: bytes, outcome: int | OSError) -> None:
        """See `Link.finish_send`."""
        taken = outcome if isinstance(outcome, int) else self._on_send_error(outcome)
        if taken != len(payload):
            self._keep_rest(payload[taken:])

    def poll(self) -> bool:
        """Read once if something is there and hand it to the owner, now; False when there was nothing.

        For the master's link between reads of followers. One system call: about 1 µs when nothing is there.
        """
        return self._is_open and self._read_once(READ_BYTES_MAX)

    def stall(self) -> None:
        """Read nothing until `resume`: the peer's bytes pile up in the kernel, then at the peer."""
        if self._is_open:
            self._loop.remove_reader(self._descriptor)

    def resume(self) -> None:
        """Read again."""
        if self._is_open:
            self._loop.add_reader(self._descriptor, self._on_readable)

    def close(self) -> None:
        """End the link in order; see the module."""
        if not self._is_open:
            return
        has_rest = bool(self._unsent)
        self._shut(None)
        if has_rest or not self._end_stream():
            self._end_socket()
            return
        self._loop.add_reader(self._descriptor, self._drain)
        self._grace = self._loop.call_later(CLOSE_GRACE_S, self._end_socket)

    def abort(self, cause: Exception) -> None:
        """Cut the link at once (reset)."""
        if self._is_open:
            self._shut(cause)
            self._end_socket()

    def end_now(self) -> None:
        """Close the socket without any grace; idempotent."""
        self.close()
        self._end_socket()

    # --- reading ------------------------------------------------------------------------------------------------

    def _on_readable(self) -> None:
        keeper = self._keeper
        keeper.reads += 1
        first = keeper.first_link
        if first is None or first is self:
            self._read_once(READ_BYTES_MAX)
            return
        first.poll()
        if self._is_open:  # the owner of the first link may have closed this one
            self._read_once(SHARED_READ_BYTES_MAX)

    def _read_once(self, bytes_max: int) -> bool:
        try:
            chunk = self._receive(bytes_max)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            self.abort(link_broken(self._peer, error))
            return False
        if not chunk:
            self._on_end_of_stream()
            return False
        assert self._handler is not None
        try:
            self._handler.on_received(chunk)
        except Exception as error:  # noqa: BLE001 - a bug of one link's owner must not take the loop and the others along
            self.abort(error)
        return True

    def _on_end_of_stream(self) -> None:
        self._shut(None)
        self._end_stream()
        self._end_socket()

    def _drain(self) -> None:
        """After `close`: throw away what the peer still says, until it ends its side."""
        try:
            is_over = not self._receive(READ_BYTES_MAX)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            is_over = True
        if is_over:
            self._end_socket()

    # --- writing ------------------------------------------------------------------------------------------------

    def _on_send_error(self, error: OSError) -> int:
        """0 when the kernel is merely full; anything else cuts the link and raises LinkStalled."""
        if isinstance(error, BlockingIOError | InterruptedError):
            return 0
        stalled = link_stalled(self._peer, len(self._unsent))
        self.abort(link_broken(self._peer, error))
        raise stalled from error

    def _keep_rest(self, rest: bytes) -> None:
        self._queue_behind(rest)
        if len(self._unsent) == len(rest):
            self.transmit = self._queue_behind
            self._loop.add_writer(self._descriptor, self._on_writable)

    def _queue_behind(self, payload: bytes) -> int:
        """Keep bytes behind others that wait; cuts the link and raises LinkStalled beyond the cap."""
        unsent_bytes = len(self._unsent) + len(payload)
        if unsent_bytes > self._cap_bytes:
            stalled = link_stalled(self._peer, unsent_bytes)
            self.abort(stalled)
            raise stalled
        self._unsent += payload
        return len(payload)

    def _on_writable(self) -> None:
        try:
            sent = self._sock.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.abort(link_broken(self._peer, error))
            return
        del self._unsent[:sent]
        if not self._unsent:
            self._loop.remove_writer(self._descriptor)
            self.transmit = self._sock.send

    def _refuse(self, _: bytes) -> int:
        raise LinkClosed(f"The connection to {self._peer} is closed; nothing was sent.")

    # --- the end ------------------------------------------------------------------------------------------------

    def _shut(self, cause: Exception | None) -> None:
        """For the owner the link ends here: nothing is read or sent any more; it is told once the stack is empty."""
        self._is_open = False
        self.transmit = self._refuse
        self._loop.remove_reader(self._descriptor)
        if self._unsent:
            self._loop.remove_writer(self._descriptor)
            self._unsent.clear()
        if self._handler is not None:
            self._loop.call_soon(self._handler.on_lost, cause)

    def _end_stream(self) -> bool:
        """Tell the peer that nothing more comes; False when the socket is broken already."""
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        return True

    def _end_socket(self) -> None:
        if self._sock.fileno() == -1:
            return
        if self._grace is not None:
            self._grace.cancel()
        self._loop.remove_reader(self._descriptor)
        self._sock.close()
        self._keeper.on_link_ended(self)
