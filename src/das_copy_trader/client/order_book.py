"""Every order of the account, as its platform last told it: the hot half of the mirror.

Rows are the full state of an order and are applied in the order of arrival; %OrderAct lines and executions come before
or after the rows that they belong to (das-cmd-api.md 4), so each of the three may be the first to tell. What they have
in common decides:

- a status never goes back, and what has ended stays ended (a late Accepted after Canceled changes nothing), except that
  an end which shows more executed shares wins over one that shows fewer;
- executed shares are the most that any source proves: the row's quantities where they add up, the sum of the day's
  executions told apart by their ids, the sum of the differing Execute lines. None of the three counts a share twice;
- the listener is told after the state has changed, and only of what changed.
"""

from collections.abc import Callable, Iterable, KeysView
from decimal import Decimal
from typing import Final

from das_copy_trader.client.order_track import ENDED, RANK_BY_STATUS, Early, Fills, Track
from das_copy_trader.client.terms import prove_terms, refresh_terms, take_act_price
from das_copy_trader.client.translate import ActFacts, ActKind, Execution, OrderFacts, quote_row
from das_copy_trader.client.type_table import TypeTable
from das_copy_trader.domain.account import AccountListener
from das_copy_trader.domain.enums import ExecType, OrdStatus
from das_copy_trader.domain.events import OrderEvent, OrderRefused
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from das_copy_trader.domain.orders import Order

_EXEC_BY_STATUS: Final[dict[OrdStatus, ExecType]] = {
    OrdStatus.PENDING_NEW: ExecType.PENDING_NEW,
    OrdStatus.HELD: ExecType.NEW,
    OrdStatus.NEW: ExecType.NEW,
    OrdStatus.PARTIALLY_FILLED: ExecType.TRADE,
    OrdStatus.FILLED: ExecType.TRADE,
    OrdStatus.TRIGGERED: ExecType.TRIGGERED,
    OrdStatus.CANCELED: ExecType.CANCELED,
    OrdStatus.REJECTED: ExecType.REJECTED,
    OrdStatus.CLOSED: ExecType.CLOSED,
    OrdStatus.UNKNOWN: ExecType.STATUS,
}
_FILL_STATUSES: Final = frozenset({OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED})
_TRIGGERED_RANK: Final = RANK_BY_STATUS[OrdStatus.TRIGGERED]
_EARLY_MAX: Final = 4096
_ANCESTORS_MAX: Final = 8


class OrderBook:
    """The orders of one account and day, keyed by id.

    `is_complete`: the lists behind the log-in have been applied and nothing has been missed since. `is_in_list`: rows
    belong to an order list at the moment.
    """

    def __init__(self, account_id: str, table: TypeTable, listener: AccountListener, orders_max: int) -> None:
        self._account_id = account_id
        self._account_folded = account_id.casefold()
        self._table = table
        self._orders_max = orders_max
        self._tracks: dict[int, Track] = {}
        self._early: dict[int, Early] = {}
        self._track_by_cl_ord_id: dict[int, Track] = {}
        self.is_shown: Callable[[ClOrdId], bool] = self._track_by_cl_ord_id.__contains__
        """Whether `order_by_cl_ord_id` has an order; asked of each follower between two sends."""
        self._orphans: dict[int, list[Track]] = {}
        self._working: dict[Symbol, dict[int, Order]] = {}
        self._handler_by_act = {
            ActKind.SENDING: self._on_price_told,
            ActKind.ACCEPTED: self._on_accepted,
            ActKind.REPLACING: self._on_price_told,
            ActKind.REPLACED: self._on_price_told,
            ActKind.EXECUTED: self._on_executed,
            ActKind.CANCELED: self._on_canceled,
            ActKind.REFUSED: self._on_refused,
            ActKind.CANCEL_REFUSED: self._on_cancel_refused,
            ActKind.REPLACE_REFUSED: self._on_replace_refused,
            ActKind.TIMED_OUT: self._on_timed_out,
        }
        self.listener = listener
        self.revision = 0
        """Grows with every change that is told, and with `clear`: who drew the orders sees whether to draw anew."""
        self.is_complete = False
        self.is_in_list = False
        self.foreign_rows = 0
        self.evicted_orders = 0
        self.repeated_cl_ord_ids = 0

    # --- reading -------------------------------------------------------------------------------------------------

    def order(self, order_id: OrderId) -> Order | None:
        """The order with this id."""
        track = self._tracks.get(order_id)
        return None if track is None else track.order

    def order_by_cl_ord_id(self, cl_ord_id: ClOrdId) -> Order | None:
        """The parent order with this client id that came by the API."""
        track = self._track_by_cl_ord_id.get(cl_ord_id)
        return None if track is None else track.order

    def working_orders(self, symbol: Symbol) -> list[Order]:
        """Orders of the symbol that can still fill, oldest first."""
        working = self._working.get(symbol)
        return [] if working is None else list(working.values())

    def orders(self) -> Iterable[Order]:
        """Every order, in the order in which they were first seen."""
        return [track.order for track in self._tracks.values()]

    def all_working(self) -> list[Order]:
        """Every order that can still fill, by symbol and age, without a walk over the day."""
        return [order for orders in self._working.values() for order in orders.values()]

    @property
    def working_symbols(self) -> KeysView[Symbol]:
        """Symbols with an order that can still fill."""
        return self._working.keys()

    def __len__(self) -> int:
        return len(self._tracks)

    def clear(self) -> None:
        """Forget the day. What is known of the connection stays."""
        self.revision += 1
        for track in self._tracks.values():
            track.part()
        for held in (self._tracks, self._early, self._track_by_cl_ord_id, self._orphans, self._working):
            held.clear()

    # --- rows ----------------------------------------------------------------------------------------------------

    def last_row(self, order_id: int) -> object:
        """The row that was last taken for this order, to compare; None before the first."""
        track = self._tracks.get(order_id)
        return None if track is None else track.row

    def apply(self, facts: OrderFacts) -> None:
        """Take an order's full state."""
        account = facts.account
        if account is not None and account != self._account_id and account.casefold() != self._account_folded:
            self.foreign_rows += 1
            return
        track = self._tracks.get(facts.order_id)
        if track is not None and facts.symbol != track.order.symbol:
            self._forget(track)  # the platform began its ids anew, at another moment than our day turns
            track = None
        if track is None:
            self._begin(facts)
        else:
            self._update(track, facts)

    def _begin(self, facts: OrderFacts) -> None:
        if facts.side is None:
            self.foreign_rows += 1
            return
        if len(self._tracks) >= self._orders_max:
            self._evict()
        early = self._early.pop(facts.order_id, None)
        is_listed = not self._is_news(facts, early)
        order = Order(facts.order_id, facts.symbol, facts.side, is_listed, facts.cl_ord_id)
        order.account, order.source, order.parent_id = facts.account, facts.source, facts.parent_id
        track = Track(order, facts, Fills() if early is None else early.fills, facts.row, facts.price)
        if early is not None:
            track.act_px = early.act_px
            order.reason = early.reason
        self._tracks[facts.order_id] = track
        self._take_facts(track, facts)
        if early is not None and RANK_BY_STATUS[facts.status] < _TRIGGERED_RANK:
            if early.is_canceled:
                order.status = OrdStatus.CANCELED
            elif early.is_accepted and order.status is OrdStatus.PENDING_NEW:
                order.status = OrdStatus.NEW
        refresh_terms(track, facts, self._table)
        if order.undecodable:
            order.row_text = quote_row(facts.row)
        self._adopt(track)
        cl_ord_id = facts.cl_ord_id
        is_ours = order.parent_id is None and facts.is_by_api
        if is_ours and cl_ord_id and self._track_by_cl_ord_id.setdefault(cl_ord_id, track) is not track:
            self.repeated_cl_ord_ids += 1
        track.settle()
        self._reindex(track)
        cum = order.cum_qty
        kind = _EXEC_BY_STATUS[order.status] if not cum else ExecType.TRADE
        self._tell(track, kind, last_qty=cum, is_listed=is_listed)
        if cum and order.status not in _FILL_STATUSES:
            self._tell(track, _EXEC_BY_STATUS[order.status], is_listed=is_listed)

    def _update(self, track: Track, facts: OrderFacts) -> None:
        order = track.order
        before = (order.status, order.cum_qty, order.leaves_qty)
        qty_before, was_placed = order.order_qty, order.is_placed
        is_replaced = False
        if self._is_stale(track, facts):
            if facts.filled_qty is not None:
                track.fills.take_row(facts.filled_qty)
            if facts.status is order.status:
                track.row = facts.row
        else:
            self._take_facts(track, facts)
            if facts.type_text != order.ord_type_text or facts.price != track.price:
                is_replaced = refresh_terms(track, facts, self._table)
                order.row_text = quote_row(facts.row) if order.undecodable else ""
            is_replaced = (is_replaced or order.order_qty != qty_before) and was_placed
        track.settle()
        self._reindex(track)
        # Of an order that has filled only another quantity tells a replace, down to what had filled.
        is_cut = order.status is OrdStatus.FILLED and order.order_qty != qty_before
        if is_replaced and (is_cut or order.status not in ENDED):
            track.is_replace_untold = order.awaits_proof
            if not order.awaits_proof:
                self._tell(track, ExecType.REPLACED)
        self._tell_progress(track, before, is_replaced=is_replaced)

    def _is_stale(self, track: Track, facts: OrderFacts) -> bool:
        """Whether a row is from before the order's end, or tells it again; executed shares alone can be news then."""
        order = track.order
        if track.is_end_inferred and facts.leaves_qty and facts.order_qty > order.order_qty:
            # Its executed shares came before the row that made it larger: it was never at its end.
            order.status = OrdStatus.PARTIALLY_FILLED
            track.is_end_inferred = False
        rank, rank_before = RANK_BY_STATUS[facts.status], RANK_BY_STATUS[order.status]
        if rank_before < _TRIGGERED_RANK:
            return False
        if rank < rank_before:
            return True
        filled = facts.filled_qty
        return order.status in ENDED and (filled is None or filled <= track.fills.cum_qty)

    def _tell_progress(self, track: Track, before: tuple[OrdStatus, int, int], *, is_replaced: bool) -> None:
        order = track.order
        status_before, cum_before, leaves_before = before
        if order.cum_qty > cum_before:
            self._tell(track, ExecType.TRADE, last_qty=order.cum_qty - cum_before)
            if order.status is not status_before and order.status not in _FILL_STATUSES:
                self._tell(track, _EXEC_BY_STATUS[order.status])
        elif order.status is not status_before:
            if not is_replaced or order.status not in _FILL_STATUSES:
                self._tell(track, _EXEC_BY_STATUS[order.status])
        elif order.leaves_qty != leaves_before and not is_replaced:
            self._tell(track, ExecType.STATUS)

    def _take_facts(self, track: Track, facts: OrderFacts) -> None:
        order = track.order
        track.row = facts.row
        if RANK_BY_STATUS[facts.status] >= RANK_BY_STATUS[order.status]:
            order.status = facts.status
        order.order_qty = facts.order_qty
        order.route = facts.route
        order.time_text = facts.time_text
        track.row_leaves_qty = facts.leaves_qty
        track.row_canceled_qty = facts.canceled_qty or 0
        if facts.filled_qty is not None:
            track.fills.take_row(facts.filled_qty)

    def _is_news(self, facts: OrderFacts, early: Early | None) -> bool:
        """Whether a first row tells of something that happens now.

        Pushes come inside lists as well (das-cmd-api.md 1.3). While nothing has been missed, an order that is still
        being sent, or whose %OrderAct was seen, is such a push: lists hold no %OrderAct.
        """
        if not self.is_complete:
            return False
        return not self.is_in_list or facts.status is OrdStatus.PENDING_NEW or (early is not None and early.has_act)

    # --- parents and children ------------------------------------------------------------------------------------

    def _adopt(self, track: Track) -> None:
        """Tie an order to its auto-route parent and to children that were seen before it (seen live, 4.5)."""
        order = track.order
        if order.parent_id is not None:
            parent = self._tracks.get(order.parent_id)
            if parent is None:
                self._orphans.setdefault(order.parent_id, []).append(track)
            else:
                parent.add_child(track)
        for child in self._orphans.pop(order.order_id, ()):
            track.add_child(child)

    # --- what happened to an order -------------------------------------------------------------------------------

    def apply_act(self, act: ActFacts) -> None:
        """Take an %OrderAct line."""
        track = self._tracks.get(act.order_id)
        if track is None:
            self._note_early(act)
            return
        handler = self._handler_by_act.get(act.kind)
        if handler is not None:
            handler(track, act)

    def _note_early(self, act: ActFacts) -> None:
        if act.order_id == 0:
            if act.kind is ActKind.REFUSED and act.cl_ord_id is not None:
                self.listener.on_order_refused(OrderRefused(act.cl_ord_id, act.text))
            return
        early = self._early_of(act.order_id)
        early.has_act = True
        if act.kind is ActKind.EXECUTED:
            early.fills.take_act(act)
        elif act.kind is ActKind.ACCEPTED:
            early.is_accepted = True
            early.act_px = act.px
        elif act.kind is ActKind.CANCELED:
            early.is_canceled = True
            early.reason = act.text
        elif act.kind is ActKind.REFUSED:
            early.reason = act.text
        else:
            early.act_px = act.px

    def _early_of(self, order_id: int) -> Early:
        early = self._early.get(order_id)
        if early is None:
            if len(self._early) >= _EARLY_MAX:
                del self._early[next(iter(self._early))]
            early = self._early[order_id] = Early(Fills())
        return early

    def _on_price_told(self, track: Track, act: ActFacts) -> None:
        if track.proof is not None and act.px is not None:
            told = take_act_price(track, act.px)
            if told is not None:
                self._tell(track, told)

    def _on_accepted(self, track: Track, act: ActFacts) -> None:
        order = track.order
        if order.status is OrdStatus.PENDING_NEW:
            order.status = OrdStatus.NEW
            track.settle()
            self._reindex(track)
            # A price that proves the terms is taken first, so that the order is told as placed with its terms.
            if track.proof is not None and act.px is not None:
                prove_terms(track, act.px)
            self._tell(track, ExecType.NEW)
            return
        self._on_price_told(track, act)

    def _on_executed(self, track: Track, act: ActFacts) -> None:
        track.fills.take_act(act)
        self._count_fills(track, act.px)

    def _on_canceled(self, track: Track, act: ActFacts) -> None:
        order = track.order
        if order.status not in ENDED and order.status is not OrdStatus.TRIGGERED:
            order.status = OrdStatus.CANCELED
            order.reason = act.text
            track.settle()
            self._reindex(track)
            self._tell(track, ExecType.CANCELED)
        elif order.reason != act.text:
            order.reason = act.text
            self._tell(track, ExecType.REASON_GIVEN)

    def _on_refused(self, track: Track, act: ActFacts) -> None:
        """Send_Rej: the row decides whether it is the end; here it is the reason (das-cmd-api.md 2.7)."""
        order = track.order
        if order.reason != act.text:
            order.reason = act.text
            if order.status in ENDED:
                self._tell(track, ExecType.REASON_GIVEN)

    def _on_cancel_refused(self, track: Track, act: ActFacts) -> None:
        self._tell(track, ExecType.CANCEL_REJECTED, text=act.text)

    def _on_replace_refused(self, track: Track, act: ActFacts) -> None:
        self._tell(track, ExecType.REPLACE_REJECTED, text=act.text)

    def _on_timed_out(self, track: Track, act: ActFacts) -> None:
        self._tell(track, ExecType.TIMED_OUT, text=act.text)

    def apply_execution(self, execution: Execution) -> None:
        """Take one of the day's executions; the caller has told apart repeated ones."""
        track = self._tracks.get(execution.order_id)
        if track is None:
            self._early_of(execution.order_id).fills.traded_qty += execution.last_qty
            return
        track.fills.traded_qty += execution.last_qty
        self._count_fills(track, execution.last_px)

    def _count_fills(self, track: Track, last_px: Decimal | None) -> None:
        order = track.order
        cum_before = order.cum_qty
        if track.fills.cum_qty <= track.own_cum_qty:
            return
        track.settle()
        self._reindex(track)
        if order.cum_qty > cum_before:
            self._tell(track, ExecType.TRADE, last_qty=order.cum_qty - cum_before, last_px=last_px)

    # --- bookkeeping ---------------------------------------------------------------------------------------------

    def _tell(
        self,
        track: Track,
        kind: ExecType,
        *,
        last_qty: int = 0,
        last_px: Decimal | None = None,
        text: str | None = None,
        is_listed: bool = False,
    ) -> None:
        self.revision += 1
        order = track.order
        root = track
        if track.parent is not None:
            for _ in range(_ANCESTORS_MAX):
                if root.parent is None:
                    break
                root = root.parent
        self.listener.on_order_event(
            OrderEvent(
                kind,
                order,
                root.order,
                not self.is_complete or is_listed,
                last_qty,
                last_px,
                order.reason if text is None else text,
            )
        )

    def _reindex(self, track: Track) -> None:
        order = track.order
        working = self._working.get(order.symbol)
        if order.is_working:
            if working is None:
                self._working[order.symbol] = {order.order_id: order}
            else:
                working[order.order_id] = order
        elif working is not None and order.order_id in working:
            del working[order.order_id]
            if not working:
                del self._working[order.symbol]

    def _evict(self) -> None:
        """Make room: the oldest order that has ended goes. Orders that work are never forgotten."""
        for track in self._tracks.values():
            if track.order.status in ENDED:
                self.evicted_orders += 1
                self._forget(track)
                return

    def _forget(self, track: Track) -> None:
        order = track.order
        del self._tracks[order.order_id]
        working = self._working.get(order.symbol, {})
        if working.pop(order.order_id, None) is not None and not working:
            del self._working[order.symbol]
        if self._track_by_cl_ord_id.get(order.cl_ord_id or 0) is track:
            del self._track_by_cl_ord_id[order.cl_ord_id or 0]
