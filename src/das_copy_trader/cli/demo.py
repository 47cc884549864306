"""`demo`: the whole product with simulated DAS platforms, a moving market and a scripted trader (product.md 11).

Everything on the screen comes through the same sockets and code as with real platforms; only the platforms are none.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, TypedDict

import typer
from rich.console import Console
from rich.markup import escape

from das_copy_trader.cli.companion import Companion
from das_copy_trader.cli.demo_lines import LocateLines, line_of
from das_copy_trader.cli.exit_codes import ExitCode
from das_copy_trader.cli.serve import serve
from das_copy_trader.container import Container
from das_copy_trader.domain.configuration import AlertRecord, FollowerConfig, MasterConfig
from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.engine.observer import OutcomeChange, ReplicationRecord
from das_copy_trader.runtime.clock import SystemClock
from das_copy_trader.runtime.settings import SettingsError, load_settings
from das_copy_trader.runtime.socket_network import SocketNetwork
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.demo_world import FOLLOWERS, PASSWORD, DemoWorld
from das_copy_trader.simulator.platform import Platform

STYLE_BY_LEVEL: Final = {"info": "dim", "warn": "yellow", "error": "red"}


def demo(
    seed: Annotated[int, typer.Option(help="The same seed gives the same market and the same trader.")] = 7,
    quiet: Annotated[bool, typer.Option(help="Do not print a line for each order.")] = False,
) -> None:
    """Try the product on simulated platforms, until Ctrl-C. Nothing is kept."""
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="das-copy-trader-demo-", ignore_cleanup_errors=True) as folder:
        try:
            settings = load_settings().model_copy(update={"db_path": Path(folder) / "demo.db"})
        except SettingsError as error:
            console.print(str(error), markup=False)
            raise typer.Exit(ExitCode.BAD_SETTING) from None
        companion = DemoCompanion(console, seed, is_quiet=quiet)
        code = serve(
            console.print, lambda text: console.print(text, markup=False), settings=settings, companion=companion
        )
    raise typer.Exit(code)


class DemoCompanion(Companion):
    """The simulated world beside the product: configures it, starts it, tells the terminal what happens."""

    any_port_will_do = True
    logs_to_console = False

    def __init__(self, console: Console, seed: int, *, is_quiet: bool) -> None:
        self._console = console
        self._seed = seed
        self._is_quiet = is_quiet
        self._tasks = TaskSupervisor(self._on_crash)
        self._network = SocketNetwork()
        self._broker: SimulatedBroker | None = None
        self._locates = LocateLines(_name)

    async def begin(self, container: Container, link: str, say: Callable[[str], None]) -> None:
        """Open the simulated platforms, configure the product for them as a user would, and start copying."""
        broker = self._broker = SimulatedBroker(self._network, SystemClock(), self._tasks, seed=self._seed)
        world = DemoWorld(broker, self._tasks)
        await broker.start()
        await configure(container, world)
        if not self._is_quiet:
            container.relay.on_record.append(self._tell)
            container.relay.on_change.append(self._tell_change)
            container.alerts.listen(self._tell_alert)
        await container.system.start()
        self._welcome(link)
        world.begin(None if self._is_quiet else self._tell_scene)

    async def end(self) -> None:
        """Close the simulated platforms."""
        if self._broker is not None:
            await self._broker.stop()
        await self._tasks.stop_all()
        await self._network.close()
        self._console.print("The demo has ended; nothing of it is kept.")

    def _welcome(self, link: str) -> None:
        say = self._console.print
        say("\n[bold]DAS Copy Trader, demo:[/] one simulated master, three simulated followers, a scripted trader.")
        for follower in FOLLOWERS:
            say(f"  {follower.name:<14} x {follower.multiplier:<4} {follower.trait}")
        say(f"Open [bold]{link}[/]\nCtrl-C ends it.\n")

    def _tell(self, record: ReplicationRecord) -> None:
        self._console.print(escape(line_of(record, _name)))
        self._locates.on_record(record)

    def _tell_change(self, change: OutcomeChange) -> None:
        line = self._locates.on_change(change)
        if line is not None:
            self._console.print(f"         {escape(line)}")

    def _tell_scene(self, sentence: str) -> None:
        self._console.print(f"\n[bold]{escape(sentence)}[/]")

    def _tell_alert(self, alert: AlertRecord) -> None:
        style = STYLE_BY_LEVEL.get(alert.level, "")
        self._console.print(f"         [{style}]{alert.level:<7} {escape(alert.message)}[/]")

    def _on_crash(self, name: str, error: BaseException) -> None:
        self._console.print(f"The demo's {name} died: {error}", style="red", markup=False)


async def configure(container: Container, world: DemoWorld) -> None:
    """What a user would fill in on the settings page."""
    await container.configuration.put_master(MasterConfig(**_address(world.master)), PASSWORD)
    for follower in FOLLOWERS:
        config = FollowerConfig(
            follower_id=FollowerId(follower.account.lower()),
            name=follower.name,
            base_multiplier=follower.multiplier,
            **_address(world.follower(follower)),
        )
        await container.configuration.add_follower(config, PASSWORD)


class _Address(TypedDict):
    broker_id: str
    host: str
    port: int
    username: str
    account_id: str


def _address(platform: Platform) -> _Address:
    spec = platform.spec
    return {
        "broker_id": "SIMULATED",
        "host": spec.host,
        "port": platform.port,
        "username": spec.trader,
        "account_id": spec.account,
    }


def _name(follower_id: str) -> str:
    return next((one.name for one in FOLLOWERS if one.account.lower() == follower_id), follower_id)
