"""Where the settings that the user stored in the program are kept: the port, and a store in memory."""

from typing import Protocol

from das_copy_trader.domain.configuration import StoredEnv


class EnvStore(Protocol):
    """Keeps one text, sealed. A write is safe when its method returns; it raises when it is not."""

    async def load_env(self) -> StoredEnv | None:
        """What is stored; None when nothing is."""

    async def save_env(self, stored: StoredEnv) -> None:
        """Keep it in place of what was there."""


class MemoryEnvStore:
    """A store that lasts as long as the object."""

    def __init__(self, stored: StoredEnv | None = None) -> None:
        self._stored = stored

    async def load_env(self) -> StoredEnv | None:
        """What is stored."""
        return self._stored

    async def save_env(self, stored: StoredEnv) -> None:
        """Keep it."""
        self._stored = stored
