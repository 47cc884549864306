"""Symbols that a follower does not trade."""

from collections.abc import Callable

import msgspec

from das_copy_trader.domain.identifiers import FollowerId, Symbol


class BlacklistEntry(msgspec.Struct, frozen=True):
    """One excluded symbol. `allow_closing`: closing orders are copied all the same."""

    follower_id: FollowerId
    symbol: Symbol
    reason: str = ""
    allow_closing: bool = False


class BlacklistManager:
    """The table in memory. A change holds from the next master event on; `on_changed` is called after each one."""

    def __init__(self, on_changed: Callable[[], None] | None = None) -> None:
        self.on_changed: Callable[[], None] = on_changed or _nothing
        self.revision = 0
        """Grows with every change."""
        self._entries: dict[tuple[FollowerId, Symbol], BlacklistEntry] = {}

    def add(self, entry: BlacklistEntry) -> None:
        """Exclude a symbol; the same pair again overwrites the entry."""
        self._entries[entry.follower_id, entry.symbol] = entry
        self._tell_changed()

    def remove(self, follower_id: FollowerId, symbol: Symbol) -> bool:
        """Trade a symbol again. False: it was not excluded."""
        removed = self._entries.pop((follower_id, symbol), None) is not None
        if removed:
            self._tell_changed()
        return removed

    def forget_follower(self, follower_id: FollowerId) -> None:
        """Drop all entries of a follower."""
        for key in [key for key in self._entries if key[0] == follower_id]:
            del self._entries[key]
        self._tell_changed()

    def entry(self, follower_id: FollowerId, symbol: Symbol) -> BlacklistEntry | None:
        """The entry that excludes the symbol, if there is one."""
        return self._entries.get((follower_id, symbol))

    def is_blacklisted(self, follower_id: FollowerId, symbol: Symbol) -> bool:
        """Whether the follower does not trade the symbol."""
        return (follower_id, symbol) in self._entries

    def entries(self, follower_id: FollowerId | None = None) -> list[BlacklistEntry]:
        """All entries, or one follower's, in the order in which they were made."""
        return [entry for key, entry in self._entries.items() if follower_id is None or key[0] == follower_id]

    def _tell_changed(self) -> None:
        self.revision += 1
        self.on_changed()


def _nothing() -> None:
    """Stands in until the engine listens."""
