"""A session in trade: the order server, lists read back, stalls, pacing, with a scripted platform in virtual time."""

import asyncio
from decimal import Decimal

from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import ConnectionState, ExecType, OrdStatus, OrdType
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from das_copy_trader.domain.orders import OrderTerms
from tests.client.support import EMPTY_BURST, ORDER, ORDER_LIST, World, play

READY = ConnectionState.READY
DISCONNECTED = ConnectionState.DISCONNECTED
ACCEPTED = "%ORDER 2839 127600720 SOFI B L 1 1 0 11.2 SAGEPRO Accepted 05:32:22 0 ACCT1 USER1 CMDAPI DAY N/A"
CANCELED = "%ORDER 2839 127600720 SOFI B L 1 0 1 11.2 SAGEPRO Canceled 05:32:27 0 ACCT1 USER1 CMDAPI DAY N/A"


# --- the platform's order server ---------------------------------------------------------------------------------


def test_a_lost_order_server_degrades_until_the_lists_were_read_again() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say("#OrderServer:Lost Connection")
        await world.listener.until_state(ConnectionState.DEGRADED)
        assert (
            world.client.submit(b"NEWORDER 1 B A SMAT 1 MKT\r\n", ClOrdId(1), 0.0, is_exit=False)
            is SendResult.NOT_READY
        )
        await asyncio.sleep(60)
        assert world.client.state is ConnectionState.DEGRADED
        world.platform.answers["GET ORDERS"] = [ORDER, ACCEPTED, "#OrderEnd"]
        world.platform.say("#OrderServer:Connect:Successful", "#OrderServer:Logon:Successful")
        await world.listener.until_state(READY)
        assert world.platform.sent("GET") == ["GET POSITIONS", "GET ORDERS"]
        assert [event.is_snapshot for event in world.listener.events] == [True]
        assert world.platform.link_count == 1

    play(scene)


def test_an_order_server_that_is_back_without_having_been_missed_has_the_lists_read() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say(ACCEPTED)
        world.platform.answers["GET ORDERS"] = [ORDER, CANCELED, "#OrderEnd"]
        world.platform.say("#OrderServer:Connect:Successful", "#OrderServer:Logon:Successful")
        await asyncio.sleep(1)
        assert world.client.state is READY, "what can be sent is not held up"
        assert world.platform.sent("GET")[:2] == ["GET POSITIONS", "GET ORDERS"]
        assert [event.exec_type for event in world.listener.events] == [ExecType.NEW, ExecType.CANCELED]

    play(scene)


def test_the_quote_server_and_unclear_words_change_nothing() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say("#QuoteServer:Lost Connection", "#OrderServer:Something")
        await asyncio.sleep(1)
        assert world.client.state is READY

    play(scene)


def test_an_order_server_lost_during_the_burst_is_degraded_not_ready() -> None:
    async def scene(world: World) -> None:
        world.platform.on_login = ["#LOGIN SUCCESSED", "#OrderServer:Connect:Failed", *EMPTY_BURST]
        await world.start()
        reason = await world.listener.until_state(ConnectionState.DEGRADED)
        assert "order server" in reason
        world.platform.say("#OrderServer:Logon:Successful")
        await world.listener.until_state(READY)
        assert "read again" in world.client.state_reason

    play(scene)


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

    play(scene)


def test_an_order_list_that_never_comes_ends_the_session() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.answers["GET ORDERS"] = []
        world.client.read_back()
        reason = await world.listener.until_state(DISCONNECTED)
        assert "list of orders" in reason
        await world.listener.until_state(READY)

    play(scene)


def test_a_list_that_is_begun_and_not_ended_ends_the_session() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.say(ORDER)
        await world.listener.until_state(DISCONNECTED)
        assert 10 <= asyncio.get_running_loop().time() < 10.1

    play(scene)


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

    play(scene)


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
                else world.client.submit(payload, ClOrdId(1), asyncio.get_running_loop().time(), is_exit=True)
            )
            if results[-1] is SendResult.PACED:
                await asyncio.sleep(1)
                results.pop()
        assert results[-1] is SendResult.STALLED
        assert world.client.state is DISCONNECTED
        assert len(world.listener.states) == told, "the engine is not called back in the middle of its pass"
        assert world.client.cancel(OrderId(1)) is SendResult.NOT_READY
        await world.listener.until_state(DISCONNECTED)

    play(scene)


def test_paced_orders_leave_in_order_and_are_dropped_with_the_link() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        results = [
            world.client.submit(
                b"NEWORDER %d B SOFI SMAT 1 11.2\r\n" % number,
                ClOrdId(number),
                asyncio.get_running_loop().time(),
                is_exit=number % 2 == 0,
            )
            for number in range(1, 101)
        ]
        assert results.count(SendResult.SENT) == 45
        assert results.count(SendResult.PACED) == 55
        assert world.client.withdraw(ClOrdId(99))
        assert not world.client.withdraw(ClOrdId(1))
        pacing = world.client.health().pacing
        assert pacing is not None
        assert (pacing.new_orders, pacing.waiting_exits, pacing.waiting_entries) == (0, 26, 28)
        await asyncio.sleep(1.5)
        assert len(world.platform.sent("NEWORDER")) == 86, "entries leave a part of the limit to exits"
        assert world.listener.paced_sent[:26] == list(range(50, 101, 2))
        world.platform.links[-1].close()
        await world.listener.until_state(DISCONNECTED)
        assert world.listener.paced_dropped == list(range(73, 98, 2))

    play(scene)


def test_trading_commands_as_they_stand_on_the_wire() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        terms = OrderTerms(OrdType.STOP_LIMIT_EXTENDED, price=Decimal(36), stop_price=Decimal(24))
        assert world.client.replace(OrderId(2070), 2, terms) is SendResult.SENT
        assert world.client.cancel(OrderId(2070)) is SendResult.SENT
        await asyncio.sleep(0.1)
        assert world.platform.lines[-2:] == ["REPLACE 2070 2 STOPLMT 24 36", "CANCEL 2070"]

    play(scene)


def test_a_platform_without_replace_says_so_to_the_listener() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.answers["REPLACE"] = ["INVALD COMMAND!"]
        world.client.replace(OrderId(1), 2, OrderTerms(OrdType.MARKET))
        await asyncio.sleep(1)
        assert [refusal.command for refusal in world.listener.commands_refused] == [None]
        assert len(world.platform.sent("GET ORDERS")) == 1

    play(scene)


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

    play(scene)


def test_every_asked_list_has_its_own_limit() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.answers["GET ORDERS"] = []
        world.client.read_back()
        await world.client.get_positions()
        reason = await world.listener.until_state(DISCONNECTED)
        assert "list of orders" in reason

    play(scene)


def test_an_order_server_that_is_lost_again_while_reading_stays_degraded() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.answers["GET ORDERS"] = []
        world.platform.say("#OrderServer:Lost Connection", "#OrderServer:Logon:Successful", "#OrderServer:Logon:Failed")
        await asyncio.sleep(1)
        world.platform.say(*ORDER_LIST)
        await asyncio.sleep(1)
        assert world.client.state is ConnectionState.DEGRADED
        world.platform.answers["GET ORDERS"] = ORDER_LIST
        world.platform.say("#OrderServer:Logon:Successful")
        await world.listener.until_state(READY)
        assert world.platform.link_count == 1

    play(scene)
