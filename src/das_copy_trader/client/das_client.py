"""The clients of accounts: one that reads (the master's) and one that trades (a follower's).

A client lives from `start` to `stop` and has one session after another; the mirror outlives them. The master's client
has no way to send a trading command: those live in a `TradingDesk`, and only `TradingClient` makes one.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from das_copy_trader.client.desk import TradingDesk
from das_copy_trader.client.endpoint import AccountEndpoint, SessionPolicy
from das_copy_trader.client.errors import NotConnected
from das_copy_trader.client.health import AccountHealth
from das_copy_trader.client.line_counts import LineCounts
from das_copy_trader.client.locator import Locator
from das_copy_trader.client.mirror import AccountMirror
from das_copy_trader.client.phases import Phase
from das_copy_trader.client.queries import QueryKind
from das_copy_trader.client.questions import LocateListener
from das_copy_trader.client.quotes import Level1, QuoteBoard
from das_copy_trader.client.rate_limits import PacingLeft
from das_copy_trader.client.reconnect import Backoff
from das_copy_trader.client.session import ClientSession, LinkUser, SessionParts
from das_copy_trader.client.trace import LineTrace
from das_copy_trader.client.translate import check_symbol
from das_copy_trader.client.type_table import TypeTable
from das_copy_trader.domain.account import AccountListener, SendResult
from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.domain.events import CommandRefused
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from das_copy_trader.domain.orders import Order, OrderTerms
from das_copy_trader.domain.positions import BuyingPowerState, Position, ShortState
from das_copy_trader.runtime.clock import Clock, trading_day_of
from das_copy_trader.runtime.network import Network
from das_copy_trader.runtime.tasks import TaskSupervisor

_STATE_BY_PHASE: Final[dict[Phase, ConnectionState]] = {
    Phase.CONNECTING: ConnectionState.CONNECTING,
    Phase.LOGGING_IN: ConnectionState.LOGGING_IN,
    Phase.SYNCING: ConnectionState.SYNCING,
    Phase.READY: ConnectionState.READY,
    Phase.DEGRADED: ConnectionState.DEGRADED,
    Phase.ENDED: ConnectionState.DISCONNECTED,
    Phase.REFUSED: ConnectionState.LOGIN_REFUSED,
}


class AccountTools:
    """What every client of an account works with, made by the composition root.

    `master_network` makes the master's links: one that has them looked at before all others. `trading_day` is asked at
    each log-in: ids are unique within a day.
    """

    def __init__(
        self,
        *,
        network: Network,
        master_network: Network | None = None,
        clock: Clock,
        tasks: TaskSupervisor,
        randomness: random.Random,
        policy: SessionPolicy | None = None,
        type_table: TypeTable | None = None,
        trading_day: Callable[[], date] | None = None,
    ) -> None:
        self.network = network
        self.master_network = network if master_network is None else master_network
        self.clock = clock
        self.tasks = tasks
        self.randomness = randomness
        self.policy = SessionPolicy() if policy is None else policy
        self.type_table = TypeTable() if type_table is None else type_table
        self.trading_day = trading_day or (lambda: trading_day_of(clock.now()))


class AccountClient:
    """One account, kept connected and mirrored. Reads only."""

    def __init__(
        self, endpoint: AccountEndpoint, tools: AccountTools, listener: AccountListener, trace: LineTrace | None = None
    ) -> None:
        self._endpoint = endpoint
        self._tools = tools
        self._trace = trace
        self._listener = listener
        self._mirror = AccountMirror(endpoint.account_id, listener, tools.type_table)
        self._lines = LineCounts(endpoint)
        self._quotes = QuoteBoard(tools.policy.quote_symbols_max)
        self._backoff = Backoff(tools.policy, tools.randomness)
        self._session: ClientSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._state = ConnectionState.DISCONNECTED
        self._state_reason = "Not started."
        self._state_since: datetime | None = None
        self._told_state: tuple[ConnectionState, str] | None = None
        self._last_problem = ""
        self._times_ready = 0
        self._retry_at_s: float | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._endpoint!r}, {self._state.value})"

    # --- life ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Connect, and stay connected until `stop`. Starting twice changes nothing."""
        if self._task is None:
            self._task = self._tools.tasks.start(f"account {self._endpoint.account_id}", self._stay_connected())

    async def stop(self) -> None:
        """Disconnect. When this returns nothing will be sent any more; stopping twice changes nothing."""
        task, self._task = self._task, None
        if self._session is not None:
            self._session.end("Stopped.")
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            self._retry_at_s = None
            self.take_phase(Phase.ENDED, "Stopped.")
            self.tell_phase()

    async def _stay_connected(self) -> None:
        loop = asyncio.get_running_loop()
        policy = self._tools.policy
        is_refused = False
        while True:
            wait_s = self._backoff.next_wait_s(is_refused=is_refused)
            if wait_s:
                self._retry_at_s = loop.time() + wait_s
                await asyncio.sleep(wait_s)
            self._retry_at_s = None
            self.take_phase(Phase.CONNECTING, self._connecting_reason())
            self.tell_phase()
            session = self._session = self._new_session()
            end = await session.run(self._network())
            self._last_problem = end.reason
            is_refused = end.is_refused
            if end.ready_for_s >= policy.stable_after_s:
                self._backoff.note_steady()

    def _network(self) -> Network:
        return self._tools.network

    def _connecting_reason(self) -> str:
        text = f"Connecting to {self._endpoint.address}."
        return f"{text} Before that: {self._last_problem}" if self._last_problem else text

    def _new_session(self) -> ClientSession:
        if self._trace is not None:
            self._trace.begin_link()
        return ClientSession(
            SessionParts(
                endpoint=self._endpoint,
                policy=self._tools.policy,
                clock=self._tools.clock,
                mirror=self._mirror,
                lines=self._lines,
                quotes=self._quotes,
                link_user=self._link_user(),
                trace=self._trace,
                trading_day=self._tools.trading_day,
                locates=self._locates(),
            ),
            self,
        )

    def _link_user(self) -> LinkUser | None:
        """Who trades over the link: nobody."""
        return None

    def _locates(self) -> LocateListener | None:
        """Who buys locates over the link: nobody."""
        return None

    def reset_day(self) -> None:
        """Forget the day's orders, positions and executions; to be called between sessions."""
        self._mirror.reset_day()

    # --- state ---------------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> AccountEndpoint:
        """Where the account is."""
        return self._endpoint

    @property
    def listener(self) -> AccountListener:
        """Who is told."""
        return self._listener

    def listen(self, listener: AccountListener) -> None:
        """Tell this listener from now on; the one of the constructor is told no more."""
        self._listener = listener
        self._mirror.listen(listener)

    @property
    def view(self) -> AccountMirror:
        """The account's mirror."""
        return self._mirror

    @property
    def state(self) -> ConnectionState:
        """The connection's state; only READY can trade."""
        return self._state

    @property
    def state_reason(self) -> str:
        """Why it is so, in a sentence."""
        return self._state_reason

    @property
    def state_since(self) -> datetime | None:
        """Since when, in UTC; None before the first start."""
        return self._state_since

    def take_phase(self, phase: Phase, reason: str) -> None:
        """The session's phase; nobody is told yet."""
        self._take_state(_STATE_BY_PHASE[phase], reason)

    def tell_phase(self) -> None:
        """Tell the listener the state that the phase means."""
        told = (self._state, self._state_reason)
        if told != self._told_state:
            self._told_state = told
            self._listener.on_state_changed(*told)

    def on_command_refused(self, command: str | None, text: str) -> None:
        """A trading command was refused; which one is not said."""
        self._listener.on_command_refused(CommandRefused(command, text))

    def _take_state(self, state: ConnectionState, reason: str) -> None:
        if state is not self._state:
            self._state_since = self._tools.clock.now()
            if state is ConnectionState.READY:
                self._times_ready += 1
        self._state, self._state_reason = state, reason

    def health(self) -> AccountHealth:
        """Everything that the health page shows of the account."""
        now_s = self._tools.clock.monotonic_s()
        session, mirror = self._session, self._mirror
        buying_power = mirror.buying_power
        received_s = None if session is None else session.last_received_s
        return AccountHealth(
            account_id=self._endpoint.account_id,
            address=self._endpoint.address,
            state=self._state,
            reason=self._state_reason,
            since=self._state_since or self._tools.clock.now(),
            attempts=self._backoff.tries,
            reconnects=max(0, self._times_ready - 1),
            retry_in_s=None if self._retry_at_s is None else max(0.0, self._retry_at_s - now_s),
            last_received_age_s=None if received_s is None else now_s - received_s,
            echo_p50_s=None if session is None else session.echo.round_trip_s(0.50),
            echo_p95_s=None if session is None else session.echo.round_trip_s(0.95),
            foreign_rows=mirror.foreign_rows,
            dropped_rows=mirror.dropped_rows,
            repeated_cl_ord_ids=mirror.repeated_cl_ord_ids,
            unreadable=self._lines.snapshot(),
            orders=mirror.order_count,
            buying_power=None if buying_power is None else buying_power.current,
            buying_power_overnight=None if buying_power is None else buying_power.overnight,
            pacing=self._pacing(),
        )

    def _pacing(self) -> PacingLeft | None:
        return None

    # --- questions -----------------------------------------------------------------------------------------------

    async def get_positions(self) -> tuple[Position, ...]:
        """Positions, read anew from the platform. Raises ClientError."""
        await self._ask(QueryKind.POSITIONS)
        return self._mirror.positions

    async def get_orders(self) -> tuple[Order, ...]:
        """The day's orders, read anew from the platform. Raises ClientError."""
        await self._ask(QueryKind.ORDERS)
        return self._mirror.orders

    async def get_buying_power(self) -> BuyingPowerState:
        """Buying power in dollars. Raises ClientError; platforms leave it unanswered at times (das-cmd-api.md 1.5)."""
        answer = await self._ask(QueryKind.BUYING_POWER)
        assert isinstance(answer, BuyingPowerState)
        return answer

    async def get_short_info(self, symbol: Symbol) -> ShortState:
        """Whether the symbol can be sold short. Raises ClientError, and ValueError for what is no symbol."""
        check_symbol(symbol)
        await self._ask(QueryKind.SHORT_INFO, symbol)
        state = self._mirror.short_state(symbol)
        assert state is not None
        return state

    async def client_count(self) -> int:
        """How many API clients the platform has. Raises ClientError."""
        answer = await self._ask(QueryKind.CLIENT_COUNT)
        assert isinstance(answer, int)
        return answer

    async def _ask(self, kind: QueryKind, subject: str = "") -> object:
        if self._session is None:
            raise NotConnected(f"The account is not connected to {self._endpoint.address}.")
        return await self._session.queries.ask(kind, subject)

    def read_back(self) -> None:
        """Ask the platform for its order list again; at most one question is on its way."""
        if self._session is not None:
            self._session.read_back()

    # --- quotes --------------------------------------------------------------------------------------------------

    def subscribe_quotes(self, symbol: Symbol) -> None:
        """Follow a symbol's level 1 prices, over reconnects too.

        Raises ValueError beyond the platform's limit, and for what is no symbol.
        """
        check_symbol(symbol)
        if self._quotes.add(symbol) and self._session is not None:
            self._session.subscribe(symbol, is_on=True)

    def unsubscribe_quotes(self, symbol: Symbol) -> None:
        """Follow it no more."""
        if self._quotes.remove(symbol) and self._session is not None:
            self._session.subscribe(symbol, is_on=False)

    def quote(self, symbol: Symbol) -> Level1 | None:
        """The symbol's last prices; None when it is not followed."""
        return self._quotes.level1(symbol)


class MasterClient(AccountClient):
    """The master's account: it has no way to send a trading command."""

    def _network(self) -> Network:
        return self._tools.master_network


class TradingClient(AccountClient):
    """A follower's account; implements `TradingGateway`. The trading verbs never wait."""

    def __init__(
        self, endpoint: AccountEndpoint, tools: AccountTools, listener: AccountListener, trace: LineTrace | None = None
    ) -> None:
        super().__init__(endpoint, tools, listener, trace)
        self._desk = TradingDesk(tools.clock, tools.policy.rate_share, lambda: self._listener, trace)
        self.locator = Locator(
            self.view,
            now_s=tools.clock.monotonic_s,
            share=tools.policy.rate_share,
            send=self._desk.send_locate,
            ask=self._ask,
        )
        """The account's locates; implements `LocateDesk`."""
        # Called once a follower on the hot path: straight, a call through this class is one frame more.
        self.submit = self._desk.submit  # type: ignore[method-assign]

    def _link_user(self) -> LinkUser | None:
        return self._desk

    def _locates(self) -> LocateListener | None:
        return self.locator

    def take_phase(self, phase: Phase, reason: str) -> None:
        """The session's phase; nobody is told yet, but the locator's waits end with the link."""
        super().take_phase(phase, reason)
        if phase is not Phase.READY:
            self.locator.on_link_lost(reason, is_gone=phase is Phase.ENDED)

    def _pacing(self) -> PacingLeft | None:
        return self._desk.pacing

    def submit(self, encoded: bytes, cl_ord_id: ClOrdId, now_s: float, *, is_exit: bool) -> SendResult:
        """Send an order that `LineEncoder` made; exits go before entries where the rate limit makes them wait."""
        return self._desk.submit(encoded, cl_ord_id, now_s, is_exit=is_exit)

    def withdraw(self, cl_ord_id: ClOrdId) -> bool:
        """Take back an order that is still held by pacing. True: it will never be sent."""
        return self._desk.withdraw(cl_ord_id)

    def cancel(self, order_id: OrderId) -> SendResult:
        """Cancel one order by its platform id."""
        return self._desk.cancel(order_id)

    def replace(self, order_id: OrderId, total_qty: int, terms: OrderTerms) -> SendResult:
        """Give an order a new total and new terms. Raises ValueError when the terms cannot be said on the wire."""
        return self._desk.replace(order_id, total_qty, terms)
