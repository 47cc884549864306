"""Keeps the multipliers that positions show, then tells of them: the database first (product.md 6)."""

from collections.abc import Callable, Coroutine
from decimal import Decimal

from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.engine.ports import Alerts
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.services.configuration import Configuration
from das_copy_trader.services.errors import RequestError
from das_copy_trader.services.messages import InferredMultiplier, MultiplierInferred
from das_copy_trader.services.notification_service import NotificationService


class InferenceKeeper:
    """Takes what the engine infers. `start_task(name, coroutine)` runs something in the background."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        notifications: NotificationService,
        alerts: Alerts,
        clock: Clock,
        start_task: Callable[[str, Coroutine[object, object, None]], object],
    ) -> None:
        self._configuration = configuration
        self._notifications = notifications
        self._alerts = alerts
        self._clock = clock
        self._start_task = start_task

    def take(self, follower_id: FollowerId, symbol: Symbol, multiplier: Decimal) -> None:
        """Keep a multiplier in the background; returns at once."""
        self._start_task(f"multiplier of {symbol} on {follower_id}", self._keep(follower_id, symbol, multiplier))

    async def _keep(self, follower_id: FollowerId, symbol: Symbol, multiplier: Decimal) -> None:
        try:
            former = await self._configuration.infer_multiplier(follower_id, symbol, multiplier)
        except RequestError:
            return  # the user was faster: another multiplier of his own, or no such follower any more
        except Exception as error:  # noqa: BLE001 - whatever the store raises: nothing is kept, and copying goes on
            what = f"The multiplier {multiplier} that the positions in {symbol} show could not be stored, so the former"
            self._alerts.raise_alert(AlertLevel.WARN, f"{what} one goes on: {error}", follower_id=follower_id)
            return
        found = InferredMultiplier(self._clock.now(), follower_id, symbol, former, multiplier)
        self._notifications.publish(lambda seq: MultiplierInferred(seq, found))
        what = f"{follower_id}: the multiplier of {symbol} is {multiplier} now, as its position shows; it was {former}."
        self._alerts.raise_alert(AlertLevel.INFO, what, follower_id=follower_id)
