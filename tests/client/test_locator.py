"""The locator against the simulated platform: prices, purchases, offers, silence, lost links."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from das_copy_trader.client.das_client import AccountTools, TradingClient
from das_copy_trader.client.endpoint import AccountEndpoint
from das_copy_trader.client.locator import Locator
from das_copy_trader.client.queries import QueryKind
from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import ConnectionState
from das_copy_trader.domain.identifiers import ClOrdId, Symbol
from das_copy_trader.domain.locates import (
    LocateNotNeeded,
    LocateOrder,
    LocateRefused,
    LocateStatus,
    LocateUnanswered,
    LocateUnreachable,
)
from das_copy_trader.runtime.clock import LoopClock
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.simulator.faults import Mute
from das_copy_trader.simulator.locates import LocateHabit, LocateRoute
from das_copy_trader.simulator.platform import Platform
from das_copy_trader.simulator.switches import Switches
from tests.client.support import EPOCH, RecordingListener, mirror_of
from tests.simulator.world import World, simulated

WHLR = Symbol("WHLR")
SOFI = Symbol("SOFI")
TOKEN = ClOrdId(1 << 29 | 1)
D = Decimal
ROUTES = (
    LocateRoute(name="TESTSL", price=D("0.01")),
    LocateRoute(name="SAGE", price=D("0.02"), min_charge=D(5)),
    LocateRoute(name="LOC7", price=D("0.03"), is_offer_route=True),
    LocateRoute(name="SLOW", price=D("0.03"), habit=LocateHabit.WAITS),
    LocateRoute(name="MUTE", price=D("0.03"), habit=LocateHabit.SILENT),
    LocateRoute(name="NOPE", price=D("0.03"), habit=LocateHabit.DECLINES),
)
Scene = Callable[[World, Platform, TradingClient], Awaitable[None]]


def play(scene: Scene, switches: Switches | None = None) -> None:
    """Run a scene with a client that is ready on an account that finds WHLR hard to borrow."""

    async def main(world: World) -> None:
        platform = await world.account(switches=switches, hard=(WHLR,), routes=ROUTES)
        clock = LoopClock(asyncio.get_running_loop(), EPOCH)
        stream = RandomSource(1).stream("reconnect")
        tools = AccountTools(network=world.network, clock=clock, tasks=world.tasks, randomness=stream)
        listener = RecordingListener()
        spec = platform.spec
        endpoint = AccountEndpoint("127.0.0.1", platform.port, spec.trader, spec.password, spec.account)
        client = TradingClient(endpoint, tools, listener)
        client.start()
        await listener.until_state(ConnectionState.READY)
        await scene(world, platform, client)
        await client.stop()

    simulated(main)()


def test_an_inquiry_gathers_every_route_without_offers() -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        answer = await client.locator.inquire(WHLR, 100)
        assert [(quote.route, quote.price) for quote in answer.quotes][:2] == [
            ("TESTSL", D("0.01")),
            ("SAGE", D("0.02")),
        ]
        assert "LOC7" not in [quote.route for quote in answer.quotes]
        assert (await client.locator.inquire(SOFI, 100)).is_shortable
        asked = [command for command in platform.received if command.text.startswith("SLPRICE")]
        assert asked[1].at_s - asked[0].at_s >= 3

    play(scene)


def test_a_purchase_comes_back_located() -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        told: list[LocateOrder] = []
        client.locator.listen(told.append)
        row = await client.locator.order(WHLR, 100, "SAGE", TOKEN, D("0.02"))
        assert (row.status, row.located_qty, row.cl_ord_id) == (LocateStatus.LOCATED, 100, TOKEN)
        assert [order.status for order in told] == [LocateStatus.PENDING, LocateStatus.LOCATED]
        assert client.locator.located_symbols() == [WHLR]
        assert await client.locator.available(WHLR) == 100
        assert await client.locator.is_reusable(WHLR)
        assert await client.locator.minimum_charge("SAGE") == 5
        assert not (await client.locator.short_state(WHLR)).is_shortable

    play(scene)


@pytest.mark.parametrize(
    ("symbol", "shares", "route", "error"),
    [
        (SOFI, 100, "SAGE", LocateNotNeeded),
        (WHLR, 150, "SAGE", LocateRefused),
        (WHLR, 100, "NOWHERE", LocateRefused),
        (WHLR, 100, "MUTE", LocateUnanswered),
    ],
)
def test_what_a_purchase_can_end_in(symbol: Symbol, shares: int, route: str, error: type[Exception]) -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        with pytest.raises(error):
            await client.locator.order(symbol, shares, route, TOKEN, D("0.05"))
        assert platform.locates.located(symbol) == 0

    play(scene)


def test_a_decline_is_an_end_and_a_wait_is_cancelled() -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        declined = await client.locator.order(WHLR, 100, "NOPE", TOKEN, D("0.05"))
        assert declined.status is LocateStatus.DECLINED
        waited = await client.locator.order(WHLR, 100, "SLOW", ClOrdId(TOKEN + 1), D("0.05"))
        assert waited.status is LocateStatus.CANCELED

    play(scene)


def test_an_offer_is_accepted_or_abandoned() -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        offered = await client.locator.order(WHLR, 100, "LOC7", TOKEN, D("0.05"))
        assert offered.status is LocateStatus.OFFERED
        assert (await client.locator.accept_offer(TOKEN)).located_qty == 100
        other = ClOrdId(TOKEN + 1)
        await client.locator.order(WHLR, 100, "LOC7", other, D("0.05"))
        client.locator.abandon(other)
        await asyncio.sleep(1)
        left = client.locator.located_order(other)
        assert left is not None
        assert left.status is LocateStatus.CLOSED
        with pytest.raises(LocateRefused, match="lapsed"):
            await client.locator.accept_offer(other)

    play(scene)


def test_an_order_that_is_abandoned_before_it_shows_is_cancelled_when_it_does() -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        buying = world.tasks.start("buying", _swallow(client.locator))
        await asyncio.sleep(0)
        client.locator.abandon(TOKEN)
        await asyncio.wait([buying])
        row = client.locator.located_order(TOKEN)
        assert row is not None
        assert row.status is LocateStatus.CANCELED

    play(scene, Switches(locate_delay_s=2.0))


async def _swallow(locator: Locator) -> None:
    await locator.order(WHLR, 100, "SAGE", TOKEN, D("0.05"))


def test_a_platform_that_does_not_answer_locates_is_told_apart() -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        with pytest.raises(LocateUnanswered):
            await client.locator.inquire(WHLR, 100)
        assert await client.locator.available(WHLR) is None
        assert client.locator.inquiry_refusal == ""

    play(scene, Switches(locate_answers=False))


def test_after_a_crash_nothing_is_asked_again() -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        await client.locator.inquire(WHLR, 100)
        with pytest.raises(LocateUnanswered):
            await client.locator.inquire(WHLR, 100)
        await platform.go_online()
        await asyncio.sleep(60)
        assert client.state is ConnectionState.READY
        with pytest.raises(LocateRefused, match="right after a price inquiry"):
            await client.locator.inquire(WHLR, 100)

    play(scene, Switches(crash_on_second_inquiry=True))


def test_without_a_connection_nothing_is_sent() -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        await client.stop()
        with pytest.raises(LocateUnreachable):
            await client.locator.inquire(WHLR, 100)
        with pytest.raises(LocateUnreachable):
            await client.locator.short_state(WHLR)
        client.locator.abandon(TOKEN)

    play(scene)


def test_what_a_breaking_link_may_have_taken_is_unknown() -> None:
    async def main(_: RandomSource) -> None:
        mirror = mirror_of(RecordingListener())
        locator = Locator(
            mirror,
            now_s=asyncio.get_running_loop().time,
            share=1.0,
            send=lambda _payload: SendResult.STALLED,
            ask=_never_asked,
        )
        with pytest.raises(LocateUnanswered, match="broke while"):
            await locator.order(WHLR, 100, "SAGE", TOKEN, D("0.02"))
        told: list[LocateOrder] = []
        locator.listen(told.append)
        row = LocateOrder(91, WHLR, 100, 100, D("0.02"), LocateStatus.LOCATED, "SAGE")
        mirror.take_locate(row)
        assert [order.cl_ord_id for order in told] == [TOKEN], "known by its looks when the next log-in lists it"

    run_virtual(main, seed=1)


async def _never_asked(kind: QueryKind, subject: str) -> object:
    raise AssertionError(f"{kind} {subject}")


def test_an_inquiry_ends_when_the_routes_that_are_enough_have_answered() -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        answer = await client.locator.inquire(WHLR, 100, frozenset({"SAGE", "SLOW"}))
        assert loop.time() - begun_s < 0.1
        assert {"SAGE", "SLOW"} <= {quote.route for quote in answer.quotes}
        begun_s = loop.time()
        await client.locator.inquire(WHLR, 100, frozenset({"SAGE", "ABSENT"}))
        assert loop.time() - begun_s > 1.4

    play(scene)


def test_a_minimum_charge_is_asked_once_a_link() -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        for _ in range(3):
            assert await client.locator.minimum_charge("SAGE") == 5
        assert await client.locator.minimum_charge("sage") == 5
        asked = [command for command in platform.received if command.text.startswith("SLRouteMinCharge")]
        assert len(asked) == 1

    play(scene)


def test_a_platform_without_a_list_of_locates_keeps_its_link() -> None:
    async def scene(world: World, platform: Platform, client: TradingClient) -> None:
        platform.faults.mute = Mute.ALL
        with pytest.raises(LocateUnanswered):
            await client.locator.read_located()
        platform.faults.mute = Mute.NOTHING
        await asyncio.sleep(5)
        assert client.state is ConnectionState.READY
        await client.locator.read_located()

    play(scene)
