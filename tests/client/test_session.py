"""One session after another with a scripted platform, in virtual time."""

import asyncio
import itertools

import pytest

from das_copy_trader.client.das_client import TradingClient
from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from das_copy_trader.runtime.ids import RandomSource
from tests.client.support import EMPTY_BURST, LOGGED_IN, ORDER, POS, POS_LIST, TRADE, World, endpoint, play

READY = ConnectionState.READY
DISCONNECTED = ConnectionState.DISCONNECTED
ACCEPTED = "%ORDER 2839 127600720 SOFI B L 1 1 0 11.2 SAGEPRO Accepted 05:32:22 0 ACCT1 USER1 CMDAPI DAY N/A"
CANCELED = "%ORDER 2839 127600720 SOFI B L 1 0 1 11.2 SAGEPRO Canceled 05:32:27 0 ACCT1 USER1 CMDAPI DAY N/A"


def test_a_log_in_walks_through_the_states_to_ready() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        assert world.listener.state_names == ["connecting", "logging_in", "syncing", "ready"]
        assert world.platform.lines[0] == "LOGIN USER1 s3cret-word ACCT1"
        assert world.listener.lists == 1
        assert world.client.state is READY

    play(scene)


def test_no_banner_is_needed() -> None:
    async def scene(world: World) -> None:
        world.platform.banner = []
        await world.start_ready()
        assert world.client.state is READY

    play(scene)


def test_the_mirror_is_complete_when_ready_is_told() -> None:
    async def scene(world: World) -> None:
        world.platform.on_login = [
            "#LOGIN SUCCESSED",
            POS,
            "%POS SOFI 2 1 16.01 0 0 0 2026/10/02-05:33:00 -0.01",
            "#POSEND",
            ORDER,
            ACCEPTED,
            "#OrderEnd",
            TRADE,
            "#TradeEnd",
        ]
        seen: list[int] = []
        world.listener.on_state = lambda state: seen.append(
            world.client.view.net_qty(Symbol("SOFI")) if state is READY else -1
        )
        await world.start_ready()
        assert seen == [-1, -1, -1, 1]
        assert [event.is_snapshot for event in world.listener.events] == [True]
        order = world.client.view.order_by_cl_ord_id(ClOrdId(127600720))
        assert order is not None
        assert order.is_from_snapshot
        world.platform.say(CANCELED)
        await asyncio.sleep(0.1)
        assert not world.listener.events[-1].is_snapshot

    play(scene)


def test_builds_without_a_list_of_locates_are_ready_after_the_grace() -> None:
    async def scene(world: World) -> None:
        world.platform.on_login = ["#LOGIN SUCCESSED", *EMPTY_BURST[:6]]
        await world.start_ready()
        assert asyncio.get_running_loop().time() == pytest.approx(0.5, abs=0.1)

    play(scene)


def test_an_unfinished_list_ends_the_session_with_its_name() -> None:
    async def scene(world: World) -> None:
        world.platform.on_login = ["#LOGIN SUCCESSED", *POS_LIST, ORDER, ACCEPTED]
        world.platform.answers.clear()
        await world.start()
        reason = await world.listener.until_state(DISCONNECTED)
        assert "orders, trades" in reason
        assert asyncio.get_running_loop().time() == pytest.approx(10.0, abs=0.1)
        world.platform.on_login = LOGGED_IN
        await world.listener.until_state(READY)
        assert world.client.view.order(OrderId(2839)) is not None, "an order missing from a list is not deleted"

    play(scene)


def test_lists_that_do_not_come_by_themselves_are_asked_for() -> None:
    async def scene(world: World) -> None:
        world.platform.on_login = ["#LOGIN SUCCESSED", *POS_LIST, ORDER, ACCEPTED]
        world.platform.answers |= {"GET ORDERS": [ORDER, "#OrderEnd"], "GET TRADES": [TRADE, "#TradeEnd"]}
        await world.start_ready()
        assert world.platform.sent("GET")[:2] == ["GET ORDERS", "GET TRADES"]
        assert [event.is_snapshot for event in world.listener.events] == [True]

    play(scene)


def test_a_burst_that_comes_slowly_is_not_asked_for() -> None:
    async def scene(world: World) -> None:
        world.platform.on_login = ["#LOGIN SUCCESSED"]
        await world.start()
        for line in EMPTY_BURST:
            await asyncio.sleep(1)
            world.platform.say(line)
        await world.listener.until_state(READY)
        assert not world.platform.sent("GET")

    play(scene)


def test_acknowledgements_and_server_lines_open_no_list() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say("#OrderSending", "#Order Replacing", "#OrderServer Connected", ACCEPTED)
        await asyncio.sleep(60)
        assert world.client.state is READY
        assert [event.is_snapshot for event in world.listener.events] == [False]

    play(scene)


# --- refusals and nonsense ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["ERROR:INVALID PASSWORD", "#LOGIN FAILED", "LOGIN FAILED: locked"])
def test_a_refused_log_in_waits_long_and_tells_no_password(answer: str) -> None:
    async def scene(world: World) -> None:
        world.platform.on_login = [answer]
        await world.start()
        reason = await world.listener.until_state(ConnectionState.LOGIN_REFUSED)
        assert "user name" in reason
        assert answer in reason
        await asyncio.sleep(59)
        assert world.platform.link_count == 1
        assert world.client.health().retry_in_s == pytest.approx(1.0)
        world.platform.on_login = LOGGED_IN
        await world.listener.until_state(READY)
        assert world.platform.link_count == 2
        assert "s3cret-word" not in repr((world.listener.states, world.client.health(), world.client))

    play(scene)


def test_a_password_with_a_blank_is_refused_here() -> None:
    async def scene(world: World) -> None:
        await world.network.listen("das", 9911, world.platform)
        client = TradingClient(endpoint(port=9911, password="two words"), world.tools, world.listener)
        client.start()
        reason = await world.listener.until_state(ConnectionState.LOGIN_REFUSED)
        assert "two words" not in reason
        assert world.platform.lines == []
        await client.stop()

    play(scene)


def test_a_closed_port_is_tried_for_ever_with_growing_waits() -> None:
    async def scene(world: World) -> None:
        loop = asyncio.get_running_loop()
        moments: list[float] = []
        world.listener.on_state = lambda state: (
            moments.append(loop.time()) if state is ConnectionState.CONNECTING else None
        )
        world.client.start()
        await asyncio.sleep(200)
        waits = [after - before for before, after in itertools.pairwise(moments)]
        longest = [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
        assert moments[0] == 0.0
        assert len(waits) >= 8
        for wait, most in zip(waits, longest, strict=False):
            assert 0.75 * most <= wait <= most + 0.01
        assert "das:9910" in world.listener.reason

    play(scene)


def test_a_platform_that_never_answers_the_log_in_is_a_case_of_its_own() -> None:
    async def scene(world: World) -> None:
        world.platform.banner, world.platform.on_login = [], []
        await world.start()
        reason = await world.listener.until_state(DISCONNECTED)
        assert "did not answer the log-in within 10 s" in reason

    play(scene)


def test_a_program_that_speaks_something_else_is_named_with_a_sample() -> None:
    async def scene(world: World) -> None:
        world.platform.banner = []
        world.platform.on_login = ["HTTP/1.1 400 Bad Request", "Server: s3cret-word"]
        await world.start()
        reason = await world.listener.until_state(DISCONNECTED)
        assert "2 lines that are not DAS's" in reason
        health = world.client.health()
        assert health.unreadable.unknown == 2
        assert "s3cret-word" not in repr(health)

    play(scene)


def test_a_flood_of_nonsense_ends_the_session_at_once() -> None:
    async def scene(world: World) -> None:
        world.platform.banner = [f"noise {number}" for number in range(2_000)]
        await world.start()
        reason = await world.listener.until_state(DISCONNECTED)
        assert "no DAS CMD API port" in reason
        assert asyncio.get_running_loop().time() < 1
        assert len(world.client.health().unreadable.samples) == 5

    play(scene)


def test_a_megabyte_without_a_line_end_is_cut_off() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say_bytes(b"x" * 1_000_000)
        reason = await world.listener.until_state(DISCONNECTED)
        assert "without a line end" in reason
        await world.listener.until_state(READY)

    play(scene)


def test_unknown_lines_are_counted_and_harm_nothing() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say(
            "HELLO WORLD 123", "#NewServer:Something:Else", "%ORDER 7001 126800001 ABCD SS L 300", ACCEPTED
        )
        await asyncio.sleep(0.1)
        unreadable = world.client.health().unreadable
        assert (unreadable.unknown, unreadable.malformed) == (2, 1)
        assert len(world.listener.events) == 1

    play(scene)


def test_lines_in_pieces_are_lines() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        await asyncio.sleep(0.1)  # the first ECHO is answered; another would come in between the pieces
        for byte in f"{ACCEPTED}\r\n".encode():
            world.platform.say_bytes(bytes([byte]))
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.1)
        assert len(world.listener.events) == 1

    play(scene)


# --- life and death ----------------------------------------------------------------------------------------------


def test_a_quiet_platform_that_answers_echo_stays_ready() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        await asyncio.sleep(600)
        assert world.client.state is READY
        assert 199 <= len(world.platform.sent("ECHO")) <= 201
        assert world.client.health().echo_p50_s == pytest.approx(0.0, abs=0.01)

    play(scene)


def test_any_line_counts_as_life() -> None:
    async def scene(world: World) -> None:
        world.platform.answers["ECHO"] = []
        await world.start_ready()
        for _ in range(100):
            await asyncio.sleep(2)
            world.platform.say("$Quote AAPL A:329.03 Asz:1")
        assert world.client.state is READY

    play(scene)


def test_a_platform_that_does_not_know_echo_lives_as_well() -> None:
    async def scene(world: World) -> None:
        world.platform.answers["ECHO"] = ["INVALD COMMAND!"]
        await world.start_ready()
        await asyncio.sleep(60)
        assert world.client.state is READY
        assert world.listener.commands_refused == []

    play(scene)


def test_an_unanswered_echo_is_death() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        await asyncio.sleep(30)
        world.platform.answers["ECHO"] = []
        reason = await world.listener.until_state(DISCONNECTED)
        assert "silent for 6 s" in reason
        assert 36 <= asyncio.get_running_loop().time() <= 42
        world.platform.answers["ECHO"] = ["ECHO OFF"]
        await world.listener.until_state(READY)
        assert world.client.health().reconnects == 1

    play(scene)


def test_a_steady_session_is_followed_by_a_try_at_once() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        await asyncio.sleep(60)
        world.platform.links[-1].close()
        await world.listener.until_state(DISCONNECTED)
        await world.listener.until_state(READY)
        assert asyncio.get_running_loop().time() < 60.1

    play(scene)


def test_a_platform_that_drops_everyone_is_not_hammered() -> None:
    async def scene(world: World) -> None:
        world.listener.on_state = lambda state: world.platform.links[-1].close() if state is READY else None
        await world.start()
        await asyncio.sleep(120)
        assert world.platform.link_count < 12

    play(scene)


def test_nothing_is_sent_after_stop_and_a_second_life_is_possible() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        await asyncio.sleep(1)
        await world.client.stop()
        await world.client.stop()
        said = len(world.platform.lines)
        assert (
            world.client.submit(b"NEWORDER 1 B A SMAT 1 MKT\r\n", ClOrdId(1), 0.0, is_exit=False)
            is SendResult.NOT_READY
        )
        assert world.client.state is DISCONNECTED
        assert world.client.state_reason == "Stopped."
        await asyncio.sleep(300)
        assert len(world.platform.lines) == said
        world.client.start()
        world.client.start()
        await world.listener.until_state(READY)
        assert world.platform.link_count == 2

    play(scene)


def test_one_dead_account_leaves_the_other_alone() -> None:
    async def scene(world: World) -> None:
        other = World(RandomSource(2).stream("other"))
        other.network = world.network
        other.client = TradingClient(endpoint("gone", 1), world.tools, other.listener)
        other.client.start()
        await world.start_ready()
        await asyncio.sleep(100)
        assert world.client.state is READY
        assert other.client.state is not READY
        await other.client.stop()

    play(scene)


def test_an_exception_in_a_listener_ends_the_session_and_names_itself() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()

        world.listener.planted = ZeroDivisionError("planted")
        world.platform.say(ACCEPTED)
        reason = await world.listener.until_state(DISCONNECTED)
        assert "ZeroDivisionError: planted" in reason

    play(scene)
