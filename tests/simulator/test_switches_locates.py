"""Switch 14 of das-cmd-api.md 6 on the wire, and what may be sold short."""

import asyncio

import pytest

from das_copy_trader.simulator.locates import LocateHabit, LocateRoute
from das_copy_trader.simulator.market import MarketPhase
from das_copy_trader.simulator.switches import (
    AvailNetting,
    Switches,
)
from tests.simulator.world import D, World, simulated

# --- 14 locates ------------------------------------------------------------------------------------------------------


@simulated
async def test_prices_come_by_route_with_the_test_route_among_them(world: World) -> None:
    wire = await world.logged_in(await world.account(hard=("WHLR",)))
    assert await wire.ask("SLPRICEINQUIRE WHLR 100 ALLROUTEWTTYPE1") == [
        "%SLRET 1 WHLR 0.01 100 TESTSL  ACCT1",
        "%SLRET 1 WHLR 0.00092 100 SAGE  ACCT1",
    ]


@simulated
async def test_allroute_makes_offers_on_offer_routes(world: World) -> None:
    wire = await world.logged_in(await world.account(hard=("WHLR",)))
    lines = await wire.ask("SLPRICEINQUIRE WHLR 300 ALLROUTE")
    assert lines[-1] == "%SLOrder 91 WHLR 300 300 0 0.012 Offered LOC7 10:00:00 0 0"


@simulated
async def test_a_locate_is_bought_and_can_be_shorted_once(world: World) -> None:
    platform = await world.account(hard=("WHLR",))
    wire = await world.logged_in(platform)
    world.market.set_quote("WHLR", D("5.00"), D("5.02"))
    assert await wire.ask("GET SHORTINFO WHLR") == ["$SHORTINFO WHLR N 0 N 0 0 N N"]
    assert "Security Not Shortable" in (await wire.ask("NEWORDER 1 SS WHLR ARCA 100 5"))[-1]
    assert await wire.ask("SLNEWORDER WHLR 100 SAGE 456") == [
        "%SLOrder 91 WHLR 100 100 0 0 Pending SAGE 10:00:00 0 456",
        "%SLOrder 91 WHLR 100 0 100 0.00092 Located SAGE 10:00:00 0 456",
    ]
    assert await wire.ask("SLAvailQuery ACCT1 WHLR") == ["$SLAvailQueryRet ACCT1 WHLR 100"]
    assert " Executed " in (await wire.ask("NEWORDER 2 SS WHLR ARCA 100 5"))[-2]
    assert await wire.ask("SLAvailQuery ACCT1 WHLR") == ["$SLAvailQueryRet ACCT1 WHLR 0"]
    assert "Security Not Shortable" in (await wire.ask("NEWORDER 3 SS WHLR ARCA 100 5"))[-1]
    assert await wire.ask("GET LOCATES") == [wire.lines[-3], "%SLOrder 91 WHLR 100 0 100 0.00092 Located SAGE 10:00:00 0 456", "#SLOrderEnd"]  # fmt: skip


@pytest.mark.parametrize(
    ("netting", "shares"), [(AvailNetting.GROSS, 300), (AvailNetting.LESS_SHORTS, 200), (AvailNetting.NET, 150)]
)
def test_what_the_availability_query_subtracts(netting: AvailNetting, shares: int) -> None:
    @simulated
    async def run(world: World) -> None:
        wire = await world.logged_in(await world.account(hard=("WHLR",), switches=Switches(locate_avail=netting)))
        world.market.set_quote("WHLR", D("5.00"), D("5.02"))
        await wire.ask("SLNEWORDER WHLR 300 SAGE", "NEWORDER 2 SS WHLR ARCA 100 5", "NEWORDER 3 SS WHLR ARCA 50 5.2")
        assert await wire.ask("SLAvailQuery ACCT1 WHLR") == [f"$SLAvailQueryRet ACCT1 WHLR {shares}"]

    run()


@pytest.mark.parametrize(
    ("habit", "last"),
    [
        (LocateHabit.SELLS_HALF, "%SLOrder 91 WHLR 400 0 200 0.02 Located R0 10:00:00 0 7"),
        (LocateHabit.DECLINES, "%SLOrder 91 WHLR 400 0 0 0 Declined R0 10:00:00 0 7"),
        (LocateHabit.REJECTS, "%SLOrder 91 WHLR 400 0 0 0 Rejected R0 10:00:00 0 7"),
        (LocateHabit.WAITS, "%SLOrder 91 WHLR 400 400 0 0 Waiting R0 10:00:00 0 7"),
    ],
)
def test_how_a_route_answers_a_purchase(habit: LocateHabit, last: str) -> None:
    @simulated
    async def run(world: World) -> None:
        route = LocateRoute(name="R0", price=D("0.02"), habit=habit)
        wire = await world.logged_in(await world.account(hard=("WHLR",), routes=(route,)))
        assert (await wire.ask("SLNEWORDER WHLR 400 R0 7"))[-1] == last

    run()


@simulated
async def test_locates_that_get_no_answer(world: World) -> None:
    silent = LocateRoute(name="R0", habit=LocateHabit.SILENT)
    wire = await world.logged_in(await world.account(hard=("WHLR",), routes=(silent,)))
    assert await wire.ask("SLNEWORDER WHLR 400 R0 7", wait_s=60) == []
    mute = await world.logged_in(await world.account("ACCT2", hard=("WHLR",), switches=Switches(locate_answers=False)))
    assert await mute.ask("SLNEWORDER WHLR 400 SAGE 7", "SLAvailQuery ACCT2 WHLR", "SLPRICEINQUIRE WHLR 100 SAGE", wait_s=60) == []  # fmt: skip


@simulated
async def test_what_needs_no_locate_and_what_cannot_be_had(world: World) -> None:
    wire = await world.logged_in(await world.account(hard=("WHLR",)))
    assert await wire.ask("SLNEWORDER AAPL 100 SAGE 1") == ["%SLRET 2 AAPL 0 0 SAGE AlreadyShortable ACCT1"]
    assert await wire.ask("SLNEWORDER WHLR 150 SAGE 1") == ["%SLRET 2 WHLR 0 0 SAGE Shares must be a multiple of 100 ACCT1"]  # fmt: skip
    assert await wire.ask("SLPRICEINQUIRE WHLR 100 ARCA") == ["%SLRET 2 WHLR 0 0 ARCA route disabled ACCT1"]


@simulated
async def test_an_old_build_names_no_account_in_its_locate_answers(world: World) -> None:
    wire = await world.logged_in(await world.account(switches=Switches(locate_account_in_reply=False)))
    assert await wire.ask("SLNEWORDER AAPL 100 SAGE 1") == ["%SLRET 2 AAPL 0 0 SAGE AlreadyShortable"]


@simulated
async def test_offers_are_accepted_rejected_and_lapse(world: World) -> None:
    wire = await world.logged_in(await world.account(hard=("ABCD",), switches=Switches(offer_life_s=5)))
    await wire.ask(*(f"SLNEWORDER ABCD 300 LOC7 {token}" for token in (457, 458, 459)))
    offered = [line.split(" ")[1] for line in wire.starting("%SLOrder")]
    accepted = await wire.ask(f"SLOFFEROPERATION {offered[0]} Accept")
    assert accepted == [f"%SLOrder {offered[0]} ABCD 300 0 300 0.012 Located LOC7 10:00:00 0 457"]
    assert (await wire.ask(f"SLOFFEROPERATION {offered[1]} Reject"))[0].split(" ")[7] == "Closed"
    await asyncio.sleep(6)
    assert wire.lines[-1].split(" ")[1:8:6] == [offered[2], "Closed"]


@simulated
async def test_a_locate_order_that_waits_can_be_cancelled(world: World) -> None:
    route = LocateRoute(name="R0", habit=LocateHabit.WAITS)
    wire = await world.logged_in(await world.account(hard=("WHLR",), routes=(route,)))
    await wire.ask("SLNEWORDER WHLR 100 R0 7")
    assert (await wire.ask("SLCANCELORDER 91"))[-1].split(" ")[7] == "Canceled"
    assert await wire.ask("SLCANCELORDER 91") == ["SLCANCELORDER Error : order not open "]


@simulated
async def test_located_shares_cost_the_minimum_charge_at_least(world: World) -> None:
    route = LocateRoute(name="R0", price=D("0.01"), min_charge=D("2.5"))
    wire = await world.logged_in(await world.account(hard=("WHLR",), routes=(route,)))
    assert await wire.ask("SLRouteMinCharge ALLROUTE") == ["$SLRouteMinChargeRet R0 2.5"]
    await wire.ask("SLNEWORDER WHLR 100 R0 7", "SLNEWORDER WHLR 1000 R0 8")
    assert (await wire.ask("GET AccountInfo"))[1].split(" ")[6] == "12.50"


@simulated
async def test_reuse_of_located_shares(world: World) -> None:
    wire = await world.logged_in(await world.account(hard=("BTCT", "WHLR")))
    for symbol in ("WHLR", "BTCT"):
        world.market.set_quote(symbol, D("5.00"), D("5.02"))
    world.market.instrument("BTCT").is_locate_reusable = False
    assert await wire.ask("SLReuseQuery ALL", "SLReuseQuery WHLR") == ["$SLReuseQueryRet BTCT No", "$SLReuseQueryRet WHLR Yes"]  # fmt: skip
    for symbol, status in (("WHLR", "Executed"), ("BTCT", "Rejected")):
        await wire.ask(f"SLNEWORDER {symbol} 100 SAGE", f"NEWORDER 1 SS {symbol} ARCA 100 5", f"NEWORDER 2 B {symbol} ARCA 100 5.02")  # fmt: skip
        await wire.ask(f"NEWORDER 3 SS {symbol} ARCA 100 5")
        assert wire.starting("%ORDER")[-1].split(" ")[11] == status


@simulated
async def test_the_short_sale_restriction_and_prohibited_symbols(world: World) -> None:
    wire = await world.wire()
    world.control.restrict_shorts("SOFI")
    await wire.ask("SB SOFI Lv1")
    assert await wire.ask("GET SymStatus SOFI") == ["$SymStatus SOFI SSR:Y"]
    assert "prohibited from shorting on the BID" in (await wire.ask("NEWORDER 1 SS SOFI ARCA 100 15.99"))[-1]
    assert " Accepted " in (await wire.ask("NEWORDER 2 SS SOFI ARCA 100 16.5"))[-1]
    world.market.instrument("SOFI").is_short_prohibited = True
    assert (await wire.ask("GET SHORTINFO SOFI")) == ["$SHORTINFO SOFI N 0 N 0 0 Y N"]
    assert "Security Not Shortable" in (await wire.ask("NEWORDER 3 SS SOFI ARCA 100 16.5"))[-1]


@simulated
async def test_the_broker_caps_and_the_venue_band_can_be_turned_off(world: World) -> None:
    wire = await world.wire(Switches(price_caps=False, venue_band_percent=0, venue_open_times=()))
    world.market.set_phase(MarketPhase.PRE)
    assert " Executed " in (await wire.ask("NEWORDER 1 B SOFI EDGA 100 30"))[-2]
