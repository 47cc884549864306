"""What is due when: the simulator's own timers, fired in the order of their time and then of their making.

Pure: time is a function that is handed in, and somebody from outside pumps. An event loop fires timers with equal
deadlines in no promised order; here the order is the promise.
"""

import heapq
from collections.abc import Callable
from itertools import count

Action = Callable[[], None]


class Agenda:
    """A queue of actions by time. `on_armed` is told when the next due time may have come nearer."""

    def __init__(self, now_s: Callable[[], float], on_armed: Action | None = None) -> None:
        self._now_s = now_s
        self._on_armed = on_armed
        self._entries: list[tuple[float, int, Action]] = []
        self._numbers = count()
        self._is_running = False

    @property
    def now_s(self) -> float:
        """The time of whoever handed it in, in seconds."""
        return self._now_s()

    @property
    def next_due_s(self) -> float | None:
        """When the next action is due; None when there is none."""
        return self._entries[0][0] if self._entries else None

    def after(self, delay_s: float, action: Action) -> None:
        """Do it `delay_s` from now: never inside this call, also for 0."""
        heapq.heappush(self._entries, (self._now_s() + max(0.0, delay_s), next(self._numbers), action))
        if self._on_armed is not None and not self._is_running:
            self._on_armed()

    def run_due(self) -> None:
        """Do everything that is due, including what that makes due. A call from within an action returns at once."""
        if self._is_running:
            return
        self._is_running = True
        try:
            while self._entries and self._entries[0][0] <= self._now_s():
                heapq.heappop(self._entries)[2]()
        finally:
            self._is_running = False
            if self._on_armed is not None and self._entries:
                self._on_armed()


class ManualTime:
    """Time that stands still until it is moved: for pure use of venues, without any event loop."""

    def __init__(self, start_s: float = 0.0) -> None:
        self.now_s = start_s

    def __call__(self) -> float:
        return self.now_s

    def advance(self, agenda: Agenda, seconds: float) -> None:
        """Move on, stopping at each due time on the way."""
        end_s = self.now_s + seconds
        agenda.run_due()
        while (due_s := agenda.next_due_s) is not None and due_s <= end_s:
            self.now_s = max(self.now_s, due_s)
            agenda.run_due()
        self.now_s = end_s
