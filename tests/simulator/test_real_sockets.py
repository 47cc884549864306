"""The same platforms on real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from das_copy_trader.runtime.clock import SystemClock
from das_copy_trader.runtime.socket_network import SocketNetwork
from das_copy_trader.runtime.tasks import TaskSupervisor
from das_copy_trader.simulator.broker import SimulatedBroker
from das_copy_trader.simulator.control import Control
from das_copy_trader.simulator.platform import AccountSpec
from tests.simulator.world import D

LIMIT_S = 30


@asynccontextmanager
async def running() -> AsyncIterator[Control]:
    crashes: list[BaseException] = []
    tasks = TaskSupervisor(lambda _, error: crashes.append(error))
    network = SocketNetwork()
    broker = SimulatedBroker(network, SystemClock(), tasks, seed=1, step_s=0.01)
    for number in (1, 2):
        broker.add(AccountSpec(account=f"ACCT{number}", trader=f"USER{number}", password="secret"))
    broker.market.set_quote("SOFI", D("15.99"), D("16.01"))
    await broker.start()
    yield Control(broker)
    await broker.stop()
    await tasks.stop_all()
    await network.close()
    assert crashes == []


async def login(control: Control, account: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    spec = control.platform(account).spec
    reader, writer = await asyncio.open_connection(spec.host, control.platform(account).port)
    writer.write(f"LOGIN {spec.trader} {spec.password} {spec.account}\r\n".encode())
    await until(reader, b"#SLOrderEnd\r\n")
    return reader, writer


async def until(reader: asyncio.StreamReader, end: bytes) -> bytes:
    async with asyncio.timeout(LIMIT_S):
        return await reader.readuntil(end)


async def test_an_order_is_filled_on_a_moving_market() -> None:
    async with running() as control:
        reader, writer = await login(control, "ACCT1")
        writer.write(b"NEWORDER 1 B SOFI SMAT 500 MKT\r\n")
        lines = await until(reader, b" Executed ")
        assert b"#OrderSending\r\n" in lines
        assert control.platform("ACCT1").ledger.net("SOFI") == 500
        writer.close()
        await writer.wait_closed()


async def test_a_megabyte_without_an_end_drops_that_client_alone() -> None:
    async with running() as control:
        _, other = await login(control, "ACCT2")
        reader, writer = await login(control, "ACCT1")
        second_reader, second = await login(control, "ACCT1")
        writer.write(b"A" * 1_000_000)
        async with asyncio.timeout(LIMIT_S):
            try:
                assert await reader.read(100) == b""
            except ConnectionError:
                assert writer.transport.is_closing()
        second.write(b"CLIENT\r\n")
        assert await until(second_reader, b"\r\n") == b"Client number 1\r\n"
        for stream in (writer, second, other):
            stream.close()


async def test_a_stalled_platform_reads_again_when_it_is_healed() -> None:
    async with running() as control:
        reader, writer = await login(control, "ACCT1")
        control.stall("ACCT1")
        writer.write(b"NEWORDER 1 B SOFI ARCA 1 15\r\n")
        other_reader, other = await login(control, "ACCT2")
        other.write(b"ECHO\r\n")
        await until(other_reader, b"ECHO OFF\r\n")
        assert [command.text.split(" ")[0] for command in control.received("ACCT1")] == ["LOGIN"]
        control.heal("ACCT1")
        assert await until(reader, b"\r\n") == b"#OrderSending\r\n"
        for stream in (writer, other):
            stream.close()
