"""Requests that cannot be met."""


class RequestError(Exception):
    """A request that cannot be met; the message is a sentence for people, saying what to do.

    RequestError
    ├── NotFoundError      there is no such thing
    ├── ConflictError      not in this state
    └── UnusableError      the values do not fit together
    """


class NotFoundError(RequestError):
    """There is no such thing."""


class ConflictError(RequestError):
    """It cannot be done in this state."""


class UnusableError(RequestError):
    """The values do not fit together, or with what is configured. `faults`: what is wrong, place by place."""

    def __init__(self, sentence: str, faults: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(sentence)
        self.faults = faults
