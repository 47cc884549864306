"""The product's face over a container without a database, and simulated platforms to connect it to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import httpx
from cryptography.fernet import Fernet
from starlette.types import ASGIApp

from das_copy_trader.api.access import AccessPolicy
from das_copy_trader.api.app import create_app
from das_copy_trader.api.server import HttpServer, bind
from das_copy_trader.container import Container
from das_copy_trader.runtime.clock import SystemClock
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.log_files import LogFiles
from das_copy_trader.runtime.settings import Settings
from das_copy_trader.runtime.socket_network import SocketNetwork
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.services.config_store import ConfigStore, MemoryConfigStore
from das_copy_trader.services.credentials import Credentials
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.control import Control
from das_copy_trader.simulator.market import SymbolSpec
from das_copy_trader.simulator.platform import AccountSpec

TOKEN = "the-access-token-of-this-test"
PORT = 8787
BASE = f"http://127.0.0.1:{PORT}"
BEARER = {"authorization": f"Bearer {TOKEN}"}
DAS_PASSWORD = "Pa55word-of-DAS"
_MSFT = SymbolSpec(symbol="MSFT", price=Decimal(200))


@dataclass
class Face:
    """A running container, its app, and a client that carries the token."""

    container: Container
    app: ASGIApp
    policy: AccessPolicy
    client: httpx.AsyncClient


@asynccontextmanager
async def open_face(
    settings: Settings | None = None, store: ConfigStore | None = None, log_files: LogFiles | None = None
) -> AsyncIterator[Face]:
    """The face over services of its own; everything ends with the block."""
    network = SocketNetwork()
    container = Container(
        settings or Settings.model_construct(),
        network=network,
        clock=SystemClock(),
        randomness=RandomSource(1),
        store=store or MemoryConfigStore(),
        credentials=Credentials(Fernet.generate_key().decode()),
        log_files=log_files,
    )
    await container.start()
    policy = AccessPolicy(TOKEN, PORT)
    app = create_app(container.api_context(), policy)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=BEARER, timeout=30) as client:
            yield Face(container, app, policy, client)
    finally:
        await container.stop()
        await network.close()


@asynccontextmanager
async def serve_face(face: Face, pages: Path | None = None, port: int = 0) -> AsyncIterator[AccessPolicy]:
    """The face on a real port of this machine, a free one unless told; the policy names it."""
    crashes: list[str] = []
    tasks = TaskSupervisor(lambda name, error: crashes.append(f"{name}: {error!r}"))
    listening = bind("127.0.0.1", port)
    policy = AccessPolicy(TOKEN, int(listening.getsockname()[1]))
    server = HttpServer(create_app(face.container.api_context(pages), policy), listening, tasks)
    await server.start()
    try:
        yield policy
    finally:
        face.container.notifications.close()
        await server.stop()
        await tasks.stop_all()
    assert not crashes


@asynccontextmanager
async def simulated_platforms(
    count: int, hard_to_borrow: tuple[str, ...] = (), symbols: tuple[SymbolSpec, ...] = (_MSFT,)
) -> AsyncIterator[Control]:
    """Platforms ACCT1, ACCT2, … on free ports, with a market that stands still.

    All but the first need locates to sell short the symbols that are hard to borrow.
    """
    network = SocketNetwork()
    crashes: list[str] = []
    tasks = TaskSupervisor(lambda name, error: crashes.append(f"{name}: {error!r}"))
    broker = SimulatedBroker(network, SystemClock(), tasks, seed=1, symbols=symbols, step_s=0)
    for number in range(1, count + 1):
        hard = hard_to_borrow if number > 1 else ()
        broker.add(
            AccountSpec(account=f"ACCT{number}", trader=f"USER{number}", password=DAS_PASSWORD, hard_to_borrow=hard)
        )
    await broker.start()
    try:
        yield Control(broker)
    finally:
        await broker.stop()
        await tasks.stop_all()
        await network.close()
    assert not crashes


def account_body(number: int, port: int = 9000, **more: object) -> dict[str, object]:
    """An account as the API takes it."""
    return {
        "broker_id": "SIM",
        "host": "127.0.0.1",
        "port": port,
        "username": f"USER{number}",
        "password": DAS_PASSWORD,
        "account_id": f"ACCT{number}",
        **more,
    }


def follower_body(number: int, port: int = 9000, **more: object) -> dict[str, object]:
    """A follower `f<number>` as the API takes it."""
    return account_body(number, port, id=f"f{number}", name=f"Follower {number}", **more)
