"""The trading commands of one account, over its session's link while that is ready. Only a TradingClient makes one.

Everything here is synchronous and ends in the socket write: it is the last stage of the hot path.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from das_copy_trader.client.rate_limits import Pacer, PacingLeft
from das_copy_trader.client.trace import LineTrace
from das_copy_trader.client.translate import encode_cancel, encode_replace
from das_copy_trader.domain.account import AccountListener, SendResult
from das_copy_trader.domain.identifiers import ClOrdId, OrderId
from das_copy_trader.domain.orders import OrderTerms
from das_copy_trader.runtime.clock import Clock
from das_copy_trader.runtime.network import Link, LinkClosed, LinkError, LinkStalled

_RECENT_S: Final = 5.0
# Members by name of their own: on the hot path a look-up in the class is felt.
_SENT: Final = SendResult.SENT
_NOT_READY: Final = SendResult.NOT_READY


class TradingDesk:
    """Sends orders, cancels and replaces, paced to the platform's limits."""

    # What stands between one follower's bytes and the next one's is in one piece of memory.
    __slots__ = (  # noqa: RUF023 - see above
        "_link",
        "_pacer",
        "_last_sent_s",
        "_trace",
        "_listener",
        "_now_s",
        "_on_broken",
        "_release_timer",
        "_share",
    )

    def __init__(
        self, clock: Clock, share: float, listener: Callable[[], AccountListener], trace: LineTrace | None = None
    ) -> None:
        self._now_s = clock.monotonic_s
        self._share = share
        self._listener = listener
        self._trace = trace
        self._pacer = Pacer(share)
        self._link: Link | None = None
        self._on_broken: Callable[[LinkError], None] | None = None
        self._release_timer: asyncio.TimerHandle | None = None
        self._last_sent_s: float | None = None

    # --- the session's side --------------------------------------------------------------------------------------

    def attach(self, link: Link, on_broken: Callable[[LinkError], None]) -> None:
        """The account can trade over this link. A new link is a new count of the platform's limits; the old one stays
        counted, since the platform may count by login."""
        self._link = link
        self._on_broken = on_broken

    def detach(self, reason: str) -> None:
        """The account cannot trade any more: what waits is dropped, orders are told."""
        self._link = None
        self._on_broken = None
        if self._release_timer is not None:
            self._release_timer.cancel()
            self._release_timer = None
        for cl_ord_id in self._pacer.drop_all():
            self._listener().on_paced_dropped(cl_ord_id, reason)

    def has_recent_command(self) -> bool:
        """Whether a command went out in the last seconds."""
        return self._last_sent_s is not None and self._now_s() - self._last_sent_s < _RECENT_S

    @property
    def pacing(self) -> PacingLeft:
        """What the limits leave and what waits."""
        return self._pacer.left(self._now_s())

    # --- commands ------------------------------------------------------------------------------------------------

    def submit(self, encoded: bytes, cl_ord_id: ClOrdId, now_s: float, *, is_exit: bool) -> SendResult:
        """Send an order, or hold it where the limit asks for that."""
        link = self._link
        if link is None:
            return _NOT_READY
        # `claim_order` and `_put` once more, without their frames: this stands between two followers' bytes.
        pacer = self._pacer
        times_s = pacer.order_times_s
        count = pacer.order_count if is_exit else pacer.entry_count
        if pacer.holds_orders or (len(times_s) >= count and now_s < times_s[-count] + pacer.order_window_s):
            return self._submit_paced(link, encoded, cl_ord_id, now_s, is_exit=is_exit)
        times_s.append(now_s)
        self._last_sent_s = now_s
        try:
            taken = link.transmit(encoded)
        except (OSError, LinkError) as error:
            return self._finish_send(link, encoded, error)
        if taken != len(encoded) or self._trace is not None:
            return self._finish_send(link, encoded, taken)
        return _SENT

    def _finish_send(self, link: Link, encoded: bytes, outcome: int | OSError | LinkError) -> SendResult:
        try:
            if isinstance(outcome, LinkError):
                raise outcome
            link.finish_send(encoded, outcome)
        except (LinkStalled, LinkClosed) as error:
            return self._broken(error)
        if self._trace is not None:
            self._trace.note_sent(encoded, self._now_s())
        return _SENT

    def _submit_paced(
        self, link: Link, encoded: bytes, cl_ord_id: ClOrdId, now_s: float, *, is_exit: bool
    ) -> SendResult:
        if self._pacer.claim_order(now_s, is_exit=is_exit):
            return self._put(link, encoded, now_s)
        self._pacer.hold_order(cl_ord_id, encoded, now_s, is_exit=is_exit)
        return self._held()

    def withdraw(self, cl_ord_id: ClOrdId) -> bool:
        """Take back an order that is still held."""
        return self._pacer.withdraw(cl_ord_id)

    def cancel(self, order_id: OrderId) -> SendResult:
        """Cancel one order by its platform id."""
        link = self._link
        if link is None:
            return SendResult.NOT_READY
        now_s = self._now_s()
        payload = encode_cancel(order_id)
        if not self._pacer.claim_cancel(order_id, now_s):
            self._pacer.hold_cancel(order_id, payload, now_s)
            return self._held()
        return self._put(link, payload, now_s)

    def replace(self, order_id: OrderId, total_qty: int, terms: OrderTerms) -> SendResult:
        """Replace one order. Raises ValueError when the terms cannot be said on the wire."""
        link = self._link
        if link is None:
            return SendResult.NOT_READY
        now_s = self._now_s()
        payload = encode_replace(order_id, total_qty, terms)
        if not self._pacer.claim_replace(now_s):
            self._pacer.hold_replace(order_id, payload, now_s)
            return self._held()
        return self._put(link, payload, now_s)

    def send_locate(self, payload: bytes) -> SendResult:
        """Send a locate command; its sender keeps the platform's limits of those."""
        link = self._link
        return SendResult.NOT_READY if link is None else self._put(link, payload, self._now_s())

    # --- the link ------------------------------------------------------------------------------------------------

    def _put(self, link: Link, payload: bytes, now_s: float) -> SendResult:
        self._last_sent_s = now_s
        try:
            link.send(payload)
        except (LinkStalled, LinkClosed) as error:
            return self._broken(error)
        if self._trace is not None:
            self._trace.note_sent(payload, now_s)
        return SendResult.SENT

    def _broken(self, error: LinkStalled | LinkClosed) -> SendResult:
        """Nothing more goes out over this link; what waits is dropped by the session's end."""
        on_broken, self._link = self._on_broken, None
        if on_broken is not None:
            on_broken(error)
        return SendResult.STALLED if isinstance(error, LinkStalled) else SendResult.NOT_READY

    def _held(self) -> SendResult:
        if self._release_timer is None:
            self._set_release_timer()
        return SendResult.PACED

    def _set_release_timer(self) -> None:
        at_s = self._pacer.next_release_s(self._now_s())
        self._release_timer = None
        if at_s is not None:
            self._release_timer = asyncio.get_running_loop().call_later(max(0.0, at_s - self._now_s()), self._release)

    def _release(self) -> None:
        self._release_timer = None
        while (link := self._link) is not None and (held := self._pacer.release(self._now_s())) is not None:
            result = self._put(link, held.payload, self._now_s())
            if held.cl_ord_id is None:
                continue
            if result is SendResult.NOT_READY:
                self._listener().on_paced_dropped(held.cl_ord_id, "The link was lost before the order could be sent.")
            else:
                self._listener().on_paced_sent(held.cl_ord_id)
        if self._link is not None and self._release_timer is None:
            self._set_release_timer()
