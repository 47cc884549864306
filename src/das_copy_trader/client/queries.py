"""Questions to a platform: replies carry no request id, so one of each kind is open at a time (das-cmd-api.md 1.10)."""

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Generic, TypeVar

from das_copy_trader.client.errors import QueryTimedOut

T = TypeVar("T")


class QueryKind(Enum):
    """What can be asked; the value is how people call it."""

    POSITIONS = "positions"
    ORDERS = "orders"
    BUYING_POWER = "buying power"
    SHORT_INFO = "short info"
    CLIENT_COUNT = "number of clients"
    LOCATES = "locate orders"
    LOCATES_AVAILABLE = "available locates"
    LOCATE_REUSE = "reuse of locates"
    LOCATE_MINIMUM = "minimum charge of a locate route"


class _Open(Generic[T]):
    def __init__(self, subject: str, future: asyncio.Future[T], timer: asyncio.TimerHandle) -> None:
        self.subject = subject
        self.future = future
        self.timer = timer


class QueryBook:
    """The open questions of one session. `send(kind, subject)` asks on the wire and raises ClientError if it cannot."""

    def __init__(self, send: Callable[[QueryKind, str], None], timeout_s: float) -> None:
        self._send = send
        self._timeout_s = timeout_s
        self._open: dict[QueryKind, _Open[object]] = {}

    async def ask(self, kind: QueryKind, subject: str = "") -> object:
        """The answer. The same question while one is open shares its answer; another of the kind waits its turn.

        Raises NotConnected, QueryRefused, QueryTimedOut or SessionLost.
        """
        while (asked := self._open.get(kind)) is not None:
            if asked.subject == subject:
                return await asyncio.shield(asked.future)
            await asyncio.wait([asked.future])
        loop = asyncio.get_running_loop()
        self._send(kind, subject)
        future: asyncio.Future[object] = loop.create_future()
        future.add_done_callback(_take_exception)
        timer = loop.call_later(self._timeout_s, self._time_out, kind, future)
        self._open[kind] = _Open(subject, future, timer)
        return await asyncio.shield(future)

    def answer(self, kind: QueryKind, reply: object, subject: str = "") -> None:
        """A reply came; without an open question of this kind and subject (in whatever case) it is nobody's."""
        asked = self._open.get(kind)
        if asked is not None and asked.subject.upper() == subject.upper():
            del self._open[kind]
            asked.timer.cancel()
            asked.future.set_result(reply)

    def refuse_only(self, error: Exception) -> bool:
        """Fail the open question if it is the only one: error texts name none. Whether there was exactly one."""
        if len(self._open) != 1:
            return False
        self._fail(next(iter(self._open)), error)
        return True

    def fail_all(self, error: Exception) -> None:
        """The session is over: every open question ends with its cause."""
        for kind in list(self._open):
            self._fail(kind, error)

    def _fail(self, kind: QueryKind, error: Exception) -> None:
        asked = self._open.pop(kind)
        asked.timer.cancel()
        asked.future.set_exception(error)

    def _time_out(self, kind: QueryKind, future: asyncio.Future[object]) -> None:
        asked = self._open.get(kind)
        if asked is not None and asked.future is future:
            limit = f"within {self._timeout_s:g} s"
            self._fail(kind, QueryTimedOut(f"The platform did not answer the question for the {kind.value} {limit}."))


def _take_exception(future: asyncio.Future[object]) -> None:
    """Whoever asked may have been cancelled: an answer that nobody waits for is no trouble."""
    if not future.cancelled():
        future.exception()
