"""What WebSocket clients send, taken in small bites: nobody's flood of frames may hold the event loop up.

Reading 40,000 tiny frames out of one chunk takes a third of a second, in which no order would leave. So a turn of the
loop takes one bite, and frames beyond `FRAMES_A_SECOND` wait in the client's own socket.
"""

from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

BITE_BYTES: Final = 1024
FRAMES_A_SECOND: Final = 1000
_LOOK_AGAIN_S: Final = 0.005


class PacedWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol with a valve before it. At most one chunk of the socket waits here."""

    _chunk = b""
    _is_due = False
    _is_app_busy = False
    _frames = 0

    @property
    def read_paused(self) -> bool:
        """Whether the app lets in more when it has taken everything; while the valve is at work it does not."""
        return self._is_app_busy and not self._chunk and not self._is_due

    @read_paused.setter
    def read_paused(self, is_paused: bool) -> None:
        self._is_app_busy = is_paused

    def data_received(self, data: bytes) -> None:
        """Bytes of the socket: the first bite at once, the rest by and by."""
        self._chunk += data
        self.transport.pause_reading()
        if not self._is_due:
            self._take()

    def _take(self) -> None:
        self._is_due = False
        if self.disconnected or self.transport.is_closing():
            self._chunk = b""
        elif not self._chunk:
            self._let_in()
        elif not self.close_sent and not (self.queue.empty() and self.writable.is_set()):
            self._take_later(_LOOK_AGAIN_S)
        else:
            bite, self._chunk = self._chunk[:BITE_BYTES], self._chunk[BITE_BYTES:]
            self._frames = 0
            super().data_received(bite)
            if self._chunk or self._frames:
                self._take_later(self._frames / FRAMES_A_SECOND)
            else:
                self._let_in()

    def _let_in(self) -> None:
        if self.queue.empty():
            self.transport.resume_reading()
        else:
            self._is_app_busy = True

    def _take_later(self, wait_s: float) -> None:
        self._is_due = True
        self.loop.call_later(wait_s, self._take)

    def handle_text(self, event: Frame) -> None:
        """A text, or its beginning."""
        self._frames += 1
        super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """A binary message, or its beginning."""
        self._frames += 1
        super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        """More of a message."""
        self._frames += 1
        super().handle_cont(event)

    def handle_ping(self) -> None:
        """A ping, whose answer goes out at once."""
        self._frames += 1
        super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """An answer, asked for or not."""
        self._frames += 1
        super().handle_pong(event)

    def send_receive_event_to_app(self) -> None:
        """A whole message. Text that is none goes to the app as bytes, which says so to the client."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.curr_msg_data_type = "bytes"
        super().send_receive_event_to_app()
