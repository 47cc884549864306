"""What the demo says in the terminal: one line for each order that the master placed, changed or cancelled."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from das_copy_trader.domain.enums import OrdType, Outcome
from das_copy_trader.domain.identifiers import FollowerId, OrderId
from das_copy_trader.engine.observer import FollowerResult, OutcomeChange, ReplicationKind, ReplicationRecord

WORD_BY_KIND: Final[dict[ReplicationKind, str]] = {
    ReplicationKind.REPLICATED: "order  ",
    ReplicationKind.REPLACED: "replace",
    ReplicationKind.CANCELLED: "cancel ",
}
AT_ONCE: Final = timedelta(seconds=0.25)
OPEN_MAX: Final = 200
_SENT: Final = frozenset({Outcome.PENDING, Outcome.WORKING, Outcome.PARTIALLY_FILLED, Outcome.FILLED})
_ON_ITS_WAY: Final = frozenset({Outcome.PENDING, Outcome.WORKING, Outcome.PARTIALLY_FILLED})
_WORDS_BY_OUTCOME: Final = {
    Outcome.WAITING_FOR_POSITION: "waits until it can close",
    Outcome.SHORT_TASK: "looks for shares to short",
    Outcome.QUEUED: "queued",
    Outcome.CANCELLED: "cancelled",
}


def line_of(record: ReplicationRecord, name_of: Callable[[str], str]) -> str:
    """What the master did and what each follower does for it; `name_of` knows a follower by its id."""
    order = f"{record.side.value:<5} {record.quantity:>4} {record.symbol:<5} {_pricing(record)}"
    names_by_part: dict[str, list[str]] = {}
    for result in record.results:
        names_by_part.setdefault(_part(record.kind, result), []).append(name_of(result.follower_id))
    parts = [f"{' + '.join(names)}: {part}" for part, names in names_by_part.items()]
    time = record.occurred_at.astimezone().strftime("%H:%M:%S")
    line = f"{time} {WORD_BY_KIND[record.kind]} {order:<42} -> {', '.join(parts) or record.reason}"
    sent_us = [result.sent_us for result in record.results if result.sent_us is not None]
    if record.kind is not ReplicationKind.REPLICATED or not sent_us:
        return line
    return f"{line} (last one out after {max(sent_us) / 1000:.2f} ms)"


class LocateLines:
    """Follows short sales that had to wait for shares; a line when one of them is settled.

    A short sale that goes out within `AT_ONCE` of its decision needed no locate, and no line.
    """

    def __init__(self, name_of: Callable[[str], str]) -> None:
        self._name_of = name_of
        self._begun_at: dict[tuple[OrderId, FollowerId], datetime] = {}

    def on_record(self, record: ReplicationRecord) -> None:
        """The master did something."""
        for result in record.results:
            if record.kind is ReplicationKind.REPLICATED and result.outcome is Outcome.SHORT_TASK:
                self._begun_at[record.master_order_id, result.follower_id] = record.occurred_at
        while len(self._begun_at) > OPEN_MAX:
            del self._begun_at[next(iter(self._begun_at))]

    def on_change(self, change: OutcomeChange) -> str | None:
        """The line, if this change settles a short sale that was waited for."""
        result = change.result
        begun_at = self._begun_at.get((change.master_order_id, result.follower_id))
        if begun_at is None or result.outcome is Outcome.SHORT_TASK:
            return None
        del self._begun_at[change.master_order_id, result.follower_id]
        waited = change.occurred_at - begun_at
        if waited < AT_ONCE:
            return None
        end = result.outcome.value if result.outcome not in _SENT else f"out, {waited.total_seconds():.1f} s later"
        why = "" if result.outcome in _SENT or not result.reason else f" ({result.reason.rstrip('.')})"
        return f"{self._name_of(result.follower_id)}: the short sale of {result.quantity} {change.symbol} is {end}{why}"


def _pricing(record: ReplicationRecord) -> str:
    words: list[str] = []
    if record.stop_price is not None:
        words.append(f"stop {record.stop_price}")
    if record.trail_amount is not None:
        words.append(f"trailing stop {record.trail_amount}")
    if record.price is not None:
        words.append(f"limit {record.price}")
    if record.ord_type is OrdType.MARKET:
        words.append("at the market")
    return " ".join(words) or "of a type that is not known"


def _part(kind: ReplicationKind, result: FollowerResult) -> str:
    if result.outcome in _ON_ITS_WAY:
        return "cancel sent" if kind is ReplicationKind.CANCELLED else str(result.quantity)
    if result.outcome in _WORDS_BY_OUTCOME:
        return _WORDS_BY_OUTCOME[result.outcome]
    if result.outcome is Outcome.SKIPPED:
        return f"skipped ({result.reason.rstrip('.')})"
    return f"{result.quantity} {result.outcome.value}"
