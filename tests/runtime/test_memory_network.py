import asyncio
import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_copy_trader.runtime.faults import CALM, FaultPlan
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.memory_network import MemoryNetwork
from das_copy_trader.runtime.network import ConnectFailed, LinkBroken, LinkClosed, LinkError, LinkStalled
from das_copy_trader.runtime.virtual_time import run_virtual
from tests.support.links import OwnerBook, RecordingOwner, send_until_stalled

HOST = "127.0.0.1"


async def _pair(network: MemoryNetwork, port: int = 9000) -> tuple[RecordingOwner, RecordingOwner]:
    servers, clients = OwnerBook(), OwnerBook()
    listener = await network.listen(HOST, port, servers)
    await network.connect(HOST, port, clients, timeout_s=5)
    await listener.close()
    return await clients.first(), await servers.first()


def _network(faults: FaultPlan = CALM, *, seed: int = 1, window_bytes: int = 4096) -> MemoryNetwork:
    return MemoryNetwork(RandomSource(seed).stream("network"), faults, window_bytes=window_bytes)


@given(
    payloads=st.lists(st.binary(min_size=1, max_size=200), max_size=30),
    faults=st.builds(
        FaultPlan,
        jitter_s=st.floats(0, 1),
        slow_rate=st.floats(0, 0.5),
        slow_s=st.floats(0, 3),
        split_rate=st.floats(0, 1),
        glue_rate=st.floats(0, 1),
        stall_rate=st.floats(0, 0.2),
        stall_s=st.floats(0, 3),
        hold_rate=st.floats(0, 0.2),
        hold_s=st.floats(0, 3),
    ),
    seed=st.integers(0, 1000),
)
@settings(max_examples=100, deadline=None)
def test_bytes_arrive_whole_and_in_order_however_they_are_cut(
    payloads: list[bytes], faults: FaultPlan, seed: int
) -> None:
    async def main(_: RandomSource) -> tuple[bytes, bytes]:
        client, server = await _pair(_network(faults, seed=seed, window_bytes=65_536))
        for payload in payloads:
            client.link.send(payload)
            server.link.send(payload[::-1])
            await asyncio.sleep(0.01)
        await asyncio.sleep(300)
        assert not client.is_lost
        assert not server.is_lost
        return server.received, client.received

    expected = b"".join(payloads), b"".join(payload[::-1] for payload in payloads)
    assert run_virtual(main, seed=seed) == expected


def test_split_happens_at_any_byte() -> None:
    async def main(_: RandomSource) -> set[int]:
        client, server = await _pair(_network(FaultPlan(split_rate=1.0)))
        for _line in range(400):
            client.link.send(b"0123456789")
            await asyncio.sleep(1)
        edges = set()
        position = 0
        for chunk in server.chunks:
            position += len(chunk)
            edges.add(position % 10)
        return edges

    assert run_virtual(main, seed=1) == set(range(10))


def test_latency_is_the_plans() -> None:
    async def main(_: RandomSource) -> float:
        client, server = await _pair(_network(FaultPlan(latency_s=0.25)))
        start_s = asyncio.get_running_loop().time()
        client.link.send(b"x")
        await server.until_received(1)
        return asyncio.get_running_loop().time() - start_s

    assert run_virtual(main, seed=1) == 0.25


def test_peer_that_does_not_read_stalls_the_sender() -> None:
    async def main(_: RandomSource) -> None:
        network = _network()
        client, server = await _pair(network)
        other_client, other_server = await _pair(network, 9001)
        network.stall(network.connections[0].server)
        sent = send_until_stalled(client.link)
        assert 4096 + 8192 - 100 < sent <= 4096 + 8192
        assert not client.is_lost
        assert isinstance(await client.until_lost(), LinkStalled)
        other_client.link.send(b"fine")
        await other_server.until_received(4)
        network.resume(network.connections[0].server)
        assert isinstance(await server.until_lost(), LinkBroken)
        assert server.received == b"x" * 4096, "what the peer's own kernel had taken is read; the rest is not"

    run_virtual(main, seed=1)


def test_rest_moves_on_when_the_peer_reads_again() -> None:
    async def main(_: RandomSource) -> None:
        network = _network()
        client, server = await _pair(network)
        network.stall(network.connections[0].server)
        client.link.send(b"a" * 5000)
        client.link.send(b"b" * 1000)
        assert client.link.unsent_bytes == 6000 - 4096
        network.resume(network.connections[0].server)
        await server.until_received(6000)
        assert server.received == b"a" * 5000 + b"b" * 1000
        assert client.link.unsent_bytes == 0

    run_virtual(main, seed=1)


def test_half_open_connection_tells_nobody_and_goes_on_when_released() -> None:
    async def main(_: RandomSource) -> None:
        network = _network()
        client, server = await _pair(network)
        connection = network.connection_to(HOST, 9000)
        network.hold(connection)
        client.link.send(b"hello")
        await asyncio.sleep(3600)
        assert not server.chunks
        assert not client.is_lost
        network.release(connection)
        await server.until_received(5)

    run_virtual(main, seed=1)


@pytest.mark.parametrize(
    ("byte_count", "arrived"), [(0, b""), (3, b"NEW"), (10, b"NEWORDER\r\n"), (12, b"NEWORDER\r\nCA")]
)
def test_reset_before_within_and_after_a_chunk(byte_count: int, arrived: bytes) -> None:
    async def main(_: RandomSource) -> None:
        network = _network()
        client, server = await _pair(network)
        network.cut_after(network.connections[0].client, byte_count)
        client.link.send(b"NEWORDER\r\n")
        client.link.send(b"CANCEL\r\n")
        assert isinstance(await server.until_lost(), LinkBroken)
        assert isinstance(await client.until_lost(), LinkBroken)
        assert server.received == arrived
        assert network.connections == []

    run_virtual(main, seed=1)


@pytest.mark.parametrize(("delivered", "count"), [(0.0, 0), (0.5, 50), (1.0, 100)])
def test_cut_delivers_a_share_of_what_was_under_way(delivered: float, count: int) -> None:
    async def main(_: RandomSource) -> None:
        network = _network()
        client, server = await _pair(network)
        for _line in range(10):
            client.link.send(b"0123456789")
        network.cut(network.connections[0], delivered=delivered)
        client.link.send(b"lost")
        assert isinstance(await server.until_lost(), LinkBroken)
        assert isinstance(await client.until_lost(), LinkBroken)
        assert len(server.received) == count

    run_virtual(main, seed=1)


def test_refused_partitioned_and_missing_addresses() -> None:
    async def main(_: RandomSource) -> None:
        network = _network()
        loop = asyncio.get_running_loop()
        await network.listen("localhost", 9000, OwnerBook())
        with pytest.raises(ConnectFailed, match=r"127\.0\.0\.1:9001 refused"):
            await network.connect(HOST, 9001, OwnerBook(), timeout_s=5)
        network.refuse(HOST, 9000)
        with pytest.raises(ConnectFailed, match="refused"):
            await network.connect(HOST, 9000, OwnerBook(), timeout_s=5)
        network.accept(HOST, 9000)
        client = OwnerBook()
        await network.connect(HOST, 9000, client, timeout_s=5)
        network.partition(HOST, 9000)
        start_s = loop.time()
        with pytest.raises(ConnectFailed, match="did not answer within 5 s"):
            await network.connect(HOST, 9000, OwnerBook(), timeout_s=5)
        assert loop.time() - start_s == 5
        network.connection_to(HOST, 9000).server.send(b"held")
        await asyncio.sleep(10)
        assert not client.owners[0].chunks
        network.join(HOST, 9000)
        await client.owners[0].until_received(4)
        with pytest.raises(OSError, match="taken"):
            await network.listen(HOST, 9000, OwnerBook())

    run_virtual(main, seed=1)


def test_orderly_close_delivers_what_was_sent() -> None:
    async def main(_: RandomSource) -> None:
        client, server = await _pair(_network())
        client.link.send(b"QUIT\r\n")
        client.link.close()
        client.link.close()
        with pytest.raises(LinkClosed):
            client.link.send(b"late")
        server.link.send(b"to nobody")
        assert await server.until_lost() is None
        assert await client.until_lost() is None
        await asyncio.sleep(10)
        assert server.received == b"QUIT\r\n"
        assert client.received == b""
        assert len(client.lost_causes) == len(server.lost_causes) == 1

    run_virtual(main, seed=1)


def test_killed_program_hears_nothing_more() -> None:
    async def main(_: RandomSource) -> None:
        network = _network()
        client, server = await _pair(network)
        client.link.send(b"last words")
        server.link.send(b"never heard")
        network.vanish(network.connections[0].client)
        assert isinstance(await server.until_lost(), LinkBroken)
        await asyncio.sleep(10)
        assert server.received == b"last words"
        assert not client.chunks
        assert not client.is_lost

    run_virtual(main, seed=1)


def test_owner_that_raises_loses_its_own_link_alone() -> None:
    async def main(_: RandomSource) -> None:
        bug = ValueError("a bug")

        def raise_bug(_: bytes) -> None:
            raise bug

        client, server = await _pair(_network())
        client.on_chunk = raise_bug
        server.link.send(b"x")
        assert await client.until_lost() is bug
        assert isinstance(await server.until_lost(), LinkBroken)

    run_virtual(main, seed=1)


async def _stormy_day(randomness: RandomSource) -> str:
    """Echoing servers under a drawn plan of faults; the digest of everything that anybody was told."""
    plan = FaultPlan.drawn(randomness.stream("plan"))
    network = MemoryNetwork(randomness.stream("network"), plan)
    digest = hashlib.sha256(repr(plan).encode())
    loop = asyncio.get_running_loop()
    servers = [OwnerBook() for _ in range(3)]
    for number, book in enumerate(servers):
        await network.listen(HOST, 9000 + number, book)
    traffic = randomness.stream("traffic")

    async def talk(number: int) -> None:
        clients = OwnerBook()
        for attempt in range(8):
            try:
                link = await network.connect(HOST, 9000 + number, clients, timeout_s=2)
            except ConnectFailed as error:
                digest.update(f"{loop.time()} {number} {error}\n".encode())
                await asyncio.sleep(1)
                continue
            owner = clients.owners[-1]
            owner.on_chunk = lambda chunk: digest.update(f"{loop.time()} {number} {chunk!r}\n".encode())
            try:
                for line in range(20):
                    link.send(f"ECHO {attempt} {line}\r\n".encode())
                    network.connections[-1].server.send(b"pong\r\n")
                    await asyncio.sleep(traffic.random())
            except (LinkError, IndexError) as error:
                digest.update(f"{loop.time()} {number} {error}\n".encode())
            link.close()

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(talk(number))
    network.heal()
    await asyncio.sleep(60)
    assert network.connections == []
    for book in servers:
        for owner in book.owners:
            digest.update(repr((owner.received, [str(cause) for cause in owner.lost_causes])).encode())
            assert len(owner.lost_causes) == 1
    return digest.hexdigest()


@pytest.mark.parametrize("seed", range(30))
def test_stormy_day_is_the_same_twice_and_leaves_no_connection(seed: int) -> None:
    assert run_virtual(_stormy_day, seed=seed) == run_virtual(_stormy_day, seed=seed)


def test_drawn_plans_switch_every_kind_on_in_some_seeds_and_off_in_others() -> None:
    plans = [FaultPlan.drawn(random.Random(seed)) for seed in range(200)]
    for name in (
        "jitter_s",
        "slow_rate",
        "split_rate",
        "glue_rate",
        "stall_rate",
        "hold_rate",
        "cut_rate",
        "refuse_rate",
    ):
        on = sum(getattr(plan, name) > 0 for plan in plans)
        assert 60 < on < 140, name
