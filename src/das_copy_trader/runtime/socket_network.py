"""Links over TCP, for every loop that has `add_reader`: asyncio's selector loop, uvloop, Windows' SelectorEventLoop."""

import asyncio
import socket
import sys
from typing import Final

from das_copy_trader.runtime.link_sentences import (
    connect_failed,
    connect_timed_out,
    host_unknown,
    peer_of,
    port_invalid,
)
from das_copy_trader.runtime.network import ConnectFailed, Link, LinkHandlerFactory, Listener
from das_copy_trader.runtime.socket_link import SocketLink
from das_copy_trader.runtime.socket_options import set_up

UNSENT_CAP_BYTES: Final = 8_192
"""About a hundred orders: who does not read those within a moment has stalled (design.md 2)."""
ACCEPTED_UNSENT_CAP_BYTES: Final = 8 * 1_048_576
"""On the accepting side a whole day's login burst is written at once."""
SEND_BUFFER_BYTES: Final = 65_536

_PORT_MAX = 65_535
_BACKLOG = 128
_ACCEPTS_PER_TURN = 16
_ACCEPT_PAUSE_S = 1.0

_Address = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


class SocketNetwork:
    """Implements `Network`. Keeps account of every socket it made, so that `close` leaves none behind."""

    def __init__(
        self,
        *,
        unsent_cap_bytes: int = UNSENT_CAP_BYTES,
        accepted_unsent_cap_bytes: int = ACCEPTED_UNSENT_CAP_BYTES,
        send_buffer_bytes: int = SEND_BUFFER_BYTES,
    ) -> None:
        self._unsent_cap_bytes = unsent_cap_bytes
        self._accepted_unsent_cap_bytes = accepted_unsent_cap_bytes
        self._send_buffer_bytes = send_buffer_bytes
        self._links: dict[SocketLink, None] = {}
        self._listeners: dict[SocketListener, None] = {}
        self.first_link: SocketLink | None = None
        self.reads = 0
        """How often a link was read."""

    def prioritise(self, link: Link | None) -> None:
        """Look at this link before every read of another one, so that a master's line does not wait behind echoes.

        Costs one empty read (about 1 µs) for each read of another link. `None`, or the link's end, takes it back.
        """
        self.first_link = link if isinstance(link, SocketLink) and link in self._links else None

    @property
    def open_sockets(self) -> int:
        """Sockets that are not closed yet, listeners included."""
        return len(self._links) + len(self._listeners)

    async def connect(self, host: str, port: int, handler_factory: LinkHandlerFactory, *, timeout_s: float) -> Link:
        """Connect to the first address of the host that answers; raises ConnectFailed with a sentence."""
        if not 0 < port <= _PORT_MAX:
            raise port_invalid(port)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s):
                sock = await self._connect_socket(loop, host, port, timeout_s)
        except TimeoutError:
            raise connect_timed_out(host, port, timeout_s) from None
        return self._start_link(loop, sock, peer_of(host, port), handler_factory, self._unsent_cap_bytes)

    async def listen(self, host: str, port: int, handler_factory: LinkHandlerFactory) -> Listener:
        """Accept links on one address; raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        family, address = (await _addresses_of(loop, host, port))[0]
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            if sys.platform != "win32":  # there the option would let two programs share the port
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            sock.listen(_BACKLOG)
        except BaseException:  # whatever it is, the socket must not stay open; it goes on
            sock.close()
            raise
        listener = SocketListener(loop, sock, self, handler_factory)
        self._listeners[listener] = None
        return listener

    async def close(self) -> None:
        """Stop listening and end every link at once; after this no socket is left open."""
        for listener in list(self._listeners):
            await listener.close()
        for link in list(self._links):
            link.end_now()
        await asyncio.sleep(0)  # lets the owners hear of it

    def accept(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        peer: str,
        handler_factory: LinkHandlerFactory,
    ) -> None:
        """Take an accepted socket as a link."""
        set_up(sock, self._send_buffer_bytes)
        self._start_link(loop, sock, peer, handler_factory, self._accepted_unsent_cap_bytes)

    def on_link_ended(self, link: SocketLink) -> None:
        """A link's socket is closed."""
        self._links.pop(link, None)
        if link is self.first_link:
            self.first_link = None

    def on_listener_ended(self, listener: "SocketListener") -> None:
        """A listener's socket is closed."""
        self._listeners.pop(listener, None)

    def _start_link(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        peer: str,
        handler_factory: LinkHandlerFactory,
        cap_bytes: int,
    ) -> SocketLink:
        link = SocketLink(loop, sock, peer, self, cap_bytes=cap_bytes)
        self._links[link] = None
        link.start(handler_factory)
        return link

    async def _connect_socket(
        self, loop: asyncio.AbstractEventLoop, host: str, port: int, timeout_s: float
    ) -> socket.socket:
        try:
            addresses = await _addresses_of(loop, host, port)
        except (OSError, UnicodeError):
            raise host_unknown(host) from None
        deadline_s = loop.time() + timeout_s
        failure: ConnectFailed = host_unknown(host)
        for tried, (family, address) in enumerate(addresses):
            share_s = (deadline_s - loop.time()) / (len(addresses) - tried)
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                set_up(sock, self._send_buffer_bytes)
                async with asyncio.timeout(share_s):
                    await loop.sock_connect(sock, address)
                return sock
            except OSError as error:  # TimeoutError is one
                sock.close()
                failure = connect_failed(host, port, error, timeout_s)
            except BaseException:  # a cancel above all: the socket must not stay open; it goes on
                sock.close()
                raise
        raise failure


class PriorityNetwork:
    """Implements `Network` over a SocketNetwork: the link that it made last is looked at first (`prioritise`)."""

    def __init__(self, network: SocketNetwork) -> None:
        self._network = network

    async def connect(self, host: str, port: int, handler_factory: LinkHandlerFactory, *, timeout_s: float) -> Link:
        """Connect; raises ConnectFailed with a sentence."""
        link = await self._network.connect(host, port, handler_factory, timeout_s=timeout_s)
        self._network.prioritise(link)
        return link

    async def listen(self, host: str, port: int, handler_factory: LinkHandlerFactory) -> Listener:
        """Accept links, without any priority; raises OSError when the port is taken."""
        return await self._network.listen(host, port, handler_factory)


class SocketListener:
    """Implements `Listener`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        network: SocketNetwork,
        handler_factory: LinkHandlerFactory,
    ) -> None:
        self._loop = loop
        self._sock = sock
        self._network = network
        self._handler_factory = handler_factory
        self._port = int(sock.getsockname()[1])
        self._pause: asyncio.TimerHandle | None = None
        loop.add_reader(sock.fileno(), self._on_acceptable)

    @property
    def port(self) -> int:
        """The port in use."""
        return self._port

    async def close(self) -> None:
        """Stop accepting; idempotent."""
        if self._sock.fileno() == -1:
            return
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        self._network.on_listener_ended(self)

    def _on_acceptable(self) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                sock, address = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:  # out of descriptors: the socket stays readable, so look again in a while, not at once
                self._loop.remove_reader(self._sock.fileno())
                self._pause = self._loop.call_later(_ACCEPT_PAUSE_S, self._go_on)
                return
            self._network.accept(self._loop, sock, peer_of(str(address[0]), int(address[1])), self._handler_factory)

    def _go_on(self) -> None:
        self._pause = None
        self._loop.add_reader(self._sock.fileno(), self._on_acceptable)


async def _addresses_of(loop: asyncio.AbstractEventLoop, host: str, port: int) -> list[_Address]:
    """Addresses to try, in order, each once. A numeric address needs no look-up and no thread."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))
