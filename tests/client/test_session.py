"""One session after another with a scripted platform, in virtual time."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from decimal import Decimal

import pytest

from das_copy_trader.client.das_client import TradingClient
from das_copy_trader.client.endpoint import SessionPolicy
from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import ConnectionState, OrdStatus, OrdType
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from das_copy_trader.domain.orders import OrderTerms
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from tests.client.support import EMPTY_BURST, LOGGED_IN, ORDER, ORDER_LIST, POS, POS_LIST, TRADE, World, endpoint

READY = ConnectionState.READY
DISCONNECTED = ConnectionState.DISCONNECTED
ACCEPTED = "%ORDER 2839 127600720 SOFI B L 1 1 0 11.2 SAGEPRO Accepted 05:32:22 0 ACCT1 USER1 CMDAPI DAY N/A"
CANCELED = "%ORDER 2839 127600720 SOFI B L 1 0 1 11.2 SAGEPRO Canceled 05:32:27 0 ACCT1 USER1 CMDAPI DAY N/A"


def run(scene: Callable[[World], Coroutine[object, object, None]], policy: SessionPolicy | None = None) -> None:
    """Play a scene in virtual time; the client is stopped at the end and nothing may have crashed."""

    async def main(source: RandomSource) -> None:
        world = World(source.stream("test"), policy)
        await scene(world)
        await world.client.stop()
        await world.tasks.stop_all()
        assert not world.crashes

    run_virtual(main, seed=1, limit_s=7200)


def test_a_log_in_walks_through_the_states_to_ready() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        assert world.listener.state_names == ["connecting", "logging_in", "syncing", "ready"]
        assert world.platform.lines[0] == "LOGIN USER1 s3cret-word ACCT1"
        assert world.listener.lists == 1
        assert world.client.state is READY

    run(scene)


def test_no_banner_is_needed() -> None:
    async def scene(world: World) -> None:
        world.platform.banner = []
        await world.start_ready()

    run(scene)


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

    run(scene)


def test_builds_without_a_list_of_locates_are_ready_after_the_grace() -> None:
    async def scene(world: World) -> None:
        world.platform.on_login = ["#LOGIN SUCCESSED", *EMPTY_BURST[:6]]
        await world.start_ready()
        assert asyncio.get_running_loop().time() == pytest.approx(0.5, abs=0.1)

    run(scene)


def test_an_unfinished_list_ends_the_session_with_its_name() -> None:
    async def scene(world: World) -> None:
        world.platform.on_login = ["#LOGIN SUCCESSED", *POS_LIST, ORDER, ACCEPTED]
        await world.start()
        reason = await world.listener.until_state(DISCONNECTED)
        assert "orders, trades" in reason
        assert asyncio.get_running_loop().time() == pytest.approx(10.0, abs=0.1)
        world.platform.on_login = LOGGED_IN
        await world.listener.until_state(READY)
        assert world.client.view.order(OrderId(2839)) is not None, "an order missing from a list is not deleted"

    run(scene)


def test_acknowledgements_and_server_lines_open_no_list() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say("#OrderSending", "#Order Replacing", "#OrderServer Connected", ACCEPTED)
        await asyncio.sleep(60)
        assert world.client.state is READY
        assert [event.is_snapshot for event in world.listener.events] == [False]

    run(scene)


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

    run(scene)


def test_a_password_with_a_blank_is_refused_here() -> None:
    async def scene(world: World) -> None:
        await world.network.listen("das", 9911, world.platform)
        client = TradingClient(endpoint(port=9911, password="two words"), world.tools, world.listener)
        client.start()
        reason = await world.listener.until_state(ConnectionState.LOGIN_REFUSED)
        assert "two words" not in reason
        assert world.platform.lines == []
        await client.stop()

    run(scene)


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

    run(scene)


def test_a_platform_that_never_answers_the_log_in_is_a_case_of_its_own() -> None:
    async def scene(world: World) -> None:
        world.platform.banner, world.platform.on_login = [], []
        await world.start()
        reason = await world.listener.until_state(DISCONNECTED)
        assert "did not answer the log-in within 10 s" in reason

    run(scene)


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

    run(scene)


def test_a_flood_of_nonsense_ends_the_session_at_once() -> None:
    async def scene(world: World) -> None:
        world.platform.banner = [f"noise {number}" for number in range(2_000)]
        await world.start()
        reason = await world.listener.until_state(DISCONNECTED)
        assert "no DAS CMD API port" in reason
        assert asyncio.get_running_loop().time() < 1
        assert len(world.client.health().unreadable.samples) == 5

    run(scene)


def test_a_megabyte_without_a_line_end_is_cut_off() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say_bytes(b"x" * 1_000_000)
        reason = await world.listener.until_state(DISCONNECTED)
        assert "without a line end" in reason
        await world.listener.until_state(READY)

    run(scene)


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

    run(scene)


def test_lines_in_pieces_are_lines() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        await asyncio.sleep(0.1)  # the first ECHO is answered; another would come in between the pieces
        for byte in f"{ACCEPTED}\r\n".encode():
            world.platform.say_bytes(bytes([byte]))
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.1)
        assert len(world.listener.events) == 1

    run(scene)


# --- life and death ----------------------------------------------------------------------------------------------


def test_a_quiet_platform_that_answers_echo_stays_ready() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        await asyncio.sleep(600)
        assert world.client.state is READY
        assert 199 <= len(world.platform.sent("ECHO")) <= 201
        assert world.client.health().echo_p50_s == pytest.approx(0.0, abs=0.01)

    run(scene)


def test_any_line_counts_as_life() -> None:
    async def scene(world: World) -> None:
        world.platform.answers["ECHO"] = []
        await world.start_ready()
        for _ in range(100):
            await asyncio.sleep(2)
            world.platform.say("$Quote AAPL A:329.03 Asz:1")
        assert world.client.state is READY

    run(scene)


def test_a_platform_that_does_not_know_echo_lives_as_well() -> None:
    async def scene(world: World) -> None:
        world.platform.answers["ECHO"] = ["INVALD COMMAND!"]
        await world.start_ready()
        await asyncio.sleep(60)
        assert world.client.state is READY
        assert world.listener.commands_refused == []

    run(scene)


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

    run(scene)


def test_a_steady_session_is_followed_by_a_try_at_once() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        await asyncio.sleep(60)
        world.platform.links[-1].close()
        await world.listener.until_state(DISCONNECTED)
        await world.listener.until_state(READY)
        assert asyncio.get_running_loop().time() < 60.1

    run(scene)


def test_a_platform_that_drops_everyone_is_not_hammered() -> None:
    async def scene(world: World) -> None:
        world.listener.on_state = lambda state: world.platform.links[-1].close() if state is READY else None
        await world.start()
        await asyncio.sleep(120)
        assert world.platform.link_count < 12

    run(scene)


def test_nothing_is_sent_after_stop_and_a_second_life_is_possible() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        await asyncio.sleep(1)
        await world.client.stop()
        await world.client.stop()
        said = len(world.platform.lines)
        assert world.client.submit(b"NEWORDER 1 B A SMAT 1 MKT\r\n", ClOrdId(1), is_exit=False) is SendResult.NOT_READY
        assert world.client.state is DISCONNECTED
        assert world.client.state_reason == "Stopped."
        await asyncio.sleep(300)
        assert len(world.platform.lines) == said
        world.client.start()
        world.client.start()
        await world.listener.until_state(READY)
        assert world.platform.link_count == 2

    run(scene)


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

    run(scene)


def test_an_exception_in_a_listener_ends_the_session_and_names_itself() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()

        world.listener.planted = ZeroDivisionError("planted")
        world.platform.say(ACCEPTED)
        reason = await world.listener.until_state(DISCONNECTED)
        assert "ZeroDivisionError: planted" in reason

    run(scene)


# --- the platform's order server ---------------------------------------------------------------------------------


def test_a_lost_order_server_degrades_until_the_lists_were_read_again() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say("#OrderServer:Lost Connection")
        await world.listener.until_state(ConnectionState.DEGRADED)
        assert world.client.submit(b"NEWORDER 1 B A SMAT 1 MKT\r\n", ClOrdId(1), is_exit=False) is SendResult.NOT_READY
        await asyncio.sleep(60)
        assert world.client.state is ConnectionState.DEGRADED
        world.platform.answers["GET ORDERS"] = [ORDER, ACCEPTED, "#OrderEnd"]
        world.platform.say("#OrderServer:Connect:Successful", "#OrderServer:Logon:Successful")
        await world.listener.until_state(READY)
        assert world.platform.sent("GET") == ["GET POSITIONS", "GET ORDERS"]
        assert [event.is_snapshot for event in world.listener.events] == [True]
        assert world.platform.link_count == 1

    run(scene)


def test_the_quote_server_and_unclear_words_change_nothing() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say("#QuoteServer:Lost Connection", "#OrderServer:Something")
        await asyncio.sleep(1)
        assert world.client.state is READY

    run(scene)


def test_an_order_server_lost_during_the_burst_is_degraded_not_ready() -> None:
    async def scene(world: World) -> None:
        world.platform.on_login = ["#LOGIN SUCCESSED", "#OrderServer:Connect:Failed", *EMPTY_BURST]
        await world.start()
        await world.listener.until_state(ConnectionState.DEGRADED)
        world.platform.say("#OrderServer:Logon:Successful")
        await world.listener.until_state(READY)

    run(scene)


# --- reading back ------------------------------------------------------------------------------------------------


def test_a_refused_cancel_is_told_and_read_back_once_for_many() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.answers["GET ORDERS"] = []
        world.platform.say(*["CANCEL Error : order not open "] * 5)
        await asyncio.sleep(1)
        assert [refusal.command for refusal in world.listener.commands_refused] == ["CANCEL"] * 5
        assert len(world.platform.sent("GET ORDERS")) == 1
        world.platform.answers["GET ORDERS"] = ORDER_LIST
        world.platform.say(*ORDER_LIST)
        await asyncio.sleep(1)
        assert len(world.platform.sent("GET ORDERS")) == 2, "one more, since it was wanted again meanwhile"
        assert world.listener.lists == 3

    run(scene)


def test_an_order_list_that_never_comes_ends_the_session() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.answers["GET ORDERS"] = []
        world.client.read_back()
        reason = await world.listener.until_state(DISCONNECTED)
        assert "list of orders" in reason
        await world.listener.until_state(READY)

    run(scene)


def test_a_list_that_is_begun_and_not_ended_ends_the_session() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say(ORDER)
        await world.listener.until_state(DISCONNECTED)
        assert 10 <= asyncio.get_running_loop().time() < 10.1

    run(scene)


def test_a_push_inside_a_read_back_list_is_news() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        sending = ACCEPTED.replace("Accepted", "Sending")
        old = ACCEPTED.replace("2839 127600720", "2000 99")
        world.platform.answers["GET ORDERS"] = [ORDER, old, sending, "#OrderEnd", ACCEPTED]
        world.client.read_back()
        await asyncio.sleep(1)
        assert [(event.order.order_id, event.is_snapshot) for event in world.listener.events] == [
            (2000, True),
            (2839, False),
            (2839, False),
        ]

    run(scene)


def test_a_stalled_link_is_unknown_and_ends_the_session_after_the_pass() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        connection = world.network.connection_to("das", 9910)
        world.network.stall(connection.server)
        told = len(world.listener.states)
        results: list[SendResult] = []
        payload = b"NEWORDER 1 B SOFI SMAT 1 11.2 " + b" " * 3000 + b"\r\n"
        while not results or results[-1] is SendResult.SENT:
            results.append(
                world.client.cancel(OrderId(1))
                if len(results) % 2
                else world.client.submit(payload, ClOrdId(1), is_exit=True)
            )
            if results[-1] is SendResult.PACED:
                await asyncio.sleep(1)
                results.pop()
        assert results[-1] is SendResult.STALLED
        assert world.client.state is DISCONNECTED
        assert len(world.listener.states) == told, "the engine is not called back in the middle of its pass"
        assert world.client.cancel(OrderId(1)) is SendResult.NOT_READY
        await world.listener.until_state(DISCONNECTED)

    run(scene)


def test_paced_orders_leave_in_order_and_are_dropped_with_the_link() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        results = [
            world.client.submit(
                b"NEWORDER %d B SOFI SMAT 1 11.2\r\n" % number, ClOrdId(number), is_exit=number % 2 == 0
            )
            for number in range(1, 101)
        ]
        assert results.count(SendResult.SENT) == 45
        assert results.count(SendResult.PACED) == 55
        assert world.client.withdraw(ClOrdId(99))
        assert not world.client.withdraw(ClOrdId(1))
        pacing = world.client.health().pacing
        assert pacing is not None
        assert (pacing.new_orders, pacing.waiting_exits, pacing.waiting_entries) == (0, 28, 26)
        await asyncio.sleep(1.5)
        assert len(world.platform.sent("NEWORDER")) == 90
        assert world.listener.paced_sent[:28] == list(range(46, 101, 2))
        world.platform.links[-1].close()
        await world.listener.until_state(DISCONNECTED)
        assert world.listener.paced_dropped == list(range(81, 98, 2))

    run(scene)


def test_trading_commands_as_they_stand_on_the_wire() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        terms = OrderTerms(OrdType.STOP_LIMIT_EXTENDED, price=Decimal(36), stop_price=Decimal(24))
        assert world.client.replace(OrderId(2070), 2, terms) is SendResult.SENT
        assert world.client.cancel(OrderId(2070)) is SendResult.SENT
        await asyncio.sleep(0.1)
        assert world.platform.lines[-2:] == ["REPLACE 2070 2 STOPLMT 24 36", "CANCEL 2070"]

    run(scene)


def test_a_platform_without_replace_says_so_to_the_listener() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.answers["REPLACE"] = ["INVALD COMMAND!"]
        world.client.replace(OrderId(1), 2, OrderTerms(OrdType.MARKET))
        await asyncio.sleep(1)
        assert [refusal.command for refusal in world.listener.commands_refused] == [None]
        assert len(world.platform.sent("GET ORDERS")) == 1

    run(scene)


def test_a_new_trading_day_starts_with_an_empty_mirror() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say(ACCEPTED)
        await asyncio.sleep(1)
        world.platform.links[-1].close()
        await world.listener.until_state(DISCONNECTED)
        await world.listener.until_state(READY)
        order = world.client.view.order(OrderId(2839))
        assert order is not None
        assert order.status is OrdStatus.NEW
        world.client.reset_day()
        assert world.client.view.order(OrderId(2839)) is None
        assert world.client.view.working_orders(Symbol("SOFI")) == []

    run(scene)
