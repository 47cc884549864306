"""What can be made to go wrong with one simulated platform, beyond its switches: changed while it runs."""

from enum import StrEnum
from typing import Protocol, runtime_checkable


class Mute(StrEnum):
    """What a platform no longer answers."""

    NOTHING = "nothing"
    ORDERS = "orders"
    """Trading commands are swallowed: no acknowledgement, no order."""
    ALL = "all"
    """Not one byte leaves, whatever comes."""


@runtime_checkable
class StallableLink(Protocol):
    """A link that can stop reading."""

    def stall(self) -> None:
        """Read nothing any more; the peer's bytes pile up."""

    def resume(self) -> None:
        """Read again."""


class AccountFaults:
    """The present faults of one platform."""

    def __init__(self) -> None:
        self.answer_delay_s = 0.0
        self.mute = Mute.NOTHING
        self.refuses_login = False
        self.is_stalled = False

    def heal(self) -> None:
        """None any more. What already happened stays."""
        self.answer_delay_s = 0.0
        self.mute = Mute.NOTHING
        self.refuses_login = False
        self.is_stalled = False
