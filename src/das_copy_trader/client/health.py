"""What an account's client says of itself, for the health page."""

from datetime import datetime
from decimal import Decimal

import msgspec

from das_copy_trader.client.line_counts import UnreadableLines
from das_copy_trader.client.rate_limits import PacingLeft
from das_copy_trader.domain.enums import ConnectionState


class AccountHealth(msgspec.Struct, frozen=True):
    """One account's connection, as it is now. Times `_s` in seconds, buying power in dollars."""

    account_id: str
    address: str
    state: ConnectionState
    reason: str
    since: datetime
    attempts: int
    """Tries to connect since the last steady session."""
    reconnects: int
    """Times the account has become ready again after it had been before."""
    retry_in_s: float | None
    """Until the next try; None while one runs."""
    last_received_age_s: float | None
    echo_p50_s: float | None
    echo_p95_s: float | None
    foreign_rows: int
    dropped_rows: int
    repeated_cl_ord_ids: int
    unreadable: UnreadableLines
    orders: int
    buying_power: Decimal | None
    buying_power_overnight: Decimal | None
    pacing: PacingLeft | None
    """None for an account that cannot trade."""
