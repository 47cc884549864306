"""Where a session is on its way, in words of its own; `das_client` translates them for the outside."""

from enum import Enum, auto

import msgspec


class Phase(Enum):
    """See `session` for the way through them."""

    CONNECTING = auto()
    LOGGING_IN = auto()
    SYNCING = auto()
    READY = auto()
    DEGRADED = auto()
    ENDED = auto()
    REFUSED = auto()


class SessionEnd(msgspec.Struct, frozen=True):
    """How a session ended. `ready_for_s`: how long it had been ready, in seconds; 0 when it never was."""

    reason: str
    is_refused: bool
    ready_for_s: float
