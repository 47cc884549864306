"""Links without sockets: for the test bed, the acceptance texts and whole simulated days.

Deterministic on a virtual-time loop: latency, cuts and splits come from one seeded stream. A direction behaves like
TCP: bytes arrive in order or not at all, in any pieces; a peer that does not read fills the window, then the sender's
small rest, then the link stalls.

A test controls it through plain methods: `refuse`, `partition`, `cut`, `cut_after`, `hold`, `stall`, `vanish`, `heal`.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Final

from das_copy_trader.runtime.faults import CALM, FaultPlan
from das_copy_trader.runtime.link_sentences import connect_refused, connect_timed_out, link_broken, peer_of
from das_copy_trader.runtime.memory_link import MemoryConnection, MemoryLink
from das_copy_trader.runtime.network import Link, LinkHandlerFactory, Listener

UNSENT_CAP_BYTES: Final = 8_192
ACCEPTED_UNSENT_CAP_BYTES: Final = 8 * 1_048_576
WINDOW_BYTES: Final = 65_536

_FIRST_OWN_PORT = 40_000
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - nothing is bound


class MemoryNetwork:
    """Implements `Network`. Connections are kept in the order of their making until both ends are closed."""

    def __init__(
        self,
        stream: random.Random,
        faults: FaultPlan = CALM,
        *,
        unsent_cap_bytes: int = UNSENT_CAP_BYTES,
        accepted_unsent_cap_bytes: int = ACCEPTED_UNSENT_CAP_BYTES,
        window_bytes: int = WINDOW_BYTES,
    ) -> None:
        self.stream = stream
        self.faults = faults
        self._unsent_cap_bytes = unsent_cap_bytes
        self._accepted_unsent_cap_bytes = accepted_unsent_cap_bytes
        self._window_bytes = window_bytes
        self._listeners: dict[tuple[str, int], MemoryListener] = {}
        self._connections: dict[MemoryConnection, None] = {}
        self._refusing: set[tuple[str, int]] = set()
        self._parted: set[tuple[str, int]] = set()
        self._next_port = _FIRST_OWN_PORT
        self.connect_count = 0

    # --- Network ------------------------------------------------------------------------------------------------

    async def connect(self, host: str, port: int, handler_factory: LinkHandlerFactory, *, timeout_s: float) -> Link:
        """Connect; one round trip. Raises ConnectFailed with the sentences of real links."""
        self.connect_count += 1
        address = _address(host, port)
        faults = self.faults
        round_trip_s = 2 * faults.latency_s
        is_lost = self._happens(faults.timeout_rate)
        is_refused = self._happens(faults.refuse_rate)
        if address in self._parted or is_lost or round_trip_s > timeout_s:
            await asyncio.sleep(timeout_s)
            raise connect_timed_out(host, port, timeout_s)
        await asyncio.sleep(round_trip_s)
        listener = self._listeners.get(address)
        if listener is None or address in self._refusing or is_refused:
            raise connect_refused(host, port)
        connection = MemoryConnection(
            self,
            address,
            client_peer=peer_of(host, port),
            server_peer=peer_of("127.0.0.1", self._own_port()),
            client_cap_bytes=self._unsent_cap_bytes,
            server_cap_bytes=self._accepted_unsent_cap_bytes,
            window_bytes=self._window_bytes,
        )
        self._connections[connection] = None
        connection.server.start(listener.handler_factory)
        connection.client.start(handler_factory)
        return connection.client

    async def listen(self, host: str, port: int, handler_factory: LinkHandlerFactory) -> Listener:
        """Accept links; raises OSError when the port is taken."""
        address = _address(host, port or self._own_port())
        if address in self._listeners:
            raise OSError(f"Port {port} on {host} is taken.")
        listener = MemoryListener(address[1], handler_factory, lambda: self._listeners.pop(address, None))
        self._listeners[address] = listener
        return listener

    # --- looking ------------------------------------------------------------------------------------------------

    @property
    def connections(self) -> list[MemoryConnection]:
        """What is open at one end at least, oldest first."""
        return list(self._connections)

    def connection_to(self, host: str, port: int) -> MemoryConnection:
        """The newest open connection to this address; raises LookupError when there is none."""
        address = _address(host, port)
        for connection in reversed(self._connections):
            if connection.address == address:
                return connection
        raise LookupError(f"No connection to {peer_of(host, port)} is open.")

    # --- breaking -----------------------------------------------------------------------------------------------

    def refuse(self, host: str, port: int) -> None:
        """Refuse connects to this address from now on, as a closed program does."""
        self._refusing.add(_address(host, port))

    def accept(self, host: str, port: int) -> None:
        """Take `refuse` back."""
        self._refusing.discard(_address(host, port))

    def partition(self, host: str, port: int) -> None:
        """Nothing passes to or from this address: connects time out, connections go silent without an error."""
        address = _address(host, port)
        self._parted.add(address)
        for connection in self._connections:
            if connection.address == address:
                self.hold(connection)

    def join(self, host: str, port: int) -> None:
        """Take `partition` back: what was under way arrives."""
        address = _address(host, port)
        self._parted.discard(address)
        for connection in list(self._connections):
            if connection.address == address:
                self.release(connection)

    def cut(self, connection: MemoryConnection, *, delivered: float = 1.0) -> None:
        """Reset both ends, each after this share (0..1) of the bytes under way to it has arrived."""
        connection.cut(delivered)

    def cut_after(self, sender: MemoryLink, byte_count: int) -> None:
        """Reset the connection once so many more bytes of this end have arrived: 0 is before the next one."""
        sender.cut_after(byte_count)

    def hold(self, connection: MemoryConnection) -> None:
        """Half-open: nothing arrives any more, nobody is told."""
        connection.hold()

    def release(self, connection: MemoryConnection) -> None:
        """Take `hold` back: what was under way arrives."""
        connection.release()

    def stall(self, reader: MemoryLink) -> None:
        """This end stops reading."""
        reader.stall()

    def resume(self, reader: MemoryLink) -> None:
        """This end reads again."""
        reader.resume()

    def vanish(self, link: MemoryLink) -> None:
        """The program behind this end is killed: it hears nothing more; its peer gets what is under way and a reset."""
        link.forget_owner()
        link.abort(link_broken(link.peer))

    def heal(self) -> None:
        """End every fault: from now on the network is calm, and what was held or stalled moves on."""
        self.faults = CALM
        self._refusing.clear()
        self._parted.clear()
        for connection in list(self._connections):
            connection.release()
            connection.client.resume()
            connection.server.resume()

    # --- for connections ----------------------------------------------------------------------------------------

    def on_connection_ended(self, connection: MemoryConnection) -> None:
        """Both ends are closed."""
        self._connections.pop(connection, None)

    def _happens(self, rate: float) -> bool:
        return rate > 0 and self.stream.random() < rate

    def _own_port(self) -> int:
        self._next_port += 1
        return self._next_port


class MemoryListener:
    """Implements `Listener`."""

    def __init__(self, port: int, handler_factory: LinkHandlerFactory, on_closed: Callable[[], object]) -> None:
        self.handler_factory = handler_factory
        self._port = port
        self._on_closed = on_closed

    @property
    def port(self) -> int:
        """The port in use."""
        return self._port

    async def close(self) -> None:
        """Stop accepting."""
        self._on_closed()


def _address(host: str, port: int) -> tuple[str, int]:
    name = host.lower()
    return ("127.0.0.1" if name in _THIS_MACHINE else name, port)
