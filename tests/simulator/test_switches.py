"""Every switch of das-cmd-api.md 6, seen on the wire."""

import asyncio

import msgspec
import pytest

from das_copy_trader.simulator.control import Ticket
from das_copy_trader.simulator.locates import LocateHabit, LocateRoute
from das_copy_trader.simulator.market import MarketPhase
from das_copy_trader.simulator.switches import (
    AvailNetting,
    Breach,
    FillLine,
    GuiReplace,
    LineOrder,
    MalformedAnswer,
    OrderFate,
    ReplaceMeaning,
    SwitchError,
    Switches,
    switches_from,
)
from tests.simulator.world import D, Wire, World, simulated

REST = "NEWORDER 1000001 B SOFI ARCA 100 15 TIF=DAY+"
TAKE = "NEWORDER 1000002 B SOFI ARCA 100 16.05 TIF=DAY+"


def first_id(wire: Wire) -> str:
    return wire.starting("%ORDER")[0].split(" ")[1]


def kinds(lines: list[str]) -> list[str]:
    return [line.split(" ")[0] for line in lines]


# --- 1 session -------------------------------------------------------------------------------------------------------


@simulated
async def test_without_the_greeting_nothing_is_said_before_login(world: World) -> None:
    wire = await world.connect(await world.account(switches=Switches(greeting=False)))
    assert wire.lines == []
    assert (await wire.ask("LOGIN USER1 secret ACCT1"))[0] == "#LOGIN SUCCESSED"


@simulated
async def test_an_old_build_has_no_locates_in_its_burst(world: World) -> None:
    wire = await world.connect(await world.account(switches=Switches(locates_in_burst=False)))
    lines = await wire.ask("LOGIN USER1 secret ACCT1")
    assert lines[-1] == "#TradeEnd"


@simulated
async def test_pushes_come_into_a_burst_that_takes_its_time(world: World) -> None:
    platform = await world.account(switches=Switches(burst_line_delay_s=1))
    wire = await world.connect(platform)
    await wire.ask("LOGIN USER1 secret ACCT1", wait_s=3.5)
    world.control.set_position("ACCT1", "SOFI", 100, D(16))
    await asyncio.sleep(10)
    place = next(place for place, line in enumerate(wire.lines) if line.startswith("%POS SOFI 2 100 16 "))
    assert wire.lines.index("#POSEND") < place < wire.lines.index("#TradeEnd")


@simulated
async def test_a_wrong_password_leaves_the_socket_open_for_another_try(world: World) -> None:
    wire = await world.connect(await world.account())
    assert await wire.ask("LOGIN USER1 wrong ACCT1") == ["ERROR:INVALID PASSWORD"]
    assert await wire.ask("GET BP", "GET POSITIONS", REST) == []
    assert await wire.ask("CLIENT") == ["Client number 1"]
    assert (await wire.ask("LOGIN USER1 wrong ACCT1", "LOGIN USER1 secret ACCT1"))[:2] == [
        "ERROR:INVALID PASSWORD",
        "#LOGIN SUCCESSED",
    ]


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


# --- 8, 9 refusals and acknowledgements ------------------------------------------------------------------------------


@simulated
async def test_cancel_of_a_done_order_names_no_id_and_ends_in_a_blank(world: World) -> None:
    wire = await world.wire()
    await wire.ask(TAKE)
    assert await wire.ask(f"CANCEL {first_id(wire)}") == ["CANCEL Error : order not open "]
    assert await wire.ask("CANCEL 999999") == ["CANCEL Error : order not open "]


@simulated
async def test_late_acknowledgements_come_between_the_rows_of_others(world: World) -> None:
    wire = await world.wire(Switches(ack_delay_s=0.5))
    await wire.ask(REST)
    await asyncio.sleep(0.3)
    await wire.ask(TAKE, wait_s=1)
    acks = [place for place, line in enumerate(wire.lines) if line == "#OrderSending"]
    assert len(acks) == 2
    assert acks[0] > next(place for place, line in enumerate(wire.lines) if "1000002" in line)


@simulated
async def test_without_acknowledgements(world: World) -> None:
    wire = await world.wire(Switches(acks=False))
    assert kinds(await wire.ask(REST)) == ["%OrderAct", "%ORDER", "%ORDER"]


# --- 10 errors -------------------------------------------------------------------------------------------------------


@simulated
async def test_error_replies_come_glued(world: World) -> None:
    wire = await world.wire()
    assert await wire.ask("GET SymStatus AAPL", "GET LDLU AAPL", "GET SymStatus") == [
        (
            "GET SymStatus failed, please subscribe level1 data 1stly.GET LDLU failed, please subscribe level1 data 1stly."
            "Format: GET SymStatus Symbol"
        )
    ]


@simulated
async def test_error_replies_on_lines_of_their_own(world: World) -> None:
    wire = await world.wire(Switches(glued_errors=False))
    assert await wire.ask("GET SymStatus AAPL", "GET LDLU") == [
        "GET SymStatus failed, please subscribe level1 data 1stly.",
        "Format: GET LDLU Symbol",
    ]


@simulated
async def test_words_that_do_not_exist(world: World) -> None:
    wire = await world.wire()
    for text in ("PING", "GETCHART SOFI", "GET ORDER 5", "ISSHORTABLE SOFI"):
        assert await wire.ask(text) == ["INVALD COMMAND!"]


@pytest.mark.parametrize(
    ("answer", "lines"), [(MalformedAnswer.SILENCE, []), (MalformedAnswer.INVALID_COMMAND, ["INVALD COMMAND!"])]
)
def test_what_answers_a_malformed_neworder(answer: MalformedAnswer, lines: list[str]) -> None:
    @simulated
    async def run(world: World) -> None:
        wire = await world.wire(Switches(malformed_neworder=answer))
        assert await wire.ask("NEWORDER 1 B SOFI SMAT", wait_s=30) == lines
        assert await wire.ask("NEWORDER 1 B SOFI SMAT 100 99999999999999999999") == lines

    run()


@simulated
async def test_market_data_without_permission(world: World) -> None:
    wire = await world.wire(Switches(market_data_permitted=False))
    assert await wire.ask("SB SOFI Lv1") == ["No Permission for API FEED"]


# --- 11 limits -------------------------------------------------------------------------------------------------------


@simulated
async def test_the_fifty_first_order_of_a_second_is_lost_in_silence(world: World) -> None:
    wire = await world.wire()
    lines = await wire.ask(*(f"NEWORDER {1_000_000 + n} B SOFI ARCA 1 15" for n in range(60)))
    assert lines.count("#OrderSending") == 50
    await asyncio.sleep(1.1)
    assert (await wire.ask(REST))[0] == "#OrderSending"


@simulated
async def test_breaches_may_be_rejected(world: World) -> None:
    wire = await world.wire(Switches(breach=Breach.REJECT, new_orders_per_s=1, cancels_per_min=1, replaces_per_min=1))
    lines = await wire.ask(REST, "NEWORDER 1000009 B SOFI ARCA 1 15")
    assert lines[-1] == "%OrderAct 0 Send_Rej B SOFI 1 15 ARCA 10:00:00 too many requests 1000009"
    assert (await wire.ask("CANCEL 1", "CANCEL 2"))[-1] == "CANCEL Error : too many requests"
    assert (await wire.ask("REPLACE 1 1 1", "REPLACE 1 1 1"))[-1] == "REPLACE Error : too many requests"


@simulated
async def test_breaches_may_close_the_connection(world: World) -> None:
    wire = await world.wire(Switches(breach=Breach.CLOSE, cancels_per_min=1))
    await wire.ask("CANCEL 1", "CANCEL 2")
    assert wire.is_lost


@simulated
async def test_price_inquiries_and_locate_orders_have_limits(world: World) -> None:
    platform = await world.account(hard=("WHLR",), switches=Switches(locates_per_min=1))
    wire = await world.logged_in(platform)
    inquiry = "SLPRICEINQUIRE WHLR 100 ALLROUTEWTTYPE1"
    assert len(await wire.ask(inquiry, inquiry)) == 2
    assert await wire.ask(inquiry, wait_s=3) == []
    assert len(await wire.ask(inquiry)) == 2
    assert len(await wire.ask("SLNEWORDER WHLR 100 SAGE 1", "SLNEWORDER WHLR 100 SAGE 2")) == 2


@simulated
async def test_level_1_has_a_limit_of_symbols(world: World) -> None:
    wire = await world.wire(Switches(lv1_symbols=1))
    assert kinds(await wire.ask("SB SOFI Lv1", "SB AAPL Lv1")) == ["$Quote", "$LDLU"]


# --- 12 fates --------------------------------------------------------------------------------------------------------


@simulated
async def test_refused_before_any_id(world: World) -> None:
    wire = await world.wire(Switches(order_fate=OrderFate.PLATFORM_REJECT))
    assert await wire.ask("NEWORDER 456 SS TEST ARCAE 100 5.25") == [
        "#OrderSending",
        "%OrderAct 0 Send_Rej SS TEST 100 5.25 ARCAE 10:00:00 Cannot route 456",
    ]
    assert await wire.ask("GET ORDERS") == [wire.lines[-2], "#OrderEnd"]


@simulated
async def test_an_unknown_route_is_refused_where_routes_are_known(world: World) -> None:
    wire = await world.wire(Switches(known_routes=("ARCA",), known_symbols_only=True))
    assert "Cannot route" in (await wire.ask("NEWORDER 456 B SOFI NOWHERE 100 5.25"))[-1]
    assert "Symbol not found" in (await wire.ask("NEWORDER 457 B NOPE ARCA 100 5.25"))[-1]
    assert " Accepted " in (await wire.ask("NEWORDER 458 B SOFI SMAT 100 15"))[-1]


@simulated
async def test_refused_by_the_broker_with_the_reason_after_the_state(world: World) -> None:
    wire = await world.wire(Switches(order_fate=OrderFate.BROKER_REJECT))
    lines = await wire.ask(REST)
    assert " Rejected " in lines[-2]
    assert lines[-1].endswith(" Send_Rej Buy SOFI 100 15 ARCA 10:00:00 No Trades Currently Allowed 1000001")


@simulated
async def test_cancelled_by_the_venue_after_it_was_accepted(world: World) -> None:
    wire = await world.wire()
    world.control.next_fates("ACCT1", OrderFate.VENUE_CANCEL)
    lines = await wire.ask(REST)
    assert [line.split(" ")[11] for line in lines if line.startswith("%ORDER")] == ["Sending", "Accepted", "Canceled"]
    assert "RT:Cxl-by-Venue" in lines[-1]
    assert " Accepted " in (await wire.ask(REST))[-1]


@simulated
async def test_a_time_out_and_a_late_fill(world: World) -> None:
    wire = await world.wire(Switches(order_fate=OrderFate.TIMEOUT_LATE_FILL, late_fill_s=8))
    assert " TimeOut Buy SOFI 100 15 " in (await wire.ask(REST, wait_s=7))[-1]
    await asyncio.sleep(1.5)
    assert kinds(wire.lines)[-4:] == ["%POS", "%OrderAct", "%ORDER", "%TRADE"]


@simulated
async def test_an_order_is_lost_after_its_acknowledgement(world: World) -> None:
    wire = await world.wire(Switches(order_fate=OrderFate.LOST))
    assert await wire.ask(REST, wait_s=60) == ["#OrderSending"]


# --- 13 positions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("is_negative", "qty"), [(False, "100"), (True, "-100")])
def test_the_sign_of_short_positions(is_negative: bool, qty: str) -> None:
    @simulated
    async def run(world: World) -> None:
        wire = await world.wire(Switches(short_qty_negative=is_negative))
        await wire.ask("NEWORDER 1000001 SS SOFI ARCA 100 15.9")
        assert wire.starting("%POS")[-1].split(" ")[:5] == ["%POS", "SOFI", "3", qty, "15.99"]

    run()


@pytest.mark.parametrize(("keeps", "count"), [(True, 3), (False, 2)])
def test_flat_positions_stay_in_the_list(keeps: bool, count: int) -> None:
    @simulated
    async def run(world: World) -> None:
        wire = await world.wire(Switches(keep_flat_rows=keeps))
        await wire.ask(TAKE, "NEWORDER 1000003 S SOFI ARCA 100 15.9")
        assert len(await wire.ask("POSREFRESH")) == count

    run()


# --- 15, 16, 17 trouble ----------------------------------------------------------------------------------------------


@simulated
async def test_the_second_inquiry_ends_the_platform(world: World) -> None:
    platform = await world.account(hard=("WHLR",), switches=Switches(crash_on_second_inquiry=True))
    wire = await world.logged_in(platform)
    assert await wire.ask("SLPRICEINQUIRE WHLR 100 ALLROUTE", wait_s=5)
    await wire.ask("SLPRICEINQUIRE WHLR 100 ALLROUTE")
    assert wire.is_lost
    assert not platform.is_online
    await world.control.go_online("ACCT1")
    assert (await world.logged_in(platform)).link.is_open


@simulated
async def test_a_lost_order_server_swallows_commands_and_catches_up(world: World) -> None:
    wire = await world.wire()
    await wire.ask(REST)
    wire.lines.clear()
    world.control.set_order_server("ACCT1", is_up=False)
    assert await wire.ask(TAKE, f"CANCEL {2001}") == ["#OrderServer:Lost Connection"]
    world.control.fill("ACCT1", 2001)
    assert kinds(await wire.ask("ECHO")) == ["ECHO"]
    world.control.set_order_server("ACCT1", is_up=True)
    lines = await wire.ask("ECHO")
    assert lines[:2] == ["#OrderServer:Connect:Successful", "#OrderServer:Logon:Successful"]
    assert kinds(lines[2:]) == ["%POS", "%OrderAct", "%ORDER", "%TRADE", "ECHO"]


@simulated
async def test_rows_of_a_second_account_come_along(world: World) -> None:
    await world.account("ACCT2")
    wire = await world.wire(Switches(foreign_accounts=("ACCT2",)))
    world.control.place("ACCT2", Ticket(symbol="SOFI", side="B", shares=5, limit=D(15), route="ARCA"))
    await asyncio.sleep(0.1)
    assert kinds(wire.lines) == ["%ORDER", "%ORDER"]
    assert wire.lines[0].split(" ")[14:16] == ["ACCT2", "USER2"]
    assert "ACCT2" in (await wire.ask("GET ORDERS"))[1]


# --- 18 by hand ------------------------------------------------------------------------------------------------------


@simulated
async def test_orders_by_hand_have_small_tokens_and_their_source(world: World) -> None:
    wire = await world.wire()
    world.control.place("ACCT1", Ticket(symbol="SOFI", side="B", shares=5, limit=D(15), route="ARCA", source="Hotkey"))
    await asyncio.sleep(0.1)
    assert wire.lines[0].startswith("%OrderAct")
    assert wire.lines[-1].split(" ")[2] == "101"
    assert wire.lines[-1].split(" ")[16] == "Hotkey"


@simulated
async def test_a_platform_may_send_no_acts_for_orders_by_hand(world: World) -> None:
    wire = await world.wire(Switches(manual_acts=False))
    world.control.place("ACCT1", Ticket(symbol="SOFI", side="B", shares=5, limit=D(15), route="ARCA"))
    await asyncio.sleep(0.1)
    assert kinds(wire.lines) == ["%ORDER", "%ORDER"]


@pytest.mark.parametrize(
    ("habit", "statuses"),
    [(GuiReplace.SAME_ID, ["Accepted"]), (GuiReplace.CANCEL_NEW, ["Canceled", "Sending", "Accepted"])],
)
def test_a_replace_by_hand(habit: GuiReplace, statuses: list[str]) -> None:
    @simulated
    async def run(world: World) -> None:
        wire = await world.wire(Switches(gui_replace=habit))
        order_id = world.control.place("ACCT1", Ticket(symbol="SOFI", side="B", shares=5, limit=D(15), route="ARCA"))
        assert order_id is not None
        await asyncio.sleep(0.1)
        wire.lines.clear()
        newer = world.control.replace("ACCT1", order_id, shares=8)
        await asyncio.sleep(0.1)
        assert [row.split(" ")[11] for row in wire.starting("%ORDER")] == statuses
        assert (newer == order_id) is (habit is GuiReplace.SAME_ID)
        assert wire.starting("%ORDER")[-1].split(" ")[6] == "8"

    run()


# --- 19 a new day ----------------------------------------------------------------------------------------------------


@simulated
async def test_a_new_day_begins_ids_again_and_keeps_positions_and_gtc_orders(world: World) -> None:
    wire = await world.wire()
    await wire.ask(TAKE, "NEWORDER 1000003 B SOFI ARCA 100 15 TIF=GTC", REST)
    world.control.new_day()
    await asyncio.sleep(0.1)
    assert wire.is_lost
    again = await world.connect(world.control.platform("ACCT1"))
    lines = await again.ask("LOGIN USER1 secret ACCT1")
    assert [line.split(" ")[3:7] for line in lines if line.startswith("%POS")] == [["100", "16.01", "100", "16.01"]]
    assert [line.split(" ")[2] for line in lines if line.startswith("%ORDER")] == ["1000003"]
    assert not [line for line in lines if line.startswith("%TRADE")]
    assert " 2001 " in (await again.ask(REST))[-1]


# --- reading switches ------------------------------------------------------------------------------------------------


def test_switches_from_text() -> None:
    switches = switches_from(
        ["order-fields=12", "ghost_partial=on", "replace_meaning=open", "tif_rewrites=ARCA/DAY+/GTC,EDGA/DAY+/DAY", "fill_delay_s=0.5", "auto_routes=SMAT,SMART"]
    )  # fmt: skip
    assert switches == msgspec.structs.replace(
        Switches(),
        order_fields=12,
        ghost_partial=True,
        replace_meaning=ReplaceMeaning.OPEN,
        tif_rewrites=(("ARCA", "DAY+", "GTC"), ("EDGA", "DAY+", "DAY")),
        fill_delay_s=0.5,
        auto_routes=("SMAT", "SMART"),
    )


@pytest.mark.parametrize("text", ["nothing=1", "ghost_partial", "ghost_partial=maybe", "order_fields=13", "breach=never", "fill_lines=POS"])  # fmt: skip
def test_switches_that_do_not_exist_get_a_sentence(text: str) -> None:
    with pytest.raises(SwitchError, match=r"\.$"):
        switches_from([text])


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
