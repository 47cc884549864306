"""Stand-ins for what a venue needs of others."""

from datetime import UTC, datetime


class StillClock:
    """A clock that always shows 15:00 UTC on 2 October 2026."""

    def now(self) -> datetime:
        return datetime(2026, 10, 2, 15, 0, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return 0.0

    def perf_ns(self) -> int:
        return 0


class EverythingEasy:
    """Everything can be borrowed."""

    def is_easy(self, symbol: str) -> bool:
        return True

    def is_prohibited(self, symbol: str) -> bool:
        return False

    def unused_shares(self, symbol: str) -> int:
        return 0
