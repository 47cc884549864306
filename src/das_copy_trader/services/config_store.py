"""Where the configuration is kept: the port, and a store in memory for tests and trials."""

from datetime import datetime
from typing import Protocol

from das_copy_trader.domain.configuration import (
    BlacklistRecord,
    MultiplierRecord,
    StoredConfiguration,
    StoredFollower,
    StoredMaster,
)
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.runtime.ids import Counter


class ConfigStore(Protocol):
    """Keeps the user's configuration. A write is safe when its method returns; it raises when it is not."""

    async def load(self) -> StoredConfiguration:
        """Everything that is configured."""

    async def save_master(self, stored: StoredMaster) -> None:
        """Keep the master."""

    async def save_follower(self, stored: StoredFollower) -> None:
        """Keep a follower, new (last in the list) or changed."""

    async def delete_follower(self, follower_id: FollowerId) -> None:
        """Forget a follower, its multipliers and exclusions."""

    async def save_multiplier(self, record: MultiplierRecord) -> None:
        """Keep a symbol's multiplier."""

    async def delete_multiplier(self, follower_id: FollowerId, symbol: Symbol) -> None:
        """Forget a symbol's multiplier."""

    async def add_blacklist_entry(
        self, follower_id: FollowerId, symbol: Symbol, reason: str, created_at: datetime, *, allow_closing: bool
    ) -> BlacklistRecord:
        """Keep an exclusion and number it."""

    async def delete_blacklist_entry(self, entry_id: int) -> None:
        """Forget an exclusion."""


class MemoryConfigStore:
    """A store that lasts as long as the object."""

    def __init__(self, configuration: StoredConfiguration | None = None) -> None:
        configuration = configuration or StoredConfiguration()
        self._master = configuration.master
        self._followers = {stored.config.follower_id: stored for stored in configuration.followers}
        self._multipliers = {(record.follower_id, record.symbol): record for record in configuration.multipliers}
        self._blacklist = {record.entry_id: record for record in configuration.blacklist}
        self._entry_ids = Counter(max(self._blacklist, default=0) + 1)

    async def load(self) -> StoredConfiguration:
        """Everything that is configured."""
        return StoredConfiguration(
            self._master,
            tuple(self._followers.values()),
            tuple(self._multipliers.values()),
            tuple(self._blacklist.values()),
        )

    async def save_master(self, stored: StoredMaster) -> None:
        """Keep the master."""
        self._master = stored

    async def save_follower(self, stored: StoredFollower) -> None:
        """Keep a follower."""
        self._followers[stored.config.follower_id] = stored

    async def delete_follower(self, follower_id: FollowerId) -> None:
        """Forget a follower, its multipliers and exclusions."""
        self._followers.pop(follower_id, None)
        self._multipliers = {key: record for key, record in self._multipliers.items() if key[0] != follower_id}
        self._blacklist = {
            entry_id: record for entry_id, record in self._blacklist.items() if record.follower_id != follower_id
        }

    async def save_multiplier(self, record: MultiplierRecord) -> None:
        """Keep a symbol's multiplier."""
        self._multipliers[record.follower_id, record.symbol] = record

    async def delete_multiplier(self, follower_id: FollowerId, symbol: Symbol) -> None:
        """Forget a symbol's multiplier."""
        self._multipliers.pop((follower_id, symbol), None)

    async def add_blacklist_entry(
        self, follower_id: FollowerId, symbol: Symbol, reason: str, created_at: datetime, *, allow_closing: bool
    ) -> BlacklistRecord:
        """Keep an exclusion and number it."""
        record = BlacklistRecord(self._entry_ids.next(), follower_id, symbol, reason, allow_closing, created_at)
        self._blacklist[record.entry_id] = record
        return record

    async def delete_blacklist_entry(self, entry_id: int) -> None:
        """Forget an exclusion."""
        self._blacklist.pop(entry_id, None)
