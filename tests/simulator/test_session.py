"""Clients of a platform: several at once, watch connections, nonsense, long lines, quotes, queries."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.simulator.switches import Switches
from tests.simulator.world import D, World, simulated

REST = "NEWORDER 1000001 B SOFI ARCA 100 15 TIF=DAY+"
TAKE = "NEWORDER 1000002 B SOFI ARCA 100 16.05 TIF=DAY+"


@simulated
async def test_several_clients_see_the_same_orders(world: World) -> None:
    first = await world.wire()
    second = await world.logged_in(world.control.platform("ACCT1"))
    await first.ask(REST)
    assert second.lines == first.lines[1:]
    assert await second.ask("CLIENT") == ["Client number 2"]
    first.link.close()
    await asyncio.sleep(0.1)
    assert await second.ask("CLIENT") == ["Client number 1"]


@simulated
async def test_a_watch_connection_gets_its_own_rows(world: World) -> None:
    wire = await world.wire()
    watch = await world.logged_in(world.control.platform("ACCT1"), watch=True)
    await wire.ask(TAKE)
    assert [line.split(" ")[0] for line in watch.lines] == ["%IORDER", "%IORDER", "%IPOS", "%IORDER", "%ITRADE"]
    assert watch.lines[-1] == "%ITRADE ACCT1 3001 SOFI B 100 16.01 ARCA 10:00:00 2001 USER1"


@simulated
async def test_a_watch_connection_of_an_old_build_has_trades_in_the_old_layout(world: World) -> None:
    wire = await world.wire(Switches(watch_trade_in_own_order=False))
    watch = await world.logged_in(world.control.platform("ACCT1"), watch=True)
    await wire.ask(TAKE)
    assert watch.lines[-1] == "%ITRADE 3001 SOFI B 100 16.01 ARCA 10:00:00 2001 - 0.00 0.00"


@simulated
async def test_nothing_is_pushed_before_login(world: World) -> None:
    wire = await world.wire()
    stranger = await world.connect(world.control.platform("ACCT1"))
    stranger.lines.clear()
    await wire.ask(REST)
    assert stranger.lines == []


@simulated
async def test_a_line_without_an_end_costs_that_client_alone(world: World) -> None:
    wire = await world.wire()
    other = await world.logged_in(world.control.platform("ACCT1"))
    for _ in range(16):
        if wire.link.is_open:
            wire.link.send(b"A" * 8_000)
        await asyncio.sleep(0.01)
    assert wire.is_lost
    assert (await other.ask(REST))[0] == "#OrderSending"
    assert await other.ask("CLIENT") == ["Client number 1"]


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=200),
            st.sampled_from(
                [
                    b"LOGIN USER1 secret ACCT1\r\n", b"LOGIN USER1 x ACCT1\r\n", b"QUIT\r\n", b"ECHO ON\r\n", b"CANCEL ALL\r\n",
                    b"NEWORDER 1 B SOFI SMAT 100 0.0000001\r\n", b"NEWORDER 1 BO SOFI SMAT 100 1\r\n", b"SB \xff Lv1\r\n",
                    b"NEWORDER 1 S SOFI SMAT 2147483647 MKT TIF=\xe4\r\n", b"NEWORDER 2 B SOFI SMAT 5 PEG MID\r\n",
                    b"REPLACE 2001 5 MKT\r\n", b"GET LDLU\r\nGET ORDERS\r\n", b"SLPRICEINQUIRE A 1 ALLROUTE\r\n",
                    b"NEWORDER 3 B SOFI SMAT 5 99999999999999999999999999999999\r\n", b"SLNEWORDER A 100 SAGE 1 -5\r\n",
                    b"NEWORDER 4 B SOFI SMAT 5 15 Pref= TIF=DAY+\r\n", b"SCRIPT a b\r\n", b"SLReuseQuery ALL\r\n",
                ]
            ),
        ),
        max_size=30,
    )
)  # fmt: skip
def test_no_bytes_ever_trouble_a_platform(chunks: list[bytes]) -> None:
    async def main(_: RandomSource) -> None:
        world = World()
        wire = await world.wire()
        nobody = await world.connect(world.control.platform("ACCT1"))
        for victim in (wire, nobody):
            for chunk in chunks:
                if victim.link.is_open:
                    victim.link.send(chunk)
                    await asyncio.sleep(0.01)
        after = await world.logged_in(world.control.platform("ACCT1"))
        assert (await after.ask("NEWORDER 9 B MSFT ARCA 1 15"))[0] == "#OrderSending"
        assert world.control.platform("ACCT1").client_count <= 3
        await world.broker.stop()

    run_virtual(main, seed=1)


@simulated
async def test_quotes_come_full_first_and_then_as_patches(world: World) -> None:
    wire = await world.wire()
    full, band = await wire.ask("SB SOFI Lv1")
    assert full == (
        "$Quote SOFI A:16.01 Asz:10 B:15.99 Bsz:10 V:0 L:16 Hi:16 Lo:16 op:16 ycl:16 tcl:0 PE:Q VWAP:0"
        " tradesAllDay:0 RVOL:1 T:10:00:00"
    )
    assert band == "$LDLU SOFI 15.2 16.8"
    wire.lines.clear()
    world.control.set_quote("SOFI", D("15.99"), D("16.02"))
    world.control.print_trade("SOFI", D("16.02"), 300)
    await asyncio.sleep(0.1)
    assert wire.lines == ["$Quote SOFI A:16.02", "$Quote SOFI V:300 L:16.02 Hi:16.02 tradesAllDay:1"]
    await wire.ask("ReturnFullLv1 YES")
    wire.lines.clear()
    world.control.set_quote("SOFI", D("15.98"), D("16.02"))
    await asyncio.sleep(0.1)
    assert "RVOL:1" in wire.lines[0]
    await wire.ask("UNSB SOFI Lv1")
    wire.lines.clear()
    world.control.set_quote("SOFI", D("15.97"), D("16.02"))
    assert await wire.ask("ECHO") == ["ECHO OFF"]


@simulated
async def test_queries_about_the_account(world: World) -> None:
    wire = await world.logged_in(await world.account(equity=10_000))
    assert await wire.ask("GET BP") == ["#buyingpower bp,nbp", "BP 40000.00 40000.00"]
    assert await wire.ask("GET AccountInfo") == [
        "#ACCOUNTINFO OpenEQ CurrEQ RealizedPL  UnrealizedPL NetPL HTBCost SecFee FINRAFee ECNFee Commission",
        "$AccountInfo 10000.00 10000.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00",
    ]
    assert await wire.ask("GET SHORTINFO AAPL") == ["$SHORTINFO AAPL Y 1000000000 Y 0 0 N N"]
    routes = {line.split(" ")[1] for line in await wire.ask("GET RouteStatus")}
    assert routes >= {
        "SMAT",
        "ARCA",
        "TESTROUTE",
        "COMP",
        "SAGE",
        "TESTSL",
        "LOC7",
    }  # order, test, option, locate routes
    assert await wire.ask("GET INTMSGS") == []
    assert await wire.ask("GET TRADES") == [wire.lines[-2], "#TradeEnd"]
    assert (await wire.ask("HELP"))[0].startswith("Commands: LOGIN")


@simulated
async def test_symbol_state_after_a_subscription(world: World) -> None:
    wire = await world.wire()
    await wire.ask("SB SOFI Lv1")
    assert await wire.ask("GET SymStatus SOFI", "GET LDLU SOFI") == ["$SymStatus SOFI SSR:N", "$LDLU SOFI 15.2 16.8"]
    world.control.halt("SOFI")
    assert await wire.ask("GET SymStatus SOFI") == ["$SymStatus SOFI SSR:N TA:H TAT:10:00:00"]


@simulated
async def test_echo_repeats_commands_while_it_is_on(world: World) -> None:
    wire = await world.wire()
    assert await wire.ask("ECHO ON") == ["ECHO ON"]
    assert (await wire.ask("GET BP"))[0] == "GET BP"
    assert await wire.ask("ECHO OFF") == ["ECHO OFF", "ECHO OFF"]


@simulated
async def test_quit_ends_the_connection(world: World) -> None:
    wire = await world.wire()
    await wire.ask("QUIT")
    assert wire.is_lost


@simulated
async def test_cancel_all_takes_orders_by_symbol_or_everything(world: World) -> None:
    wire = await world.wire()
    await wire.ask(REST, "NEWORDER 1000003 B AAPL ARCA 1 1", "NEWORDER 1000004 B AAPL ARCA 1 1")
    assert (await wire.ask("CANCEL ALLSYMB AAPL")).count("#Order Canceling") == 1
    assert [order.symbol for order in world.control.platform("ACCT1").venue.open_orders()] == ["SOFI"]
    await wire.ask("CANCEL ALL")
    assert world.control.platform("ACCT1").venue.open_orders() == []


@simulated
async def test_the_burst_lists_the_whole_day(world: World) -> None:
    wire = await world.wire()
    await wire.ask(REST, TAKE)
    again = await world.connect(world.control.platform("ACCT1"))
    lines = await again.ask("LOGIN USER1 secret ACCT1")
    assert [line.split(" ")[0] for line in lines] == [
        "#LOGIN", "#POS", "%POS", "#POSEND", "#Order", "%ORDER", "%ORDER", "#OrderEnd", "#Trade", "%TRADE", "#TradeEnd",
        "#SLOrder", "#SLOrderEnd",
    ]  # fmt: skip


@simulated
async def test_options_of_the_options_market_are_refused(world: World) -> None:
    wire = await world.wire()
    lines = await wire.ask("NEWORDER 7 BO SOFI ARCA 1 1.5")
    assert lines[-1].startswith("%OrderAct 0 Send_Rej B SOFI 1 1.5 ARCA 10:00:00 Options are not traded here 7")


@simulated
async def test_received_commands_are_kept_without_passwords(world: World) -> None:
    wire = await world.wire()
    await wire.ask(REST, "FOO bar")
    texts = [command.text for command in world.control.received("ACCT1")]
    assert texts == ["LOGIN USER1 … ACCT1", REST, "FOO bar"]
    assert "secret" not in repr(world.control.platform("ACCT1").spec)
