"""Where a session is on its way, in words of its own; `das_client` translates them for the outside."""

from enum import Enum, auto


class Phase(Enum):
    """See `session` for the way through them."""

    CONNECTING = auto()
    LOGGING_IN = auto()
    SYNCING = auto()
    READY = auto()
    DEGRADED = auto()
    ENDED = auto()
    REFUSED = auto()
