"""Links: byte streams to other programs; real sockets and the test bed's in-memory network have the same face.

Everything but connecting and listening is synchronous. `Link.send` gives the bytes to the kernel before it returns:
the hot path needs that, no await, no queue of orders behind a stalled peer (reliability.md 1.5).
"""

from collections.abc import Callable
from typing import Protocol


class LinkError(Exception):
    """Trouble with a link; the message is a sentence for people.

    LinkError
    ├── ConnectFailed   no link came about
    ├── LinkBroken      the peer or the way to it cut the link: the cause in `on_lost`
    ├── LinkClosed      the link is closed, nothing was sent
    └── LinkStalled     the peer does not read; the link has been aborted and what was sent is unknown
    """


class ConnectFailed(LinkError):  # noqa: N818 - says what happened
    """No link came about: refused, unreachable, unknown host, timed out."""


class LinkBroken(LinkError):  # noqa: N818 - says what happened
    """The peer, or the way to it, cut the link without an orderly end."""


class LinkClosed(LinkError):  # noqa: N818 - says what happened
    """The link is closed; nothing of this call was sent."""


class LinkStalled(LinkError):  # noqa: N818 - says what happened
    """The peer does not read or the write broke; the link has been aborted, the fate of what was sent is unknown."""


class LinkHandler(Protocol):
    """What a link tells its owner. Called from the event loop, never from within `send`."""

    def on_received(self, chunk: bytes) -> None:
        """Bytes came. An exception out of here is a bug of the owner: the link is aborted with it as the cause."""

    def on_lost(self, cause: Exception | None) -> None:
        """The link is gone; told exactly once, last. `None`: the peer closed in order, or the owner called `close`."""


class Link(Protocol):
    """One byte stream."""

    @property
    def is_open(self) -> bool:
        """Whether `send` can be called."""

    @property
    def unsent_bytes(self) -> int:
        """Bytes that the kernel has not taken yet."""

    @property
    def peer(self) -> str:
        """`host:port`, for people."""

    def send(self, payload: bytes) -> None:
        """Give the bytes to the kernel now; a small rest is kept and sent as the peer reads.

        Raises LinkClosed when it is closed, LinkStalled (and aborts) when the rest would exceed the link's cap.
        """

    @property
    def transmit(self) -> Callable[[bytes], int]:
        """The first half of `send`, straight to the kernel, to be looked up anew each time: how many bytes were taken.

        Raises OSError and LinkError. Anything but all of the bytes, an OSError too, has to go to `finish_send` at once.
        """

    def finish_send(self, payload: bytes, outcome: int | OSError) -> None:
        """The second half: see to what `transmit` did not take. Raises as `send` does."""

    def close(self) -> None:
        """End the link in order; idempotent. What was not sent yet is dropped. `on_lost(None)` follows."""

    def abort(self, cause: Exception) -> None:
        """Cut the link at once (reset); idempotent. `on_lost(cause)` follows."""


class Listener(Protocol):
    """A port that accepts links."""

    @property
    def port(self) -> int:
        """The port in use (the one the machine chose when 0 was asked for)."""

    async def close(self) -> None:
        """Stop accepting. Links that were accepted live on."""


LinkHandlerFactory = Callable[[Link], LinkHandler]


class Network(Protocol):
    """Makes links."""

    async def connect(self, host: str, port: int, handler_factory: LinkHandlerFactory, *, timeout_s: float) -> Link:
        """Connect; raises ConnectFailed with a sentence."""

    async def listen(self, host: str, port: int, handler_factory: LinkHandlerFactory) -> Listener:
        """Accept links; raises OSError when the port is taken."""
