"""Conditions that a person must know of: kept, counted, told."""

import logging
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from das_copy_trader.domain.configuration import AlertRecord
from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.runtime.ids import Counter

KEPT: Final = 500
_log = structlog.get_logger(__name__)
_LOG_LEVEL_BY_LEVEL = {AlertLevel.INFO: logging.INFO, AlertLevel.WARN: logging.WARNING, AlertLevel.ERROR: logging.ERROR}


class AlertBook:
    """Implements engine.ports.Alerts. The newest `KEPT` alerts stay readable; each listener is told of each one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = Counter()
        self._records: deque[AlertRecord] = deque(maxlen=KEPT)
        self._listeners: list[Callable[[AlertRecord], None]] = []

    def listen(self, listener: Callable[[AlertRecord], None]) -> None:
        """Be told of every alert from now on, synchronously; the listener must return at once."""
        self._listeners.append(listener)

    def raise_alert(self, level: AlertLevel, message: str, *, follower_id: FollowerId | None = None) -> None:
        """Tell the user, in one sentence with what to do. Returns at once."""
        record = AlertRecord(self._numbers.next(), self._clock.now(), level.value, message, follower_id)
        self._records.append(record)
        _log.log(_LOG_LEVEL_BY_LEVEL[level], message, follower_id=follower_id)
        for listener in self._listeners:
            listener(record)

    def latest(self, limit: int = KEPT) -> list[AlertRecord]:
        """The newest alerts, newest first."""
        return list(reversed(self._records))[:limit]
