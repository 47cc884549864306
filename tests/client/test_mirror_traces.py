"""The mirror comes out of each recorded trace in the right state (das-cmd-api.md 4)."""

from decimal import Decimal

import pytest

from das_copy_trader.client.mirror import AccountMirror
from das_copy_trader.domain.enums import ExecType, OrdStatus, OrdType, Side, TimeInForce
from das_copy_trader.domain.identifiers import ClOrdId, Symbol
from das_copy_trader.domain.orders import OrderTerms
from tests.client.support import RecordingListener, feed, mirror_of, order

SOFI = Symbol("SOFI")
ABCD = Symbol("ABCD")


@pytest.fixture
def listener() -> RecordingListener:
    return RecordingListener()


@pytest.fixture
def mirror(listener: RecordingListener) -> AccountMirror:
    return mirror_of(listener)


def kinds(listener: RecordingListener) -> list[ExecType]:
    return [kind for kind, _ in listener.kinds]


# --- recorded traces ---------------------------------------------------------------------------------------------


def test_trace_4_1_limit_accepted_then_cancelled(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(
        mirror,
        """
        %ORDER 2839 127600720 SOFI B L 1 1 0 11.2 SAGEPRO Accepted 05:32:22 0 ACCT1 USER1 CMDAPI DAY N/A
        %OrderAct 2839 Canceled Buy SOFI 1 11.2 SAGEPRO 05:32:27 RT:Cxl-by-client 127600720
        %ORDER 2839 127600720 SOFI B L 1 0 1 11.2 SAGEPRO Canceled 05:32:27 0 ACCT1 USER1 CMDAPI DAY N/A
        """,
    )
    done = order(mirror, 2839)
    assert (done.status, done.leaves_qty, done.canceled_qty, done.cum_qty) == (OrdStatus.CANCELED, 0, 1, 0)
    assert done.reason == "RT:Cxl-by-client"
    assert done.terms == OrderTerms(OrdType.LIMIT, price=Decimal("11.2"), time_in_force=TimeInForce.DAY)
    assert kinds(listener) == [ExecType.NEW, ExecType.CANCELED]
    assert mirror.working_orders(SOFI) == []


def test_trace_4_2_full_fill(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(
        mirror,
        """
        %ORDER 2850 127601100 SOFI B L 1 1 0 16.04 SAGEPRO Accepted 05:33:00 0 ACCT1 USER1 CMDAPI DAY N/A
        %POS SOFI 2 1 16.01 0 0 0 2026/10/02-05:33:00 -0.01
        %OrderAct 2850 Execute Buy SOFI 1 16.01 SAGEPRO 05:33:00  127601100
        %ORDER 2850 127601100 SOFI B L 1 0 0 16.04 SAGEPRO Executed 05:33:00 0 ACCT1 USER1 CMDAPI DAY N/A
        %TRADE 3129 SOFI B 1 16.01 SAGEPRO 05:33:00 2850 - 0.00 0.00
        """,
    )
    done = order(mirror, 2850)
    assert (done.status, done.leaves_qty, done.cum_qty, done.canceled_qty) == (OrdStatus.FILLED, 0, 1, 0)
    assert kinds(listener) == [ExecType.NEW, ExecType.TRADE]
    assert (listener.events[1].last_qty, listener.events[1].last_px) == (1, Decimal("16.01"))
    assert mirror.net_qty(SOFI) == 1
    assert [position.net_qty for position in listener.positions] == [1]
    assert [execution.trade_id for execution in mirror.executions] == [3129]
    assert mirror.order_by_cl_ord_id(ClOrdId(127601100)) is done


def test_trace_4_3_cancelled_by_the_venue(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(
        mirror,
        """
        %ORDER 2844 127600721 SOFI B L 1 1 0 11.2 EDGA Accepted 05:32:31 0 ACCT1 USER1 CMDAPI DAY+ N/A
        %ORDER 2844 127600721 SOFI B L 1 0 1 11.2 EDGA Canceled 05:32:31 0 ACCT1 USER1 CMDAPI DAY+ N/A
        %OrderAct 2844 Canceled Buy SOFI 1 11.2 EDGA 05:32:31 RT:Cxl-by-Venue 127600721
        """,
    )
    assert kinds(listener) == [ExecType.NEW, ExecType.CANCELED, ExecType.REASON_GIVEN]
    assert listener.events[2].text == "RT:Cxl-by-Venue"
    assert order(mirror, 2844).status is OrdStatus.CANCELED


def test_trace_4_4_stop_limit_replaced_and_cancelled(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(
        mirror,
        """
        #OrderSending
        %OrderAct 2070 Sending Buy SOFI 1 24 SMAT 05:06:48  127599001
        %ORDER 2070 127599001 SOFI B SLP:24 1 1 0 36 SMAT Sending 05:06:48 0 ACCT1 USER1 CMDAPI DAY+ N/A
        %ORDER 2070 127599001 SOFI B SLP:24 1 1 0 36 SMAT Accepted 05:06:48 0 ACCT1 USER1 CMDAPI DAY+ N/A
        """,
    )
    stop = order(mirror, 2070)
    assert stop.terms == OrderTerms(
        OrdType.STOP_LIMIT_EXTENDED,
        price=Decimal(36),
        stop_price=Decimal(24),
        time_in_force=TimeInForce.DAY_PLUS,
    )
    feed(
        mirror,
        """
        #Order Replacing
        %OrderAct 2070 Replacing Buy SOFI 2 24 SMAT 05:06:54  127599001
        %ORDER 2070 127599001 SOFI B SLP:24 2 2 0 36 SMAT Accepted 05:06:54 0 ACCT1 USER1 CMDAPI DAY+ N/A
        %OrderAct 2070 Replaced Buy SOFI 2 24 SMAT 05:06:54  127599001
        """,
    )
    assert (stop.order_qty, stop.leaves_qty) == (2, 2)
    feed(
        mirror,
        """
        #Order Canceling
        %ORDER 2070 127599001 SOFI B SLP:24 2 0 2 36 SMAT Canceled 05:07:00 0 ACCT1 USER1 CMDAPI DAY+ N/A
        %OrderAct 2070 Canceled Buy SOFI 2 24 SMAT 05:07:00 Canceled 127599001
        """,
    )
    assert (stop.status, stop.leaves_qty, stop.canceled_qty) == (OrdStatus.CANCELED, 0, 2)
    assert kinds(listener) == [
        ExecType.PENDING_NEW,
        ExecType.NEW,
        ExecType.REPLACED,
        ExecType.CANCELED,
        ExecType.REASON_GIVEN,
    ]


def test_trace_4_5_auto_route_parent_and_child(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(
        mirror,
        """
        %ORDER 2286 127599002 SOFI B L 1 1 0 11.19 SMAT Accepted 05:13:24 0 ACCT1 USER1 CMDAPI DAY+ N/A
        %OrderAct 2287 Sending Buy SOFI 1 11.19 ARCA 05:13:24  127599002
        %ORDER 2287 127599002 SOFI B L 1 1 0 11.19 ARCA Sending 05:13:24 2286 ACCT1 USER1 CMDAPI DAY+ N/A
        %ORDER 2286 127599002 SOFI B L 1 0 0 11.19 SMAT Triggered 05:13:24 0 ACCT1 USER1 CMDAPI DAY+ N/A
        %ORDER 2287 127599002 SOFI B L 1 1 0 11.19 ARCA Accepted 05:13:24 2286 ACCT1 USER1 CMDAPI DAY N/A
        """,
    )
    parent, child = order(mirror, 2286), order(mirror, 2287)
    assert (parent.status, parent.leaves_qty, parent.cum_qty) == (OrdStatus.TRIGGERED, 0, 0)
    assert parent.child_ids == (2287,)
    assert child.parent_id == 2286
    assert child.terms is not None
    assert child.terms.time_in_force is TimeInForce.DAY_PLUS, "routes rewrite it, the first row counts"
    assert mirror.working_orders(SOFI) == [child]
    assert mirror.order_by_cl_ord_id(ClOrdId(127599002)) is parent
    feed(
        mirror,
        """
        %OrderAct 2287 Canceled Buy SOFI 1 11.19 ARCA 05:13:27 RT:Cxl-by-client 127599002
        %ORDER 2287 127599002 SOFI B L 1 0 1 11.19 ARCA Canceled 05:13:27 2286 ACCT1 USER1 CMDAPI DAY N/A
        """,
    )
    assert (child.status, parent.status) == (OrdStatus.CANCELED, OrdStatus.TRIGGERED)
    assert {event.root.order_id for event in listener.events} == {2286}
    assert kinds(listener) == [
        ExecType.NEW,
        ExecType.PENDING_NEW,
        ExecType.TRIGGERED,
        ExecType.NEW,
        ExecType.CANCELED,
    ]


def test_trace_4_6_child_of_a_stop_is_rejected(mirror: AccountMirror, listener: RecordingListener) -> None:
    note = "RT:CF:LastTrade 19.188000 20.000000 23.940000 15.970000 15.990000 ref#114796[Route#3066]"
    feed(
        mirror,
        f"""
        %ORDER 4338 127604630 SOFI B SLP:15.96 1 1 0 23.94 SMAT Accepted 06:08:53 0 ACCT1 USER1 CMDAPI DAY+ N/A
        %OrderAct 4343 Sending Buy SOFI 1 23.94 ARCA 06:09:13  127604630
        %ORDER 4343 127604630 SOFI B L 1 1 0 23.94 ARCA Sending 06:09:13 4338 ACCT1 USER1 CMDAPI DAY+ N/A
        %ORDER 4338 127604630 SOFI B SLP:15.96 1 0 0 23.94 SMAT Triggered 06:09:13 0 ACCT1 USER1 CMDAPI DAY+ N/A
        %ORDER 4343 127604630 SOFI B L 1 0 0 23.94 ARCA Rejected 06:09:13 4338 ACCT1 USER1 CMDAPI DAY+ N/A
        %OrderAct 4343 Send_Rej Buy SOFI 1 23.94 ARCA 06:09:13 {note} 127604630
        """,
    )
    parent, child = order(mirror, 4338), order(mirror, 4343)
    assert (parent.status, parent.cum_qty) == (OrdStatus.TRIGGERED, 0)
    assert (child.status, child.cum_qty, child.leaves_qty) == (OrdStatus.REJECTED, 0, 0)
    assert child.reason == note
    assert kinds(listener)[-2:] == [ExecType.REJECTED, ExecType.REASON_GIVEN]
    assert mirror.working_orders(SOFI) == []


def test_trace_4_6_child_cancelled_by_the_venue_whose_parent_was_never_seen(
    mirror: AccountMirror, listener: RecordingListener
) -> None:
    feed(
        mirror,
        """
        %ORDER 4410 127600120 SOFI B L 1 1 0 19 ARCA Accepted 06:11:29 4405 ACCT1 USER1 CMDAPI DAY N/A
        %ORDER 4410 127600120 SOFI B L 1 0 1 19 ARCA Canceled 06:11:30 4405 ACCT1 USER1 CMDAPI DAY N/A
        %OrderAct 4410 Canceled Buy SOFI 1 19 ARCA 06:11:30 RT:Ven: R081: Price Too Far Outside 127600120
        """,
    )
    child = order(mirror, 4410)
    assert child.is_child
    assert listener.events[0].root is child
    assert mirror.order_by_cl_ord_id(ClOrdId(127600120)) is None, "a child never stands for its parent"
    feed(mirror, "%ORDER 4405 127600120 SOFI B SLP:18 1 0 0 19 SMAT Triggered 06:11:29 0 ACCT1 USER1 CMDAPI DAY+ N/A")
    parent = order(mirror, 4405)
    assert parent.child_ids == (4410,)
    feed(mirror, "%OrderAct 4410 CancelRej Buy SOFI 1 19 ARCA 06:11:31 too late 127600120")
    assert listener.events[-1].root is parent


def test_recorded_partial_with_nothing_left_is_dead(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, "%ORDER 65377 1749678729 LLY S L 2 0 1 1166.38 SMART Partial")
    dead = order(mirror, 65377)
    assert (dead.status, dead.cum_qty, dead.canceled_qty, dead.leaves_qty) == (OrdStatus.CANCELED, 1, 1, 0)
    assert kinds(listener) == [ExecType.TRADE, ExecType.CANCELED]


def test_replaces_keep_id_and_token_and_take_the_total(mirror: AccountMirror, listener: RecordingListener) -> None:
    row = "%ORDER 65377 1749678729 LLY S L {} {} 0 {} SMART Accepted 10:00:00 0 ACCT1 USER1 CMDAPI DAY+ N/A"
    feed(
        mirror, [row.format(qty, qty, price) for qty, price in ((5, "1166.4"), (4, "1166.4"), (4, "1165"), (4, "1165"))]
    )
    assert kinds(listener) == [ExecType.NEW, ExecType.REPLACED, ExecType.REPLACED]
    terms = order(mirror, 65377).terms
    assert terms is not None
    assert terms.price == 1165


def test_manual_samples_with_twelve_fields(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(
        mirror,
        """
        %ORDER 20 10 MSFT B Mkt 100 0 0 25.96 SMAT Triggered 10:47:57
        %ORDER 21 12 MSFT B Lmt 100 100 0 25 SMAT Accepted 10:49:35
        %ORDER 22 13 DELL SS Lmt 100 100 0 20 SMAT Accepted 10:50:10
        """,
    )
    assert order(mirror, 20).cum_qty == 0, "a triggered parent has filled nothing itself"
    assert order(mirror, 20).terms == OrderTerms(OrdType.MARKET)
    assert order(mirror, 22).side is Side.SELL_SHORT
    assert mirror.order_by_cl_ord_id(ClOrdId(12)) is order(mirror, 21)


def test_hotkey_orders_are_not_found_by_client_id(mirror: AccountMirror) -> None:
    feed(mirror, "%ORDER 81375 794 BBLG SS L 5 0 0 2.88 ARCA Executed 13:00:40 0 ACCT1 USER1 Hotkey")
    assert mirror.order_by_cl_ord_id(ClOrdId(794)) is None
    assert order(mirror, 81375).source == "Hotkey"
