"""What can go wrong between a caller and an account's platform.

    ClientError
    ├── NotConnected      there is no session that could ask; nothing was sent
    ├── QueryRefused      the platform answered with an error text
    └── OutcomeUnknown    it was sent, and no answer came: whether it was done is not known
        ├── QueryTimedOut     no answer within the time limit
        └── SessionLost       the session ended first; the message is its cause

Every message is a sentence for people and never holds a password.
"""


class ClientError(Exception):
    """Anything that a caller of a client has to expect."""


class NotConnected(ClientError):  # noqa: N818 - says what is so
    """There is no session that could ask; nothing was sent."""


class QueryRefused(ClientError):  # noqa: N818 - says what happened
    """The platform answered with an error text."""


class OutcomeUnknown(ClientError):  # noqa: N818 - says what is so
    """Sent, and no answer came."""


class QueryTimedOut(OutcomeUnknown):
    """No answer within the time limit."""


class SessionLost(OutcomeUnknown):
    """The session ended before the answer came."""
