"""How long to wait before the next try: for ever, capped, jittered.

The platform may need a human to log in; a client can only wait and try again (das-cmd-api.md 1.1).
"""

import random

from das_copy_trader.client.endpoint import SessionPolicy


class Backoff:
    """The waits between tries. The first try, and the first one after a steady session, comes at once."""

    def __init__(self, policy: SessionPolicy, randomness: random.Random) -> None:
        self._policy = policy
        self._randomness = randomness
        self._tries = 0

    @property
    def tries(self) -> int:
        """Tries since the last steady session."""
        return self._tries

    def note_steady(self) -> None:
        """A session was ready for long enough: what follows is a new trouble."""
        self._tries = 0

    def next_wait_s(self, *, is_refused: bool) -> float:
        """Seconds until the next try: 0, then from the first wait doubling up to the cap, each between 75 % and 100 %.

        A refused log-in waits long every time: it is never hammered.
        """
        tries = self._tries
        self._tries += 1
        if is_refused:
            return self._policy.refused_wait_s
        if not tries:
            return 0.0
        longest = min(self._policy.backoff_max_s, self._policy.backoff_first_s * 2.0 ** min(tries - 1, 30))
        return longest * self._randomness.uniform(0.75, 1.0)
