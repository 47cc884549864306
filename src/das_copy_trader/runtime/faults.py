"""What can go wrong on an in-memory network, and how often; drawn from a seed for whole simulated days.

Swarm testing: each seed switches whole kinds of fault off and gives the others wild weights. Days that have a little of
everything find less (reliability.md 5.2).
"""

import random
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Weights of faults; a rate is a probability per sent chunk (per try, for connects), 0 is never."""

    latency_s: float = 0.001
    """One way."""
    jitter_s: float = 0.0
    """Up to so much is added to the latency of a chunk."""
    slow_rate: float = 0.0
    """A chunk is late by up to `slow_s`; everything behind it waits, as TCP does."""
    slow_s: float = 0.0
    split_rate: float = 0.0
    """A chunk arrives in pieces, cut at any byte."""
    glue_rate: float = 0.0
    """A chunk arrives together with the one before it, if that is still on its way."""
    stall_rate: float = 0.0
    """The receiver stops reading for up to `stall_s`."""
    stall_s: float = 0.0
    hold_rate: float = 0.0
    """The connection goes silent both ways for up to `hold_s`, without an error; then everything arrives."""
    hold_s: float = 0.0
    cut_rate: float = 0.0
    """The connection is reset before, within or after the chunk."""
    refuse_rate: float = 0.0
    """A connect is refused."""
    timeout_rate: float = 0.0
    """A connect is never answered."""

    @classmethod
    def drawn(cls, stream: random.Random) -> "FaultPlan":
        """A plan for one simulated day."""
        return cls(
            latency_s=_wild(stream, 0.000_05, 0.05),
            jitter_s=_sometimes(stream, 0.000_1, 0.1),
            slow_rate=_sometimes(stream, 0.000_5, 0.05),
            slow_s=_wild(stream, 0.01, 2.0),
            split_rate=_sometimes(stream, 0.01, 1.0),
            glue_rate=_sometimes(stream, 0.01, 1.0),
            stall_rate=_sometimes(stream, 0.000_1, 0.01),
            stall_s=_wild(stream, 0.1, 20.0),
            hold_rate=_sometimes(stream, 0.000_1, 0.005),
            hold_s=_wild(stream, 0.5, 20.0),
            cut_rate=_sometimes(stream, 0.000_1, 0.01),
            refuse_rate=_sometimes(stream, 0.01, 0.5),
            timeout_rate=_sometimes(stream, 0.01, 0.3),
        )


CALM: Final = FaultPlan()
"""A network without faults."""


def _wild(stream: random.Random, low: float, high: float) -> float:
    """Between low and high, every order of magnitude as likely as the next."""
    return float(low * (high / low) ** stream.random())


def _sometimes(stream: random.Random, low: float, high: float) -> float:
    """Nothing in half of the draws. Takes two numbers either way, so that kinds of fault do not shift each other."""
    is_on = stream.random() < 0.5
    rate = _wild(stream, low, high)
    return rate if is_on else 0.0
