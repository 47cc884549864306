"""History for people: the rows behind each step, pages, and what happened to one order, told in sentences."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial

import msgspec
from msgspec import structs

from das_copy_trader.client.translate import quote_row
from das_copy_trader.domain.enums import Outcome
from das_copy_trader.domain.identifiers import FollowerId, OrderId
from das_copy_trader.engine.history import PastCopy, PastReplication, ReplicationStep, StepKind
from das_copy_trader.engine.observer import SUCCESSFUL_OUTCOMES
from das_copy_trader.services.errors import NotFoundError
from das_copy_trader.services.journal import Journal
from das_copy_trader.services.messages import FollowerOutcome, ReplicationState

RowReader = Callable[[FollowerId, OrderId], object]
"""The row that an account's platform last told of an order, None when there is none. An empty id: the master."""


class PastReplicationState(ReplicationState, frozen=True, kw_only=True):
    """A master order of any day. `decided_us`: the master's line to the decision, in microseconds."""

    trading_day: date
    decided_us: float | None


class ToldStep(msgspec.Struct, frozen=True):
    """One step. `sentence` tells it; `line` is the command or row as it was on the wire, where there is one."""

    at: datetime
    follower_id: str | None
    kind: StepKind
    sentence: str
    line: str


class Explanation(msgspec.Struct, frozen=True):
    """What was seen, decided, sent and answered for one master order, in order; then how each follower stands."""

    replication: PastReplicationState
    steps: list[ToldStep]
    conclusions: dict[str, str]
    is_complete: bool


class StepKeeper:
    """Hands the engine's steps to the journal, each with the row behind it."""

    def __init__(self, journal: Journal, row_of: RowReader) -> None:
        self._journal = journal
        self._row_of = row_of

    def keep(self, steps: Sequence[ReplicationStep]) -> None:
        """Keep them; returns at once. Rows are written out later, with the batch."""
        self._journal.note_steps([self._with_row(step) for step in steps])

    def _with_row(self, step: ReplicationStep) -> ReplicationStep:
        if step.order_id is None or step.line or step.kind in (StepKind.CANCEL_SENT, StepKind.REPLACE_SENT):
            return step
        row = self._row_of(step.follower_id, step.order_id)
        if row is not None:
            # Nobody else has the step yet, and there are two for each copy: a copy of it would cost ten times as much.
            structs.force_setattr(step, "read_line", partial(quote_row, row))
        return step


async def explain(journal: Journal, trading_day: date, order_id: OrderId) -> Explanation:
    """One order's story. Raises NotFoundError when nothing is known of it."""
    replication = await journal.replication(trading_day, order_id)
    if replication is None:
        raise NotFoundError(f"Nothing is known of a master order {order_id} on {trading_day.isoformat()}.")
    steps = _with_decisions(await journal.steps(trading_day, order_id))
    return Explanation(
        replication=past_state(replication),
        steps=[
            ToldStep(step.occurred_at, step.follower_id or None, step.kind, _sentence(step, replication), step.text())
            for step in steps
        ],
        conclusions={copy.follower_id: _conclusion(copy) for copy in replication.copies},
        is_complete=bool(steps) and all(step.kind is not StepKind.GAP for step in steps),
    )


def _with_decisions(steps: list[ReplicationStep]) -> list[ReplicationStep]:
    """A copy that was sent as it is has one step for the decision and the sending; a story has both."""
    told: list[ReplicationStep] = []
    decided: dict[FollowerId, None] = {}
    for step in steps:
        if step.kind is StepKind.SENT and step.follower_id not in decided:
            told.append(structs.replace(step, kind=StepKind.DECIDED, line=""))
        decided[step.follower_id] = None
        told.append(step)
    return told


def past_state(past: PastReplication) -> PastReplicationState:
    """A kept order in the brief's words."""
    return PastReplicationState(
        occurred_at=past.decided_at,
        master_order_id=past.master_order_id,
        symbol=past.symbol,
        side=past.side,
        quantity=past.quantity,
        type=past.ord_type or None,
        price=past.price,
        stop_price=past.stop_price,
        trail_amount=past.trail_amount,
        time_in_force=past.time_in_force or None,
        reason=past.reason,
        follower_results={copy.follower_id: _outcome(copy) for copy in past.copies},
        trading_day=past.trading_day,
        decided_us=past.decided_us,
    )


def _outcome(copy: PastCopy) -> FollowerOutcome:
    return FollowerOutcome(
        outcome=copy.outcome,
        success=copy.outcome in SUCCESSFUL_OUTCOMES,
        order_id=copy.order_id,
        quantity=copy.quantity,
        filled_quantity=copy.filled_quantity,
        reason=copy.reason,
        sent_us=copy.sent_us,
        acked_us=copy.acked_us,
    )


def _conclusion(copy: PastCopy) -> str:
    order = f", order {copy.order_id}" if copy.order_id is not None else ""
    filled = f", {copy.filled_quantity} of {copy.quantity} shares filled" if copy.quantity else ""
    return f"{copy.follower_id}: {_WORD_BY_OUTCOME[copy.outcome]}{order}{filled}.{_because(copy.reason)}"


def _sentence(step: ReplicationStep, order: PastReplication) -> str:
    named = f"order {step.order_id}" if step.order_id is not None else "the order"
    what = f"{order.side} {step.quantity} {order.symbol}"
    if not step.follower_id:
        return _masters_sentence(step, what)
    return f"{step.follower_id}: {_copys_sentence(step, named, what)}"


def _masters_sentence(step: ReplicationStep, what: str) -> str:
    if step.kind is StepKind.MASTER_REPLACED:
        return f"The master changed its order: {what} in all."
    if step.kind is StepKind.MASTER_CANCELLED:
        return f"The master's order ended with {step.filled_quantity} shares filled."
    if step.kind is StepKind.SEEN:
        return f"The master's order {step.master_order_id} was seen: {what}.{_because(step.reason)}"
    return step.reason


def _copys_sentence(step: ReplicationStep, named: str, what: str) -> str:
    match step.kind:
        case StepKind.DECIDED:
            return _decision(step, what)
        case StepKind.SENT:
            return "the order was sent."
        case StepKind.HELD:
            return "the order waits for the platform's rate limit."
        case StepKind.REPLACE_SENT:
            return f"{named} was asked to become {step.quantity} shares in all."
        case StepKind.CANCEL_SENT:
            return f"{named} was asked to be cancelled."
        case StepKind.REPLAYED:
            return f"the user had the queued action done.{_because(step.reason)}"
        case StepKind.DAY_ENDED:
            return f"the trading day turned while the copy was {_word(step)}."
        case _:
            filled = f", {step.filled_quantity} of {step.quantity} shares filled" if step.filled_quantity else ""
            return f"{named} is {_word(step)}{filled}.{_because(step.reason)}"


def _decision(step: ReplicationStep, what: str) -> str:
    if step.outcome is Outcome.PENDING:
        return f"{what} is to be sent.{_because(step.reason)}"
    return f"{_word(step)}.{_because(step.reason)}"


def _word(step: ReplicationStep) -> str:
    return _WORD_BY_OUTCOME[step.outcome] if step.outcome is not None else "not decided"


def _because(reason: str) -> str:
    return f" {reason}" if reason else ""


_WORD_BY_OUTCOME = {
    Outcome.PENDING: "sent and not answered yet",
    Outcome.WORKING: "working",
    Outcome.PARTIALLY_FILLED: "partly filled",
    Outcome.FILLED: "filled",
    Outcome.CANCELLED: "cancelled",
    Outcome.REPLACED: "replaced and working",
    Outcome.REJECTED: "rejected",
    Outcome.SKIPPED: "skipped",
    Outcome.QUEUED: "queued for the user",
    Outcome.WAITING_FOR_POSITION: "waiting for a position to close",
    Outcome.SHORT_TASK: "with the short sale's task",
    Outcome.UNKNOWN: "unknown: it is read back, never sent again",
    Outcome.FAILED: "failed",
}
