"""Wrong tokens are counted: who tries many is refused for a while, before the next guess is even looked at."""

import hashlib
import math
from collections import deque
from typing import Final

from das_copy_trader.runtime.clock import Clock

TRIES_MAX: Final = 10
WINDOW_S: Final = 60.0
_ADDRESSES_MAX: Final = 1000


class FailedTries:
    """Wrong tokens per address, in a sliding window. The same one again is no new guess: it is not counted.

    A blocked address cannot sign in, and its wrong tokens are answered with 429. Requests that carry a good token or
    cookie go on: nobody on this machine shall keep a trader from the stop button by guessing.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries_by_address: dict[str, deque[tuple[float, bytes]]] = {}

    def note(self, address: str, guess: str) -> None:
        """This wrong token came from this address."""
        tries = self._tries_by_address.pop(address, None) or deque(maxlen=TRIES_MAX)
        digest = hashlib.sha256(guess.encode(errors="replace")).digest()
        if digest not in {known for _, known in tries}:
            tries.append((self._clock.monotonic_s(), digest))
        self._tries_by_address[address] = tries
        if len(self._tries_by_address) > _ADDRESSES_MAX:
            del self._tries_by_address[next(iter(self._tries_by_address))]

    def wait_s(self, address: str) -> int:
        """Whole seconds until the address may try again; 0: now."""
        tries = self._tries_by_address.get(address)
        if tries is None or len(tries) < TRIES_MAX:
            return 0
        return max(0, math.ceil(tries[0][0] + WINDOW_S - self._clock.monotonic_s()))
