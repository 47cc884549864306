"""One simulated DAS platform: an account's venue and locates behind one port, and everybody who is connected to it."""

from collections import deque
from decimal import Decimal
from typing import Final

import msgspec

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.vocabulary import HEADER_BY_DUMP, NO_PREF, DumpKind, ServerName, SideWord, TifWord
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.network import Link, Listener, Network
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.simulator.account_rows import AccountRows
from das_copy_trader.simulator.agenda import Action, Agenda
from das_copy_trader.simulator.faults import AccountFaults
from das_copy_trader.simulator.ledger import Holding, Ledger
from das_copy_trader.simulator.locates import DEFAULT_ROUTES, LocateDesk, LocateRoute
from das_copy_trader.simulator.market import Instrument, Market, MarketPhase
from das_copy_trader.simulator.numbers import TimeOfDay
from das_copy_trader.simulator.orders import OrderEntry, pricing_from
from das_copy_trader.simulator.reports import Report
from das_copy_trader.simulator.rows import RowWriter
from das_copy_trader.simulator.session import Session
from das_copy_trader.simulator.switches import Switches
from das_copy_trader.simulator.venue import Venue

PRICE_MAX: Final = Decimal(1_000_000)
_RECEIVED_MAX: Final = 20_000


class AccountSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An account to simulate. `port` 0: any free one. Its password is never shown by `repr`."""

    account: str
    trader: str
    password: str
    host: str = "127.0.0.1"
    port: int = 0
    equity: Decimal = Decimal(250_000)
    margin_factor: Decimal = Decimal(4)
    hard_to_borrow: tuple[str, ...] = ()
    locate_routes: tuple[LocateRoute, ...] = DEFAULT_ROUTES
    switches: Switches = Switches()

    def __repr__(self) -> str:
        return f"AccountSpec({self.account!r}, {self.trader!r}, {self.host}:{self.port})"


class ReceivedCommand(msgspec.Struct, frozen=True):
    """One command that a client sent; `at_s` is the loop's time. Without the password of a LOGIN."""

    at_s: float
    client: int
    text: str


class Platform:
    """Implements `VenueListener` and `MarketListener`."""

    def __init__(
        self,
        spec: AccountSpec,
        *,
        market: Market,
        agenda: Agenda,
        time_of_day: TimeOfDay,
        randomness: RandomSource,
        network: Network,
        tasks: TaskSupervisor,
    ) -> None:
        self.spec = spec
        self.switches = spec.switches
        self.market = market
        self.time_of_day = time_of_day
        self.faults = AccountFaults()
        self.received: deque[ReceivedCommand] = deque(maxlen=_RECEIVED_MAX)
        self.is_order_server_up = True
        self.shares_rows_of: list[Platform] = []
        self._shared_with: list[Platform] = []
        self._known_port = 0
        self.ledger = Ledger(spec.equity, spec.margin_factor)
        self._agenda = agenda
        self._network = network
        self._tasks = tasks
        self._listener: Listener | None = None
        self._sessions: list[Session] = []
        self._session_count = 0
        self._missed: list[m.Message] = []
        own = RandomSource(randomness.stream(f"account/{spec.account}").getrandbits(48))
        self.locates = LocateDesk(
            account=spec.account,
            routes=spec.locate_routes,
            hard_to_borrow=frozenset(spec.hard_to_borrow),
            switches=spec.switches,
            market=market,
            ledger=self.ledger,
            agenda=agenda,
            time_of_day=time_of_day,
            random=own.stream("locates"),
            push=self.push,
        )
        self.venue = Venue(
            market=market,
            ledger=self.ledger,
            borrow=self.locates,
            agenda=agenda,
            time_of_day=time_of_day,
            switches=spec.switches,
            randomness=own,
            listener=self,
        )
        self.locates.working_shorts = self.venue.working_shorts
        self.writer = RowWriter(
            switches=spec.switches, market=market, time_of_day=time_of_day, account=spec.account, trader=spec.trader
        )
        self._account_rows = AccountRows(self.ledger, self.venue, self.locates, market)
        market.listen(self)

    # --- the port ------------------------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """The port in use, or the one that is asked for."""
        return self._listener.port if self._listener is not None else self.spec.port

    @property
    def is_online(self) -> bool:
        """Whether the program runs: whether its port exists."""
        return self._listener is not None

    @property
    def client_count(self) -> int:
        """How many clients are connected."""
        return len(self._sessions)

    async def go_online(self) -> None:
        """Start the program; nothing happens when it runs. Raises OSError when the port is taken."""
        if self._listener is None:
            port = self._known_port or self.spec.port
            self._listener = await self._network.listen(self.spec.host, port, self._accept)
            self._known_port = self._listener.port

    async def go_offline(self) -> None:
        """End the program: the port closes, every client is dropped. Orders live on at the broker."""
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.close()
        self.disconnect()

    def _accept(self, link: Link) -> Session:
        self._session_count += 1
        session = Session(self, link, self._session_count)
        self._sessions.append(session)
        return session

    def disconnect(self) -> None:
        """Cut every client off; they may come back at once."""
        for session in list(self._sessions):
            session.abort()
        self._sessions.clear()

    def crash(self) -> None:
        """The program dies: connections are reset and the port is gone until `go_online`."""
        self.disconnect()
        self._tasks.start(f"close {self.spec.account}", self.go_offline())

    def forget(self, session: Session) -> None:
        """A client is gone."""
        if session in self._sessions:
            self._sessions.remove(session)

    def write_raw(self, payload: bytes) -> None:
        """Bytes to every client, past the protocol: half lines and nonsense."""
        for session in list(self._sessions):
            session.write(payload)

    def set_stalled(self, *, is_stalled: bool) -> None:
        """Stop reading from every client, or read again."""
        self.faults.is_stalled = is_stalled
        for session in self._sessions:
            session.take_up_stall()

    # --- time ----------------------------------------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """The loop's time."""
        return self._agenda.now_s

    def after(self, delay_s: float, action: Action) -> None:
        """Later."""
        self._agenda.after(delay_s, action)

    def run_due(self) -> None:
        """What is due now."""
        self._agenda.run_due()

    # --- commands ------------------------------------------------------------------------------------------------

    def record(self, client: int, text: str) -> None:
        """Keep what came, for those who check it."""
        self.received.append(ReceivedCommand(self.now_s, client, text))

    def knows(self, login: c.Login) -> bool:
        """Whether trader, password and account are right."""
        spec = self.spec
        return (
            login.trader.upper() == spec.trader.upper()
            and login.password == spec.password
            and login.account.upper() == spec.account.upper()
        )

    def is_sane(self, command: c.NewOrder | c.Replace) -> bool:
        """Whether every price lies within what can be reckoned with."""
        pricing = pricing_from(command.price_part)
        trails = [pricing.trail] if pricing.trail is not None else []
        return all(0 < price < PRICE_MAX for price in (*pricing.prices, *trails))

    def enter(self, command: c.NewOrder) -> None:
        """NEWORDER."""
        entry = _entry_from(command)
        if entry is None:
            self.refuse(command, "Options are not traded here")
        else:
            self.venue.submit(entry)

    def refuse(self, command: c.NewOrder, note: str) -> None:
        """Refuse an order before it has an id."""
        side = SideWord.BUY if command.side.startswith("B") else SideWord.SELL
        self.on_refused(_entry_of(command, side), note)

    def change(self, command: c.Replace) -> None:
        """REPLACE."""
        self.venue.replace(command.order_id, command.shares, pricing_from(command.price_part), command.tif)

    # --- answers -------------------------------------------------------------------------------------------------

    def burst(self) -> list[m.Message]:
        """What follows an accepted log-in."""
        kinds = [DumpKind.POSITIONS, DumpKind.ORDERS, DumpKind.TRADES]
        if self.switches.locates_in_burst:
            kinds.append(DumpKind.LOCATES)
        return [message for kind in kinds for message in self.block(kind)]

    def block(self, kind: DumpKind) -> list[m.Message]:
        """One block: header, rows, end."""
        header = self.writer.order_header() if kind is DumpKind.ORDERS else HEADER_BY_DUMP[kind]
        return [m.DumpBegun(kind, header), *self._rows(kind), m.DumpEnded(kind)]

    def _rows(self, kind: DumpKind) -> list[m.Message]:
        match kind:
            case DumpKind.POSITIONS:
                keep_flat = self.switches.keep_flat_rows
                return [self.writer.position(held) for held in self.ledger.holdings if held.net or keep_flat]
            case DumpKind.ORDERS:
                sharing = [self, *self.shares_rows_of]
                return [other.writer.order(order) for other in sharing for order in other.venue.orders]
            case DumpKind.TRADES:
                return [self.writer.trade(trade) for trade in self.ledger.trades]
            case _:
                return self.locates.rows()

    def answer(self, what: str) -> list[m.Message]:
        """The answer to GET without a symbol."""
        blocks = {
            "POSITIONS": DumpKind.POSITIONS,
            "ORDERS": DumpKind.ORDERS,
            "TRADES": DumpKind.TRADES,
            "LOCATES": DumpKind.LOCATES,
        }
        kind = blocks.get(what.upper())
        return self.block(kind) if kind is not None else self._account_rows.answer(what)

    def short_info(self, symbol: str) -> m.ShortInfo:
        """The answer to GET SHORTINFO."""
        return self._account_rows.short_info(symbol.upper())

    def symbol_answer(self, what: str, symbol: str) -> m.Message:
        """The answer to GET SymStatus and GET LDLU."""
        return self._account_rows.symbol_answer(what, symbol)

    # --- telling -------------------------------------------------------------------------------------------------

    def push(self, message: m.Message) -> None:
        """Tell every client; while the order server is lost, keep it for later."""
        if not self.is_order_server_up:
            self._missed.append(message)
            return
        for session in list(self._sessions):
            session.push(message)

    def on_report(self, report: Report) -> None:
        """An order of the account changed."""
        for message in self.writer.report(report):
            self.push(message)
            if isinstance(message, m.OrderRow):
                for other in self._shared_with:
                    other.push(message)

    def share_rows_with(self, other: "Platform") -> None:
        """Show this account's orders on another platform's connections too (switch 17)."""
        self._shared_with.append(other)
        other.shares_rows_of.append(self)

    def on_refused(self, entry: OrderEntry, note: str) -> None:
        """An order was refused before it had an id."""
        for message in self.writer.refused(entry, note):
            self.push(message)

    def on_position(self, holding: Holding) -> None:
        """A position was set by hand."""
        self.push(self.writer.position(holding))

    def set_order_server(self, *, is_up: bool) -> None:
        """Lose or regain the platform's own link to the broker; the sockets stay (switch 16)."""
        if is_up == self.is_order_server_up:
            return
        if not is_up:
            self.is_order_server_up = False
            self._tell_status("#OrderServer:Lost Connection", is_up=False)
            return
        self._tell_status("#OrderServer:Connect:Successful", is_up=True)
        self._tell_status("#OrderServer:Logon:Successful", is_up=True)
        self.is_order_server_up = True
        missed, self._missed = self._missed, []
        for message in missed:
            self.push(message)

    def _tell_status(self, text: str, *, is_up: bool) -> None:
        for session in list(self._sessions):
            session.say(m.ServerStatus(ServerName.ORDER, text, is_up))

    def new_day(self) -> None:
        """Another day: ids begin again, only positions and orders good till cancelled remain (switch 19)."""
        self.venue.new_day()
        self.locates.new_day()

    # --- the market tells ----------------------------------------------------------------------------------------

    def on_quote(self, instrument: Instrument) -> None:
        """Orders look at it, subscribers are told."""
        self.venue.on_quote(instrument)
        for session in list(self._sessions):
            session.on_quote(instrument)

    def on_print(self, instrument: Instrument, price: Decimal, shares: int, *, is_ours: bool) -> None:
        """Stops look at it, subscribers are told."""
        self.venue.on_print(instrument, price, shares, is_ours=is_ours)
        for session in list(self._sessions):
            session.on_quote(instrument)

    def on_phase(self, phase: MarketPhase) -> None:
        """Orders wait for it, or end with it."""
        self.venue.on_phase(phase)


def _entry_from(command: c.NewOrder) -> OrderEntry | None:
    """None for option contracts."""
    if command.side not in set(SideWord):
        return None
    return _entry_of(command, SideWord(command.side))


def _entry_of(command: c.NewOrder, side: SideWord) -> OrderEntry:
    options = [option.upper() for option in command.options]
    pref = next((option[5:] for option in options if option.startswith("PREF=")), "") or NO_PREF
    tif = command.tif if command.tif is not None else TifWord.DAY_PLUS.value
    known_tif = next((word.value for word in TifWord if word.value.upper() == tif.upper()), tif)
    return OrderEntry(
        token=command.token,
        side=side,
        symbol=command.symbol.upper(),
        route=command.route,
        shares=command.shares,
        pricing=pricing_from(command.price_part),
        tif=known_tif,
        is_post_only="POSTONLY" in options,
        pref=pref,
    )
