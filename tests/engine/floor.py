"""A trading floor for tests: one master, some followers, the engine between them, and hands to move it all."""

from datetime import date
from decimal import Decimal

from das_copy_trader.domain.enums import ConnectionState, OrdStatus, OrdType, Outcome, Side, TimeInForce
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.domain.orders import OrderTerms
from das_copy_trader.engine.blacklist_manager import BlacklistManager
from das_copy_trader.engine.copied_position import CarriedBook
from das_copy_trader.engine.follower_settings import FollowerSettings
from das_copy_trader.engine.multiplier_manager import MultiplierManager
from das_copy_trader.engine.observer import FollowerResult
from das_copy_trader.engine.replication_engine import ReplicationEngine
from tests.engine.fake_account import FakeAccount, VenueOrder, request
from tests.engine.fakes import FakeClock, FakeEncoder, FakeScheduler, RecordingAlerts, RecordingObserver

TRADING_DAY = date(2026, 3, 2)


def limit(price: str, time_in_force: TimeInForce | None = TimeInForce.DAY_PLUS) -> OrderTerms:
    return OrderTerms(OrdType.LIMIT, price=Decimal(price), time_in_force=time_in_force)


def stop_limit(stop: str, price: str) -> OrderTerms:
    return OrderTerms(OrdType.STOP_LIMIT, price=Decimal(price), stop_price=Decimal(stop))


class Floor:
    """Everything that an engine test needs."""

    def __init__(
        self,
        multipliers: dict[str, str] | None = None,
        *,
        is_armed: bool = True,
        carried: CarriedBook | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.scheduler = FakeScheduler(self.clock)
        self.encoder = FakeEncoder()
        self.observer = RecordingObserver()
        self.alerts = RecordingAlerts()
        self.multipliers = MultiplierManager()
        self.blacklist = BlacklistManager()
        self.engine = self._new_engine()
        self.engine.carried = carried or {}
        self.master = FakeAccount(self.encoder, first_id=101)
        self.master.listener = self.engine.master_listener
        self.engine.set_master_view(self.master.view)
        self.followers: dict[str, FakeAccount] = {}
        for name, multiplier in (multipliers or {"f1": "1", "f2": "0.5"}).items():
            self.seat(name, multiplier)
        if is_armed:
            self.engine.arm()

    def _new_engine(self) -> ReplicationEngine:
        return ReplicationEngine(
            encoder=self.encoder,
            multipliers=self.multipliers,
            blacklist=self.blacklist,
            alerts=self.alerts,
            observer=self.observer,
            clock=self.clock,
            trading_day=TRADING_DAY,
            scheduler=self.scheduler,
        )

    def restart(self, *, is_inbox_lost: bool) -> None:
        """The process dies and another one begins, stopped: the accounts kept their orders, their links are down."""
        for account in (self.master, *self.followers.values()):
            if account.state is ConnectionState.READY:
                account.disconnect(is_inbox_lost=is_inbox_lost)
            account.forget_mirror()
        self.scheduler = FakeScheduler(self.clock)  # a dead process has no timers
        self.engine = self._new_engine()
        self.master.listener = self.engine.master_listener
        self.engine.set_master_view(self.master.view)
        for name, account in self.followers.items():
            account.listener = self.engine.follower_listener(FollowerId(name))
            self.engine.add_follower(FollowerSettings(FollowerId(name), name, "SMAT"), account)

    def seat(self, name: str, multiplier: str = "1", *, route: str = "SMAT") -> FakeAccount:
        account = FakeAccount(self.encoder, first_id=1001 + 1000 * len(self.followers))
        account.listener = self.engine.follower_listener(FollowerId(name))
        self.followers[name] = account
        self.multipliers.set_base(FollowerId(name), Decimal(multiplier))
        self.engine.add_follower(FollowerSettings(FollowerId(name), name, route), account)
        return account

    def update(self, name: str, *, is_enabled: bool = True, guard_closing: bool = True) -> None:
        settings = FollowerSettings(FollowerId(name), name, "SMAT", is_enabled, guard_closing)
        self.engine.update_follower(settings)

    def follower(self, name: str) -> FakeAccount:
        return self.followers[name]

    @property
    def f1(self) -> FakeAccount:
        return self.followers["f1"]

    @property
    def f2(self) -> FakeAccount:
        return self.followers["f2"]

    def place(
        self,
        side: Side = Side.BUY,
        qty: int = 100,
        terms: OrderTerms | None = None,
        *,
        status: OrdStatus = OrdStatus.NEW,
        symbol: str = "MSFT",
        cl_ord_id: int = 7,
        route: str = "SMAT",
    ) -> VenueOrder:
        """The master's order comes to its platform."""
        asked = request(symbol, side, qty, terms or limit("100.00"), cl_ord_id=cl_ord_id, route=route)
        return self.master.enter(asked, status)

    def cancel(self, order: VenueOrder) -> None:
        self.master.set_status(order, OrdStatus.CANCELED, "RT:Cxl-by-client")

    def answer(self) -> None:
        """Every follower's platform takes what it was sent."""
        for account in self.followers.values():
            account.answer()

    def settle(self, seconds: float = 30.0) -> None:
        """Time passes, and the platforms answer."""
        for _ in range(int(seconds)):
            self.answer()
            self.scheduler.advance(1.0)
        self.answer()

    def advance(self, seconds: float) -> None:
        self.scheduler.advance(seconds)

    def result(self, order: VenueOrder, name: str = "f1") -> FollowerResult:
        """What became of a master order on a follower."""
        for record in self.engine.latest_replications(10_000):
            if record.master_order_id == order.order_id:
                (result,) = [result for result in record.results if result.follower_id == name]
                return result
        raise AssertionError(f"nothing was decided about order {order.order_id}")

    def outcome(self, order: VenueOrder, name: str = "f1") -> Outcome:
        return self.result(order, name).outcome

    def is_decided(self, order: VenueOrder) -> bool:
        return any(r.master_order_id == order.order_id for r in self.engine.latest_replications(10_000))

    def alerts_of(self, name: str | None) -> list[str]:
        return [alert.message for alert in self.alerts.about(name)]

    def buy_filled(self, qty: int = 100, symbol: str = "MSFT") -> VenueOrder:
        """The master buys, everybody's order fills."""
        order = self.place(Side.BUY, qty, symbol=symbol)
        for account in self.followers.values():
            for copy in account.answer():
                account.fill(copy, copy.leaves_qty)
        self.master.fill(order, qty)
        return order

    def net_qty(self, name: str = "f1", symbol: str = "MSFT") -> int:
        return self.followers[name].venue_net_qty.get(Symbol(symbol), 0)
