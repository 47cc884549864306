"""Actions that a follower missed and that wait for the user: kept in memory alone, bounded, gone with the process.

An action keeps no state of its own beyond the error of its last replay: whether it waits, is being replayed, has become
obsolete or is done is read from the copy that it stands for, so that the two can never disagree.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from das_copy_trader.domain.enums import OrdStatus, OrdType, Outcome, Side
from das_copy_trader.domain.identifiers import FollowerId, OrderId, Symbol
from das_copy_trader.engine.order_links import CopyLink, MasterOrder
from das_copy_trader.engine.ports import Scheduler
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.runtime.ids import Counter

ACTIONS_MAX: Final = 500
"""Actions that may wait for one follower; what is beyond is refused with an alert."""
OWN_ORDER_WARNING: Final = (
    "The follower's own order {order_id} ({side} {quantity} {symbol}) works without an id of ours; make sure that it is"
    " not this copy before you replay."
)


class ActionType(StrEnum):
    """What the follower missed (brief, «Offline Follower Queue»)."""

    ORDER_SUBMIT = "order_submit"
    ORDER_CANCEL = "order_cancel"
    ORDER_REPLACE = "order_replace"


class QueueReason(StrEnum):
    """Why an action waits."""

    OFFLINE = "offline"
    """The follower was not connected when the master acted."""
    NOT_COPIED_WHILE_DOWN = "not_copied_while_down"
    """The master's order has no copy in the follower's order lists after a gap."""
    NEVER_LEFT = "never_left"
    """The link was lost while the platform's rate limit still held the order back."""


class ActionState(StrEnum):
    """What can be done with an action."""

    WAITING = "waiting"
    """For the user: replay or discard it."""
    REPLAYING = "replaying"
    """It was replayed and the follower's platform has not answered yet."""
    OBSOLETE = "obsolete"
    """The master's order has ended: it is never sent; discard it."""
    AUTOMATIC = "automatic"
    """About a copy that lives at the follower: done by itself once the follower is back, nothing is to be decided."""


class QueuedAction(msgspec.Struct, frozen=True):
    """One action as it is now. Quantities in shares, prices in dollars; `new_quantity` and `new_price` are the copy's.

    `price`, `stop_price`, `master_quantity` and `master_status` are the master's order as it is now.
    """

    action_id: str
    follower_id: FollowerId
    action_type: ActionType
    master_order_id: OrderId
    new_quantity: int | None
    new_price: Decimal | None
    state: ActionState
    reason: QueueReason
    text: str
    error: str
    warning: str
    queued_at: datetime
    age_s: float
    symbol: Symbol
    side: Side
    quantity: int
    ord_type: OrdType | None
    price: Decimal | None
    stop_price: Decimal | None
    master_quantity: int
    master_filled_quantity: int
    master_status: OrdStatus


class ActionResult(msgspec.Struct, frozen=True):
    """What came of replaying or discarding one action. `outcome` is the copy's, None where there is none."""

    action_id: str
    success: bool
    error: str = ""
    outcome: Outcome | None = None
    action_type: ActionType | None = None
    master_order_id: OrderId | None = None
    symbol: Symbol | None = None


class QueueObserver(Protocol):
    """Who is told. Called after the loop turn in which it happened; must return at once."""

    def on_action_queued(self, action: QueuedAction) -> None:
        """A follower missed something."""

    def on_actions_available(self, follower_id: FollowerId, actions: list[QueuedAction]) -> None:
        """A follower is back, and actions wait for it."""

    def on_actions_replayed(self, follower_id: FollowerId, results: list[ActionResult]) -> None:
        """The user replayed actions."""


class QueueEntry:
    """One action in the queue. The copy that it stands for is looked up, since a replay makes another one."""

    __slots__ = (
        "action_id",
        "action_type",
        "error",
        "follower_id",
        "master",
        "queued_at",
        "queued_s",
        "reason",
        "text",
    )

    def __init__(
        self,
        action_id: str,
        action_type: ActionType,
        link: CopyLink,
        reason: QueueReason,
        queued_at: datetime,
        queued_s: float,
    ) -> None:
        self.action_id = action_id
        self.action_type = action_type
        self.follower_id = link.seat.follower_id
        self.master: MasterOrder = link.master
        self.reason = reason
        self.text = ""
        self.error = ""
        self.queued_at = queued_at
        self.queued_s = queued_s

    @property
    def link(self) -> CopyLink | None:
        """The copy that it stands for now."""
        return self.master.link_by_follower.get(self.follower_id)

    def state(self) -> ActionState | None:
        """What can be done with it; None: nothing any more, it is done."""
        link = self.link
        if link is None:
            return None
        if self.action_type is not ActionType.ORDER_SUBMIT:
            is_due = link.wants_cancel if self.action_type is ActionType.ORDER_CANCEL else link.wish is not None
            return ActionState.AUTOMATIC if is_due and not link.is_final and not link.seat.is_ready else None
        return _submit_state(link)

    def last_error(self) -> str:
        """Why the last replay failed, empty when there was none."""
        link = self.link
        if link is not None and link.outcome in _FAILED_OUTCOMES and link.outcome is not Outcome.QUEUED:
            return link.reason
        return self.error


_FAILED_OUTCOMES: Final = frozenset({Outcome.REJECTED, Outcome.FAILED, Outcome.SKIPPED})
_SENT_OUTCOMES: Final = frozenset({Outcome.PENDING, Outcome.UNKNOWN, Outcome.WAITING_FOR_POSITION, Outcome.SHORT_TASK})


def _submit_state(link: CopyLink) -> ActionState | None:
    is_unsent = link.outcome is Outcome.QUEUED or link.outcome is Outcome.REJECTED or link.order is None
    if not is_unsent:
        return None
    if link.outcome in _SENT_OUTCOMES:
        return ActionState.REPLAYING
    return ActionState.OBSOLETE if link.master.is_ended else ActionState.WAITING


class ActionQueue:
    """The actions that wait, by follower, oldest first. It decides nothing and sends nothing."""

    def __init__(self, clock: Clock, scheduler: Scheduler) -> None:
        self.observer: QueueObserver | None = None
        self._clock = clock
        self._scheduler = scheduler
        self._numbers = Counter()
        self._entries: dict[FollowerId, dict[tuple[OrderId, ActionType], QueueEntry]] = {}
        self._untold: list[Callable[[QueueObserver], None]] = []

    # --- filling -----------------------------------------------------------------------------------------------------

    def add_submit(self, link: CopyLink, reason: QueueReason, text: str) -> bool:
        """A copy was not sent; its action takes the text where it is queued already. False: the queue is full."""
        entry = self._entry(link, ActionType.ORDER_SUBMIT, reason)
        if entry is None:
            return False
        entry.text = text
        return True

    def note_latched(self, link: CopyLink) -> None:
        """A cancel or replace of a copy that lives at a follower could not be told to it and will be made up."""
        if link.seat.is_ready or link.is_final:
            return
        if link.wants_cancel:
            entry = self._entry(link, ActionType.ORDER_CANCEL, QueueReason.OFFLINE)
        elif link.wish is not None:
            entry = self._entry(link, ActionType.ORDER_REPLACE, QueueReason.OFFLINE)
        else:
            return
        if entry is not None:
            entry.text = "Done by itself when the follower is back."

    def _entry(self, link: CopyLink, action_type: ActionType, reason: QueueReason) -> QueueEntry | None:
        entries = self._entries.setdefault(link.seat.follower_id, {})
        order_id = link.master.order_id
        entry = entries.get((order_id, action_type))
        if entry is not None:
            return entry
        if len(entries) >= ACTIONS_MAX:
            self._prune(link.seat.follower_id)
            if len(entries) >= ACTIONS_MAX:
                return None
        action_id = f"{action_type.value}-{order_id}-{self._numbers.next()}"
        entry = QueueEntry(action_id, action_type, link, reason, self._clock.now(), self._clock.monotonic_s())
        entries[order_id, action_type] = entry
        self._tell(lambda observer: self._tell_queued(observer, entry))
        return entry

    # --- reading -----------------------------------------------------------------------------------------------------

    def entries(self, follower_id: FollowerId) -> list[QueueEntry]:
        """What waits for a follower, in the master's order; what is done has gone."""
        self._prune(follower_id)
        found = self._entries.get(follower_id)
        return [] if found is None else sorted(found.values(), key=lambda entry: entry.master.order_id)

    def actions(self, follower_id: FollowerId) -> list[QueuedAction]:
        """The same as records."""
        return [action for entry in self.entries(follower_id) if (action := self.action(entry)) is not None]

    def action(self, entry: QueueEntry) -> QueuedAction | None:
        """An entry as it is now; None when it is done."""
        state, link = entry.state(), entry.link
        if state is None or link is None:
            return None
        master = entry.master
        order = master.order
        terms = master.terms or order.terms
        is_replace = entry.action_type is ActionType.ORDER_REPLACE and link.wish is not None
        return QueuedAction(
            action_id=entry.action_id,
            follower_id=entry.follower_id,
            action_type=entry.action_type,
            master_order_id=order.order_id,
            new_quantity=link.wish.quantity if is_replace and link.wish is not None else None,
            new_price=link.wish.terms.price if is_replace and link.wish is not None else None,
            state=state,
            reason=entry.reason,
            text=entry.text,
            error=entry.last_error(),
            warning=_warning(link) if state is ActionState.WAITING else "",
            queued_at=entry.queued_at,
            age_s=self._clock.monotonic_s() - entry.queued_s,
            symbol=order.symbol,
            side=order.side,
            quantity=link.quantity,
            ord_type=terms.ord_type if terms is not None else None,
            price=terms.price if terms is not None else None,
            stop_price=terms.stop_price if terms is not None else None,
            master_quantity=master.order_qty or order.order_qty,
            master_filled_quantity=order.cum_qty,
            master_status=order.status,
        )

    # --- emptying ----------------------------------------------------------------------------------------------------

    def remove(self, entry: QueueEntry) -> None:
        """The user does not want it."""
        self._entries.get(entry.follower_id, {}).pop((entry.master.order_id, entry.action_type), None)

    def forget_follower(self, follower_id: FollowerId) -> None:
        """A follower was removed."""
        self._entries.pop(follower_id, None)

    def clear(self) -> None:
        """A new day: nothing of the former one is sent any more."""
        self._entries.clear()

    def _prune(self, follower_id: FollowerId) -> None:
        entries = self._entries.get(follower_id)
        if entries is None:
            return
        for key in [key for key, entry in entries.items() if entry.state() is None]:
            del entries[key]

    # --- telling -----------------------------------------------------------------------------------------------------

    def note_ready(self, follower_id: FollowerId) -> None:
        """A follower is back."""
        self._tell(lambda observer: self._tell_available(observer, follower_id))

    def note_replayed(self, follower_id: FollowerId, results: list[ActionResult]) -> None:
        """The user replayed actions."""
        self._tell(lambda observer: observer.on_actions_replayed(follower_id, results))

    def _tell(self, message: Callable[[QueueObserver], None]) -> None:
        if not self._untold:
            self._scheduler.call_soon(self._flush)
        self._untold.append(message)

    def _flush(self) -> None:
        untold, self._untold = self._untold, []
        if self.observer is not None:
            for message in untold:
                message(self.observer)

    def _tell_queued(self, observer: QueueObserver, entry: QueueEntry) -> None:
        action = self.action(entry)
        if action is not None:
            observer.on_action_queued(action)

    def _tell_available(self, observer: QueueObserver, follower_id: FollowerId) -> None:
        actions = self.actions(follower_id)
        if actions:
            observer.on_actions_available(follower_id, actions)


def _warning(link: CopyLink) -> str:
    """An order of the follower's that may be this copy with its id lost (reliability.md 4)."""
    wanted = link.master.order
    for order in link.seat.gateway.view.working_orders(wanted.symbol):
        if order.side.sign == wanted.side.sign and not order.cl_ord_id and not order.is_child:
            return OWN_ORDER_WARNING.format(
                order_id=order.order_id, side=order.side.value, quantity=order.order_qty, symbol=order.symbol
            )
    return ""
