"""The recorded traces of das-cmd-api.md section 4: the same commands get the same lines, ids aside, times included."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from das_copy_trader.runtime.clock import NEW_YORK
from das_copy_trader.runtime.ids import RandomSource
from das_copy_trader.runtime.virtual_time import run_virtual
from das_copy_trader.simulator.market import MarketPhase
from das_copy_trader.simulator.switches import Switches
from tests.simulator.world import D, World

Trace = Callable[[World], Awaitable[None]]
ACKS = ("#OrderSending", "#Order Replacing", "#Order Canceling")


def world_at(clock: str) -> World:
    hour, minute, second = (int(part) for part in clock.split(":"))
    world = World(now=datetime(2026, 10, 2, hour, minute, second, tzinfo=NEW_YORK))
    world.market.set_phase(MarketPhase.PRE)
    return world


def run_at(clock: str, trace: Trace) -> None:
    async def main(_: RandomSource) -> None:
        world = world_at(clock)
        await trace(world)
        await world.broker.stop()

    run_virtual(main, seed=1)


def same(recorded: str, lines: list[str], ids: dict[str, str]) -> None:
    """Compare line by line; words that `ids` names (recorded id → ours) are bound at their first appearance."""
    expected = [line for line in recorded.split("\n") if line]
    assert len(lines) == len(expected), lines
    for want, got in zip(expected, lines, strict=True):
        want_words, got_words = want.split(" "), got.split(" ")
        assert len(want_words) == len(got_words), (want, got)
        for want_word, got_word in zip(want_words, got_words, strict=True):
            if want_word in ids:
                ids[want_word] = ids[want_word] or got_word
                assert got_word == ids[want_word], (want, got)
            else:
                assert got_word == want_word, (want, got)


def without_acks(lines: list[str]) -> list[str]:
    """The recordings of these traces are excerpts that leave the acknowledgements out."""
    return [line for line in lines if line not in ACKS]


def test_4_1_limit_to_a_direct_route_cancelled_by_the_client() -> None:
    async def trace(world: World) -> None:
        wire = await world.wire()
        ids = {"2839": ""}
        sent = await wire.ask("NEWORDER 127600720 B SOFI SAGEPRO 1 11.2 TIF=DAY+", wait_s=5)
        same(
            "#OrderSending\n"
            "%OrderAct 2839 Sending Buy SOFI 1 11.2 SAGEPRO 05:32:22  127600720\n"
            "%ORDER 2839 127600720 SOFI B L 1 1 0 11.2 SAGEPRO Sending 05:32:22 0 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%ORDER 2839 127600720 SOFI B L 1 1 0 11.2 SAGEPRO Accepted 05:32:22 0 ACCT1 USER1 CMDAPI DAY N/A\n",
            sent,
            ids,
        )
        same(
            "#Order Canceling\n"
            "%OrderAct 2839 Canceled Buy SOFI 1 11.2 SAGEPRO 05:32:27 RT:Cxl-by-client 127600720\n"
            "%ORDER 2839 127600720 SOFI B L 1 0 1 11.2 SAGEPRO Canceled 05:32:27 0 ACCT1 USER1 CMDAPI DAY N/A\n",
            await wire.ask(f"CANCEL {ids['2839']}"),
            ids,
        )

    run_at("05:32:22", trace)


def test_4_2_full_fill() -> None:
    async def trace(world: World) -> None:
        wire = await world.wire()
        world.market.set_quote("SOFI", D("16"), D("16.01"))
        lines = await wire.ask("NEWORDER 127601100 B SOFI SAGEPRO 1 16.04 TIF=DAY+")
        same(
            "%ORDER 2850 127601100 SOFI B L 1 1 0 16.04 SAGEPRO Accepted 05:33:00 0 ACCT1 USER1 CMDAPI DAY N/A\n"
            "%POS SOFI 2 1 16.01 0 0 0 2026/10/02-05:33:00 -0.01\n"
            "%OrderAct 2850 Execute Buy SOFI 1 16.01 SAGEPRO 05:33:00  127601100\n"
            "%ORDER 2850 127601100 SOFI B L 1 0 0 16.04 SAGEPRO Executed 05:33:00 0 ACCT1 USER1 CMDAPI DAY N/A\n"
            "%TRADE 3129 SOFI B 1 16.01 SAGEPRO 05:33:00 2850 - 0.00 0.00\n",
            lines[3:],
            {"2850": "", "3129": ""},
        )
        await asyncio.sleep(11)
        sold = await wire.ask("NEWORDER 127601101 S SOFI SAGEPRO 1 15.9 TIF=DAY+")
        assert "%POS SOFI 2 0 0 0 0 -0.01 2026/10/02-05:33:00 0" in sold
        same(
            "%TRADE 3138 SOFI S 1 16 SAGEPRO 05:33:11 2864 - 0.00 -0.01\n",
            [line for line in sold if line.startswith("%TRADE")],
            {"3138": "", "2864": ""},
        )

    run_at("05:33:00", trace)


def test_4_3_accepted_then_cancelled_by_the_venue_at_once() -> None:
    async def trace(world: World) -> None:
        wire = await world.wire()
        lines = await wire.ask("NEWORDER 127600721 B SOFI EDGA 1 11.2 TIF=DAY+")
        same(
            "%ORDER 2844 127600721 SOFI B L 1 1 0 11.2 EDGA Accepted 05:32:31 0 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%ORDER 2844 127600721 SOFI B L 1 0 1 11.2 EDGA Canceled 05:32:31 0 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%OrderAct 2844 Canceled Buy SOFI 1 11.2 EDGA 05:32:31 RT:Cxl-by-Venue 127600721\n",
            lines[3:],
            {"2844": ""},
        )

    run_at("05:32:31", trace)


def test_4_4_stop_limit_pre_post_accepted_replaced_cancelled() -> None:
    async def trace(world: World) -> None:
        wire = await world.wire()
        ids = {"2070": ""}
        same(
            "#OrderSending\n"
            "%OrderAct 2070 Sending Buy SOFI 1 24 SMAT 05:06:48  127599001\n"
            "%ORDER 2070 127599001 SOFI B SLP:24 1 1 0 36 SMAT Sending 05:06:48 0 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%ORDER 2070 127599001 SOFI B SLP:24 1 1 0 36 SMAT Accepted 05:06:48 0 ACCT1 USER1 CMDAPI DAY+ N/A\n",
            await wire.ask("NEWORDER 127599001 B SOFI SMAT 1 STOPLMTP 24 36 TIF=DAY+", wait_s=6),
            ids,
        )
        same(
            "#Order Replacing\n"
            "%OrderAct 2070 Replacing Buy SOFI 2 24 SMAT 05:06:54  127599001\n"
            "%ORDER 2070 127599001 SOFI B SLP:24 2 2 0 36 SMAT Accepted 05:06:54 0 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%OrderAct 2070 Replaced Buy SOFI 2 24 SMAT 05:06:54  127599001\n",
            await wire.ask(f"REPLACE {ids['2070']} 2 STOPLMT 24 36", wait_s=6),
            ids,
        )
        same(
            "#Order Canceling\n"
            "%ORDER 2070 127599001 SOFI B SLP:24 2 0 2 36 SMAT Canceled 05:07:00 0 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%OrderAct 2070 Canceled Buy SOFI 2 24 SMAT 05:07:00 Canceled 127599001\n",
            await wire.ask(f"CANCEL {ids['2070']}"),
            ids,
        )

    run_at("05:06:48", trace)


def test_4_5_auto_route_parent_and_child() -> None:
    async def trace(world: World) -> None:
        wire = await world.wire()
        ids = {"2286": "", "2287": ""}
        lines = await wire.ask("NEWORDER 127599002 B SOFI SMAT 1 11.19 PostOnly TIF=DAY+", wait_s=3)
        assert lines[0] == "#OrderSending"
        same(
            "%ORDER 2286 127599002 SOFI B L 1 1 0 11.19 SMAT Accepted 05:13:24 0 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%OrderAct 2287 Sending Buy SOFI 1 11.19 ARCA 05:13:24  127599002\n"
            "%ORDER 2287 127599002 SOFI B L 1 1 0 11.19 ARCA Sending 05:13:24 2286 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%ORDER 2286 127599002 SOFI B L 1 0 0 11.19 SMAT Triggered 05:13:24 0 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%ORDER 2287 127599002 SOFI B L 1 1 0 11.19 ARCA Accepted 05:13:24 2286 ACCT1 USER1 CMDAPI DAY N/A\n",
            without_acks(lines),
            ids,
        )
        same(
            "%OrderAct 2287 Canceled Buy SOFI 1 11.19 ARCA 05:13:27 RT:Cxl-by-client 127599002\n"
            "%ORDER 2287 127599002 SOFI B L 1 0 1 11.19 ARCA Canceled 05:13:27 2286 ACCT1 USER1 CMDAPI DAY N/A\n",
            without_acks(await wire.ask(f"CANCEL {ids['2287']}")),
            ids,
        )
        assert await wire.ask(f"CANCEL {ids['2286']}") == ["CANCEL Error : order not open "]
        assert any("Triggered" in line for line in await wire.ask("GET ORDERS"))

    run_at("05:13:24", trace)


def test_4_6_stop_triggers_and_the_child_is_rejected() -> None:
    async def trace(world: World) -> None:
        wire = await world.wire()
        ids = {"4338": "", "4343": ""}
        world.market.set_quote("SOFI", D("15.94"), D("15.95"))
        lines = await wire.ask("NEWORDER 127604630 B SOFI SMAT 1 STOPLMTP 15.96 23.94 TIF=DAY+", wait_s=20)
        same(
            "%ORDER 4338 127604630 SOFI B SLP:15.96 1 1 0 23.94 SMAT Accepted 06:08:53 0 ACCT1 USER1 CMDAPI DAY+ N/A\n",
            lines[3:],
            ids,
        )
        world.market.set_quote("SOFI", D("15.97"), D("16"))
        wire.lines.clear()
        world.control.print_trade("SOFI", D("15.99"), 100)
        await asyncio.sleep(0.1)
        note = re.compile(r"ref#\d+\[Route#\d+\]")
        same(
            "%OrderAct 4343 Sending Buy SOFI 1 23.94 ARCA 06:09:13  127604630\n"
            "%ORDER 4343 127604630 SOFI B L 1 1 0 23.94 ARCA Sending 06:09:13 4338 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%ORDER 4338 127604630 SOFI B SLP:15.96 1 0 0 23.94 SMAT Triggered 06:09:13 0 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%ORDER 4343 127604630 SOFI B L 1 0 0 23.94 ARCA Rejected 06:09:13 4338 ACCT1 USER1 CMDAPI DAY+ N/A\n"
            "%OrderAct 4343 Send_Rej Buy SOFI 1 23.94 ARCA 06:09:13 RT:CF:LastTrade 19.188000 20.000000 23.940000"
            " 15.970000 15.990000 # 127604630\n",
            [note.sub("#", line) for line in wire.lines],
            ids,
        )

    run_at("06:08:53", trace)


def test_4_6_the_venue_cancels_a_child_that_the_broker_let_through() -> None:
    async def trace(world: World) -> None:
        wire = await world.wire()
        world.market.set_last("SOFI", D("15.99"))
        lines = await wire.ask("NEWORDER 127600120 B SOFI SMAT 1 19 TIF=DAY+", wait_s=2)
        same(
            "%ORDER 4410 127600120 SOFI B L 1 1 0 19 ARCA Accepted 06:11:29 4405 ACCT1 USER1 CMDAPI DAY N/A\n"
            "%ORDER 4410 127600120 SOFI B L 1 0 1 19 ARCA Canceled 06:11:30 4405 ACCT1 USER1 CMDAPI DAY N/A\n"
            "%OrderAct 4410 Canceled Buy SOFI 1 19 ARCA 06:11:30 RT:Ven: R081: Price Too Far Outside 127600120\n",
            lines[-3:],
            {"4405": "", "4410": ""},
        )

    run_at("06:11:29", trace)


def test_4_8_one_id_through_replaces_and_a_ghost_partial_at_the_end() -> None:
    async def trace(world: World) -> None:
        world.market.set_phase(MarketPhase.REGULAR)
        wire = await world.wire(Switches(auto_route_children=False, order_fields=12, ghost_partial=True))
        world.market.set_quote("LLY", D("1166"), D("1166.2"))
        world.market.set_last("LLY", D("1166.1"))
        await wire.ask("NEWORDER 1749678728 B LLY SMART 2 1170 TIF=DAY+")
        await wire.ask("NEWORDER 1749678729 S LLY SMART 2 1168.4 TIF=DAY+")
        order_id = wire.starting("%ORDER")[-1].split(" ")[1]
        for price in ("1168", "1167.4", "1166.9", "1166.38"):
            rows = [line for line in await wire.ask(f"REPLACE {order_id} 2 {price}") if line.startswith("%ORDER")]
            assert rows[-1].startswith(f"%ORDER {order_id} 1749678729 LLY S L 2 2 0 {price} SMART Accepted")
        world.control.fill("ACCT1", int(order_id), shares=1)
        rows = [line for line in await wire.ask(f"CANCEL {order_id}") if line.startswith("%ORDER")]
        same("%ORDER 65377 1749678729 LLY S L 2 0 1 1166.38 SMART Partial 09:35:00\n", rows[-1:], {"65377": order_id})

    run_at("09:35:00", trace)


def test_the_burst_of_an_empty_account_with_its_greeting() -> None:
    async def trace(world: World) -> None:
        wire = await world.connect(await world.account())
        await wire.ask("LOGIN USER1 secret ACCT1 0")
        assert wire.lines == [
            "#Welcome to DAS Command API",
            "#Please login to continue.",
            "#LOGIN SUCCESSED",
            "#POS symb type qty avgcost initqty initprice Realized CreatTime Unrealized",
            "#POSEND",
            (
                "#Order id token symb b/s mkt/lmt qty lvqty cxlqty price route status time origoid account trader orderSrc"
                " TIF Pref"
            ),
            "#OrderEnd",
            "#Trade id symb b/s qty price route time orderid Liq EcnFee PL",
            "#TradeEnd",
            "#SLOrder id symb shares openshares exeshares exeprice status route time lmtPrice token notes",
            "#SLOrderEnd",
        ]

    run_at("09:35:00", trace)
