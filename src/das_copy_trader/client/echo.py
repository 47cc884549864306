"""Proof of life: an ECHO now and then, and how long its answers take (das-cmd-api.md 1.6)."""

from collections import deque
from typing import Final

_SAMPLES_MAX: Final = 200


class EchoWatch:
    """Knows whether the platform is alive. Any received line is life; silence after an ECHO is not. Pure."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._sent_s: float | None = None
        self._round_trips_s: deque[float] = deque(maxlen=_SAMPLES_MAX)

    def note_sent(self, now_s: float) -> None:
        """An ECHO went out."""
        self._sent_s = now_s

    def note_answer(self, now_s: float) -> bool:
        """The answer to an ECHO came; False when none was asked for."""
        if self._sent_s is None:
            return False
        self._round_trips_s.append(now_s - self._sent_s)
        self._sent_s = None
        return True

    def is_due(self, now_s: float, last_received_s: float) -> bool:
        """Whether to send one: never two at once, unless lines come but no answer."""
        return self._sent_s is None or (last_received_s >= self._sent_s and now_s - self._sent_s >= self._timeout_s)

    def is_dead(self, now_s: float, last_received_s: float) -> bool:
        """Whether nothing at all has come for too long since an ECHO went out."""
        return self._sent_s is not None and last_received_s < self._sent_s and now_s - self._sent_s >= self._timeout_s

    def round_trip_s(self, share: float) -> float | None:
        """A quantile of the last answers' times (0.5 is the median), in seconds; None before the first."""
        if not self._round_trips_s:
            return None
        ordered = sorted(self._round_trips_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
