"""The control surface: a person at the montage, the venue, the market, and bad luck."""

import asyncio

import pytest

from das_copy_trader.protocol.vocabulary import DumpKind
from das_copy_trader.runtime.network import ConnectFailed
from das_copy_trader.simulator.control import ControlError, Ticket
from das_copy_trader.simulator.faults import Mute
from das_copy_trader.simulator.market import MarketPhase
from das_copy_trader.simulator.orders import Kind
from tests.simulator.world import D, World, simulated

REST = "NEWORDER 1000001 B SOFI ARCA 100 15 TIF=DAY+"
BUY = Ticket(symbol="sofi", side="b", shares=100, limit=D(15))


def order_rows(world: World) -> list[list[str]]:
    return [row.split(" ") for row in world.control.rows("ACCT1", DumpKind.ORDERS)]


@simulated
async def test_an_order_by_hand_goes_by_the_auto_route(world: World) -> None:
    await world.wire()
    parent = world.control.place("ACCT1", BUY)
    assert parent is not None
    rows = order_rows(world)
    assert [row[11] for row in rows] == ["Triggered", "Accepted"]
    assert [row[13] for row in rows] == ["0", str(parent)]
    assert {row[16] for row in rows} == {"Montage"}
    assert (
        world.control.replace("ACCT1", parent, ticket=Ticket(symbol="SOFI", side="B", shares=1, limit=D("15.1")))
        > parent
    )
    assert order_rows(world)[1][9] == "15.1"
    world.control.cancel("ACCT1", parent)
    assert order_rows(world)[1][11] == "Canceled"


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_order_can_be_placed_by_hand(kind: Kind) -> None:
    @simulated
    async def run(world: World) -> None:
        await world.wire()
        ticket = Ticket(
            symbol="SOFI", side="B", shares=100, kind=kind.name, limit=D("16.2"), stop=D(17), trail=D("0.2"), low=D(15), high=D(17)
        )  # fmt: skip
        order_id = world.control.place("ACCT1", ticket)
        assert order_id is not None
        order = world.control.platform("ACCT1").venue.find(order_id)
        assert order is not None
        assert order.pricing.kind is kind

    run()


@simulated
async def test_fill_reject_and_cancel_as_the_venue_would(world: World) -> None:
    wire = await world.wire()
    await wire.ask(REST, REST, REST)
    first, second, third = (int(row[1]) for row in order_rows(world))
    assert world.control.fill("ACCT1", first, shares=30, price=D("14.9")) == 30
    assert world.control.fill("ACCT1", first) == 70
    world.control.reject("ACCT1", second, "Symbols Control")
    world.control.cancel_by_venue("ACCT1", third)
    assert [row[11] for row in order_rows(world)] == ["Executed", "Rejected", "Canceled"]
    await asyncio.sleep(0.1)
    assert any("Send_Rej" in line and "Symbols Control" in line for line in wire.lines)
    assert len(world.control.rows("ACCT1", DumpKind.TRADES)) == 2


@simulated
async def test_positions_money_and_locates_are_set(world: World) -> None:
    platform = await world.account(hard=("WHLR",))
    world.market.set_quote("SOFI", D("15.99"), D("16.01"))
    wire = await world.logged_in(platform)
    world.control.set_position("ACCT1", "SOFI", -300, D("16.5"))
    world.control.set_equity("ACCT1", D(5000))
    world.control.grant_locate("ACCT1", "WHLR", 200)
    lines = await wire.ask("GET BP", "SLAvailQuery ACCT1 WHLR")
    assert lines[0].startswith("%POS SOFI 3 300 16.5 ")
    assert lines[-2:] == ["BP 15050.00 15050.00", "$SLAvailQueryRet ACCT1 WHLR 200"]


@simulated
async def test_the_parts_of_the_day_are_set(world: World) -> None:
    await world.wire()
    world.control.set_phase(MarketPhase.CLOSED)
    world.control.place("ACCT1", BUY)
    assert order_rows(world)[-1][11] == "Rejected"


# --- trouble ---------------------------------------------------------------------------------------------------------


@simulated
async def test_disconnect_cuts_clients_off_who_may_come_back(world: World) -> None:
    wire = await world.wire()
    world.control.disconnect("ACCT1")
    await asyncio.sleep(0.1)
    assert wire.is_lost
    assert (await world.logged_in(world.control.platform("ACCT1"))).link.is_open


@simulated
async def test_offline_means_no_port_while_orders_live_on(world: World) -> None:
    wire = await world.wire()
    await wire.ask(REST)
    port = world.control.platform("ACCT1").port
    await world.control.go_offline("ACCT1")
    with pytest.raises(ConnectFailed):
        await world.connect(world.control.platform("ACCT1"))
    world.control.fill("ACCT1", 2001)
    await world.control.go_online("ACCT1")
    await world.control.go_online("ACCT1")
    assert world.control.platform("ACCT1").port == port
    again = await world.connect(world.control.platform("ACCT1"))
    assert any(" Executed " in line for line in await again.ask("LOGIN USER1 secret ACCT1"))


@simulated
async def test_answers_come_late_and_in_order(world: World) -> None:
    wire = await world.wire()
    world.control.delay_answers("ACCT1", 0.3)
    assert await wire.ask(REST, wait_s=0.2) == []
    await asyncio.sleep(0.2)
    assert [line.split(" ")[0] for line in wire.lines] == ["#OrderSending", "%OrderAct", "%ORDER", "%ORDER"]
    assert [row[11] for row in order_rows(world)] == ["Accepted"]


@simulated
async def test_a_platform_that_never_answers_orders_or_anything(world: World) -> None:
    wire = await world.wire()
    world.control.mute("ACCT1", Mute.ORDERS)
    assert await wire.ask(REST, "CANCEL ALL", "ECHO", wait_s=60) == ["ECHO OFF"]
    assert order_rows(world) == []
    world.control.mute("ACCT1", Mute.ALL)
    assert await wire.ask("ECHO", wait_s=60) == []
    world.control.heal("ACCT1")
    assert await wire.ask("ECHO") == ["ECHO OFF"]


@simulated
async def test_logins_are_refused_on_demand(world: World) -> None:
    platform = await world.account()
    world.control.refuse_login("ACCT1")
    wire = await world.connect(platform)
    assert await wire.ask("LOGIN USER1 secret ACCT1") == ["ERROR:INVALID PASSWORD"]
    world.control.refuse_login("ACCT1", is_refused=False)
    assert (await wire.ask("LOGIN USER1 secret ACCT1"))[0] == "#LOGIN SUCCESSED"


@simulated
async def test_half_a_line_and_nonsense(world: World) -> None:
    wire = await world.wire()
    world.control.half_line("ACCT1", "%ORDER 47")
    await asyncio.sleep(0.1)
    assert wire.unfinished == b"%ORDER 47"
    world.control.nonsense("ACCT1", b"\xff\x00\r\nHELLO\r\n")
    await asyncio.sleep(0.1)
    assert wire.lines[-1] == "HELLO"


@simulated
async def test_a_platform_that_stops_reading(world: World) -> None:
    wire = await world.wire()
    world.control.stall("ACCT1")
    assert await wire.ask(REST, wait_s=5) == []
    newer = await world.connect(world.control.platform("ACCT1"))
    assert await newer.ask("LOGIN USER1 secret ACCT1", wait_s=5) == []
    world.control.stall("ACCT1", is_stalled=False)
    await asyncio.sleep(0.1)
    assert wire.lines[0] == "#OrderSending"
    assert "#LOGIN SUCCESSED" in newer.lines


# --- what cannot be done ---------------------------------------------------------------------------------------------


@simulated
async def test_what_cannot_be_done_gets_a_sentence(world: World) -> None:
    await world.wire()
    for ticket in (
        Ticket(symbol="SOFI", side="X", shares=1, limit=D(15)),
        Ticket(symbol="SOFI", side="B", shares=0, limit=D(15)),
        Ticket(symbol="SOFI", side="B", shares=1),
        Ticket(symbol="SOFI", side="B", shares=1, limit=D("NaN")),
        Ticket(symbol="SOFI", side="B", shares=1, kind="STOP_LIMIT", limit=D(15)),
        Ticket(symbol="SOFI", side="B", shares=1, kind="FANCY"),
    ):
        with pytest.raises(ControlError, match=r"\.$"):
            world.control.place("ACCT1", ticket)
    with pytest.raises(ControlError, match="no account 'NOPE'"):
        world.control.place("NOPE", BUY)
    with pytest.raises(ControlError, match="Order 5 is not open"):
        world.control.cancel("ACCT1", 5)
    with pytest.raises(ControlError, match="A quote needs"):
        world.control.set_quote("SOFI", D(16), D(16))
    assert order_rows(world) == []
