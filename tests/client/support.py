"""A listener that writes down what it is told, and a platform that says what the test scripts."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime

from das_copy_trader.client.das_client import AccountTools, TradingClient
from das_copy_trader.client.endpoint import AccountEndpoint, SessionPolicy
from das_copy_trader.client.intake import Intake
from das_copy_trader.client.mirror import AccountMirror
from das_copy_trader.client.quotes import QuoteBoard
from das_copy_trader.client.type_table import TypeTable
from das_copy_trader.domain.account import AccountListener
from das_copy_trader.domain.enums import ConnectionState, ExecType
from das_copy_trader.domain.events import CommandRefused, OrderEvent, OrderRefused
from das_copy_trader.domain.identifiers import ClOrdId, OrderId
from das_copy_trader.domain.orders import Order
from das_copy_trader.domain.positions import Position
from das_copy_trader.protocol.messages import DumpBegun, DumpEnded
from das_copy_trader.protocol.parse import parse_messages
from das_copy_trader.runtime.clock import LoopClock, trading_day_of
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.memory_network import MemoryNetwork
from das_copy_trader.runtime.network import Link
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.runtime.virtual_time import run_virtual

EPOCH = datetime(2026, 10, 2, 14, 0, tzinfo=UTC)
BANNER = ["#Welcome to DAS Command API", "#Please login to continue."]
POS = "#POS symb type qty avgcost initqty initprice Realized CreatTime Unrealized"
ORDER = (
    "#Order id token symb b/s mkt/lmt qty lvqty cxlqty price route status time origoid account trader orderSrc TIF Pref"
)
TRADE = "#Trade id symb b/s qty price route time orderid Liq EcnFee PL"
LOCATE = "#SLOrder id symb shares openshares exeshares exeprice status route time lmtPrice token notes"
POS_LIST = [POS, "#POSEND"]
ORDER_LIST = [ORDER, "#OrderEnd"]
EMPTY_BURST = [*POS_LIST, *ORDER_LIST, TRADE, "#TradeEnd", LOCATE, "#SLOrderEnd"]
LOGGED_IN = ["#LOGIN SUCCESSED", *EMPTY_BURST]


class RecordingListener:
    """Keeps everything in the order of telling, states and quantities as they were then."""

    def __init__(self) -> None:
        self.events: list[OrderEvent] = []
        self.kinds: list[tuple[ExecType, int]] = []
        self.refused: list[OrderRefused] = []
        self.commands_refused: list[CommandRefused] = []
        self.positions: list[Position] = []
        self.states: list[tuple[ConnectionState, str]] = []
        self.lists = 0
        self.paced_sent: list[ClOrdId] = []
        self.paced_dropped: list[ClOrdId] = []
        self.on_state: Callable[[ConnectionState], None] | None = None
        self.planted: Exception | None = None
        self._states_read = 0
        self._news = asyncio.Event()

    def on_order_event(self, event: OrderEvent) -> None:
        if self.planted is not None:
            raise self.planted
        self.events.append(event)
        self.kinds.append((event.exec_type, event.order.order_id))
        self._news.set()

    def on_order_refused(self, refusal: OrderRefused) -> None:
        self.refused.append(refusal)

    def on_command_refused(self, refusal: CommandRefused) -> None:
        self.commands_refused.append(refusal)

    def on_position_changed(self, position: Position) -> None:
        self.positions.append(position)

    def on_state_changed(self, state: ConnectionState, reason: str) -> None:
        self.states.append((state, reason))
        self._news.set()
        if self.on_state is not None:
            self.on_state(state)

    def on_orders_listed(self) -> None:
        self.lists += 1
        self._news.set()

    def on_paced_sent(self, cl_ord_id: ClOrdId) -> None:
        self.paced_sent.append(cl_ord_id)

    def on_paced_dropped(self, cl_ord_id: ClOrdId, reason: str) -> None:
        self.paced_dropped.append(cl_ord_id)

    @property
    def state_names(self) -> list[str]:
        return [state.value for state, _ in self.states]

    @property
    def reason(self) -> str:
        return self.states[-1][1]

    async def until_state(self, state: ConnectionState) -> str:
        """Wait until this state is told, behind the one that was waited for before; its reason."""
        while True:
            while self._states_read < len(self.states):
                told, reason = self.states[self._states_read]
                self._states_read += 1
                if told is state:
                    return reason
            self._news.clear()
            await self._news.wait()


def mirror_of(listener: AccountListener, account: str = "ACCT1", table: TypeTable | None = None) -> AccountMirror:
    """A mirror as it is behind an empty login burst: complete, so what comes is news."""
    mirror = AccountMirror(account, listener, TypeTable() if table is None else table)
    mirror.begin_session(trading_day_of(EPOCH))
    mirror.complete()
    return mirror


def feed(mirror: AccountMirror, lines: str | Iterable[str]) -> None:
    """Apply wire lines to a mirror; list headers and ends too."""
    intake = Intake(mirror, QuoteBoard(50))
    for line in lines.splitlines() if isinstance(lines, str) else lines:
        if not line.strip():
            continue
        for message in parse_messages(line.lstrip().encode("latin-1")):
            if isinstance(message, DumpBegun):
                intake.begin_list(message.kind)
            elif isinstance(message, DumpEnded):
                intake.end_list(message.kind)
            elif (handler := intake.handler_by_type.get(type(message))) is not None:
                handler(message)


def order(mirror: AccountMirror, order_id: int) -> Order:
    """The order, which has to be there."""
    found = mirror.order(OrderId(order_id))
    assert found is not None
    return found


class ScriptedPlatform:
    """Answers each command line as the test says; keeps every line that came.

    `on_login` is said when a LOGIN comes, `answers` by the start of a line. A callable gets the line and the link.
    """

    def __init__(self) -> None:
        self.banner: list[str] = list(BANNER)
        self.on_login: list[str] = list(LOGGED_IN)
        self.answers: dict[str, list[str]] = {
            "ECHO": ["ECHO OFF"],
            "GET ORDERS": ORDER_LIST,
            "GET POSITIONS": POS_LIST,
        }
        self.lines: list[str] = []
        self.link_count = 0
        self.links: list[Link] = []
        self.lost: list[Exception | None] = []
        self._rest = b""

    def __call__(self, link: Link) -> "ScriptedPlatform":
        self.link_count += 1
        self.links.append(link)
        self._rest = b""
        asyncio.get_running_loop().call_soon(self.say, *self.banner)
        return self

    def say(self, *lines: str) -> None:
        """Say lines over the newest link."""
        if lines and self.links and self.links[-1].is_open:
            self.links[-1].send("".join(f"{line}\r\n" for line in lines).encode("latin-1"))

    def say_bytes(self, payload: bytes) -> None:
        """Say bytes as they are."""
        self.links[-1].send(payload)

    def on_received(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\r\n")
        for raw in lines:
            line = raw.decode()
            self.lines.append(line)
            if line.startswith("LOGIN "):
                self.say(*self.on_login)
            for start, answer in self.answers.items():
                if line.startswith(start):
                    self.say(*answer)

    def on_lost(self, cause: Exception | None) -> None:
        self.lost.append(cause)

    def sent(self, start: str) -> list[str]:
        """The lines that came and begin so."""
        return [line for line in self.lines if line.startswith(start)]


class World:
    """One network, one platform at `das:9910`, one trading client on it. Made inside a running loop."""

    def __init__(self, seed: random.Random, policy: SessionPolicy | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.crashes: list[tuple[str, BaseException]] = []
        self.network = MemoryNetwork(seed)
        self.clock = LoopClock(loop, EPOCH)
        self.tasks = TaskSupervisor(lambda name, error: self.crashes.append((name, error)))
        self.tools = AccountTools(
            network=self.network, clock=self.clock, tasks=self.tasks, randomness=seed, policy=policy or SessionPolicy()
        )
        self.platform = ScriptedPlatform()
        self.listener = RecordingListener()
        self.client = TradingClient(endpoint(), self.tools, self.listener)

    async def start(self) -> None:
        """Listen and start the client."""
        await self.network.listen("das", 9910, self.platform)
        self.client.start()

    async def start_ready(self) -> None:
        """Listen, start the client and wait until it can trade."""
        await self.start()
        await self.listener.until_state(ConnectionState.READY)


def play(scene: Callable[[World], Coroutine[object, object, None]], policy: SessionPolicy | None = None) -> None:
    """Play a scene in virtual time; the client is stopped at the end and nothing may have crashed."""

    async def main(source: RandomSource) -> None:
        world = World(source.stream("test"), policy)
        await scene(world)
        await world.client.stop()
        await world.tasks.stop_all()
        assert not world.crashes

    run_virtual(main, seed=1, limit_s=7200)


def endpoint(host: str = "das", port: int = 9910, password: str = "s3cret-word") -> AccountEndpoint:
    return AccountEndpoint(host=host, port=port, username="USER1", password=password, account_id="ACCT1")
