"""What can go wrong on the wire, and whose fault it is.

    ProtocolError
    ├── LocalProtocolError    we were about to break the protocol; nothing was sent, nothing has changed
    └── RemoteProtocolError   the other side broke it; the connection is in its ERROR state for good

A line that cannot be read is neither: it comes out as `Unknown` or `Malformed` (`UnknownCommand`, `MalformedCommand`).
"""


class ProtocolError(Exception):
    """Anything that breaks the rules of the CMD API's wire."""


class LocalProtocolError(ProtocolError):
    """We would break the protocol: an illegal word, number or moment. Nothing was sent."""


class RemoteProtocolError(ProtocolError):
    """The other side broke the protocol; the connection cannot go on."""
