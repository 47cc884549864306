"""What the program's exit code says."""

from enum import IntEnum


class ExitCode(IntEnum):
    """0 and 1 mean what they always mean."""

    OK = 0
    FAILED = 1
    BAD_SETTING = 2
    """A setting cannot be used, or the command line is wrong."""
    BAD_STORAGE = 3
    """The database or a file beside it cannot be used."""
    PORT_TAKEN = 4
    """The address cannot be bound."""
    ALREADY_RUNNING = 5
    """Another DAS Copy Trader works with this database."""
