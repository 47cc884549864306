"""Switches 2 to 7 of das-cmd-api.md 6 on the wire: what rows hold and in which order they come."""

import asyncio

import pytest

from das_copy_trader.simulator.switches import (
    FillLine,
    LineOrder,
    ReplaceMeaning,
    Switches,
)
from tests.simulator.world import D, Wire, World, simulated

REST = "NEWORDER 1000001 B SOFI ARCA 100 15 TIF=DAY+"
TAKE = "NEWORDER 1000002 B SOFI ARCA 100 16.05 TIF=DAY+"


def first_id(wire: Wire) -> str:
    return wire.starting("%ORDER")[0].split(" ")[1]


def kinds(lines: list[str]) -> list[str]:
    return [line.split(" ")[0] for line in lines]


# --- 2 rows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "row", "header"),
    [
        (12, "%ORDER 2001 1000001 SOFI B Lmt 100 100 0 15 ARCA Accepted 10:00:00", "#Order id token symb b/s Type qty lvqty cxlqty price route status time"),
        (15, "%ORDER 2001 1000001 SOFI B Lmt 100 100 0 15 ARCA Accepted 10:00:00 0 ACCT1 USER1", "#Order id token symb b/s mkt/lmt qty lvqty cxlqty price route status time origoid account trader"),
        (16, "%ORDER 2001 1000001 SOFI B Lmt 100 100 0 15 ARCA Accepted 10:00:00 0 ACCT1 USER1 CMDAPI", "#Order id token symb b/s mkt/lmt qty lvqty cxlqty price route status time origoid account trader orderSrc"),
        (18, "%ORDER 2001 1000001 SOFI B Lmt 100 100 0 15 ARCA Accepted 10:00:00 0 ACCT1 USER1 CMDAPI DAY N/A", "#Order id token symb b/s mkt/lmt qty lvqty cxlqty price route status time origoid account trader orderSrc TIF Pref"),
    ],
)  # fmt: skip
def test_rows_have_as_many_fields_as_the_build(fields: int, row: str, header: str) -> None:
    @simulated
    async def run(world: World) -> None:
        wire = await world.wire(Switches(order_fields=fields, limit_text="Lmt"))
        assert (await wire.ask(REST))[-1] == row
        assert (await wire.ask("GET ORDERS"))[0] == header

    run()


@pytest.mark.parametrize(
    ("part", "text", "price", "act_price"),
    [
        ("15", "L", "15", "15"),
        ("STOPMKT 17", "SM:17", "0", "17"),
        ("STOPLMT 17 17.5", "SL:17", "17.5", "17"),
        ("STOPLMTP 17 17.5", "SLP:17", "17.5", "17"),
        ("STOPTRAILING 0.25", "ST:0.25", "0", "0.25"),
        ("STOPRANGE 15.5 17.5", "SR:15.5", "0", "15.5"),
        ("STOPRANGEMKT 15.5 17.5", "SRM:15.5", "0", "15.5"),
    ],
)
def test_type_texts_and_prices(part: str, text: str, price: str, act_price: str) -> None:
    @simulated
    async def run(world: World) -> None:
        wire = await world.wire()
        lines = await wire.ask(f"NEWORDER 1000001 B SOFI ARCA 100 {part}")
        words = lines[-1].split(" ")
        assert (words[5], words[9]) == (text, price)
        assert lines[1].split(" ")[6] == act_price

    run()


@simulated
async def test_type_texts_are_templates(world: World) -> None:
    wire = await world.wire(
        Switches(
            stop_limit_extended_text="SLP: {stop} {limit}",
            market_text="MKT",
            market_price_word="MKT",
            sized_fills=False,
        )
    )
    assert "SLP: 17 17.5" in (await wire.ask("NEWORDER 1000001 B SOFI ARCA 100 STOPLMTP 17 17.5"))[-1]
    assert " B MKT 100 100 0 MKT ARCA Accepted" in (await wire.ask("NEWORDER 1000002 B SOFI ARCA 100 MKT"))[3]


@simulated
async def test_a_stop_order_may_show_its_stop_in_the_price_field(world: World) -> None:
    wire = await world.wire(Switches(stop_order_shows_stop=True))
    assert (await wire.ask("NEWORDER 1000001 B SOFI ARCA 100 STOPMKT 17"))[-1].split(" ")[9] == "17"


# --- 3 %OrderAct -----------------------------------------------------------------------------------------------------


@simulated
async def test_acts_without_a_token(world: World) -> None:
    wire = await world.wire(Switches(act_token=False))
    assert (await wire.ask(REST))[1] == "%OrderAct 2001 Sending Buy SOFI 100 15 ARCA 10:00:00 "


@simulated
async def test_acts_without_notes_and_token(world: World) -> None:
    wire = await world.wire(Switches(act_token=False, act_notes=False))
    assert (await wire.ask(REST))[1] == "%OrderAct 2001 Sending Buy SOFI 100 15 ARCA 10:00:00"


@simulated
async def test_an_accept_line_comes_before_the_accepted_row(world: World) -> None:
    wire = await world.wire(Switches(sends_accept=True))
    lines = await wire.ask(REST)
    assert lines[3] == "%OrderAct 2001 Accept Buy SOFI 100 15 ARCA 10:00:00  1000001"
    assert " Accepted " in lines[4]


# --- 4 auto-route ----------------------------------------------------------------------------------------------------


@simulated
async def test_an_auto_route_without_children_keeps_one_order(world: World) -> None:
    wire = await world.wire(Switches(auto_route_children=False))
    await wire.ask("NEWORDER 1000001 B SOFI SMAT 100 15")
    rows = wire.starting("%ORDER")
    assert {row.split(" ")[1] for row in rows} == {first_id(wire)}
    assert " SMAT Accepted " in rows[-1]


@simulated
async def test_pref_names_the_childs_venue(world: World) -> None:
    wire = await world.wire()
    await wire.ask("NEWORDER 1000001 B SOFI SMAT 100 15 TIF=DAY+ Pref=SAGEPRO")
    assert wire.starting("%ORDER")[-1].split(" ")[10:12] == ["SAGEPRO", "Accepted"]


@simulated
async def test_a_triggered_stop_without_children_keeps_its_id(world: World) -> None:
    wire = await world.wire(Switches(auto_route_children=False))
    await wire.ask("NEWORDER 1000001 B SOFI SMAT 100 STOPMKT 16.2")
    world.market.set_quote("SOFI", D("16.20"), D("16.22"))
    world.control.print_trade("SOFI", D("16.2"), 50)
    await asyncio.sleep(0.1)
    last = wire.starting("%ORDER")[-1].split(" ")
    assert (last[1], last[11]) == (first_id(wire), "Executed")
    assert wire.starting("%TRADE")[0].split(" ")[5] == "16.22"


# --- 5 order of lines ------------------------------------------------------------------------------------------------


@simulated
async def test_the_four_lines_of_a_fill_in_any_order(world: World) -> None:
    wire = await world.wire(Switches(fill_lines=(FillLine.TRADE, FillLine.ORDER, FillLine.EXECUTE, FillLine.POSITION)))
    assert kinds(await wire.ask(TAKE))[-4:] == ["%TRADE", "%ORDER", "%OrderAct", "%POS"]


@pytest.mark.parametrize(
    ("habit", "expected"),
    [(LineOrder.ROW_FIRST, ["%ORDER", "%OrderAct"]), (LineOrder.ACT_FIRST, ["%OrderAct", "%ORDER"])],
)
def test_cancel_and_reject_lines_in_both_orders(habit: LineOrder, expected: list[str]) -> None:
    @simulated
    async def run(world: World) -> None:
        wire = await world.wire(Switches(cancel_lines=habit, reject_lines=habit))
        await wire.ask(REST)
        assert kinds(await wire.ask(f"CANCEL {first_id(wire)}"))[-2:] == expected
        assert kinds(await wire.ask("NEWORDER 1000003 B SOFI ARCA 100 15.005"))[-2:] == expected

    run()


# --- 6 replace -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("meaning", "total", "leaves"), [("total", 150, 110), ("open", 190, 150)])
def test_what_share_means_on_replace(meaning: str, total: int, leaves: int) -> None:
    @simulated
    async def run(world: World) -> None:
        wire = await world.wire(Switches(replace_meaning=ReplaceMeaning(meaning)))
        await wire.ask(REST)
        world.control.fill("ACCT1", int(first_id(wire)), shares=40)
        lines = await wire.ask(f"REPLACE {first_id(wire)} 150 15.1")
        row = next(line for line in reversed(lines) if line.startswith("%ORDER"))
        assert row.split(" ")[6:9] == [str(total), str(leaves), "0"]

    run()


@simulated
async def test_a_platform_that_does_not_know_replace(world: World) -> None:
    wire = await world.wire(Switches(replace_meaning=ReplaceMeaning.UNKNOWN))
    await wire.ask(REST)
    assert await wire.ask(f"REPLACE {first_id(wire)} 50 15") == ["INVALD COMMAND!"]


@simulated
async def test_a_replace_that_is_refused_leaves_the_order_alone(world: World) -> None:
    wire = await world.wire()
    await wire.ask(REST)
    lines = await wire.ask(f"REPLACE {first_id(wire)} 50 15.005")
    assert lines == [
        "#Order Replacing",
        "%OrderAct 2001 Replacing Buy SOFI 50 15.005 ARCA 10:00:00  1000001",
        "%OrderAct 2001 ReplaceRej Buy SOFI 50 15 ARCA 10:00:00 Sub-penny price not allowed 1000001",
    ]
    assert " 100 100 0 15 ARCA Accepted" in (await wire.ask("GET ORDERS"))[1]


@simulated
async def test_replace_of_a_done_order(world: World) -> None:
    wire = await world.wire()
    assert await wire.ask("REPLACE 77 50 15") == ["REPLACE Error : order not open "]


# --- 7 rows that mislead ---------------------------------------------------------------------------------------------


@simulated
async def test_routes_rewrite_the_tif(world: World) -> None:
    wire = await world.wire(Switches(tif_rewrites=(("EDGA", "DAY+", "GTC"),)))
    for route, shown in (("EDGA", "GTC"), ("ARCA", "DAY+")):
        lines = await wire.ask(f"NEWORDER 1000001 B SOFI {route} 100 15 TIF=DAY+")
        assert lines[2].split(" ")[17] == "DAY+"
        assert lines[3].split(" ")[17] == shown


@pytest.mark.parametrize(("is_zero", "cxlqty"), [(True, "0"), (False, "100")])
def test_rejected_rows_may_count_as_cancelled(is_zero: bool, cxlqty: str) -> None:
    @simulated
    async def run(world: World) -> None:
        wire = await world.wire(Switches(rejected_cxlqty_zero=is_zero))
        await wire.ask("NEWORDER 1000003 B SOFI ARCA 100 15.005")
        assert wire.starting("%ORDER")[-1].split(" ")[6:9] == ["100", "0", cxlqty]

    run()


@pytest.mark.parametrize(("is_ghost", "status"), [(True, "Partial"), (False, "Canceled")])
def test_the_rest_of_a_partial_fill_is_cancelled(is_ghost: bool, status: str) -> None:
    @simulated
    async def run(world: World) -> None:
        wire = await world.wire(Switches(ghost_partial=is_ghost))
        await wire.ask(REST)
        world.control.fill("ACCT1", int(first_id(wire)), shares=40)
        await wire.ask(f"CANCEL {first_id(wire)}")
        words = wire.starting("%ORDER")[-1].split(" ")
        assert (words[6:9], words[11]) == (["100", "0", "60"], status)

    run()
