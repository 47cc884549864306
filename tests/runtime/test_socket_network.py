"""Real loopback sockets, on both kinds of loop."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_copy_trader.runtime.event_loop import LoopKind, new_event_loop
from das_copy_trader.runtime.network import ConnectFailed, Link, LinkBroken, LinkClosed, LinkStalled
from das_copy_trader.runtime.socket_network import SocketNetwork
from tests.support.links import OwnerBook, RecordingOwner, send_until_stalled

HOST = "127.0.0.1"
TIMEOUT_S = 30.0

Scenario = Callable[[SocketNetwork], Awaitable[None]]
Runner = Callable[[Scenario], None]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Runner:
    """Runs a scenario on a loop of its own and proves that no socket is left."""
    kind: LoopKind = request.param

    def run_scenario(scenario: Scenario) -> None:
        async def with_network() -> None:
            network = SocketNetwork()
            try:
                await asyncio.wait_for(scenario(network), TIMEOUT_S)
            finally:
                await network.close()
                await asyncio.sleep(0)
                assert network.open_sockets == 0

        with asyncio.Runner(loop_factory=lambda: new_event_loop(kind)) as runner:
            runner.run(with_network())

    return run_scenario


async def _pair(network: SocketNetwork) -> tuple[RecordingOwner, RecordingOwner]:
    """A client's and a server's owner, joined."""
    servers, clients = OwnerBook(), OwnerBook()
    listener = await network.listen(HOST, 0, servers)
    await network.connect(HOST, listener.port, clients, timeout_s=5)
    return await clients.first(), await servers.first()


async def _raw_peer(network: SocketNetwork) -> tuple[RecordingOwner, socket.socket]:
    """A client's owner whose peer is a bare socket that does only what the test does."""
    clients = OwnerBook()
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listening.bind((HOST, 0))
        listening.listen()
        await network.connect(HOST, listening.getsockname()[1], clients, timeout_s=5)
        peer, _ = listening.accept()
    return await clients.first(), peer


def test_bytes_go_both_ways_in_order(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        client, server = await _pair(network)
        for number in range(200):
            client.link.send(b"NEWORDER %d\r\n" % number)
        server.link.send(b"#Welcome\r\n")
        expected = b"".join(b"NEWORDER %d\r\n" % number for number in range(200))
        await server.until_received(len(expected))
        await client.until_received(10)
        assert server.received == expected
        assert client.received == b"#Welcome\r\n"

    run(scenario)


def test_peer_names_the_address_for_people(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        servers = OwnerBook()
        listener = await network.listen(HOST, 0, servers)
        link = await network.connect(HOST, listener.port, OwnerBook(), timeout_s=5)
        assert link.peer == f"127.0.0.1:{listener.port}"

    run(scenario)


def test_closed_port_is_refused_with_a_sentence(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        listener = await network.listen(HOST, 0, OwnerBook())
        await listener.close()
        with pytest.raises(ConnectFailed, match="refused the connection: is DAS Trader Pro running and logged in"):
            await network.connect(HOST, listener.port, OwnerBook(), timeout_s=5)

    run(scenario)


def test_unknown_host_is_named(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        with pytest.raises(ConnectFailed, match=r"'no-such-host\.invalid' is not known"):
            await network.connect("no-such-host.invalid", 9000, OwnerBook(), timeout_s=20)

    run(scenario)


@pytest.mark.parametrize("host", ["", "two words", "a" * 300, "bad..label"])
def test_malformed_host_is_named(run: Runner, host: str) -> None:
    async def scenario(network: SocketNetwork) -> None:
        with pytest.raises(ConnectFailed):
            await network.connect(host, 1, OwnerBook(), timeout_s=20)

    run(scenario)


@pytest.mark.parametrize("port", [0, -1, 65_536, 10**9])
def test_impossible_port_is_named(run: Runner, port: int) -> None:
    async def scenario(network: SocketNetwork) -> None:
        with pytest.raises(ConnectFailed, match="is not a port number"):
            await network.connect(HOST, port, OwnerBook(), timeout_s=5)

    run(scenario)


def test_connect_gives_up_after_its_time_limit(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        # A listener whose backlog is full answers nothing: the system drops further connects without a word.
        with socket.socket() as full:
            full.bind((HOST, 0))
            full.listen(0)
            port = full.getsockname()[1]
            waiting = []
            for _ in range(8):
                sock = socket.socket()
                sock.setblocking(False)
                sock.connect_ex((HOST, port))
                waiting.append(sock)
            with pytest.raises(ConnectFailed, match=r"did not answer within 0\.3 s"):
                await network.connect(HOST, port, OwnerBook(), timeout_s=0.3)
            for sock in waiting:
                sock.close()

    run(scenario)


def test_taken_port_is_an_error(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        listener = await network.listen(HOST, 0, OwnerBook())
        with pytest.raises(OSError, match="in use"):
            await network.listen(HOST, listener.port, OwnerBook())

    run(scenario)


def test_stalled_peer_is_cut_and_others_are_unaffected(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        stalled, peer = await _raw_peer(network)
        client, server = await _pair(network)
        with peer:
            sent = send_until_stalled(stalled.link)
            assert not stalled.link.is_open
            assert not stalled.is_lost, "on_lost must not come from within send"
            assert isinstance(await stalled.until_lost(), LinkStalled)
            # Send buffer, receive buffer (both doubled by the system) and the rest: far below a megabyte.
            assert sent < 1_000_000
        client.link.send(b"still here")
        await server.until_received(10)

    run(scenario)


def test_small_rest_is_sent_when_the_peer_reads(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        owner, peer = await _raw_peer(network)
        loop = asyncio.get_running_loop()
        with peer:
            peer.setblocking(False)
            sent = b""
            while not owner.link.unsent_bytes:
                line = b"%06d\n" % len(sent)
                owner.link.send(line)
                sent += line
            for _ in range(100):
                owner.link.send(b"later\n")
                sent += b"later\n"
            received = b""
            while len(received) < len(sent):
                received += await loop.sock_recv(peer, 65_536)
            assert received == sent
            assert owner.link.unsent_bytes == 0
            owner.link.send(b"direct again")
            assert await loop.sock_recv(peer, 100) == b"direct again"

    run(scenario)


def test_reset_by_the_peer_is_told_once_with_a_sentence(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        client, server = await _pair(network)
        server.link.abort(RuntimeError("the platform died"))
        cause = await client.until_lost()
        assert isinstance(cause, LinkBroken)
        assert "broke the connection off" in str(cause)
        await asyncio.sleep(0)
        assert len(client.lost_causes) == 1
        assert [str(cause) for cause in server.lost_causes] == ["the platform died"]

    run(scenario)


def test_send_into_a_broken_link_says_that_its_fate_is_unknown(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        owner, peer = await _raw_peer(network)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        peer.close()  # a reset; the loop has not been told yet
        with pytest.raises(LinkStalled):
            owner.link.send(b"NEWORDER")
        assert isinstance(await owner.until_lost(), LinkBroken)
        with pytest.raises(LinkClosed):
            owner.link.send(b"NEWORDER")

    run(scenario)


def test_own_name_is_looked_up(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        servers = OwnerBook()
        listener = await network.listen("localhost", 0, servers)
        link = await network.connect("localhost", listener.port, OwnerBook(), timeout_s=5)
        link.send(b"hello")
        await (await servers.first()).until_received(5)

    run(scenario)


def test_peer_that_ends_its_side_ends_the_link_in_order(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        owner, peer = await _raw_peer(network)
        with peer:
            peer.sendall(b"bye")
            peer.shutdown(socket.SHUT_WR)
            assert await owner.until_lost() is None
            assert owner.received == b"bye"
            peer.setblocking(False)
            assert await asyncio.get_running_loop().sock_recv(peer, 10) == b"", "the peer gets an end, not a reset"

    run(scenario)


def test_close_lets_the_peer_read_what_was_sent(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        client, server = await _pair(network)
        payload = b"CANCEL 1\r\n" * 500
        client.link.send(payload)
        client.link.close()
        assert not client.link.is_open
        assert not client.is_lost
        assert await server.until_lost() is None
        assert server.received == payload
        assert await client.until_lost() is None

    run(scenario)


def test_close_with_a_rest_resets_at_once(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        owner, peer = await _raw_peer(network)
        with peer:
            while not owner.link.unsent_bytes:
                owner.link.send(b"x" * 4000)
            owner.link.close()
            assert owner.link.unsent_bytes == 0
            assert await owner.until_lost() is None
            assert network.open_sockets == 0

    run(scenario)


def test_peer_that_never_closes_is_reset_after_the_grace(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        owner, peer = await _raw_peer(network)
        with peer:
            owner.link.close()
            assert network.open_sockets == 1
            peer.setblocking(False)
            assert await asyncio.get_running_loop().sock_recv(peer, 10) == b""
            while network.open_sockets:  # noqa: ASYNC110 - the grace is the system's time, nobody tells of its end
                await asyncio.sleep(0.01)
            peer.setblocking(True)
            with pytest.raises(ConnectionError):
                peer.sendall(b"x" * 1_000_000)

    run(scenario)


def test_nothing_can_be_sent_after_the_end(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        client, server = await _pair(network)
        client.link.close()
        with pytest.raises(LinkClosed):
            client.link.send(b"late")
        server.link.abort(RuntimeError())
        with pytest.raises(LinkClosed):
            server.link.send(b"late")
        client.link.close()
        server.link.abort(RuntimeError())
        await client.until_lost()
        await server.until_lost()
        await asyncio.sleep(0)
        assert len(client.lost_causes) == len(server.lost_causes) == 1

    run(scenario)


def test_owner_that_raises_loses_its_own_link_alone(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        bug = ValueError("a bug")

        def raise_bug(_: bytes) -> None:
            raise bug

        client, server = await _pair(network)
        other_client, other_server = await _pair(network)
        client.on_chunk = raise_bug
        server.link.send(b"x")
        assert await client.until_lost() is bug
        assert isinstance(await server.until_lost(), LinkBroken)
        other_server.link.send(b"fine")
        await other_client.until_received(4)

    run(scenario)


def test_factory_that_raises_leaves_no_socket(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        def factory(_: Link) -> RecordingOwner:
            raise ValueError("no owner")

        listener = await network.listen(HOST, 0, OwnerBook())
        with pytest.raises(ValueError, match="no owner"):
            await network.connect(HOST, listener.port, factory, timeout_s=5)

    run(scenario)


def test_link_closed_in_its_own_factory_never_reads(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        clients = OwnerBook()

        def factory(link: Link) -> RecordingOwner:
            link.close()
            return clients(link)

        listener = await network.listen(HOST, 0, OwnerBook())
        link = await network.connect(HOST, listener.port, factory, timeout_s=5)
        assert not link.is_open

    run(scenario)


def test_cancelled_connect_leaves_no_socket(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        listener = await network.listen(HOST, 0, OwnerBook())
        connecting = asyncio.ensure_future(network.connect(HOST, listener.port, OwnerBook(), timeout_s=5))
        await asyncio.sleep(0)
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting

    run(scenario)


def test_first_link_is_read_before_every_other(run: Runner) -> None:
    async def scenario(network: SocketNetwork) -> None:
        order: list[str] = []
        master, master_server = await _pair(network)
        followers = [await _pair(network) for _ in range(3)]
        master.on_chunk = lambda _: order.append("master")
        for client, _ in followers:
            client.on_chunk = lambda _: order.append("follower")
        network.prioritise(master.link)
        for _, server in followers:
            server.link.send(b"echo")
        master_server.link.send(b"order")
        for client, _ in followers:
            await client.until_received(4)
        await master.until_received(5)
        assert order == ["master", "follower", "follower", "follower"]
        master.link.close()
        followers[0][1].link.send(b"more")
        await followers[0][0].until_received(8)

    run(scenario)


@settings(max_examples=25, deadline=None)
@given(payloads=st.lists(st.binary(min_size=1, max_size=9000), max_size=12))
def test_any_payloads_arrive_whole_and_in_order(payloads: list[bytes]) -> None:
    async def scenario() -> None:
        network = SocketNetwork(unsent_cap_bytes=1_000_000)
        client, server = await _pair(network)
        for payload in payloads:
            client.link.send(payload)
        client_bytes = b"".join(payloads)
        await server.until_received(len(client_bytes))
        assert server.received == client_bytes
        await network.close()

    asyncio.run(asyncio.wait_for(scenario(), TIMEOUT_S))
