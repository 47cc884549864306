"""Switches 1, 8 to 13 and 15 to 19 of das-cmd-api.md 6 on the wire, and how switches are read."""

import asyncio

import msgspec
import pytest

from das_copy_trader.protocol.parse import parse_messages
from das_copy_trader.simulator.control import Ticket
from das_copy_trader.simulator.switches import (
    Breach,
    GuiReplace,
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
async def test_an_error_reply_may_have_no_line_end_at_all(world: World) -> None:
    wire = await world.wire(Switches(error_line_ends=False))
    assert await wire.ask("GET LDLU") == []
    glued = (await wire.ask("NEWORDER 5 B SOFI ARCA 100 15.9"))[0]
    assert glued == "Format: GET LDLU Symbol#OrderSending"
    await wire.ask("GET SymStatus AAPL")
    (both,) = await wire.ask("SLAvailQuery ACCT1 AAPL")
    assert [type(message).__name__ for message in parse_messages(both.encode())] == ["ErrorReply", "LocateAvailable"]


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
    assert next(line for line in lines if line.startswith("%ORDER")).split(" ")[1] == "2001"
    await again.ask(*([REST] * 5))
    assert len(await again.ask("GET ORDERS")) == 8


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
