"""What works on a follower, where the user has to decide about it: excluded symbols, disabled and removed followers."""

import asyncio
from typing import Final

from das_copy_trader.domain.configuration import BlacklistRecord
from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.engine.observer import OutcomeChange
from das_copy_trader.engine.ports import Alerts
from das_copy_trader.engine.replication_engine import ReplicationEngine
from das_copy_trader.services.das_service import DASService
from das_copy_trader.services.errors import ConflictError

CANCEL_WAIT_S: Final = 3.0
"""How long an answer waits for the platform to show the cancels; they go on without it."""
_POLLS: Final = 150


class WorkingCopies:
    """Says what works or is held, and cancels the copies that work when the user asks for it."""

    def __init__(self, *, engine: ReplicationEngine, das_service: DASService, alerts: Alerts) -> None:
        self._engine = engine
        self._das_service = das_service
        self._alerts = alerts

    def count(self, follower_id: FollowerId) -> int:
        """Copies that are not over."""
        return len(self._engine.open_copies(follower_id))

    def warn_excluded(self, entry: BlacklistRecord) -> str | None:
        """A symbol was excluded: warn, with an alert, where the follower holds or works it; None where it does not."""
        client = self._das_service.follower(entry.follower_id)
        if client is None:
            return None
        net_qty, orders = client.view.net_qty(entry.symbol), client.view.working_orders(entry.symbol)
        what = [f"holds {net_qty} {entry.symbol}"] if net_qty else []
        if orders:
            what.append(f"has {len(orders)} working order{'s' if len(orders) > 1 else ''} in {entry.symbol}")
        if not what:
            return None
        rule = (
            "Only the master's closing orders are copied from now on."
            if entry.allow_closing
            else "The master's closing orders are not copied either from now on: close it yourself, or allow closing."
        )
        warning = f"{entry.follower_id} {' and '.join(what)}. {rule} Cancels of working copies still go through."
        self._alerts.raise_alert(AlertLevel.WARN, warning, follower_id=entry.follower_id)
        return warning

    def warn_disabled(self, follower_id: FollowerId) -> None:
        """A follower was disabled: offer to cancel what still works there."""
        count = self.count(follower_id)
        if count:
            what = f"{follower_id} is disabled, and {_copies(count)} there; cancel what should end from its page."
            self._alerts.raise_alert(AlertLevel.WARN, what, follower_id=follower_id)

    def warn_removed(self, follower_id: FollowerId, count: int) -> None:
        """A follower was removed with working copies: nobody but the user can end them now."""
        if count:
            what = f"{follower_id} was removed, and {_copies(count)} at its platform; cancel them in DAS by hand."
            self._alerts.raise_alert(AlertLevel.WARN, what)

    async def cancel(self, follower_id: FollowerId, *, is_last: bool = False) -> list[OutcomeChange]:
        """Cancel every copy that works on a follower; each one's outcome after at most `CANCEL_WAIT_S`.

        `is_last`: nothing but these cancels is sent to it any more. Raises ConflictError when it cannot trade.
        """
        client = self._das_service.follower(follower_id)
        if client is None or not self._engine.is_ready(follower_id):
            reason = "copying is not started" if client is None else client.state_reason
            raise ConflictError(f"Nothing can be sent to {follower_id}: {reason} Cancel its orders in DAS by hand.")
        if is_last:
            self._engine.freeze_follower(follower_id)
        links = self._engine.cancel_copies(follower_id)
        for _ in range(_POLLS):
            if all(link.is_final for link in links):
                break
            await asyncio.sleep(CANCEL_WAIT_S / _POLLS)
        return [self._engine.outcome_of(link) for link in links]


def _copies(count: int) -> str:
    return "a copy still works" if count == 1 else f"{count} copies still work"
