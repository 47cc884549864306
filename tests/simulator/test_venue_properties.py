"""What holds for any trading on any market: quantities add up, positions are the trades, money is never overspent."""

from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from das_copy_trader.protocol.vocabulary import SideWord, StatusWord
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.simulator.agenda import Agenda, ManualTime
from das_copy_trader.simulator.ledger import Holding, Ledger
from das_copy_trader.simulator.market import Market, MarketPhase, SymbolSpec
from das_copy_trader.simulator.numbers import TimeOfDay
from das_copy_trader.simulator.orders import Kind, OrderEntry, Pricing
from das_copy_trader.simulator.reports import Report, What
from das_copy_trader.simulator.switches import OrderFate, ReplaceMeaning, Switches
from das_copy_trader.simulator.venue import Venue
from tests.simulator.fakes import EverythingEasy, StillClock

SYMBOLS = ("AAA", "BBB")
TIFS = ("DAY+", "DAY", "IOC", "FOK", "GTC", "AtOpen", "AtClose")
DONE = {StatusWord.CANCELED, StatusWord.EXECUTED, StatusWord.CLOSED}

switches = st.builds(
    Switches,
    auto_route_children=st.booleans(),
    replace_meaning=st.sampled_from([ReplaceMeaning.TOTAL, ReplaceMeaning.OPEN]),
    sized_fills=st.booleans(),
    accept_delay_s=st.sampled_from([0.0, 0.5]),
    cancel_delay_s=st.sampled_from([0.0, 0.5]),
    fill_delay_s=st.sampled_from([0.0, 0.5]),
    order_fate=st.sampled_from([OrderFate.NORMAL] * 4 + [OrderFate.TIMEOUT_LATE_FILL, OrderFate.VENUE_CANCEL]),
)


class Tally:
    """Implements `VenueListener`: checks each order when it is told of, and sums the trades up."""

    def __init__(self) -> None:
        self.net: dict[str, int] = {}
        self.cum_by_order: dict[int, int] = {}
        self.lines: list[str] = []

    def on_report(self, report: Report) -> None:
        order = report.order
        self.lines.append(f"{report.what.name} {order!r} {report.shares} {report.price}")
        assert order.leaves >= 0
        assert order.cum >= 0
        if order.status not in {StatusWord.TRIGGERED, StatusWord.REJECTED}:
            assert order.cum + order.leaves + order.cancelled == order.qty, order
        if order.status in DONE:
            assert order.leaves == 0
        if report.what is What.EXECUTED:
            assert report.trade is not None
            assert report.trade.qty == report.shares > 0
            sign = 1 if order.is_buy else -1
            self.net[order.symbol] = self.net.get(order.symbol, 0) + sign * report.shares
            self.cum_by_order[order.order_id] = self.cum_by_order.get(order.order_id, 0) + report.shares
            assert self.cum_by_order[order.order_id] == order.cum
            if order.limit is not None and order.pricing.kind is Kind.LIMIT:
                assert report.price is not None
                assert (report.price <= order.limit) if order.is_buy else (report.price >= order.limit)

    def on_refused(self, entry: OrderEntry, note: str) -> None:
        self.lines.append(f"refused {entry.token} {note}")

    def on_position(self, holding: Holding) -> None:
        raise AssertionError("nobody sets positions here")


class Day:
    """One account, traded at random by `seed` for `steps` steps."""

    def __init__(self, chosen: Switches, seed: int) -> None:
        self.random = Random(seed)
        self.time = ManualTime()
        self.agenda = Agenda(self.time)
        specs = tuple(SymbolSpec(symbol=name, price=Decimal(20), lots=3) for name in SYMBOLS)
        self.market = Market(RandomSource(seed), specs)
        self.tally = Tally()
        self.ledger = Ledger(Decimal(20_000), Decimal(4))
        self.venue = Venue(
            market=self.market,
            ledger=self.ledger,
            borrow=EverythingEasy(),
            agenda=self.agenda,
            time_of_day=TimeOfDay(StillClock()),
            switches=chosen,
            randomness=RandomSource(seed),
            listener=self.tally,
        )
        self.market.listen(self.venue)

    def run(self, steps: int) -> "Day":
        for step in range(steps):
            self._act(step)
            self.market.step()
            self.time.advance(self.agenda, self.random.choice([0.0, 0.1, 1.0]))
            self._check()
        return self

    def _act(self, step: int) -> None:
        random = self.random
        working = self.venue.open_orders()
        roll = random.random()
        if roll < 0.5 or not working:
            self.venue.submit(self._entry(step))
        elif roll < 0.7:
            self.venue.cancel(random.choice(working).order_id)
        elif roll < 0.9:
            order = random.choice(working)
            self.venue.replace(order.order_id, random.randint(1, 900), self._pricing(order.symbol))
        elif roll < 0.93:
            self.market.halt(random.choice(SYMBOLS), is_halted=random.random() < 0.5)
        elif roll < 0.97:
            self.market.set_phase(random.choice([MarketPhase.PRE, MarketPhase.REGULAR, MarketPhase.REGULAR]))
        else:
            self.venue.force_fill(random.choice(working), random.randint(1, 500))

    def _entry(self, step: int) -> OrderEntry:
        random = self.random
        symbol = random.choice(SYMBOLS)
        return OrderEntry(
            token=step + 1,
            side=random.choice(list(SideWord)),
            symbol=symbol,
            route=random.choice(["SMAT", "ARCA", "EDGA"]),
            shares=random.randint(1, 900),
            pricing=self._pricing(symbol),
            tif=random.choice(TIFS),
            is_post_only=random.random() < 0.1,
        )

    def _pricing(self, symbol: str) -> Pricing:
        random = self.random
        base = self.market.instrument(symbol).last
        price = [base + Decimal(random.randint(-60, 60)) / 100 for _ in range(2)]
        kind = random.choice(list(Kind))
        low, high = min(price), max(price) + Decimal("0.01")
        return Pricing(kind=kind, limit=price[0], stop=price[1], trail=Decimal("0.10"), low=low, high=high, peg="MID")

    def _check(self) -> None:
        for symbol in SYMBOLS:
            assert self.ledger.net(symbol) == self.tally.net.get(symbol, 0)
        assert self.venue.buying_power >= 0
        for order in self.venue.orders:
            assert order.reserved >= 0
            if order.parent is not None:
                assert order.parent.status is StatusWord.TRIGGERED
                assert order.parent.leaves == 0
        assert sum(trade.qty for trade in self.ledger.trades) == sum(order.cum for order in self.venue.orders)


@settings(max_examples=60)
@given(switches, st.integers(0, 2**32))
def test_any_day_adds_up(chosen: Switches, seed: int) -> None:
    day = Day(chosen, seed).run(60)
    assert len(day.venue.orders) == len({order.order_id for order in day.venue.orders})


@settings(max_examples=10)
@given(switches, st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_day(chosen: Switches, seed: int) -> None:
    assert Day(chosen, seed).run(40).tally.lines == Day(chosen, seed).run(40).tally.lines


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(-500, 500).filter(bool), st.integers(1, 5000)), max_size=30))
def test_a_position_is_worth_its_trades(executions: list[tuple[int, int]]) -> None:
    holding = Holding("AAA", "")
    cash = Decimal(0)
    for shares, cents in executions:
        price = Decimal(cents) / 100
        cash -= shares * price
        holding.apply(shares, price)
    assert holding.net == sum(shares for shares, _ in executions)
    mark = Decimal(10)
    worth = cash + holding.net * mark
    assert abs(worth - (holding.realized + holding.unrealized(mark))) < Decimal("0.000001")


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 99)), max_size=40))
def test_an_agenda_does_things_in_their_order(entries: list[tuple[float, int]]) -> None:
    time = ManualTime()
    agenda = Agenda(time)
    done: list[tuple[float, int]] = []
    for place, (delay_s, _) in enumerate(entries):
        agenda.after(delay_s, lambda place=place: done.append((time(), place)))  # type: ignore[misc]
    time.advance(agenda, 20)
    assert done == sorted(done)
    assert [place for _, place in done] == sorted(range(len(entries)), key=lambda place: (entries[place][0], place))
