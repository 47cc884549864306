"""What followers missed and the user decides about: told to the browsers, replayed and discarded for them."""

from collections.abc import Sequence

from das_copy_trader.engine.action_queue import ActionResult, QueuedAction
from das_copy_trader.engine.replication_engine import ReplicationEngine
from das_copy_trader.services.configuration import Configuration
from das_copy_trader.services.copy_system import CopySystem
from das_copy_trader.services.errors import ConflictError
from das_copy_trader.services.messages import (
    ActionQueued,
    ActionResultsState,
    ActionResultState,
    ActionsReplayed,
    QueuedActionsAvailable,
    QueuedActionsState,
    QueuedActionState,
)
from das_copy_trader.services.notification_service import NotificationService


class QueueRelay:
    """Implements engine.action_queue.QueueObserver: passes on to the browsers."""

    def __init__(self, notifications: NotificationService) -> None:
        self._notifications = notifications

    def on_action_queued(self, action: QueuedAction) -> None:
        """A follower missed something."""
        state = action_state(action)
        self._notifications.publish(lambda seq: ActionQueued(seq, state))

    def on_actions_available(self, follower_id: str, actions: list[QueuedAction]) -> None:
        """A follower is back, and actions wait for it."""
        state = QueuedActionsState(follower_id, [action_state(action) for action in actions])
        self._notifications.publish(lambda seq: QueuedActionsAvailable(seq, state))

    def on_actions_replayed(self, follower_id: str, results: list[ActionResult]) -> None:
        """The user replayed actions."""
        state = ActionResultsState(follower_id, [_result_state(result) for result in results])
        self._notifications.publish(lambda seq: ActionsReplayed(seq, state))


class QueuedActions:
    """The user's side of the queue."""

    def __init__(self, *, engine: ReplicationEngine, configuration: Configuration, system: CopySystem) -> None:
        self._engine = engine
        self._configuration = configuration
        self._system = system

    def all(self) -> list[QueuedActionsState]:
        """Every follower for which something waits, in the order in which the followers were added."""
        states = [self.of(stored.config.follower_id) for stored in self._configuration.followers()]
        return [state for state in states if state.actions]

    def of(self, follower_id: str) -> QueuedActionsState:
        """What waits for one follower, in the master's order. Raises NotFoundError."""
        owner = self._configuration.follower(follower_id).config.follower_id
        return QueuedActionsState(owner, [action_state(action) for action in self._engine.queue.actions(owner)])

    def replay(self, follower_id: str, action_ids: Sequence[str]) -> ActionResultsState:
        """Have actions done now, in the master's order, each with its result. Raises NotFoundError, ConflictError."""
        owner = self._configuration.follower(follower_id).config.follower_id
        if not self._system.is_running:
            raise ConflictError("Copying is not started. Start it first; nothing was replayed.")
        results = self._engine.replay_actions(owner, action_ids)
        return ActionResultsState(owner, [_result_state(result) for result in results])

    def discard(self, follower_id: str, action_ids: Sequence[str]) -> ActionResultsState:
        """Take actions out of the queue; each has its own result. Raises NotFoundError."""
        owner = self._configuration.follower(follower_id).config.follower_id
        results = self._engine.discard_actions(owner, action_ids)
        return ActionResultsState(owner, [_result_state(result) for result in results])


def action_state(action: QueuedAction) -> QueuedActionState:
    """An action in the brief's words."""
    return QueuedActionState(
        action_id=action.action_id,
        follower_id=action.follower_id,
        action_type=action.action_type,
        master_order_id=action.master_order_id,
        new_quantity=action.new_quantity,
        new_price=action.new_price,
        state=action.state,
        reason=action.reason,
        text=action.text,
        error=action.error,
        warning=action.warning,
        queued_at=action.queued_at,
        age_s=round(action.age_s, 3),
        symbol=action.symbol,
        side=action.side.value,
        quantity=action.quantity,
        type=action.ord_type.value if action.ord_type is not None else None,
        price=action.price,
        stop_price=action.stop_price,
        master_quantity=action.master_quantity,
        master_filled_quantity=action.master_filled_quantity,
        master_status=action.master_status.value,
    )


def _result_state(result: ActionResult) -> ActionResultState:
    return ActionResultState(
        action_id=result.action_id,
        success=result.success,
        error=result.error,
        outcome=result.outcome,
        action_type=result.action_type,
        master_order_id=result.master_order_id,
        symbol=result.symbol,
    )
