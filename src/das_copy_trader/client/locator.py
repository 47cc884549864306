"""Locates of one account: prices, purchases, offers; implements the engine's LocateDesk.

One price inquiry in three seconds and one locate action at a time, over the whole connection: answers name neither
(das-cmd-api.md 1.9, 5.4). Nothing that may have been bought is ever ordered again from here, and after a connection was
lost with an inquiry open none goes out any more until copying is started anew: DAS is known to crash that way.
"""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Final

from das_copy_trader.client.errors import ClientError, NotConnected, OutcomeUnknown, QueryRefused, QueryTimedOut
from das_copy_trader.client.locate_waits import Inquiry, OpenOrder, Unseen
from das_copy_trader.client.mirror import AccountMirror
from das_copy_trader.client.queries import QueryKind
from das_copy_trader.client.rate_limits import LIMIT_BY_KIND, PacedKind, Window
from das_copy_trader.client.translate import (
    LocateReply,
    encode_locate_cancel,
    encode_locate_inquiry,
    encode_locate_order,
    encode_offer_answer,
)
from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import Side
from das_copy_trader.domain.identifiers import ClOrdId, Symbol
from das_copy_trader.domain.locates import (
    InquiryAnswer,
    LocateError,
    LocateNotNeeded,
    LocateOrder,
    LocateRefused,
    LocateStatus,
    LocateUnanswered,
    LocateUnreachable,
)
from das_copy_trader.domain.positions import ShortState

FIRST_ANSWER_S: Final = 5.0
"""How long the first answer to an inquiry or a locate order may take."""
GATHER_S: Final = 1.5
"""How long an inquiry's answers are gathered: a line a route, and no end (das-cmd-api.md 5.2: 1-2 s)."""
DECISION_S: Final = 15.0
"""How long a locate order may wait at its route before it is cancelled."""
CANCEL_S: Final = 5.0
CRASH_SUSPECT_S: Final = 10.0
"""A link that is lost so soon after an inquiry may have been lost by it."""
SILENT_AFTER: Final = 2
"""So many unanswered questions of a kind in a row, and it is not asked again over this link."""
ABANDONED_MAX: Final = 1_000
MINIMUMS_MAX: Final = 1_000


class Locator:
    """Made by a TradingClient. `send` puts bytes on its link while it is ready, `ask` is its question book."""

    def __init__(
        self,
        mirror: AccountMirror,
        *,
        now_s: Callable[[], float],
        share: float,
        send: Callable[[bytes], SendResult],
        ask: Callable[[QueryKind, str], Awaitable[object]],
    ) -> None:
        self._on_order: Callable[[LocateOrder], None] = _ignore
        self._mirror = mirror
        self._now_s = now_s
        self._send = send
        self._ask = ask
        self._inquiries = Window(LIMIT_BY_KIND[PacedKind.LOCATE_INQUIRY], share)
        self._orders = Window(LIMIT_BY_KIND[PacedKind.LOCATE_ORDER], share)
        self._inquiry: Inquiry | None = None
        self._order: OpenOrder | None = None
        self._inquired_at_s: float | None = None
        self._lost_reason = ""
        self._crash_reason = ""
        self._cl_ord_id_by_locate: dict[int, ClOrdId] = {}
        self._unseen: dict[ClOrdId, Unseen] = {}
        self._has_tokens = False
        self._abandoned: dict[ClOrdId, bool] = {}
        self._reusable: dict[Symbol, bool] = {}
        self._minimums: dict[str, Decimal] = {}
        self._unanswered: dict[QueryKind, int] = {}
        mirror.on_locate = self._on_row

    def listen(self, on_order: Callable[[LocateOrder], None]) -> None:
        """Tell this of each locate order's new state, listed or pushed."""
        self._on_order = on_order

    # --- reading -------------------------------------------------------------------------------------------------

    def located_orders(self, symbol: Symbol) -> list[LocateOrder]:
        """Today's locate orders of the symbol, as last told."""
        return [self._named(order) for order in self._mirror.locate_orders() if order.symbol == symbol]

    def located_order(self, cl_ord_id: ClOrdId) -> LocateOrder | None:
        """The locate order with this id, if the platform has shown it."""
        for order in map(self._named, self._mirror.locate_orders()):
            if order.cl_ord_id == cl_ord_id:
                return order
        return None

    def located_symbols(self) -> list[Symbol]:
        """Symbols of which shares were located today."""
        return list(dict.fromkeys(order.symbol for order in self._mirror.locate_orders() if order.located_qty))

    def shorted_today_qty(self, symbol: Symbol) -> int:
        """Shares sold short today, covered or not."""
        return sum(
            execution.last_qty
            for execution in self._mirror.executions
            if execution.symbol == symbol and execution.side is Side.SELL_SHORT
        )

    def was_reusable(self, symbol: Symbol) -> bool:
        """What the platform last answered about using located shares again; False before it was asked."""
        return self._reusable.get(symbol, False)

    @property
    def inquiry_refusal(self) -> str:
        """Why no price inquiry may go out to this platform any more, empty where it may."""
        return self._crash_reason

    # --- questions -----------------------------------------------------------------------------------------------

    async def short_state(self, symbol: Symbol) -> ShortState:
        """Whether the symbol can be sold short without a locate."""
        await self._answer(QueryKind.SHORT_INFO, symbol)
        state = self._mirror.short_state(symbol)
        if state is None:
            raise LocateUnanswered(f"What the platform said about selling {symbol} short could not be kept.")
        return state

    async def available(self, symbol: Symbol) -> int | None:
        """Located shares that the platform counts as available; None where it does not answer."""
        answer = await self._answer_or_none(QueryKind.LOCATES_AVAILABLE, symbol)
        return answer if isinstance(answer, int) else None

    async def is_reusable(self, symbol: Symbol) -> bool:
        """Whether located shares can be sold short again after covering."""
        self._reusable[symbol] = (await self._answer_or_none(QueryKind.LOCATE_REUSE, symbol)) is True
        return self._reusable[symbol]

    async def minimum_charge(self, route: str) -> Decimal | None:
        """The least that a route charges for a purchase, in dollars, asked once a link; None where nobody answers."""
        known = self._minimums.get(route.upper())
        if known is not None:
            return known
        answer = await self._answer_or_none(QueryKind.LOCATE_MINIMUM, route)
        if not isinstance(answer, Decimal):
            return None
        if len(self._minimums) < MINIMUMS_MAX:
            self._minimums[route.upper()] = answer
        return answer

    async def read_located(self) -> None:
        """Have the platform list its locate orders again."""
        await self._answer(QueryKind.LOCATES, "")

    async def _answer_or_none(self, kind: QueryKind, subject: str) -> object:
        """Some platforms leave these questions unanswered (seen live, das-cmd-api.md 5.2), older ones do not know them.

        One that never answers is not waited for again and again.
        """
        if self._unanswered.get(kind, 0) >= SILENT_AFTER:
            return None
        try:
            answer = await self._ask(kind, subject)
        except (QueryTimedOut, QueryRefused):
            self._unanswered[kind] = self._unanswered.get(kind, 0) + 1
            return None
        except ClientError as error:
            raise _as_locate_error(error) from error
        self._unanswered.pop(kind, None)
        return answer

    async def _answer(self, kind: QueryKind, subject: str) -> object:
        try:
            return await self._ask(kind, subject)
        except ClientError as error:
            raise _as_locate_error(error) from error

    # --- prices --------------------------------------------------------------------------------------------------

    async def inquiry_turn(self) -> None:
        """Wait until the platform's limit allows a price inquiry."""
        wait_s = self._inquiries.room_at_s(self._now_s()) - self._now_s()
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    async def inquire(self, symbol: Symbol, shares: int, routes: frozenset[str] = frozenset()) -> InquiryAnswer:
        """Ask every route without offers for its price; waits for its turn.

        Answers are gathered for `GATHER_S`, or until all `routes` (in capitals), where any are named, have answered.
        """
        while not self._inquiries.has_room(self._now_s()):
            await self.inquiry_turn()
        if self._crash_reason:
            raise LocateRefused(self._crash_reason)
        assert self._inquiry is None, "one inquiry at a time, over all symbols"
        payload = _sayable(lambda: encode_locate_inquiry(symbol, shares))
        self._inquiries.claim(self._now_s())
        self._put(payload)
        inquiry = self._inquiry = Inquiry(symbol, routes)
        self._inquired_at_s = self._now_s()
        try:
            if not await _wait(inquiry.complete, GATHER_S) and not inquiry.answered.is_set():
                await self._first_answer(inquiry)
        finally:
            self._inquiry = None
        if self._lost_reason:
            raise LocateUnanswered(self._lost_reason)
        return InquiryAnswer(tuple(inquiry.quotes.values()), inquiry.is_shortable, "; ".join(inquiry.notes))

    async def _first_answer(self, inquiry: Inquiry) -> None:
        """Nobody has named a price yet: wait on, and a moment longer for those that follow the first."""
        if await _wait(inquiry.answered, FIRST_ANSWER_S - GATHER_S):
            await _wait(inquiry.complete, GATHER_S / 3)
        elif not inquiry.notes:
            raise LocateUnanswered(f"No locate route answered the price inquiry for {inquiry.symbol}.")

    # --- purchases -----------------------------------------------------------------------------------------------

    async def order(
        self, symbol: Symbol, shares: int, route: str, cl_ord_id: ClOrdId, limit_price: Decimal
    ) -> LocateOrder:
        """Order locates; returns the order once it is over, or OFFERED."""
        payload = _sayable(lambda: encode_locate_order(symbol, shares, route, cl_ord_id, limit_price or None))
        if not self._orders.claim(self._now_s()):
            raise LocateRefused("The platform's limit of locate orders a minute is reached; try again in a minute.")
        assert self._order is None, "one locate order at a time, over all symbols"
        others = frozenset(order.locate_id for order in self._mirror.locate_orders())
        self._await_row(cl_ord_id, Unseen(symbol, shares, route, others))
        order = OpenOrder(symbol, shares, route, cl_ord_id)
        try:
            self._put(payload)
            self._order = order
            return await self._decided(order, FIRST_ANSWER_S, DECISION_S)
        except (LocateRefused, LocateUnreachable):
            self._unseen.pop(cl_ord_id, None)
            raise
        finally:
            self._order = None

    async def accept_offer(self, cl_ord_id: ClOrdId) -> LocateOrder:
        """Take what is offered; returns the order once it is over."""
        row = self.located_order(cl_ord_id)
        if row is None or row.status is not LocateStatus.OFFERED:
            raise LocateRefused("The offer has lapsed.")
        self._put(encode_offer_answer(row.locate_id, is_accept=True))
        order = self._order = OpenOrder(row.symbol, row.order_qty, row.route, cl_ord_id)
        order.changed.clear()
        try:
            return await self._over(order, DECISION_S)
        finally:
            self._order = None

    def recognise(self, cl_ord_id: ClOrdId, symbol: Symbol, shares: int, route: str, *, others: frozenset[int]) -> None:
        """An earlier life may have sent this order: know it also where the build does not repeat tokens.

        `others` are locate orders that it cannot be.
        """
        if self.located_order(cl_ord_id) is None and cl_ord_id not in self._unseen:
            self._await_row(cl_ord_id, Unseen(symbol, shares, route, others))
            for row in self._mirror.locate_orders():
                self._name_by_looks(row)

    def _await_row(self, cl_ord_id: ClOrdId, unseen: Unseen) -> None:
        if len(self._unseen) >= ABANDONED_MAX:
            del self._unseen[next(iter(self._unseen))]
        self._unseen[cl_ord_id] = unseen

    def abandon(self, cl_ord_id: ClOrdId) -> None:
        """Cancel an order, or reject its offer, now or as soon as the platform shows it; once over each link."""
        if len(self._abandoned) >= ABANDONED_MAX:
            del self._abandoned[next(iter(self._abandoned))]
        self._abandoned.setdefault(cl_ord_id, False)
        row = self.located_order(cl_ord_id)
        if row is not None and row.is_open and not self._abandoned[cl_ord_id]:
            self._end(row, cl_ord_id)

    def _end(self, row: LocateOrder, cl_ord_id: ClOrdId) -> None:
        """Tell the platform to drop an order; where it cannot be told now, its next row brings it up again."""
        is_offer = row.status is LocateStatus.OFFERED
        payload = (
            encode_offer_answer(row.locate_id, is_accept=False) if is_offer else encode_locate_cancel(row.locate_id)
        )
        self._abandoned[cl_ord_id] = self._send(payload) is SendResult.SENT

    async def _decided(self, order: OpenOrder, first_s: float, decision_s: float) -> LocateOrder:
        """The order's end or offer; one that stays open is cancelled."""
        deadline_s = self._now_s() + decision_s
        row = await self._shown(order, first_s)
        while row.is_open and row.status is not LocateStatus.OFFERED:
            left_s = deadline_s - self._now_s()
            if left_s <= 0:
                self.abandon(order.cl_ord_id)
                return await self._over(order, CANCEL_S)
            row = await self._next_row(order, left_s) or row
        return row

    async def _over(self, order: OpenOrder, limit_s: float) -> LocateOrder:
        deadline_s = self._now_s() + limit_s
        while (left_s := deadline_s - self._now_s()) > 0:
            row = self.located_order(order.cl_ord_id)
            if row is not None and not row.is_open:
                return row
            await self._next_row(order, left_s)
        raise LocateUnanswered(f"The locate order for {order.symbol} at {order.route} did not end in time.")

    async def _shown(self, order: OpenOrder, limit_s: float) -> LocateOrder:
        """The order's first row. Raises what the platform says against it."""
        row = await self._next_row(order, limit_s)
        if row is None:
            raise LocateUnanswered(f"{order.route} did not answer the locate order for {order.symbol}.")
        return row

    async def _next_row(self, order: OpenOrder, limit_s: float) -> LocateOrder | None:
        """The order as it stands after the next thing that is told of it, or after the limit."""
        await _wait(order.changed, limit_s)
        order.changed.clear()
        row = self.located_order(order.cl_ord_id)
        if row is None and order.refusal is not None:
            raise order.refusal
        if self._lost_reason:
            raise LocateUnanswered(self._lost_reason)
        return row

    def _put(self, payload: bytes) -> None:
        result = self._send(payload)
        if result is SendResult.STALLED:  # it may have left all the same
            raise LocateUnanswered("The link broke while it was being sent; what became of it is read back.")
        if result is not SendResult.SENT:
            raise LocateUnreachable("The account is not connected; nothing was sent.")
        self._lost_reason = ""

    # --- what the platform says ----------------------------------------------------------------------------------

    def on_locate_reply(self, reply: LocateReply) -> None:
        """A price, or the failure of an inquiry or a locate order."""
        inquiry, order = self._inquiry, self._order
        if inquiry is not None and inquiry.symbol == reply.symbol:
            inquiry.hear(reply)
        elif order is not None and order.symbol == reply.symbol and reply.is_failure:
            self._refuse(order, reply)

    def _refuse(self, order: OpenOrder, reply: LocateReply) -> None:
        """Only what names the order's own route is about it for sure: an inquiry's answer may come late."""
        if reply.is_shortable:
            order.refusal = LocateNotNeeded(f"{order.symbol} can be sold short without a locate.")
        elif reply.quote.route.upper() == order.route.upper():
            order.refusal = LocateRefused(f"{order.route} refused the locate: {reply.note or 'no reason given'}.")
        else:
            return
        order.changed.set()

    def _on_row(self, row: LocateOrder) -> None:
        order = self._order
        if row.cl_ord_id is not None:
            self._has_tokens = True
            self._unseen.pop(row.cl_ord_id, None)
        else:
            self._name_by_looks(row)
        row = self._named(row)
        self._on_order(row)
        if row.cl_ord_id is not None and row.cl_ord_id in self._abandoned and row.is_open:
            self._end(row, row.cl_ord_id)
        if order is not None and row.cl_ord_id == order.cl_ord_id:
            order.changed.set()

    def _name_by_looks(self, row: LocateOrder) -> None:
        """A build that does not repeat tokens: the row is the newest order of ours that looks like it."""
        if self._has_tokens or row.cl_ord_id is not None or row.locate_id in self._cl_ord_id_by_locate:
            return
        for cl_ord_id, unseen in reversed(list(self._unseen.items())):
            if unseen.is_in(row):
                self._cl_ord_id_by_locate[row.locate_id] = cl_ord_id
                del self._unseen[cl_ord_id]
                return

    def on_link_lost(self, reason: str, *, is_gone: bool) -> None:
        """The account cannot trade any more: what was sent and not answered stays unanswered.

        `is_gone`: the link itself is lost.
        """
        self._lost_reason = reason or "The connection was lost."
        if is_gone and self._inquired_at_s is not None and self._now_s() - self._inquired_at_s < CRASH_SUSPECT_S:
            self._crash_reason = (
                "The platform went away right after a price inquiry, as it is known to crash by one. No more go out "
                "to it until you stop and start copying."
            )
        self._inquired_at_s = None
        if is_gone:
            self._minimums.clear()
            self._unanswered.clear()
            self._abandoned = dict.fromkeys(self._abandoned, False)
        if self._inquiry is not None:
            self._inquiry.answered.set()
            self._inquiry.complete.set()
        if self._order is not None:
            self._order.changed.set()

    def _named(self, row: LocateOrder) -> LocateOrder:
        """The row with the id that we gave it, also where the build does not repeat it."""
        cl_ord_id = self._cl_ord_id_by_locate.get(row.locate_id)
        if row.cl_ord_id is not None or cl_ord_id is None:
            return row
        return LocateOrder(
            row.locate_id,
            row.symbol,
            row.order_qty,
            row.located_qty,
            row.price,
            row.status,
            row.route,
            cl_ord_id,
        )


async def _wait(event: asyncio.Event, limit_s: float) -> bool:
    """Whether the event came within the limit."""
    try:
        async with asyncio.timeout(limit_s):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _sayable(encode: Callable[[], bytes]) -> bytes:
    try:
        return encode()
    except ValueError as error:
        raise LocateRefused(str(error)) from error


def _as_locate_error(error: ClientError) -> LocateError:
    if isinstance(error, NotConnected):
        return LocateUnreachable(str(error))
    return LocateUnanswered(str(error)) if isinstance(error, OutcomeUnknown) else LocateRefused(str(error))


def _ignore(_order: LocateOrder) -> None:
    """Stands in until somebody keeps the books."""
