"""Closed sets of the domain: sides, types, states, outcomes. Values are the words that the API shows."""

from enum import Enum, StrEnum


class Side(StrEnum):
    """Side of an order. `sign` is the direction in which a fill moves the position."""

    BUY = "BUY"
    SELL = "SELL"
    SELL_SHORT = "SHORT"

    @property
    def sign(self) -> int:
        """+1 for buys, -1 for both kinds of sell."""
        return 1 if self is Side.BUY else -1


class OrdType(StrEnum):
    """Kind of an order."""

    MARKET = "Market"
    LIMIT = "Limit"
    STOP = "Stop"
    STOP_LIMIT = "StopLimit"
    STOP_LIMIT_EXTENDED = "StopLimitExtended"
    """A stop limit that also works before and after regular hours (DAS: STOPLMTP)."""
    TRAILING_STOP = "TrailingStop"


class TimeInForce(StrEnum):
    """How long an order lives. DAY_PLUS is the day with extended hours, DAS's default."""

    DAY = "DAY"
    DAY_PLUS = "DAY_PLUS"
    IOC = "IOC"
    GTC = "GTC"
    FOK = "FOK"
    AT_OPEN = "AT_OPEN"
    AT_CLOSE = "AT_CLOSE"

    @property
    def is_momentary(self) -> bool:
        """Whether what does not fill at once is cancelled by the venue itself."""
        return self in (TimeInForce.IOC, TimeInForce.FOK)


class OrdStatus(StrEnum):
    """State of an order at its platform."""

    PENDING_NEW = "PENDING_NEW"
    HELD = "HELD"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    TRIGGERED = "TRIGGERED"
    """An auto-route parent whose child has been sent: it stays so for ever; its child is the live order."""
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    CLOSED = "CLOSED"
    UNKNOWN = "UNKNOWN"
    """A status word that no table knows."""


WORKING_STATUSES = frozenset(
    {OrdStatus.PENDING_NEW, OrdStatus.HELD, OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED}
)
"""Statuses in which an order works as long as it has leaves (older builds say Executed for a partial fill)."""

PLACED_STATUSES = frozenset(
    {OrdStatus.HELD, OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED, OrdStatus.TRIGGERED}
)
"""Statuses that show that the platform has taken the order."""


class ExecType(Enum):
    """Why an order event was raised."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    TRADE = "trade"
    REPLACED = "replaced"
    TRIGGERED = "triggered"
    CANCELED = "canceled"
    REJECTED = "rejected"
    CLOSED = "closed"
    CANCEL_REJECTED = "cancel_rejected"
    REPLACE_REJECTED = "replace_rejected"
    TIMED_OUT = "timed_out"
    """The venue did not answer: the order's state is unknown."""
    REASON_GIVEN = "reason_given"
    """The reason for an end that was already reported."""
    TERMS_PROVEN = "terms_proven"
    """A second line confirmed a stop price or trail amount that one line alone does not prove."""
    STATUS = "status"
    """Any other change."""


class ConnectionState(StrEnum):
    """State of one account's connection. Only READY can trade."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    LOGGING_IN = "logging_in"
    SYNCING = "syncing"
    READY = "ready"
    DEGRADED = "degraded"
    """The socket lives, the platform's order server is lost."""
    LOGIN_REFUSED = "login_refused"


class Outcome(StrEnum):
    """What became of one master order on one follower; exactly one at any time."""

    PENDING = "pending"
    WORKING = "working"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    QUEUED = "queued"
    WAITING_FOR_POSITION = "waiting_for_position"
    SHORT_TASK = "short_task"
    UNKNOWN = "unknown"
    FAILED = "failed"


class ReplaceQuantity(StrEnum):
    """What a follower's platform takes the quantity of a replace for."""

    TOTAL = "total"
    """The order's new total, what has filled included: so it was measured (das-cmd-api.md 2.4)."""
    OPEN = "open"
    """What is to work from now on, without what has filled."""


class Mode(StrEnum):
    """What the whole is doing."""

    STOPPED = "stopped"
    CONNECTING = "connecting"
    COPYING = "copying"
    PAUSED = "paused"
    KILLED = "killed"


class AlertLevel(StrEnum):
    """How much an alert matters."""

    INFO = "info"
    WARN = "warn"
    ERROR = "error"
