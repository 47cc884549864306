"""The platform's rate limits, kept by pacing: pure, the clock is handed in (das-cmd-api.md 1.9).

Limits count per connection and in sliding windows. A command goes out at once when its window has room and nothing
waits before it; else it is held: cancels, then exits, then replaces, then entries, first come first served among their
like. A part of the orders a second is kept for exits, so that one need not wait because entries came in a burst. A
newer replace of an order takes the place of the one that waits; a cancel of it makes a waiting replace pointless.
Nothing that is held is lost while the link lives.
"""

from collections import OrderedDict, deque
from enum import Enum
from typing import Final

import msgspec

from das_copy_trader.domain.identifiers import ClOrdId, OrderId

EXIT_SHARE: Final = 0.1
"""Of the orders a second, the part that entries leave to exits."""


class PacedKind(Enum):
    """Commands that the platform counts together."""

    NEW_ORDER = "new_order"
    CANCEL = "cancel"
    REPLACE = "replace"
    LOCATE_ORDER = "locate_order"
    LOCATE_INQUIRY = "locate_inquiry"


class RateLimit(msgspec.Struct, frozen=True):
    """So many commands in any window of so many seconds."""

    count: int
    window_s: float


LIMIT_BY_KIND: Final[dict[PacedKind, RateLimit]] = {
    PacedKind.NEW_ORDER: RateLimit(50, 1.0),
    PacedKind.CANCEL: RateLimit(100, 60.0),
    PacedKind.REPLACE: RateLimit(100, 60.0),
    PacedKind.LOCATE_ORDER: RateLimit(100, 60.0),
    PacedKind.LOCATE_INQUIRY: RateLimit(1, 3.0),
}


LATE_READ_S: Final = 0.25
"""How much later a busy platform may read some commands than those behind them, and still count within its limit."""

KEPT_BY_KIND: Final = {
    kind: RateLimit(limit.count, limit.window_s + LATE_READ_S) for kind, limit in LIMIT_BY_KIND.items()
}
"""What a `Pacer` keeps: a platform counts when it reads, and what waits in its socket meanwhile is read together."""


class Window:
    """A sliding window: at most `count` commands in any `window_s` seconds, at a share of the platform's limit.

    A limit too small for the share (one per three seconds) is stretched in time instead.
    """

    __slots__ = ("count", "sent_s", "window_s")

    def __init__(self, limit: RateLimit, share: float) -> None:
        count = int(limit.count * share)
        self.count = max(1, count)
        self.window_s = limit.window_s if count else limit.window_s / share
        self.sent_s: deque[float] = deque(maxlen=self.count)

    def has_room(self, now_s: float) -> bool:
        """Whether one more may go out now."""
        sent = self.sent_s
        return len(sent) < self.count or now_s >= sent[0] + self.window_s

    def claim(self, now_s: float) -> bool:
        """Count one if there is room for it."""
        sent = self.sent_s
        if len(sent) < self.count or now_s >= sent[0] + self.window_s:
            sent.append(now_s)
            return True
        return False

    def room_at_s(self, now_s: float) -> float:
        """When the next one may go out; now or later."""
        return now_s if self.has_room(now_s) else self.sent_s[0] + self.window_s

    def left(self, now_s: float) -> int:
        """How many may go out now."""
        return self.count - sum(1 for at_s in self.sent_s if now_s < at_s + self.window_s)


class Held(msgspec.Struct, frozen=True, gc=False):
    """A command that waits since a moment. `cl_ord_id` is an order's, `order_id` a cancel's or replace's."""

    payload: bytes
    since_s: float
    cl_ord_id: ClOrdId | None = None
    order_id: OrderId | None = None


class PacingLeft(msgspec.Struct, frozen=True):
    """What the rate limits leave now, and what waits. Of `new_orders` only `new_entries` may be entries.

    `oldest_waiting_s`: how long the oldest command has waited, None when none does. `longest_exit_wait_s`: the longest
    that an exit had to wait over this link's life and the ones before.
    """

    new_orders: int
    cancels: int
    replaces: int
    waiting_cancels: int
    waiting_exits: int
    waiting_replaces: int
    waiting_entries: int
    new_entries: int
    oldest_waiting_s: float | None
    longest_exit_wait_s: float


class Pacer:
    """Decides for each trading command of one connection whether it goes now, and keeps what has to wait.

    What `claim_order` looks at is public, since the desk does the same without a frame in between: `holds_orders`,
    the latest `order_times_s`, and that of the last `order_count` (entries: `entry_count`) of these none may be younger
    than `order_window_s`.
    """

    __slots__ = (  # noqa: RUF023 - what each order asks stands together, in one piece of memory
        "holds_orders",
        "order_times_s",
        "entry_count",
        "order_count",
        "order_window_s",
        "_cancels",
        "_held_cancels",
        "_held_entries",
        "_held_exits",
        "_held_replaces",
        "_longest_exit_wait_s",
        "_orders",
        "_replaces",
    )

    def __init__(self, share: float, limits: dict[PacedKind, RateLimit] | None = None) -> None:
        limits = KEPT_BY_KIND if limits is None else limits
        self._orders = Window(limits[PacedKind.NEW_ORDER], share)
        self.holds_orders = False
        self.order_times_s = self._orders.sent_s
        self.order_count = self._orders.count
        self.order_window_s = self._orders.window_s
        self.entry_count = max(1, self.order_count - int(self.order_count * EXIT_SHARE))
        self._longest_exit_wait_s = 0.0
        self._cancels = Window(limits[PacedKind.CANCEL], share)
        self._replaces = Window(limits[PacedKind.REPLACE], share)
        self._held_cancels: OrderedDict[OrderId, Held] = OrderedDict()
        self._held_exits: OrderedDict[ClOrdId, Held] = OrderedDict()
        self._held_replaces: OrderedDict[OrderId, Held] = OrderedDict()
        self._held_entries: OrderedDict[ClOrdId, Held] = OrderedDict()

    # --- asking --------------------------------------------------------------------------------------------------

    def claim_order(self, now_s: float, *, is_exit: bool) -> bool:
        """Whether an order goes out now; it is counted then. False: `hold_order` it."""
        if self._held_exits or (self._held_entries and not is_exit):
            return False
        times_s = self.order_times_s
        count = self.order_count if is_exit else self.entry_count
        if len(times_s) < count or now_s >= times_s[-count] + self.order_window_s:
            times_s.append(now_s)
            return True
        return False

    def hold_order(self, cl_ord_id: ClOrdId, payload: bytes, now_s: float, *, is_exit: bool) -> None:
        """Keep an order until there is room."""
        held = self._held_exits if is_exit else self._held_entries
        held[cl_ord_id] = Held(payload, now_s, cl_ord_id=cl_ord_id)
        self.holds_orders = True

    def _note_held(self) -> None:
        self.holds_orders = bool(self._held_exits or self._held_entries)

    def claim_cancel(self, order_id: OrderId, now_s: float) -> bool:
        """Whether a cancel goes out now; False: `hold_cancel` it. A waiting replace of the order is dropped."""
        self._held_replaces.pop(order_id, None)
        return not self._held_cancels and self._cancels.claim(now_s)

    def hold_cancel(self, order_id: OrderId, payload: bytes, now_s: float) -> None:
        """Keep a cancel until there is room; the same one twice is one."""
        self._held_cancels.setdefault(order_id, Held(payload, now_s, order_id=order_id))

    def claim_replace(self, now_s: float) -> bool:
        """Whether a replace goes out now; False: `hold_replace` it."""
        return not self._held_replaces and self._replaces.claim(now_s)

    def hold_replace(self, order_id: OrderId, payload: bytes, now_s: float) -> None:
        """Keep a replace until there is room; it takes the place, and the turn, of an older one of the same order."""
        older = self._held_replaces.get(order_id)
        since_s = now_s if older is None else older.since_s
        self._held_replaces[order_id] = Held(payload, since_s, order_id=order_id)

    def withdraw(self, cl_ord_id: ClOrdId) -> bool:
        """Take back an order that waits; False when it does not."""
        is_held = (
            self._held_exits.pop(cl_ord_id, None) is not None or self._held_entries.pop(cl_ord_id, None) is not None
        )
        self._note_held()
        return is_held

    # --- letting go ----------------------------------------------------------------------------------------------

    def release(self, now_s: float) -> Held | None:
        """The next command that may go out now, counted; None when nothing may."""
        held = self._release(now_s)
        self._note_held()
        return held

    def _release(self, now_s: float) -> Held | None:
        if self._held_cancels and self._cancels.claim(now_s):
            return self._held_cancels.popitem(last=False)[1]
        if self._held_exits and self._orders.claim(now_s):
            held = self._held_exits.popitem(last=False)[1]
            self._longest_exit_wait_s = max(self._longest_exit_wait_s, now_s - held.since_s)
            return held
        if self._held_replaces and self._replaces.claim(now_s):
            return self._held_replaces.popitem(last=False)[1]
        if self._held_entries and self.claim_entry(now_s):
            return self._held_entries.popitem(last=False)[1]
        return None

    def claim_entry(self, now_s: float) -> bool:
        """Count an entry if there is room for it beside what is kept for exits, and none of them waits."""
        if self._held_exits or now_s < self._entry_at_s(now_s):
            return False
        return self._orders.claim(now_s)

    def _entry_at_s(self, now_s: float) -> float:
        """When the next entry may go out; now or later."""
        sent_s = self._orders.sent_s
        if len(sent_s) < self.entry_count:
            return now_s
        return max(now_s, sent_s[-self.entry_count] + self._orders.window_s)

    def next_release_s(self, now_s: float) -> float | None:
        """When `release` will have something; None when nothing waits."""
        moments = []
        if self._held_cancels:
            moments.append(self._cancels.room_at_s(now_s))
        if self._held_exits:
            moments.append(self._orders.room_at_s(now_s))
        elif self._held_entries:
            moments.append(self._entry_at_s(now_s))
        if self._held_replaces:
            moments.append(self._replaces.room_at_s(now_s))
        return min(moments, default=None)

    def drop_all(self) -> list[ClOrdId]:
        """Forget everything that waits; the orders among it, exits first."""
        orders = [*self._held_exits, *self._held_entries]
        for held in (self._held_cancels, self._held_exits, self._held_replaces, self._held_entries):
            held.clear()
        self.holds_orders = False
        return orders

    def left(self, now_s: float) -> PacingLeft:
        """What may go out now and what waits."""
        held = (self._held_cancels, self._held_exits, self._held_replaces, self._held_entries)
        oldest_s = min((next(iter(one.values())).since_s for one in held if one), default=None)
        left = self._orders.left(now_s)
        return PacingLeft(
            new_orders=left,
            new_entries=max(0, left - (self._orders.count - self.entry_count)),
            oldest_waiting_s=None if oldest_s is None else now_s - oldest_s,
            longest_exit_wait_s=self._longest_exit_wait_s,
            cancels=self._cancels.left(now_s),
            replaces=self._replaces.left(now_s),
            waiting_cancels=len(self._held_cancels),
            waiting_exits=len(self._held_exits),
            waiting_replaces=len(self._held_replaces),
            waiting_entries=len(self._held_entries),
        )
