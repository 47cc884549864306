"""Owners of links that write down what they are told, and a loop of each kind to run them on."""

import asyncio
from collections.abc import Callable

from das_copy_trader.runtime.network import Link, LinkStalled

_ENDLESS_BYTES = 100_000_000


class RecordingOwner:
    """A link handler that keeps everything; `on_chunk` may be set to act on what comes."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.chunks: list[bytes] = []
        self.lost_causes: list[Exception | None] = []
        self.on_chunk: Callable[[bytes], None] | None = None
        self._news = asyncio.Event()

    @property
    def received(self) -> bytes:
        """All bytes, joined."""
        return b"".join(self.chunks)

    @property
    def is_lost(self) -> bool:
        """Whether the end was told."""
        return bool(self.lost_causes)

    def on_received(self, chunk: bytes) -> None:
        assert not self.lost_causes, "bytes after the end"
        self.chunks.append(chunk)
        self._news.set()
        if self.on_chunk is not None:
            self.on_chunk(chunk)

    def on_lost(self, cause: Exception | None) -> None:
        self.lost_causes.append(cause)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds; looked at whenever this owner hears something."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    async def until_received(self, byte_count: int) -> None:
        """Wait for so many bytes in all."""
        await self.until(lambda: len(self.received) >= byte_count)

    async def until_lost(self) -> Exception | None:
        """Wait for the end and give its cause."""
        await self.until(lambda: self.is_lost)
        return self.lost_causes[0]


def send_until_stalled(link: Link) -> int:
    """Send lines without a pause until the link gives up; gives the count of bytes that it took before."""
    sent = 0
    line = b"x" * 100
    try:
        while sent < _ENDLESS_BYTES:
            link.send(line)
            sent += len(line)
    except LinkStalled:
        return sent
    raise AssertionError(f"the link took {sent} bytes that nobody read")


class OwnerBook:
    """A handler factory that keeps the owners it made, in order."""

    def __init__(self) -> None:
        self.owners: list[RecordingOwner] = []
        self._made = asyncio.Event()

    def __call__(self, link: Link) -> RecordingOwner:
        owner = RecordingOwner(link)
        self.owners.append(owner)
        self._made.set()
        return owner

    async def first(self) -> RecordingOwner:
        """The first owner, once it is there."""
        return await self.nth(0)

    async def nth(self, index: int) -> RecordingOwner:
        """The owner with this index, once it is there."""
        while len(self.owners) <= index:
            self._made.clear()
            await self._made.wait()
        return self.owners[index]
