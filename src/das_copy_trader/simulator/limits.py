"""The command limits that a platform enforces, per connection (das-cmd-api.md 1.9)."""

from collections import deque

from das_copy_trader.protocol import commands as c
from das_copy_trader.simulator.switches import Switches

_SECOND_S = 1.0
_MINUTE_S = 60.0


class Window:
    """At most `count` in any `span_s`; 0 means no limit."""

    def __init__(self, count: int, span_s: float) -> None:
        self._count = count
        self._span_s = span_s
        self._times: deque[float] = deque()

    def admits(self, now_s: float) -> bool:
        """Count one more if it fits."""
        if self._count <= 0:
            return True
        while self._times and self._times[0] <= now_s - self._span_s:
            self._times.popleft()
        if len(self._times) >= self._count:
            return False
        self._times.append(now_s)
        return True


class CommandLimits:
    """All windows of one connection."""

    def __init__(self, switches: Switches) -> None:
        new_orders = Window(switches.new_orders_per_s, _SECOND_S)
        cancels = Window(switches.cancels_per_min, _MINUTE_S)
        replaces = Window(switches.replaces_per_min, _MINUTE_S)
        locates = Window(switches.locates_per_min, _MINUTE_S)
        inquiries = Window(1 if switches.inquiry_interval_s > 0 else 0, switches.inquiry_interval_s)
        self._windows: dict[type[c.Command], Window] = {
            c.NewOrder: new_orders,
            c.Cancel: cancels,
            c.CancelAll: cancels,
            c.CancelAllSymbol: cancels,
            c.Replace: replaces,
            c.LocateNewOrder: locates,
            c.LocateInquire: inquiries,
        }

    def admits(self, command: c.Command, now_s: float) -> bool:
        """Whether this command is within its limit; counts it if so."""
        window = self._windows.get(type(command))
        return window is None or window.admits(now_s)
