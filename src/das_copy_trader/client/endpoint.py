"""Where an account's platform is and how patient its client is with it."""

from typing import Final

import msgspec

_REDACTED: Final = "…"


class AccountEndpoint(msgspec.Struct, frozen=True):
    """One account at one platform. The password is never shown by `repr`."""

    host: str
    port: int
    username: str
    password: str
    account_id: str

    @property
    def address(self) -> str:
        """`host:port`, for people."""
        return f"{self.host}:{self.port}"

    def redact(self, text: str) -> str:
        """The text without the password: a platform may repeat what it was sent."""
        return text.replace(self.password, _REDACTED) if self.password else text

    def __repr__(self) -> str:
        return f"AccountEndpoint({self.username!r} at {self.address}, account {self.account_id!r})"


class SessionPolicy(msgspec.Struct, frozen=True):
    """Time limits and bounds of a session and of what comes between two sessions."""

    connect_timeout_s: float = 5.0
    login_timeout_s: float = 10.0
    burst_timeout_s: float = 10.0
    """For the lists behind a log-in, and for any list that was begun later (das-cmd-api.md 1.4)."""
    burst_quiet_s: float = 2.0
    """A silence behind the log-in after which the lists that have not come are asked for."""
    locate_grace_s: float = 0.5
    """How long the list of locates may take to begin after the others: builds of 2021 send none."""
    echo_interval_s: float = 3.0
    echo_timeout_s: float = 6.0
    """An ECHO that nothing follows for so long proves the link dead (seen live: 3 s between ECHOs)."""
    query_timeout_s: float = 5.0
    read_back_timeout_s: float = 8.0
    """An order list that was asked for and does not come for so long: the session ends, the next log-in lists."""
    backoff_first_s: float = 0.5
    backoff_max_s: float = 30.0
    refused_wait_s: float = 60.0
    stable_after_s: float = 10.0
    """A session that was ready for so long starts the back-off anew; a shorter one does not."""
    nonsense_lines_max: int = 1_000
    """Unreadable lines before the log-in's answer that prove that no platform is there."""
    quote_symbols_max: int = 50
    """Level 1 subscriptions per connection (CMD API manual 2021/11)."""
    rate_share: float = 0.9
    """The part of the platform's rate limits that is used (das-cmd-api.md 1.9, 9)."""
