"""One follower's short sale on its way from the master's order to its own: the states, and what is known of it."""

import asyncio
from datetime import datetime
from decimal import Decimal
from typing import Final

from das_copy_trader.domain.enums import Outcome
from das_copy_trader.domain.identifiers import ClOrdId, FollowerId, Symbol
from das_copy_trader.domain.locates import LocateOffer, ShortTaskRecord, ShortTaskStatus
from das_copy_trader.engine.locate_plan import ShortAnswers
from das_copy_trader.engine.order_links import CopyLink

S = ShortTaskStatus
TRANSITIONS: Final[dict[ShortTaskStatus, tuple[ShortTaskStatus, ...]]] = {
    S.PENDING: (S.CHECKING, S.CANCELLED),
    S.CHECKING: (S.LOCATING, S.PLACING_ORDER, S.FAILED, S.CANCELLED),
    S.LOCATING: (S.PLACING_ORDER, S.FAILED, S.CANCELLED),
    S.PLACING_ORDER: (S.COMPLETED, S.FAILED, S.CANCELLED),
    S.COMPLETED: (),
    S.FAILED: (),
    S.CANCELLED: (),
}
"""Where a task may go from each state (brief, «Task lifecycle»). What is not here cannot happen."""


class ShortSaleTask:
    """A task: live, changed by its manager alone. `link` is the copy that it works for.

    `grown_to` is set where the copy works already and the master gave its order more shares: what it should come to.
    `wake` is set by whatever may matter to it: the master's replace, the user's click, the follower's connection.
    """

    def __init__(
        self, task_id: str, link: CopyLink, created_at: datetime, trading_day: str, *, grown_to: int | None = None
    ) -> None:
        self.task_id = task_id
        self.link = link
        self.trading_day = trading_day
        self.grown_to = grown_to
        self.follower_id: FollowerId = link.seat.follower_id
        self.symbol: Symbol = link.master.order.symbol
        self.status = ShortTaskStatus.PENDING
        self.max_sell: int | None = None
        self.deficit: int | None = None
        self.located_qty = 0
        self.error = ""
        self.offer: LocateOffer | None = None
        self.accepted: LocateOffer | None = None
        self.is_offer_rejected = False
        self.is_told_shortable = False
        self.answers: ShortAnswers | None = None
        self.agreed_price = Decimal(0)
        self.declined: dict[str, None] = {}
        self.open_locate: ClOrdId | None = None
        self.deadline_s = 0.0
        self.created_at = created_at
        self.updated_at = created_at
        self.wake = asyncio.Event()
        self.runner: asyncio.Task[None] | None = None
        self.told: ShortTaskRecord | None = None

    @property
    def is_active(self) -> bool:
        """Whether it is on its way."""
        return bool(TRANSITIONS[self.status])

    @property
    def is_wanted(self) -> bool:
        """Whether its copy still waits for it."""
        if self.grown_to is not None:
            return self.is_active and not self.link.is_final and not self.link.wants_cancel
        return self.is_active and self.link.outcome is Outcome.SHORT_TASK

    @property
    def needed_qty(self) -> int:
        """Shares that it has to see covered, as the master asks now."""
        if self.grown_to is None:
            return self.link.quantity
        return max(0, self.grown_to - self.link.seat.committed_qty(self.link))

    @property
    def pair(self) -> tuple[FollowerId, Symbol]:
        """Tasks of one pair go one after another."""
        return (self.follower_id, self.symbol)

    def advance(self, status: ShortTaskStatus) -> None:
        """Go on to a state. Raises ValueError where the table has no such way."""
        if status not in TRANSITIONS[self.status]:
            raise ValueError(f"A short sale task cannot go from {self.status.value} to {status.value}.")
        self.status = status
        if not self.is_active:
            self.offer = self.accepted = None

    def record(self, cost: Decimal) -> ShortTaskRecord:
        """Its present state as a value. `cost`: dollars that its purchases were charged."""
        return ShortTaskRecord(
            task_id=self.task_id,
            trading_day=self.trading_day,
            follower_id=self.follower_id,
            follower=self.link.seat.settings.name,
            master_order_id=self.link.master.order_id,
            symbol=self.symbol,
            status=self.status,
            quantity=self.link.quantity if self.grown_to is None else self.grown_to,
            max_sell=self.max_sell,
            deficit=self.deficit,
            located_quantity=self.located_qty,
            cost=cost,
            error=self.error,
            created_at=self.created_at,
            updated_at=self.updated_at,
            offer=self.offer,
        )


def draw_life_cycle() -> str:
    """The table as a Mermaid state diagram, for the documents."""
    lines = ["stateDiagram-v2", f"    [*] --> {ShortTaskStatus.PENDING.value}"]
    for status, following in TRANSITIONS.items():
        lines += [f"    {status.value} --> {after.value}" for after in following]
        if not following:
            lines.append(f"    {status.value} --> [*]")
    return "\n".join(lines)
