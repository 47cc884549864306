"""The trading client against the simulated platform: what goes out comes back, and the mirror reads it right."""

import asyncio
from decimal import Decimal

import pytest

from das_copy_trader.client.das_client import AccountTools, TradingClient
from das_copy_trader.client.endpoint import AccountEndpoint
from das_copy_trader.client.translate import LineEncoder
from das_copy_trader.domain.account import SendResult
from das_copy_trader.domain.enums import ConnectionState, OrdStatus, OrdType, Side, TimeInForce
from das_copy_trader.domain.identifiers import ClOrdId, Symbol
from das_copy_trader.domain.orders import Order, OrderRequest, OrderTerms
from das_copy_trader.runtime.clock import LoopClock
from das_copy_trader.runtime.ids import RandomSource
from tests.client.support import EPOCH, RecordingListener
from tests.simulator.world import World, simulated

SOFI = Symbol("SOFI")
TIF = TimeInForce.DAY_PLUS
FAR = [
    OrderTerms(OrdType.LIMIT, price=Decimal("11.2"), time_in_force=TIF),
    OrderTerms(OrdType.STOP, stop_price=Decimal(18), time_in_force=TIF),
    OrderTerms(OrdType.STOP_LIMIT, price=Decimal("18.5"), stop_price=Decimal(18), time_in_force=TIF),
    OrderTerms(OrdType.STOP_LIMIT_EXTENDED, price=Decimal("18.5"), stop_price=Decimal(18), time_in_force=TIF),
    OrderTerms(OrdType.TRAILING_STOP, trail_amount=Decimal("0.5"), time_in_force=TIF),
]


class Desk:
    """A trading client on the simulated account ACCT1, ready."""

    def __init__(self, client: TradingClient, listener: RecordingListener) -> None:
        self.client = client
        self.listener = listener
        self._next_id = 1 << 30

    async def place(self, terms: OrderTerms, *, side: Side = Side.BUY, qty: int = 100, route: str = "SMAT") -> Order:
        self._next_id += 1
        cl_ord_id = ClOrdId(self._next_id)
        encoded = LineEncoder().encode(OrderRequest(cl_ord_id, SOFI, side, qty, terms, route))
        assert self.client.submit(encoded, cl_ord_id, 0.0, is_exit=False) is SendResult.SENT
        await asyncio.sleep(2)
        order = self.client.view.order_by_cl_ord_id(cl_ord_id)
        assert order is not None
        return order

    def live(self, order: Order) -> Order:
        """The order itself, or the auto-route child that lives in its place."""
        child = self.client.view.order(order.child_ids[-1]) if order.child_ids else None
        return order if child is None else child


async def desk_on(world: World) -> Desk:
    world.market.set_quote("SOFI", Decimal("15.99"), Decimal("16.01"), bid_size=1000, ask_size=1000)
    world.market.set_last("SOFI", Decimal(16))
    platform = await world.account()
    tools = AccountTools(
        network=world.network,
        clock=LoopClock(asyncio.get_running_loop(), EPOCH),
        tasks=world.tasks,
        randomness=RandomSource(1).stream("reconnect"),
    )
    listener = RecordingListener()
    spec = platform.spec
    client = TradingClient(
        AccountEndpoint("127.0.0.1", platform.port, spec.trader, spec.password, spec.account), tools, listener
    )
    client.start()
    await listener.until_state(ConnectionState.READY)
    return Desk(client, listener)


@pytest.mark.parametrize("terms", FAR, ids=lambda terms: terms.ord_type.value)
def test_every_type_comes_back_as_it_went_out_and_dies_when_cancelled(terms: OrderTerms) -> None:
    async def scene(world: World) -> None:
        desk = await desk_on(world)
        order = await desk.place(terms)
        assert order.is_placed
        assert order.terms == terms, order.undecodable
        live = desk.live(order)
        assert desk.client.view.working_orders(SOFI) == [live]
        assert desk.client.cancel(live.order_id) is SendResult.SENT
        await asyncio.sleep(2)
        assert live.status is OrdStatus.CANCELED
        assert desk.client.view.working_orders(SOFI) == []
        await desk.client.stop()

    simulated(scene)()


def test_a_replace_gives_the_new_total_and_the_new_price() -> None:
    async def scene(world: World) -> None:
        desk = await desk_on(world)
        live = desk.live(await desk.place(FAR[0]))
        assert (
            desk.client.replace(live.order_id, 150, OrderTerms(OrdType.LIMIT, price=Decimal("11.3"))) is SendResult.SENT
        )
        await asyncio.sleep(2)
        assert (live.order_qty, live.leaves_qty) == (150, 150)
        assert live.terms is not None
        assert live.terms.price == Decimal("11.3")
        await desk.client.stop()

    simulated(scene)()


def test_a_market_order_fills_and_shows_in_position_parent_and_executions() -> None:
    async def scene(world: World) -> None:
        desk = await desk_on(world)
        order = await desk.place(OrderTerms(OrdType.MARKET, time_in_force=TIF))
        assert order.cum_qty == 100
        assert desk.client.view.net_qty(SOFI) == 100
        assert sum(execution.last_qty for execution in desk.client.view.executions) == 100
        told = sum(event.last_qty for event in desk.listener.events)
        assert told == 100
        await desk.client.stop()

    simulated(scene)()


def test_a_done_orders_cancel_is_refused_and_read_back() -> None:
    async def scene(world: World) -> None:
        desk = await desk_on(world)
        order = await desk.place(OrderTerms(OrdType.MARKET, time_in_force=TIF))
        lists = desk.listener.lists
        desk.client.cancel(order.order_id)
        await asyncio.sleep(2)
        assert [refusal.command for refusal in desk.listener.commands_refused] == ["CANCEL"]
        assert desk.listener.lists == lists + 1
        await desk.client.stop()

    simulated(scene)()


def test_a_reconnect_finds_the_same_state_and_tells_it_as_such() -> None:
    async def scene(world: World) -> None:
        desk = await desk_on(world)
        await desk.place(OrderTerms(OrdType.MARKET, time_in_force=TIF))
        order = await desk.place(FAR[0])
        told = len(desk.listener.events)
        world.network.cut(world.network.connections[0])
        await desk.listener.until_state(ConnectionState.DISCONNECTED)
        await desk.listener.until_state(ConnectionState.READY)
        assert desk.client.view.net_qty(SOFI) == 100
        assert desk.client.view.working_orders(SOFI) == [desk.live(order)]
        assert all(event.is_snapshot for event in desk.listener.events[told:])
        power = await desk.client.get_buying_power()
        assert power.current > 0
        assert (await desk.client.get_short_info(SOFI)).is_shortable
        assert await desk.client.client_count() == 1
        await desk.client.stop()

    simulated(scene)()
