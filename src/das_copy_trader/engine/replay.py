"""What the user decides about queued actions: replayed or discarded, for one follower, in the master's order."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from das_copy_trader.domain.enums import Outcome
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.engine.action_queue import ActionQueue, ActionResult, ActionState, QueueEntry
from das_copy_trader.engine.follower_seat import FollowerSeat
from das_copy_trader.engine.master_desk import MasterDesk
from das_copy_trader.engine.order_links import CopyLink
from das_copy_trader.engine.order_replicator import OrderReplicator
from das_copy_trader.engine.plan import PlanBook

GONE: Final = "There is no such action any more: it was done, replayed or discarded."
AUTOMATIC: Final = "It is done by itself when the follower is back; there is nothing to decide."
ENDED: Final = "The master's order has ended; it is never sent. Discard it."
UNDER_WAY: Final = "It is being replayed; wait for the platform's answer."
DISCARDED: Final = "Discarded by the user."
STOPPED: Final = "Copying is stopped; start it first."
NO_SEAT: Final = "The follower is not connected; see its state on the health page."
_Act: TypeAlias = Callable[[QueueEntry, CopyLink | None], ActionResult]
_WENT: Final = frozenset({Outcome.PENDING, Outcome.WAITING_FOR_POSITION, Outcome.SHORT_TASK})


class Replayer:
    """Carries out the user's decisions, each within the caller's turn: of two clicks one comes after the other."""

    def __init__(
        self,
        *,
        desk: MasterDesk,
        seats: Mapping[FollowerId, FollowerSeat],
        plans: PlanBook,
        replicator: OrderReplicator,
        queue: ActionQueue,
    ) -> None:
        self._desk = desk
        self._seats = seats
        self._plans = plans
        self._replicator = replicator
        self._queue = queue

    def replay(self, follower_id: FollowerId, action_ids: Sequence[str]) -> list[ActionResult]:
        """Send what was missed, through all checks again. What cannot be sent stays in the queue with its error."""
        results = self._each(follower_id, action_ids, self._replayed)
        self._queue.note_replayed(follower_id, results)
        return results

    def discard(self, follower_id: FollowerId, action_ids: Sequence[str]) -> list[ActionResult]:
        """Take actions out of the queue; they are never sent."""
        return self._each(follower_id, action_ids, self._discarded)

    def _each(self, follower_id: FollowerId, action_ids: Sequence[str], act: _Act) -> list[ActionResult]:
        wanted = dict.fromkeys(action_ids, True)
        entries = self._queue.entries(follower_id)
        results = [act(entry, entry.link) for entry in entries if wanted.pop(entry.action_id, False)]
        return results + [ActionResult(action_id, success=False, error=GONE) for action_id in wanted]

    def _replayed(self, entry: QueueEntry, link: CopyLink | None) -> ActionResult:
        error = self._refusal(entry)
        if error or link is None:
            return _result(entry, error or GONE)
        entry.error = ""
        targets = self._plans.targets(entry.master.order.symbol)
        target = next(target for target in targets if target.seat.follower_id == entry.follower_id)
        attempt = self._desk.replay(link, target)
        if isinstance(attempt, str):
            entry.error = attempt
            return _result(entry, attempt)
        went = attempt.outcome in _WENT or attempt.order is not None
        return _result(entry, "" if went else attempt.reason)

    def _refusal(self, entry: QueueEntry) -> str:
        state = entry.state()
        if state is None:
            return GONE
        if state is ActionState.AUTOMATIC:
            return AUTOMATIC
        if state is ActionState.REPLAYING:
            return UNDER_WAY
        if state is ActionState.OBSOLETE:
            return ENDED
        if not self._replicator.is_armed:
            return STOPPED
        seat = self._seats.get(entry.follower_id)
        if seat is None:
            return NO_SEAT
        if not seat.is_ready:
            return f"The follower is {seat.gateway.state.value}: {seat.gateway.state_reason}"
        return ""

    def _discarded(self, entry: QueueEntry, link: CopyLink | None) -> ActionResult:
        state = entry.state()
        if state is ActionState.AUTOMATIC:
            return _result(entry, AUTOMATIC)
        if state is ActionState.REPLAYING:
            return _result(entry, UNDER_WAY)
        self._queue.remove(entry)
        if link is not None and link.outcome is Outcome.QUEUED:
            self._replicator.set_outcome(link, Outcome.SKIPPED, DISCARDED)
        return _result(entry, "")


def _result(entry: QueueEntry, error: str) -> ActionResult:
    link = entry.link
    return ActionResult(
        action_id=entry.action_id,
        success=not error,
        error=error,
        outcome=None if link is None else link.outcome,
        action_type=entry.action_type,
        master_order_id=entry.master.order_id,
        symbol=entry.master.order.symbol,
    )
