"""Orders against the market: hours, time in force, stops, pegs, sides, shorts and money. One account, a still market."""

from collections.abc import Callable

import pytest

from das_copy_trader.protocol.commands import PricePart
from das_copy_trader.protocol.parse_command import parse_command
from das_copy_trader.protocol.vocabulary import SideWord, StatusWord
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.simulator.agenda import Agenda, ManualTime
from das_copy_trader.simulator.checks import corrected_side
from das_copy_trader.simulator.ledger import Holding, Ledger
from das_copy_trader.simulator.market import Market, MarketPhase
from das_copy_trader.simulator.numbers import TimeOfDay
from das_copy_trader.simulator.orders import Kind, OrderEntry, Pricing, SimOrder, pricing_from
from das_copy_trader.simulator.reports import Report
from das_copy_trader.simulator.switches import Switches
from das_copy_trader.simulator.venue import Venue
from tests.simulator.fakes import EverythingEasy, StillClock
from tests.simulator.world import D


class Notebook:
    """Implements `VenueListener`: writes down what happened, and the notes that came with it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.notes: list[str] = []

    def on_report(self, report: Report) -> None:
        self.lines.append(f"{report.what.name} {report.order.order_id} {report.shares}")
        if report.note:
            self.notes.append(report.note)

    def on_refused(self, entry: OrderEntry, note: str) -> None:
        self.notes.append(note)

    def on_position(self, holding: Holding) -> None:
        self.lines.append(f"POSITION {holding.net}")


class Desk:
    """A venue on a market with one symbol, SOFI at 15.99 × 16.01, 1,000 shares on each side."""

    def __init__(self, switches: Switches | None = None, equity: int = 100_000) -> None:
        self.time = ManualTime()
        self.agenda = Agenda(self.time)
        self.market = Market(RandomSource(3))
        self.notebook = Notebook()
        self.ledger = Ledger(D(equity), D(4))
        self.venue = Venue(
            market=self.market,
            ledger=self.ledger,
            borrow=EverythingEasy(),
            agenda=self.agenda,
            time_of_day=TimeOfDay(StillClock()),
            switches=switches if switches is not None else Switches(),
            randomness=RandomSource(4),
            listener=self.notebook,
        )
        self.market.listen(self.venue)
        self.quote("15.99", "16.01")
        self.market.set_last("SOFI", D(16))

    def quote(self, bid: str, ask: str, size: int = 1000) -> None:
        self.market.set_quote("SOFI", D(bid), D(ask), bid_size=size, ask_size=size)
        self.agenda.run_due()

    def trade(self, price: str, shares: int = 100) -> None:
        self.market.print_trade("SOFI", D(price), shares)
        self.agenda.run_due()

    def order(self, text: str, *, tif: str = "DAY+", route: str = "ARCA", post_only: bool = False) -> SimOrder:
        """`B 100 16.5`, `S 100 STOPMKT 15`: side, shares, price part."""
        command = parse_command(
            f"NEWORDER 1 {text.split(' ', maxsplit=1)[0]} SOFI {route} {text.split(' ', 1)[1]}".encode()
        )
        part = getattr(command, "price_part", None)
        assert isinstance(part, PricePart), command
        entry = OrderEntry(
            token=1,
            side=SideWord(text.split(" ", maxsplit=1)[0]),
            symbol="SOFI",
            route=route,
            shares=int(text.split(" ")[1]),
            pricing=pricing_from(part),
            tif=tif,
            is_post_only=post_only,
        )
        order = self.venue.submit(entry)
        self.agenda.run_due()
        assert order is not None
        return order

    def live(self, order: SimOrder) -> SimOrder:
        """The order's child, if an auto-route made one."""
        children = [other for other in self.venue.orders if other.parent is order]
        return children[0] if children else order


def status(order: SimOrder) -> tuple[str, int, int, int]:
    return (order.status.value, order.cum, order.leaves, order.cancelled)


# --- filling ---------------------------------------------------------------------------------------------------------


def test_a_market_order_takes_the_displayed_size_and_waits_for_more() -> None:
    desk = Desk()
    order = desk.order("B 1500 MKT")
    assert status(order) == ("Partial", 1000, 500, 0)
    desk.quote("16.00", "16.02", 300)
    assert status(order) == ("Partial", 1300, 200, 0)
    desk.quote("16.00", "16.03", 300)
    assert status(order) == ("Executed", 1500, 0, 0)
    assert [str(trade.price) for trade in desk.ledger.trades] == ["16.01", "16.02", "16.03"]


def test_a_limit_takes_the_better_price_and_rests_at_its_own() -> None:
    desk = Desk()
    order = desk.order("B 1200 16.05")
    assert [str(trade.price) for trade in desk.ledger.trades] == ["16.01"]
    desk.quote("15.98", "16.00")
    assert status(order) == ("Executed", 1200, 0, 0)
    assert [(str(trade.price), trade.liq) for trade in desk.ledger.trades] == [("16.01", "-"), ("16.05", "+")]


def test_a_print_through_a_resting_order_fills_it() -> None:
    desk = Desk()
    order = desk.order("S 300 16.40")
    desk.trade("16.41", 100)
    assert status(order) == ("Partial", 100, 200, 0)


def test_fills_may_be_whole_whatever_the_size() -> None:
    desk = Desk(Switches(sized_fills=False))
    assert status(desk.order("B 5000 MKT")) == ("Executed", 5000, 0, 0)


@pytest.mark.parametrize(
    ("tif", "text", "expected"),
    [
        ("IOC", "B 1500 16.01", ("Canceled", 1000, 0, 500)),
        ("IOC", "B 100 15.50", ("Canceled", 0, 0, 100)),
        ("FOK", "B 1500 16.01", ("Canceled", 0, 0, 1500)),
        ("FOK", "B 1000 16.01", ("Executed", 1000, 0, 0)),
    ],
)
def test_immediate_or_cancel_and_fill_or_kill(tif: str, text: str, expected: tuple[str, int, int, int]) -> None:
    assert status(Desk().order(text, tif=tif)) == expected


def test_post_only_is_refused_when_it_would_cross() -> None:
    desk = Desk()
    assert status(desk.order("B 100 16.01", post_only=True)) == ("Rejected", 0, 0, 0)
    assert desk.notebook.notes == ["PostOnly would cross"]
    assert status(desk.order("B 100 16.00", post_only=True)) == ("Accepted", 0, 100, 0)


def test_a_halt_keeps_orders_and_lets_them_be_cancelled() -> None:
    desk = Desk()
    desk.market.halt("SOFI", is_halted=True)
    order = desk.order("B 100 MKT")
    stop = desk.order("S 100 STOPMKT 15.5")
    desk.trade("15.4")
    assert status(order) == ("Accepted", 0, 100, 0)
    assert status(stop) == ("Accepted", 0, 100, 0)
    assert desk.venue.cancel(stop.order_id)
    desk.market.halt("SOFI", is_halted=False)
    assert status(order) == ("Executed", 100, 0, 0)


@pytest.mark.parametrize(
    ("text", "move", "price"),
    [
        ("B 100 PEG AGG", None, "16.01"),
        ("B 100 PEG MID", ("15.90", "15.95"), None),
        ("B 100 PEG AGG 16.00", None, None),
        ("B 100 PEG LAST 16.20", ("15.90", "15.95"), "16"),
    ],
)
def test_pegs(text: str, move: tuple[str, str] | None, price: str | None) -> None:
    desk = Desk()
    order = desk.order(text)
    if move is not None:
        desk.quote(*move)
    assert [str(trade.price) for trade in desk.ledger.trades] == ([price] if price is not None else [])
    assert order.is_open is (price is None)


# --- stops -----------------------------------------------------------------------------------------------------------


def test_a_stop_waits_for_a_trade_and_not_for_a_quote() -> None:
    desk = Desk()
    stop = desk.order("S 100 STOPMKT 15.80")
    desk.quote("15.60", "15.62")
    assert status(stop) == ("Accepted", 0, 100, 0)
    desk.trade("15.61")
    assert status(stop) == ("Executed", 100, 0, 0)
    assert str(desk.ledger.trades[0].price) == "15.60"


def test_a_stop_limit_rests_at_its_limit_after_it_fired() -> None:
    desk = Desk()
    stop = desk.order("S 100 STOPLMT 15.80 15.78")
    desk.quote("15.60", "15.62")
    desk.trade("15.61")
    assert status(stop) == ("Accepted", 0, 100, 0)
    desk.quote("15.79", "15.81")
    assert status(stop) == ("Executed", 100, 0, 0)


def test_a_trailing_stop_follows_the_best_trade() -> None:
    desk = Desk()
    stop = desk.order("S 100 STOPTRAILING 0.20")
    for price in ("16.30", "16.50", "16.31"):
        desk.trade(price)
    assert stop.is_held
    desk.trade("16.30")
    assert status(stop) == ("Executed", 100, 0, 0)


@pytest.mark.parametrize("price", ["15.50", "16.50"])
def test_a_range_fires_at_both_ends(price: str) -> None:
    desk = Desk()
    ranged = desk.order("S 100 STOPRANGE 15.60 16.40")
    ranged_market = desk.order("S 100 STOPRANGEMKT 15.60 16.40")
    desk.trade("16.00")
    assert ranged.is_held
    desk.trade(price)
    assert status(ranged)[0] == status(ranged_market)[0] == "Executed"


def test_only_the_pre_post_stop_fires_outside_regular_hours() -> None:
    desk = Desk()
    desk.market.set_phase(MarketPhase.PRE)
    plain = desk.order("S 100 STOPLMT 15.80 15.50")
    extended = desk.order("S 100 STOPLMTP 15.80 15.50")
    desk.trade("15.70")
    assert (plain.is_held, extended.is_held) == (True, False)


def test_a_fired_stop_on_an_auto_route_lives_on_in_its_child() -> None:
    desk = Desk()
    stop = desk.order("B 100 STOPMKT 16.20", route="SMAT")
    desk.quote("16.19", "16.21")
    desk.trade("16.20")
    child = desk.live(stop)
    assert status(stop) == ("Triggered", 0, 0, 0)
    assert status(child) == ("Executed", 100, 0, 0)
    assert not desk.venue.cancel(stop.order_id)


# --- hours -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase", "tif", "text", "expected"),
    [
        (MarketPhase.PRE, "DAY+", "B 100 16.05", "Executed"),
        (MarketPhase.PRE, "DAY", "B 100 16.05", "Hold"),
        (MarketPhase.PRE, "DAY+", "B 100 MKT", "Rejected"),
        (MarketPhase.PRE, "AtOpen", "B 100 MKT", "Hold"),
        (MarketPhase.REGULAR, "AtOpen", "B 100 MKT", "Rejected"),
        (MarketPhase.REGULAR, "AtClose", "B 100 MKT", "Hold"),
        (MarketPhase.POST, "DAY+", "B 100 16.05", "Executed"),
        (MarketPhase.CLOSED, "DAY+", "B 100 16.05", "Rejected"),
    ],
)
def test_what_each_part_of_the_day_takes(phase: MarketPhase, tif: str, text: str, expected: str) -> None:
    desk = Desk()
    desk.market.set_phase(phase)
    assert desk.order(text, tif=tif).status == expected


def test_what_waited_for_the_open_goes_out_at_the_open() -> None:
    desk = Desk()
    desk.market.set_phase(MarketPhase.PRE)
    order = desk.order("B 100 MKT", tif="AtOpen", route="SMAT")
    gone = desk.order("B 100 MKT", tif="AtOpen")
    assert desk.venue.cancel(gone.order_id)
    desk.market.set_phase(MarketPhase.REGULAR)
    desk.agenda.run_due()
    assert status(desk.live(order)) == ("Executed", 100, 0, 0)
    assert status(gone) == ("Canceled", 0, 0, 100)


def test_the_close_fills_at_the_last_price_or_not_at_all() -> None:
    desk = Desk()
    market, low = desk.order("B 100 MKT", tif="AtClose"), desk.order("B 100 15", tif="AtClose")
    desk.market.set_phase(MarketPhase.POST)
    assert status(market) == ("Executed", 100, 0, 0)
    assert status(low) == ("Closed", 0, 0, 100)


def test_orders_end_with_their_day() -> None:
    desk = Desk()
    day, plus, gtc = desk.order("B 1 15", tif="DAY"), desk.order("B 1 15"), desk.order("B 1 15", tif="GTC")
    desk.market.set_phase(MarketPhase.POST)
    assert [order.status.value for order in (day, plus, gtc)] == ["Closed", "Accepted", "Accepted"]
    desk.market.set_phase(MarketPhase.CLOSED)
    assert [order.status.value for order in (day, plus, gtc)] == ["Closed", "Closed", "Accepted"]


# --- sides, shorts, money --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "net", "taken"),
    [("S", 100, "S"), ("SS", 100, "S"), ("S", 0, "SS"), ("S", -5, "SS"), ("SS", 0, "SS"), ("B", -5, "B")],
)
def test_sides_are_corrected_after_the_position(sent: str, net: int, taken: str) -> None:
    assert corrected_side(SideWord(sent), net) is SideWord(taken)


def test_a_sell_of_a_flat_account_opens_a_short() -> None:
    desk = Desk()
    order = desk.order("S 100 15.90")
    assert (order.side.value, desk.ledger.net("SOFI")) == ("SS", -100)


def test_buying_power_is_held_by_resting_orders_and_stops() -> None:
    desk = Desk(equity=1000)
    assert desk.venue.buying_power == 4000
    resting = desk.order("B 100 15.00")
    stop = desk.order("B 100 STOPMKT 17.00")
    assert desk.venue.buying_power == 4000 - 1500 - 1700
    assert desk.order("B 100 15.00").status is StatusWord.REJECTED
    assert desk.notebook.notes == ["Not Enough Buying Power"]
    desk.venue.cancel(resting.order_id)
    desk.venue.cancel(stop.order_id)
    desk.agenda.run_due()
    assert desk.venue.buying_power == 4000


def test_a_replace_beyond_the_money_is_refused() -> None:
    desk = Desk(equity=1000)
    order = desk.order("B 100 15.00")
    assert desk.venue.replace(order.order_id, 1000, Pricing(kind=Kind.LIMIT, limit=D("15.00")))
    desk.agenda.run_due()
    assert order.qty == 100
    assert desk.notebook.notes == ["Not Enough Buying Power"]


def test_closing_needs_no_money() -> None:
    desk = Desk(Switches(sized_fills=False), equity=1000)
    desk.order("B 200 MKT")
    assert desk.order("S 200 MKT").status is StatusWord.EXECUTED


def test_positions_through_zero() -> None:
    holding = Holding("SOFI", "")
    assert holding.apply(100, D(10)) == 0
    assert holding.apply(100, D(12)) == 0
    assert holding.avg_cost == 11
    assert holding.apply(-50, D(13)) == 100
    assert holding.apply(-250, D(9)) == -300
    assert (holding.net, holding.avg_cost, holding.realized, holding.shorted_today) == (-100, D(9), D(-200), 100)
    assert holding.apply(100, D(8)) == 100
    assert (holding.net, holding.avg_cost, holding.realized) == (0, D(0), D(-100))


@pytest.mark.parametrize(
    ("price", "ok"), [("16.01", True), ("16.015", False), ("0.1234", True), ("0.12345", False), ("15", True)]
)
def test_sub_penny_prices_are_refused(price: str, ok: bool) -> None:
    order = Desk(Switches(price_caps=False)).order(f"B 100 {price}")
    assert (order.status is StatusWord.REJECTED) is not ok


@pytest.mark.parametrize(
    ("last", "phase", "limit", "status"),
    [
        ("20", MarketPhase.REGULAR, "22.00", "Executed"),
        ("20", MarketPhase.REGULAR, "22.01", "Rejected"),
        ("20", MarketPhase.PRE, "24.01", "Rejected"),
        ("40", MarketPhase.REGULAR, "42.01", "Rejected"),
        ("40", MarketPhase.PRE, "44.00", "Executed"),
        ("100", MarketPhase.REGULAR, "103.01", "Rejected"),
        ("100", MarketPhase.PRE, "106.00", "Executed"),
    ],
)
def test_the_brokers_cap_by_price_and_hour(last: str, phase: MarketPhase, limit: str, status: str) -> None:
    desk = Desk(equity=10_000_000)
    desk.quote(str(D(last) - 1), last)
    desk.market.set_last("SOFI", D(last))
    desk.market.set_phase(phase)
    assert desk.order(f"B 100 {limit}").status == status


def test_a_cancel_can_lose_the_race_with_a_fill() -> None:
    desk = Desk(Switches(cancel_delay_s=1))
    order = desk.order("B 100 15.90")
    assert desk.venue.cancel(order.order_id)
    desk.quote("15.80", "15.85")
    desk.time.advance(desk.agenda, 2)
    assert status(order) == ("Executed", 100, 0, 0)
    assert desk.notebook.lines[-1] == f"CANCEL_REFUSED {order.order_id} 0"


def test_a_cancel_may_come_while_the_order_is_being_sent() -> None:
    desk = Desk(Switches(accept_delay_s=1))
    order = desk.order("B 100 16.50")
    assert desk.venue.cancel(order.order_id)
    desk.time.advance(desk.agenda, 5)
    assert status(order) == ("Canceled", 0, 0, 100)


def test_the_same_seed_gives_the_same_ids() -> None:
    def ids(make: Callable[[], Desk]) -> list[int]:
        desk = make()
        return [desk.order("B 1 15").order_id for _ in range(20)]

    first = ids(Desk)
    assert first == ids(Desk)
    assert first == sorted(set(first))
    assert first[-1] - first[0] > 19


@pytest.mark.parametrize(
    ("text", "tif"), [("B 100 MKT", "AtClose"), ("B 100 16.005", "DAY+"), ("B 100 STOPMKT 17", "DAY+")]
)
def test_what_was_cancelled_on_its_way_stays_cancelled(text: str, tif: str) -> None:
    desk = Desk(Switches(accept_delay_s=1))
    order = desk.order(text, tif=tif)
    assert desk.venue.cancel(order.order_id)
    desk.time.advance(desk.agenda, 5)
    assert status(order) == ("Canceled", 0, 0, 100)
