"""Reports as this platform's build writes them down: the only place that knows rows and their order on the wire."""

from decimal import Decimal

from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.vocabulary import ActionWord, DumpKind, SideWord, StatusWord
from das_copy_trader.simulator.ledger import Holding, Trade
from das_copy_trader.simulator.market import Market
from das_copy_trader.simulator.numbers import TimeOfDay, money, shortest
from das_copy_trader.simulator.orders import Kind, OrderEntry, SimOrder
from das_copy_trader.simulator.reports import Report, What
from das_copy_trader.simulator.switches import FillLine, LineOrder, Switches
from das_copy_trader.simulator.venue import act_price

_SIDE_TEXT = {SideWord.BUY: "Buy", SideWord.SELL: "Sell", SideWord.SELL_SHORT: "Shrt"}
_ACTION_BY_END = {
    What.CANCELED_HERE: ActionWord.CANCELED,
    What.CANCELED_BY_CLIENT: ActionWord.CANCELED,
    What.CANCELED_BY_VENUE: ActionWord.CANCELED,
    What.REJECTED: ActionWord.SEND_REJ,
    What.CLOSED: ActionWord.CLOSE,
}
_ACT_ALONE = {
    What.REPLACING: ActionWord.REPLACING,
    What.REPLACE_REFUSED: ActionWord.REPLACE_REJ,
    What.CANCEL_REFUSED: ActionWord.CANCEL_REJ,
    What.TIMED_OUT: ActionWord.TIMEOUT,
}
_TYPE_2 = 2
_TYPE_3 = 3


class RowWriter:
    """Makes messages of one account's state and events."""

    def __init__(
        self, *, switches: Switches, market: Market, time_of_day: TimeOfDay, account: str, trader: str
    ) -> None:
        self.switches = switches
        self._market = market
        self._time_of_day = time_of_day
        self._account = account
        self._trader = trader

    # --- events --------------------------------------------------------------------------------------------------

    def report(self, report: Report) -> list[m.Message]:
        """The lines of one event, in this build's order."""
        order = report.order
        match report.what:
            case What.SENDING:
                return [*self._act(ActionWord.SENDING, report), self.order(order)]
            case What.ACCEPTED:
                accept = self._act(ActionWord.ACCEPT, report) if self.switches.sends_accept else []
                return [*accept, self.order(order)]
            case What.HELD | What.TRIGGERED:
                return [self.order(order)]
            case What.REPLACED:
                return [self.order(order), *self._act(ActionWord.REPLACED, report)]
            case What.EXECUTED:
                return self._fill(report)
            case What.REPLACING | What.REPLACE_REFUSED | What.CANCEL_REFUSED | What.TIMED_OUT:
                return self._act(_ACT_ALONE[report.what], report)
            case _:
                return self._end(report)

    def refused(self, entry: OrderEntry, note: str) -> list[m.Message]:
        """%OrderAct with id 0: refused before any server gave an id; the side stands as it was sent."""
        price = shortest(act_price(entry.pricing) or Decimal(0))
        return [self._act_row(0, ActionWord.SEND_REJ, entry.side.value, entry, entry.shares, price, entry.route, note)]

    def _end(self, report: Report) -> list[m.Message]:
        act = self._act(_ACTION_BY_END[report.what], report)
        row: list[m.Message] = [self.order(report.order)]
        habit = self.switches.reject_lines if report.what is What.REJECTED else self.switches.cancel_lines
        if habit is LineOrder.AS_SEEN:
            is_act_first = report.what is What.CANCELED_BY_CLIENT
        else:
            is_act_first = habit is LineOrder.ACT_FIRST
        return [*act, *row] if is_act_first else [*row, *act]

    def _fill(self, report: Report) -> list[m.Message]:
        assert report.trade is not None
        assert report.holding is not None
        lines: dict[FillLine, list[m.Message]] = {
            FillLine.POSITION: [self.position(report.holding)],
            FillLine.EXECUTE: self._act(ActionWord.EXECUTE, report),
            FillLine.ORDER: [self.order(report.order)],
            FillLine.TRADE: [self.trade(report.trade)],
        }
        return [message for line in self.switches.fill_lines for message in lines[line]]

    def _act(self, action: ActionWord, report: Report) -> list[m.Message]:
        order = report.order
        if order.entry.source != "CMDAPI" and not self.switches.manual_acts:
            return []
        price = report.price if report.price is not None else self._shown_act_price(order)
        side = _SIDE_TEXT[order.side]
        return [
            self._act_row(
                order.order_id, action, side, order.entry, report.shares, shortest(price), order.route, report.note
            )
        ]

    def _act_row(
        self,
        order_id: int,
        action: ActionWord,
        side: str,
        entry: OrderEntry,
        shares: int,
        price: Decimal,
        route: str,
        note: str,
    ) -> m.OrderActRow:
        return m.OrderActRow(
            id=order_id,
            action=action.value,
            side=side,
            symbol=entry.symbol,
            qty=shares,
            price=price,
            route=route,
            time=self._time_of_day.text,
            notes=note if self.switches.act_notes else None,
            token=entry.token if self.switches.act_token else None,
        )

    def _shown_act_price(self, order: SimOrder) -> Decimal:
        price = act_price(order.pricing)
        return price if price is not None else self._reference(order)

    def _reference(self, order: SimOrder) -> Decimal:
        """The number beside a market order: the last trade."""
        return self._market.instrument(order.symbol).last

    # --- rows ----------------------------------------------------------------------------------------------------

    def order(self, order: SimOrder) -> m.OrderRow:
        """%ORDER with as many fields as this build has."""
        fields = self.switches.order_fields
        status = order.status
        if self.switches.ghost_partial and status is StatusWord.CANCELED and order.cum:
            status = StatusWord.PARTIAL
        return m.OrderRow(
            id=order.order_id,
            token=order.entry.token,
            symbol=order.symbol,
            side=order.side.value,
            type_text=self._type_text(order),
            qty=order.qty,
            lvqty=order.leaves,
            cxlqty=order.cancelled,
            price=self._row_price(order),
            route=order.route,
            status=status.value,
            time=order.time_text,
            origoid=None if fields < 15 else order.parent.order_id if order.parent is not None else 0,
            account=self._account if fields >= 15 else None,
            trader=self._trader if fields >= 15 else None,
            order_src=order.entry.source if fields >= 16 else None,
            tif=order.shown_tif if fields >= 18 else None,
            pref=order.entry.pref if fields >= 18 else None,
        )

    def _type_text(self, order: SimOrder) -> str:
        s = self.switches
        template = {
            Kind.LIMIT: s.limit_text,
            Kind.MARKET: s.market_text,
            Kind.STOP_MARKET: s.stop_market_text,
            Kind.STOP_LIMIT: s.stop_limit_text,
            Kind.STOP_LIMIT_EXTENDED: s.stop_limit_extended_text,
            Kind.TRAILING: s.trailing_text,
            Kind.RANGE: s.range_text,
            Kind.RANGE_MARKET: s.range_market_text,
            Kind.PEG: s.peg_text,
        }[order.pricing.kind]
        for name in ("stop", "limit", "trail", "low", "high"):
            value = getattr(order.pricing, name)
            if value is not None:
                template = template.replace("{" + name + "}", f"{shortest(value):f}")
        return template

    def _row_price(self, order: SimOrder) -> m.PriceText:
        pricing = order.pricing
        if pricing.limit is not None:
            return shortest(pricing.limit)
        if pricing.kind is Kind.MARKET:
            return self.switches.market_price_word or shortest(self._reference(order))
        if self.switches.stop_order_shows_stop and pricing.stop is not None:
            return shortest(pricing.stop)
        return Decimal(0)

    def position(self, holding: Holding) -> m.PosRow:
        """%POS; a short is type 3 with the quantity's sign by switch."""
        instrument = self._market.instrument(holding.symbol)
        mark = instrument.bid if holding.net >= 0 else instrument.ask
        is_short = holding.net < 0 or (holding.net == 0 and holding.was_short)
        shown = abs(holding.net) if is_short and not self.switches.short_qty_negative else holding.net
        return m.PosRow(
            symbol=holding.symbol,
            pos_type=_TYPE_3 if is_short else _TYPE_2,
            qty=shown,
            avgcost=shortest(holding.avg_cost),
            initqty=abs(holding.init_qty),
            initprice=shortest(holding.init_price),
            realized=shortest(holding.realized),
            create_time=holding.created,
            unrealized=shortest(holding.unrealized(mark)),
        )

    def trade(self, trade: Trade) -> m.TradeRow:
        """%TRADE with its eleven fields."""
        return m.TradeRow(
            id=trade.trade_id,
            symbol=trade.symbol,
            side=trade.side.value,
            qty=trade.qty,
            price=shortest(trade.price),
            route=trade.route,
            time=trade.time_text,
            orderid=trade.order_id,
            liq=trade.liq,
            ecn_fee=money(Decimal(0)),
            pl=money(trade.pl),
        )

    def order_header(self) -> str:
        """The header line of the order block, by build."""
        from_time = " origoid account trader" if self.switches.order_fields >= 15 else ""
        source = " orderSrc" if self.switches.order_fields >= 16 else ""
        tail = " TIF Pref" if self.switches.order_fields >= 18 else ""
        name = "mkt/lmt" if self.switches.order_fields >= 15 else "Type"
        return f"#{DumpKind.ORDERS.value} id token symb b/s {name} qty lvqty cxlqty price route status time" + (
            from_time + source + tail
        )

    # --- the same on a watch connection ----------------------------------------------------------------------------

    def watched(self, message: m.Message) -> m.Message | None:
        """What a watch connection sees of a push; None when it sees nothing."""
        if isinstance(message, m.TradeRow):
            return self._watched_trade(message)
        if isinstance(message, m.OrderRow):
            return _as_watch_order(message)
        if isinstance(message, m.PosRow):
            return _as_watch_position(message)
        return None

    def _watched_trade(self, row: m.TradeRow) -> m.Message:
        if not self.switches.watch_trade_in_own_order:
            return m.TradeRow(
                row.id, row.symbol, row.side, row.qty, row.price, row.route, row.time, row.orderid,
                row.liq, row.ecn_fee, row.pl, is_watch=True,
            )  # fmt: skip
        return m.WatchTradeRow(
            account=self._account,
            id=row.id,
            symbol=row.symbol,
            side=row.side,
            qty=row.qty,
            price=row.price,
            route=row.route,
            time=row.time,
            orderid=row.orderid,
            trader=self._trader,
        )


def _as_watch_order(row: m.OrderRow) -> m.OrderRow:
    return m.OrderRow(
        row.id, row.token, row.symbol, row.side, row.type_text, row.qty, row.lvqty, row.cxlqty, row.price, row.route,
        row.status, row.time, row.origoid, row.account, row.trader, row.order_src, row.tif, row.pref, is_watch=True,
    )  # fmt: skip


def _as_watch_position(row: m.PosRow) -> m.PosRow:
    return m.PosRow(
        row.symbol, row.pos_type, row.qty, row.avgcost, row.initqty, row.initprice, row.realized, row.create_time,
        row.unrealized, is_watch=True,
    )  # fmt: skip
