"""The product on a network that is listened to, and whose process can be killed at any byte that it sends.

`kill` is a power cut: from that instant nothing of the process reaches anybody, however far it was with its followers.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.runtime.faults import CALM, FaultPlan
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.memory_network import MemoryNetwork
from das_copy_trader.runtime.network import Link, LinkHandler, LinkHandlerFactory
from tests.acceptance.platform import HOST, ScriptedPlatform
from tests.acceptance.world import MASTER_NAME, World

_FIRST_PORT: Final = 9000


class Lines:
    """Cuts a stream into lines, in the listener's own way."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        """The lines that a chunk completes."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return [line.decode("latin-1") for text in lines if (line := text.strip())]


class Ear(Protocol):
    """Who listens to the product's links. Names are the platforms': `m`, `f1`, …"""

    def on_connected(self, name: str) -> None:
        """A new connection of the product."""

    def on_sent(self, name: str, line: str) -> None:
        """The product sends a line, now."""

    def on_hearing(self, name: str, line: str) -> None:
        """The product is about to be handed a line."""

    def on_heard(self, name: str, line: str) -> None:
        """The product has dealt with it, and with all that came in the same piece."""


class TappedNetwork(MemoryNetwork):
    """Implements `Network` for the product. `is_dead`: what it sends is lost from now on."""

    def __init__(self, randomness: RandomSource, faults: FaultPlan) -> None:
        super().__init__(randomness.stream("network"), faults)
        self.ear: Ear | None = None
        self.is_dead = False
        self.dies_after_sends = 0
        self.on_death: Callable[[], None] = _nothing

    async def connect(self, host: str, port: int, handler_factory: LinkHandlerFactory, *, timeout_s: float) -> Link:
        """Connect, with an ear in between."""
        name = MASTER_NAME if port == _FIRST_PORT else f"f{port - _FIRST_PORT}"
        links: list[TappedLink] = []

        def tapped(link: Link) -> LinkHandler:
            if self.ear is not None:
                self.ear.on_connected(name)
            links.append(TappedLink(self, name, link))
            return TappedHandler(self, name, handler_factory(links[0]))

        await super().connect(host, port, tapped, timeout_s=timeout_s)
        return links[0]

    def die(self) -> None:
        """The process is gone."""
        if not self.is_dead:
            self.is_dead = True
            self.dies_after_sends = 0
            asyncio.get_running_loop().call_soon(self.on_death)


class TappedLink:
    """Implements `Link`."""

    def __init__(self, network: TappedNetwork, name: str, link: Link) -> None:
        self._network = network
        self._name = name
        self._link = link
        self._lines = Lines()

    @property
    def is_open(self) -> bool:
        """See `Link`."""
        return self._link.is_open

    @property
    def unsent_bytes(self) -> int:
        """See `Link`."""
        return self._link.unsent_bytes

    @property
    def peer(self) -> str:
        """See `Link`."""
        return self._link.peer

    def send(self, payload: bytes) -> None:
        """Send, unless the process is dead."""
        network = self._network
        if network.is_dead:
            return
        if network.ear is not None:
            for line in self._lines.feed(payload):
                network.ear.on_sent(self._name, line)
        self._link.send(payload)
        if network.dies_after_sends and payload.startswith((b"NEWORDER", b"CANCEL", b"REPLACE")):
            network.dies_after_sends -= 1
            if not network.dies_after_sends:
                network.die()

    def transmit(self, payload: bytes) -> int:
        """See `Link.transmit`."""
        self.send(payload)
        return len(payload)

    def finish_send(self, payload: bytes, outcome: int | OSError) -> None:
        """Nothing is left: `send` takes all of it or raises."""

    def close(self) -> None:
        """See `Link`."""
        self._link.close()

    def abort(self, cause: Exception) -> None:
        """See `Link`."""
        self._link.abort(cause)


class TappedHandler:
    """Implements `LinkHandler`."""

    def __init__(self, network: TappedNetwork, name: str, handler: LinkHandler) -> None:
        self._network = network
        self._name = name
        self._handler = handler
        self._lines = Lines()

    def on_received(self, chunk: bytes) -> None:
        """Hand the bytes over, unless the process is dead."""
        network = self._network
        if network.is_dead:
            return
        lines = self._lines.feed(chunk)
        ear = network.ear
        if ear is not None:
            for line in lines:
                ear.on_hearing(self._name, line)
        self._handler.on_received(chunk)
        if ear is not None:
            for line in lines:
                ear.on_heard(self._name, line)

    def on_lost(self, cause: Exception | None) -> None:
        """See `LinkHandler`."""
        self._handler.on_lost(cause)


class RoughWorld(World):
    """Platforms, network and product; the product's process can die."""

    network: TappedNetwork

    def __init__(
        self, randomness: RandomSource, faults: FaultPlan, make_platform: Callable[[str, int], ScriptedPlatform]
    ) -> None:
        super().__init__(randomness, CALM, make_platform)
        self.network = TappedNetwork(randomness, faults)
        self._begin_process()
        self.lives = 1

    async def start_at_once(self) -> None:
        """The start button; does not wait for the lists."""
        await self._system.start()

    async def bury(self, delivered: float) -> None:
        """The system resets a dead process's links; of what was under way a share arrives."""
        for connection in self.network.connections:
            self.network.cut(connection, delivered=delivered)
        await self.close()

    async def rise(self) -> None:
        """A new process begins, stopped, with what was stored."""
        self.network.is_dead = False
        self.lives += 1
        self._begin_process()
        await self.container.start()

    def is_linked(self, name: str) -> bool:
        """Whether somebody is connected to a platform."""
        return self.platform(name).link is not None

    def cut_partly(self, name: str, delivered: float) -> None:
        """The link breaks, with a share of what was under way."""
        if self.is_linked(name):
            self.network.cut(self.network.connection_to(HOST, self.platform(name).port), delivered=delivered)

    def hold(self, name: str) -> None:
        """The link goes silent."""
        if self.is_linked(name):
            self.network.hold(self.network.connection_to(HOST, self.platform(name).port))

    def release_all(self) -> None:
        """Every silent link speaks again."""
        for connection in self.network.connections:
            self.network.release(connection)

    def replay(self, name: str, action_ids: list[str]) -> None:
        """The user replays actions."""
        self.container.engine.replay_actions(FollowerId(name), action_ids)

    def discard(self, name: str, action_ids: list[str]) -> None:
        """The user discards actions."""
        self.container.engine.discard_actions(FollowerId(name), action_ids)

    def waiting_actions(self, name: str) -> list[str]:
        """What waits for a follower."""
        return [action.action_id for action in self.container.engine.queue.actions(FollowerId(name))]


def _nothing() -> None:
    """Stands in until somebody listens."""
