"""Records to store."""

from datetime import UTC, datetime
from decimal import Decimal

from das_copy_trader.domain.configuration import MasterConfig, MultiplierRecord
from das_copy_trader.domain.identifiers import FollowerId, Symbol

NOW = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
MASTER = MasterConfig(broker_id="B", host="h", port=1, username="u", account_id="A")


def multiplier(symbol: str) -> MultiplierRecord:
    """A symbol's multiplier on `f1`."""
    return MultiplierRecord(FollowerId("f1"), Symbol(symbol), Decimal("0.5"), "user_override", NOW)
