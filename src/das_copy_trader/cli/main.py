"""`das-copy-trader`: the entry of the terminal."""

import json
import sys
from typing import Annotated

import typer

from das_copy_trader import __version__
from das_copy_trader.api.app import bare_app
from das_copy_trader.cli.check_config import check_config
from das_copy_trader.cli.demo import demo
from das_copy_trader.cli.serve import serve as run_server
from das_copy_trader.cli.simulate import simulate
from das_copy_trader.runtime.event_loop import LoopKind

app = typer.Typer(
    name="das-copy-trader",
    help="Copies the orders of one DAS Trader Pro account to many, live.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _say(text: str) -> None:
    # One write a line: the log's thread writes to the same terminal.
    print(f"{text}\n", end="", flush=True)


def _complain(text: str) -> None:
    print(f"{text}\n", end="", file=sys.stderr, flush=True)


def _print_version(wanted: bool) -> None:
    if wanted:
        _say(f"das-copy-trader {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Exit codes: 2 setting, 3 database or file, 4 port taken, 5 already running, 1 anything else."""


@app.command()
def serve(
    loop: Annotated[str, typer.Option(help="Event loop: auto, asyncio or uvloop.")] = "auto",
) -> None:
    """Run the server, configured by environment variables (docs/OPERATIONS.md)."""
    kinds: dict[str, LoopKind] = {"auto": "auto", "asyncio": "asyncio", "uvloop": "uvloop"}
    if loop not in kinds:
        raise typer.BadParameter(f"{loop!r} is none of {', '.join(kinds)}.", param_hint="--loop")
    raise typer.Exit(run_server(_say, _complain, kinds[loop]))


@app.command("check-config")
def check(
    connect: Annotated[bool, typer.Option(help="Log in to each configured account as well, without trading.")] = False,
) -> None:
    """Check the settings and the database, without starting anything."""
    raise typer.Exit(check_config(_say, _complain, connect=connect))


@app.command()
def openapi() -> None:
    """Print the OpenAPI document, the WebSocket's messages in it."""
    _say(json.dumps(bare_app().openapi(), indent=2, sort_keys=True))


app.command()(demo)
app.command()(simulate)
