"""`simulate`: DAS platforms that are none, on real ports, for anyone's client."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from das_copy_trader.cli.exit_codes import ExitCode
from das_copy_trader.runtime.clock import SystemClock
from das_copy_trader.runtime.event_loop import run
from das_copy_trader.runtime.socket_network import SocketNetwork
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.simulator.broker import MARKET_STEP_S, SimulatedBroker
from das_copy_trader.simulator.control import Control, ControlError, symbol_of
from das_copy_trader.simulator.control_http import HOST
from das_copy_trader.simulator.control_server import ControlServer
from das_copy_trader.simulator.demo_world import DEAR_SYMBOL, DEMO_SYMBOLS, HARD_SYMBOL
from das_copy_trader.simulator.platform import AccountSpec
from das_copy_trader.simulator.script import ScriptedTrader, TraderHabits
from das_copy_trader.simulator.switches import SwitchError, Switches, switches_from

PASSWORD = "simulated"  # noqa: S105 - opens nothing but a simulation
_PORT_MAX = 65_535


def simulate(
    accounts: Annotated[int, typer.Option(min=1, max=200, help="How many accounts, on consecutive ports.")] = 4,
    port: Annotated[int, typer.Option(min=0, max=_PORT_MAX, help="The first account's port; 0: any free ones.")] = 9910,
    seed: Annotated[int, typer.Option(help="The same seed gives the same market and the same trader.")] = 1,
    control_port: Annotated[
        int, typer.Option(min=0, max=_PORT_MAX, help="Port of the HTTP control surface, on this machine only.")
    ] = 9900,
    switch: Annotated[
        list[str] | None, typer.Option(help="name=value, once per switch; docs/SIMULATOR.md lists them.")
    ] = None,
    hard_to_borrow: Annotated[
        list[str] | None, typer.Option(metavar="SYMBOL", help="A symbol that needs locates at every account.")
    ] = None,
    script: Annotated[bool, typer.Option(help="Let a scripted trader trade the first account.")] = True,
    still: Annotated[bool, typer.Option(help="A market that moves only by the control surface.")] = False,
) -> None:
    """Run simulated DAS Trader platforms until Ctrl-C."""
    console = Console()
    try:
        switches = switches_from(switch or [])
    except SwitchError as error:
        console.print(str(error), markup=False)
        raise typer.Exit(ExitCode.BAD_SETTING) from None
    if port and port + accounts - 1 > _PORT_MAX:
        console.print(f"{accounts} accounts from port {port} on need ports above {_PORT_MAX}; choose a lower one.")
        raise typer.Exit(ExitCode.BAD_SETTING)
    try:
        hard = tuple(symbol_of(text) for text in hard_to_borrow or [])
    except ControlError as error:
        console.print(f"--hard-to-borrow: {error}", markup=False)
        raise typer.Exit(ExitCode.BAD_SETTING) from None
    plan = _Plan(accounts=accounts, port=port, control_port=control_port, hard_to_borrow=hard, is_still=still)
    simulation = _Simulation(console, plan)
    try:
        run(lambda stop: simulation.run(stop, seed, switches, is_scripted=script))
    except _PortTakenError as taken:
        console.print(str(taken), markup=False, highlight=False)
        raise typer.Exit(ExitCode.PORT_TAKEN) from None


class _PortTakenError(Exception):
    """A port cannot be opened; the message is a sentence."""


@contextmanager
def _opening(port: int, option: str) -> Iterator[None]:
    try:
        yield
    except OSError:
        raise _PortTakenError(
            f"Port {port} cannot be opened: another program uses it, or it is not allowed. Choose one with {option}."
        ) from None


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the command line asks for. `port` 0: any free ones."""

    accounts: int
    port: int
    control_port: int
    hard_to_borrow: tuple[str, ...]
    is_still: bool


class _Simulation:
    """One run of the command."""

    def __init__(self, console: Console, plan: _Plan) -> None:
        self._console = console
        self._plan = plan

    async def run(self, stop: asyncio.Event, seed: int, switches: Switches, *, is_scripted: bool) -> None:
        """Serve until `stop`. Raises _PortTakenError."""
        tasks = TaskSupervisor(self._on_crash)
        network = SocketNetwork()
        step_s = 0.0 if self._plan.is_still else MARKET_STEP_S
        broker = SimulatedBroker(network, SystemClock(), tasks, seed=seed, symbols=DEMO_SYMBOLS, step_s=step_s)
        control = Control(broker)
        for number in range(1, self._plan.accounts + 1):
            broker.add(self._spec(number, switches))
        server: ControlServer | None = None
        try:
            with _opening(self._plan.control_port, "--control-port"):
                server = ControlServer(control, self._plan.control_port)
            for platform in broker.platforms:
                with _opening(platform.port, "--port"):
                    await platform.go_online()
            tasks.start("control", server.run())
            self._show(broker, server)
            if is_scripted:
                self._start_trader(broker, control)
            await stop.wait()
        finally:
            if server is not None:
                server.stop()
            await broker.stop()
            await tasks.stop_all()
            await network.close()

    def _spec(self, number: int, switches: Switches) -> AccountSpec:
        return AccountSpec(
            account=f"ACCT{number}",
            trader=f"USER{number}",
            password=PASSWORD,
            port=self._plan.port + number - 1 if self._plan.port else 0,
            equity=Decimal(1_000_000),
            hard_to_borrow=(*self._plan.hard_to_borrow, *((HARD_SYMBOL, DEAR_SYMBOL) if number == 3 else ())),
            switches=switches,
        )

    def _start_trader(self, broker: SimulatedBroker, control: Control) -> None:
        habits = TraderHabits(symbols=tuple(spec.symbol for spec in DEMO_SYMBOLS), short_symbols=(HARD_SYMBOL,))
        trader = ScriptedTrader(control, "ACCT1", broker.randomness.stream("trader"), habits)
        trader.start()

    def _show(self, broker: SimulatedBroker, server: ControlServer) -> None:
        table = Table(title="Simulated DAS platforms")
        for column in ("Account", "Host", "Port", "User", "Password"):
            table.add_column(column)
        for platform in broker.platforms:
            spec = platform.spec
            table.add_row(spec.account, spec.host, str(platform.port), spec.trader, spec.password)
        self._console.print(table)
        self._console.print(
            f"Control: curl {HOST}:{server.port} says what can be done to them. Ctrl-C ends it.", highlight=False
        )

    def _on_crash(self, name: str, error: BaseException) -> None:
        self._console.print(f"{name}: {error}", markup=False)
