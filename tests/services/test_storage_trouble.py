"""The database in trouble while orders flow: they are copied, the user is told, nothing is lost in silence."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path

import httpx
from cryptography.fernet import Fernet

from das_copy_trader.api.access import AccessPolicy
from das_copy_trader.api.app import create_app
from das_copy_trader.container import Container
from das_copy_trader.domain.enums import AlertLevel
from das_copy_trader.persistence.config_store import SqlConfigStore
from das_copy_trader.persistence.database import Database
from das_copy_trader.persistence.journal import Journal
from das_copy_trader.runtime.clock import SystemClock
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.settings import Settings
from das_copy_trader.runtime.socket_network import SocketNetwork
from das_copy_trader.services.alerts import AlertBook
from das_copy_trader.services.credentials import Credentials
from das_copy_trader.simulator.control import Control, Ticket
from tests.support.face import BASE, BEARER, PORT, TOKEN, account_body, follower_body, simulated_platforms


class Stage:
    """The product with a database, a master and a follower on simulated platforms."""

    def __init__(self, container: Container, database: Database, client: httpx.AsyncClient, control: Control) -> None:
        self.container = container
        self.database = database
        self.client = client
        self.control = control

    async def copy(self) -> int:
        """Place an order at the master's montage and wait until the follower has it; its id."""
        order = self.control.place("ACCT1", Ticket(symbol="MSFT", side="B", shares=1, limit=Decimal(150)))
        assert order is not None

        def is_copied() -> bool:
            records = self.container.snapshots.replications(50)
            return any(
                record.master_order_id == order and record.follower_results["f2"].outcome.value == "working"
                for record in records
            )

        await until(is_copied)
        return order

    def has_told(self, part: str) -> bool:
        return any(part in record.message for record in self.container.alerts.latest())

    def stored(self) -> set[int]:
        with contextlib.closing(sqlite3.connect(self.database.path)) as connection:
            return {row[0] for row in connection.execute("SELECT master_order_id FROM replications")}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.02)


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    database = Database.open(folder / "a.db")
    clock = SystemClock()
    alerts = AlertBook(clock)
    database.on_restored = lambda sentence: alerts.raise_alert(AlertLevel.ERROR, sentence)
    journal = Journal(
        database,
        time_of_day(3),
        on_trouble=lambda why: alerts.raise_alert(AlertLevel.ERROR, f"history waits: {why}"),
        on_recovered=lambda: alerts.raise_alert(AlertLevel.INFO, "history is stored again"),
    )
    network = SocketNetwork()
    container = Container(
        Settings.model_construct(),
        network=network,
        clock=clock,
        randomness=RandomSource(1),
        store=SqlConfigStore(database),
        credentials=Credentials(Fernet.generate_key().decode()),
        alerts=alerts,
        journal=journal,
    )
    await container.start()
    app = create_app(container.api_context(), AccessPolicy(TOKEN, PORT))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    try:
        async with (
            httpx.AsyncClient(transport=transport, base_url=BASE, headers=BEARER, timeout=30) as client,
            simulated_platforms(2) as control,
        ):
            ports = [platform.port for platform in control.broker.platforms]
            await client.put("/api/master", json=account_body(1, ports[0]))
            await client.post("/api/followers", json=follower_body(2, ports[1]))
            assert (await client.post("/api/start")).json()["mode"] == "copying"
            yield Stage(container, database, client, control)
    finally:
        await container.stop()
        await network.close()
        await database.close()


async def shorten_patience(database: Database) -> None:
    for transaction in (database.decide, database.note):
        async with transaction() as connection:
            await connection.exec_driver_sql("PRAGMA busy_timeout=20")


async def test_a_lock_of_another_program_stops_no_order(tmp_path: Path) -> None:
    async with stage(tmp_path) as playing:
        before = await playing.copy()
        await until(lambda: before in playing.stored())
        await shorten_patience(playing.database)
        with contextlib.closing(sqlite3.connect(playing.database.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            during = await playing.copy()
            await until(lambda: playing.has_told("history waits"))
            refused = await playing.client.put("/api/multipliers/f2/MSFT", json={"multiplier": 2})
            assert (refused.status_code, "locked by another program" in refused.text) == (503, True)
            assert playing.container.snapshots.history_rows_waiting > 0
            other.execute("ROLLBACK")
        await until(lambda: {before, during} <= playing.stored())
        await until(lambda: playing.has_told("history is stored again"))
        assert (await playing.client.put("/api/multipliers/f2/MSFT", json={"multiplier": 2})).status_code == 200


async def test_a_full_disk_stops_no_order(tmp_path: Path) -> None:
    async with stage(tmp_path) as playing:
        async with playing.database.note() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        orders = [await playing.copy() for _ in range(3)]
        while not playing.has_told("full"):
            playing.container.alerts.raise_alert(AlertLevel.INFO, "x" * 20_000)
            orders.append(await playing.copy())
            await asyncio.sleep(0.2)
        orders.append(await playing.copy())
        async with playing.database.note() as connection:
            await connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        await until(lambda: set(orders) <= playing.stored())


async def test_a_removed_database_stops_no_order_and_loses_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as playing:
        before = await playing.copy()
        await until(lambda: before in playing.stored())
        for file in tmp_path.glob("a.db*"):  # noqa: ASYNC240 - as somebody else would
            file.unlink()
        during = await playing.copy()
        await until(lambda: playing.has_told("was removed while the program ran"))
        await until(lambda: {before, during} <= playing.stored())
        assert (await playing.client.get("/api/followers")).json()[0]["id"] == "f2"
