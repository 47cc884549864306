"""Ids as counters, and one seed split per purpose."""

import random
from itertools import count


class Counter:
    """Numbers that grow by one, from `first`."""

    def __init__(self, first: int = 1) -> None:
        self._numbers = count(first)

    def next(self) -> int:
        """The next number."""
        return next(self._numbers)


class RandomSource:
    """Randomness from one seed: each purpose gets its own stream, so that a new consumer changes no other."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def stream(self, purpose: str) -> random.Random:
        """The stream of this purpose; the same seed and purpose give the same numbers, on every machine."""
        return random.Random(f"{self.seed}/{purpose}")
