"""Where history goes: the port, and one that keeps nothing."""

from typing import Protocol

from das_copy_trader.domain.configuration import AlertRecord
from das_copy_trader.engine.observer import OutcomeChange, ReplicationRecord


class Journal(Protocol):
    """Writes history behind the trading's back. The `note_` methods return at once and never raise."""

    @property
    def waiting_rows(self) -> int:
        """Rows that are not stored yet."""

    def note_replication(self, record: ReplicationRecord) -> None:
        """The master did something."""

    def note_outcome(self, change: OutcomeChange) -> None:
        """A copy's outcome changed."""

    def note_alert(self, alert: AlertRecord) -> None:
        """A person was told something."""

    async def run(self) -> None:
        """Write what waits, until cancelled."""

    async def close(self) -> None:
        """Write the rest."""


class NoJournal:
    """Keeps nothing: for tests and trials without a database."""

    waiting_rows = 0

    def note_replication(self, record: ReplicationRecord) -> None:
        """Keep nothing."""

    def note_outcome(self, change: OutcomeChange) -> None:
        """Keep nothing."""

    def note_alert(self, alert: AlertRecord) -> None:
        """Keep nothing."""

    async def run(self) -> None:
        """There is nothing to write."""

    async def close(self) -> None:
        """There is nothing to write."""
