"""The clients' faces: what the master cannot do, questions and their three outcomes, quotes, health."""

import asyncio
import inspect
from decimal import Decimal

import pytest

from das_copy_trader.client import das_client, desk, mirror, questions, session
from das_copy_trader.client.das_client import MasterClient, TradingClient
from das_copy_trader.client.desk import TradingDesk
from das_copy_trader.client.errors import NotConnected, OutcomeUnknown, QueryRefused, QueryTimedOut, SessionLost
from das_copy_trader.domain.account import AccountView
from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.domain.identifiers import Symbol
from das_copy_trader.engine.ports import TradingGateway
from das_copy_trader.protocol import commands as c
from tests.client.support import ORDER, POS, RecordingListener, ScriptedPlatform, World, endpoint, play

AAPL = Symbol("AAPL")
TRADING_VERBS = ("submit", "cancel", "replace", "withdraw", "neworder", "order_send", "send", "encode", "desk", "link")


# --- what the master cannot do -----------------------------------------------------------------------------------


def test_the_masters_client_has_no_trading_verb() -> None:
    async def scene(world: World) -> None:
        client = MasterClient(endpoint(), world.tools, world.listener)
        names = [name.strip("_").lower() for name in dir(client) if not name.startswith("__")]
        offending = [name for name in names if any(name.startswith(verb) for verb in TRADING_VERBS)]
        assert offending == ["link_user"]
        assert client._link_user() is None
        assert not any(isinstance(value, TradingDesk) for value in vars(client).values())

    play(scene)


def test_a_session_refuses_trading_commands_by_type() -> None:
    trading = (c.NewOrder, c.Cancel, c.Replace, c.CancelAll, c.LocateNewOrder, c.LocateInquire, c.LocateOfferOperation)
    assert not any(issubclass(kind, trading) for kind in questions.SENDABLE)
    for module in (session, das_client, mirror, questions):
        source = inspect.getsource(module)
        for word in ("NewOrder", "c.Cancel", "c.Replace", "encode_cancel", "encode_replace"):
            assert word not in source
    assert "encode_cancel" in inspect.getsource(desk)


def test_a_masters_session_sends_nothing_but_log_in_and_questions() -> None:
    async def scene(world: World) -> None:
        listener = RecordingListener()
        platform = ScriptedPlatform()
        await world.network.listen("master", 1, platform)
        client = MasterClient(endpoint("master", 1), world.tools, listener)
        client.start()
        await listener.until_state(ConnectionState.READY)
        platform.say("CANCEL Error : order not open ", "#OrderServer:Lost Connection", "#OrderServer:Logon:Successful")
        client.subscribe_quotes(AAPL)
        await asyncio.sleep(30)
        assert {line.split()[0] for line in platform.lines} == {"LOGIN", "ECHO", "GET", "SB"}
        assert client.health().pacing is None
        await client.stop()

    play(scene)


def test_the_trading_client_is_a_gateway() -> None:
    async def scene(world: World) -> None:
        gateway: TradingGateway = world.client
        view: AccountView = gateway.view
        assert view.net_qty(AAPL) == 0
        assert gateway.state_reason == "Not started."

    play(scene)


def test_nothing_shows_the_password() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        shown = [
            repr(world.client),
            str(world.client.endpoint),
            repr(world.client.endpoint),
            repr(world.client.health()),
        ]
        assert "s3cret-word" not in "".join(shown)

    play(scene)


# --- questions ---------------------------------------------------------------------------------------------------


def test_questions_and_their_answers() -> None:
    async def scene(world: World) -> None:
        answers = world.platform.answers
        answers["GET BP"] = ["#buyingpower bp,nbp", "BP 40000.00 39000.00"]
        answers["GET SHORTINFO AAPL"] = ["$SHORTINFO AAPL Y 1000000000 Y 0 0 N N"]
        answers["CLIENT"] = ["Client number 2"]
        answers["GET POSITIONS"] = [POS, "%POS AAPL 2 100 10 0 0 0", "#POSEND"]
        answers["GET ORDERS"] = [ORDER, "%ORDER 21 12 MSFT B Lmt 100 100 0 25 SMAT Accepted 10:49:35", "#OrderEnd"]
        await world.start_ready()
        assert (await world.client.get_buying_power()).overnight == 39000
        assert (await world.client.get_short_info(AAPL)).short_size == 1_000_000_000
        assert await world.client.client_count() == 2
        assert [position.net_qty for position in await world.client.get_positions()] == [100]
        assert [order.order_id for order in await world.client.get_orders()] == [21]
        assert world.client.health().buying_power == 40000

    play(scene)


def test_the_same_question_is_asked_once_and_another_waits_its_turn() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        world.platform.answers["GET SHORTINFO AAPL"] = ["$SHORTINFO AAPL Y 1 Y 0 0"]
        world.platform.answers["GET SHORTINFO MSFT"] = ["$SHORTINFO MSFT N 0 Y 0 0"]
        states = await asyncio.gather(
            world.client.get_short_info(AAPL),
            world.client.get_short_info(AAPL),
            world.client.get_short_info(Symbol("MSFT")),
        )
        assert [state.is_shortable for state in states] == [True, True, False]
        assert world.platform.sent("GET SHORT") == ["GET SHORTINFO AAPL", "GET SHORTINFO MSFT"]

    play(scene)


def test_an_unanswered_question_is_unknown() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        with pytest.raises(QueryTimedOut, match="buying power"):
            await world.client.get_buying_power()
        assert issubclass(QueryTimedOut, OutcomeUnknown)
        world.platform.say("BP 1.00 1.00")
        await asyncio.sleep(1)
        assert world.client.view.buying_power is not None, "a late answer is still true"

    play(scene)


def test_a_refused_question_is_refused() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        await asyncio.sleep(1)
        world.platform.answers["CLIENT"] = ["INVALD COMMAND!"]
        with pytest.raises(QueryRefused, match="INVALD"):
            await world.client.client_count()
        world.platform.answers["GET SHORTINFO"] = ["No Permission for API FEED"]
        with pytest.raises(QueryRefused, match="No Permission"):
            await world.client.get_short_info(AAPL)

    play(scene)


def test_a_lost_session_fails_every_question_with_its_cause() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        asked = [
            asyncio.ensure_future(world.client.get_buying_power()),
            asyncio.ensure_future(world.client.get_short_info(AAPL)),
        ]
        await asyncio.sleep(1)
        world.platform.links[-1].close()
        for outcome in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(outcome, SessionLost)
            assert "closed the connection" in str(outcome)

    play(scene)


def test_questions_need_a_connection_and_a_symbol() -> None:
    async def scene(world: World) -> None:
        with pytest.raises(NotConnected):
            await world.client.get_buying_power()
        with pytest.raises(ValueError, match="one word"):
            await world.client.get_short_info(Symbol("A B"))
        world.platform.on_login = []
        await world.start()
        await world.listener.until_state(ConnectionState.LOGGING_IN)
        with pytest.raises(NotConnected, match="logging_in"):
            await world.client.get_buying_power()

    play(scene)


def test_a_caller_that_goes_away_leaves_nothing_behind() -> None:
    async def scene(world: World) -> None:
        await world.start_ready()
        asked = asyncio.ensure_future(world.client.get_buying_power())
        await asyncio.sleep(1)
        asked.cancel()
        await asyncio.sleep(30)
        world.platform.answers["GET BP"] = ["BP 5.00 5.00"]
        assert (await world.client.get_buying_power()).current == 5

    play(scene)


# --- quotes ------------------------------------------------------------------------------------------------------


def test_quotes_are_patches_and_outlive_the_session() -> None:
    async def scene(world: World) -> None:
        world.client.subscribe_quotes(AAPL)
        world.platform.answers["SB AAPL"] = ["$Quote AAPL A:329.04 Asz:2 B:329 Bsz:3 L:329.02 T:13:24:32"]
        await world.start_ready()
        await asyncio.sleep(1)
        world.platform.say("$Quote AAPL A:329.03 Asz:1", "$Quote MSFT A:1", "$Quote AAPL L:what")
        await asyncio.sleep(1)
        quote = world.client.quote(AAPL)
        assert quote is not None
        assert (quote.bid_px, quote.ask_px, quote.last_px) == (Decimal(329), Decimal("329.03"), Decimal("329.02"))
        assert quote.time_text == "13:24:32"
        assert world.client.quote(Symbol("MSFT")) is None
        world.platform.links[-1].close()
        await world.listener.until_state(ConnectionState.READY)
        await asyncio.sleep(1)
        assert world.platform.sent("SB") == ["SB AAPL Lv1"] * 2
        world.client.unsubscribe_quotes(AAPL)
        world.client.unsubscribe_quotes(AAPL)
        await asyncio.sleep(1)
        assert world.platform.sent("UNSB") == ["UNSB AAPL Lv1"]

    play(scene)


def test_quotes_have_the_platforms_limit() -> None:
    async def scene(world: World) -> None:
        for number in range(50):
            world.client.subscribe_quotes(Symbol(f"S{number}"))
        world.client.subscribe_quotes(Symbol("S0"))
        with pytest.raises(ValueError, match="50 symbols"):
            world.client.subscribe_quotes(AAPL)
        with pytest.raises(ValueError, match="one word"):
            world.client.subscribe_quotes(Symbol("A B"))

    play(scene)


def test_another_listener_may_take_over() -> None:
    async def scene(world: World) -> None:
        other = RecordingListener()
        world.client.listen(other)
        await world.network.listen("das", 9910, world.platform)
        world.client.start()
        await other.until_state(ConnectionState.READY)
        world.platform.say("%POS AAPL 2 100 10 0 0 0")
        await asyncio.sleep(1)
        assert len(other.positions) == 1
        assert world.listener.states == []

    play(scene)


def test_health_before_and_after() -> None:
    async def scene(world: World) -> None:
        before = world.client.health()
        assert (before.state, before.reason, before.attempts) == (ConnectionState.DISCONNECTED, "Not started.", 0)
        await world.start_ready()
        world.platform.say("%ORDER 7 70 A B L 1 1 0 5 ARCA Accepted 10:00:00 0 OTHER USER1 CMDAPI DAY+ N/A")
        await asyncio.sleep(2)
        health = world.client.health()
        assert (health.state, health.attempts, health.reconnects, health.foreign_rows) == (
            ConnectionState.READY,
            1,
            0,
            1,
        )
        assert health.last_received_age_s == pytest.approx(2.0, abs=0.2)
        assert health.echo_p95_s is not None
        assert health.pacing is not None
        assert health.pacing.new_orders == 45

    play(scene)


def test_both_kinds_are_told_apart_by_type() -> None:
    assert not issubclass(MasterClient, TradingClient)
    assert not issubclass(TradingClient, MasterClient)
