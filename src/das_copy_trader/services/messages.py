"""What the server tells a browser over `WS /ws`: one tagged struct per frame, `{"type", "seq", "data"}`.

Words are the brief's. Decimals travel as strings. Times are UTC, ISO 8601.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

import msgspec

from das_copy_trader.domain.enums import AlertLevel, ConnectionState, Mode, Outcome
from das_copy_trader.domain.locates import ShortTaskStatus
from das_copy_trader.engine.action_queue import ActionState, ActionType, QueueReason
from das_copy_trader.runtime.logging import LogEntry


class FollowerOutcome(msgspec.Struct, frozen=True):
    """What became of a master's order on one follower. Quantities in shares, times in microseconds.

    `sent_us`: the master's line to the follower's bytes. `acked_us`: the master's line to the follower's first answer.
    """

    outcome: Outcome
    success: bool
    order_id: int | None
    quantity: int
    filled_quantity: int
    reason: str
    sent_us: float | None = None
    acked_us: float | None = None


class ReplicationState(msgspec.Struct, frozen=True):
    """One thing that the master did, with each follower's part. Quantity and prices are the master's."""

    occurred_at: datetime
    master_order_id: int
    symbol: str
    side: str
    quantity: int
    type: str | None
    price: Decimal | None
    stop_price: Decimal | None
    trail_amount: Decimal | None
    time_in_force: str | None
    reason: str
    follower_results: dict[str, FollowerOutcome]


class OutcomeUpdate(msgspec.Struct, frozen=True):
    """A follower's outcome changed after the fact."""

    occurred_at: datetime
    master_order_id: int
    symbol: str
    follower_id: str
    result: FollowerOutcome


class AlertState(msgspec.Struct, frozen=True):
    """A condition that a person must know of."""

    number: int
    raised_at: datetime
    level: AlertLevel
    message: str
    follower_id: str | None


class InferredMultiplier(msgspec.Struct, frozen=True):
    """A follower's position shows another multiplier than the one that was in force; it is stored already."""

    occurred_at: datetime
    follower_id: str
    symbol: str
    old_multiplier: Decimal
    new_multiplier: Decimal


class LogLines(msgspec.Struct, frozen=True):
    """New lines of the log, oldest first."""

    entries: list[LogEntry]


class DriftState(StrEnum):
    """How a follower's position stands to its target."""

    IN_STEP = "in_step"
    SETTLING = "settling"
    """A difference, but an order works in the symbol, a short sale is on its way, or it is not old enough to count."""
    DRIFT = "drift"
    EXCLUDED = "excluded"
    """The symbol is on the follower's blacklist: it has no target."""
    UNKNOWN = "unknown"
    """The master or the follower is not in step with its platform: nothing honest can be said."""


class PositionState(msgspec.Struct, frozen=True):
    """One position. `quantity` is signed. `unrealized_pl` is what the platform last said, None when it said nothing.

    On followers `target` is the master's quantity × `multiplier`, rounded half up; None where nothing honest can be
    said (`drift_state` says why). On the master it is None.
    """

    symbol: str
    quantity: int
    avg_price: Decimal
    realized_pl: Decimal
    unrealized_pl: Decimal | None
    multiplier: Decimal | None = None
    multiplier_source: str | None = None
    target: int | None = None
    drift_state: DriftState | None = None

    @property
    def drift(self) -> int | None:
        """What the follower has beyond its target. Not sent, since it follows: big desks stay below 1 MB a second."""
        return None if self.target is None else self.quantity - self.target


class WorkingOrder(msgspec.Struct, frozen=True):
    """An order that can still fill. `type` is None while it could not be decoded."""

    order_id: int
    symbol: str
    side: str
    quantity: int
    leaves_quantity: int
    filled_quantity: int
    type: str | None
    price: Decimal | None
    stop_price: Decimal | None
    status: str
    is_copy: bool


class Budgets(msgspec.Struct, frozen=True):
    """Commands that the platform's rate limits allow now, and commands that wait for them."""

    orders_left: int
    cancels_left: int
    replaces_left: int
    waiting: int


class AccountState(msgspec.Struct, frozen=True, kw_only=True):
    """One account as its platform last told it. `is_current`: it is in step with the platform now; else it is old.

    `realized_pl` and `unrealized_pl` are the sums over the positions, None where a position lacks its own.
    `budgets`: None for an account that cannot trade.
    """

    account_id: str
    broker_id: str
    state: ConnectionState
    reason: str
    since: datetime | None
    is_current: bool
    latency_ms: float | None
    positions: list[PositionState]
    working_orders: list[WorkingOrder]
    buying_power: Decimal | None
    buying_power_overnight: Decimal | None = None
    realized_pl: Decimal | None = None
    unrealized_pl: Decimal | None = None
    budgets: Budgets | None = None


class QueuedActionState(msgspec.Struct, frozen=True, kw_only=True):
    """One action that a follower missed. `new_quantity` and `new_price` are those of an `order_replace`.

    `quantity` is the follower's, in shares; `price`, `stop_price`, `master_quantity` and `master_status` are those of
    the master's order as it is now. `reason` is a word for programs, `text` the sentence. `error`: why the last
    replay failed. `warning`: what to look at before replaying.
    """

    action_id: str
    follower_id: str
    action_type: ActionType
    master_order_id: int
    new_quantity: int | None
    new_price: Decimal | None
    state: ActionState
    reason: QueueReason
    text: str
    error: str
    warning: str
    queued_at: datetime
    age_s: float
    symbol: str
    side: str
    quantity: int
    type: str | None
    price: Decimal | None
    stop_price: Decimal | None
    master_quantity: int
    master_filled_quantity: int
    master_status: str


class QueuedActionsState(msgspec.Struct, frozen=True):
    """A follower's actions, in the master's order."""

    follower_id: str
    actions: list[QueuedActionState]


class ActionResultState(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one action. `error` is a sentence, empty on success; `outcome` is the copy's, None without one."""

    action_id: str
    success: bool
    error: str
    outcome: Outcome | None
    action_type: ActionType | None
    master_order_id: int | None
    symbol: str | None


class ActionResultsState(msgspec.Struct, frozen=True):
    """What came of replaying or discarding a follower's actions."""

    follower_id: str
    results: list[ActionResultState]


class FollowerState(AccountState, frozen=True, kw_only=True):
    """A follower's account and how it copies. `multipliers`: symbol -> multiplier, where one overrides the base.

    `queued_actions`: so many actions wait for the user.
    """

    follower_id: str
    name: str
    enabled: bool
    order_route: str
    base_multiplier: Decimal
    multipliers: dict[str, Decimal]
    blacklist: list[str]
    queued_actions: int = 0


class LocateOfferState(msgspec.Struct, frozen=True, kw_only=True):
    """Shares that can be had above the follower's limit, until `expires_at`. Dollars; `total_cost` counts minimums."""

    price: Decimal
    shares: int
    total_cost: Decimal
    route: str
    age_s: float
    made_at: datetime
    expires_at: datetime


class ShortSaleTaskState(msgspec.Struct, frozen=True, kw_only=True):
    """One short sale of one follower. `max_sell` and `deficit` are None until they were worked out.

    `error` says what it waits for, or why it ended without the whole order; empty where there is nothing to say.
    """

    task_id: str
    status: ShortTaskStatus
    symbol: str
    follower: str
    follower_id: str
    master_order_id: int
    quantity: int
    max_sell: int | None
    deficit: int | None
    located_quantity: int
    cost: Decimal
    error: str
    offer: LocateOfferState | None
    created_at: datetime
    updated_at: datetime


class DailyRestartState(msgspec.Struct, frozen=True, kw_only=True):
    """The trading day and the restarts at its turns. Moments are UTC; `last_result` is a sentence, empty before any."""

    trading_day: date
    next_restart_at: datetime
    last_restart_at: datetime | None
    last_result: str


class SystemState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything, once a second. `boot_id` changes with each start of the process, `build_id` with each version."""

    boot_id: str
    build_id: str
    server_time: datetime
    mode: Mode
    mode_reason: str
    started_at: datetime | None
    master: AccountState | None
    followers: list[FollowerState]
    history_rows_waiting: int
    daily_restart: DailyRestartState
    short_sale_tasks: list[ShortSaleTaskState] = []


class StateUpdate(msgspec.Struct, frozen=True, tag="state_update", tag_field="type"):
    """The whole state: at once after connecting, then every second."""

    seq: int
    data: SystemState


class OrderReplicated(msgspec.Struct, frozen=True, tag="order_replicated", tag_field="type"):
    """The master placed an order, and this was decided for each follower."""

    seq: int
    data: ReplicationState


class OrderCancelled(msgspec.Struct, frozen=True, tag="order_cancelled", tag_field="type"):
    """A master order was cancelled."""

    seq: int
    data: ReplicationState


class OrderReplaced(msgspec.Struct, frozen=True, tag="order_replaced", tag_field="type"):
    """A master order was replaced."""

    seq: int
    data: ReplicationState


class ReplicationUpdate(msgspec.Struct, frozen=True, tag="replication_update", tag_field="type"):
    """A follower's outcome changed later."""

    seq: int
    data: OutcomeUpdate


class ShortSaleTaskUpdate(msgspec.Struct, frozen=True, tag="short_sale_task_update", tag_field="type"):
    """A short sale task changed."""

    seq: int
    data: ShortSaleTaskState


class MultiplierInferred(msgspec.Struct, frozen=True, tag="multiplier_inferred", tag_field="type"):
    """A symbol's multiplier on one follower was inferred from positions."""

    seq: int
    data: InferredMultiplier


class Alert(msgspec.Struct, frozen=True, tag="alert", tag_field="type"):
    """An error or warning condition."""

    seq: int
    data: AlertState


class LogEntries(msgspec.Struct, frozen=True, tag="log_entries", tag_field="type"):
    """New log lines, every 2 s when there are some."""

    seq: int
    data: LogLines


class ActionQueued(msgspec.Struct, frozen=True, tag="action_queued", tag_field="type"):
    """A follower was offline when the master acted."""

    seq: int
    data: QueuedActionState


class QueuedActionsAvailable(msgspec.Struct, frozen=True, tag="queued_actions_available", tag_field="type"):
    """A follower is back, and actions wait for it."""

    seq: int
    data: QueuedActionsState


class ActionsReplayed(msgspec.Struct, frozen=True, tag="actions_replayed", tag_field="type"):
    """The user replayed queued actions."""

    seq: int
    data: ActionResultsState


Event: TypeAlias = (
    ActionQueued
    | QueuedActionsAvailable
    | ActionsReplayed
    | OrderReplicated
    | OrderCancelled
    | OrderReplaced
    | ReplicationUpdate
    | Alert
    | LogEntries
    | MultiplierInferred
    | ShortSaleTaskUpdate
)
