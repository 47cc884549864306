"""The mirror against what may come beside the recorded traces: other orders, refusals, other accounts, bounds."""

from decimal import Decimal

import pytest

from das_copy_trader.client.mirror import AccountMirror
from das_copy_trader.client.type_table import TypeTable
from das_copy_trader.domain.enums import ExecType, OrdStatus
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from das_copy_trader.runtime.clock import trading_day_of
from tests.client.support import EPOCH, ORDER, POS, RecordingListener, feed, mirror_of, order

SOFI = Symbol("SOFI")
ABCD = Symbol("ABCD")
NEW_ROW = "%ORDER 7 70 ABCD B L 100 100 0 5 ARCA Accepted 10:00:00 0 ACCT1 USER1 CMDAPI DAY+ N/A"


@pytest.fixture
def listener() -> RecordingListener:
    return RecordingListener()


@pytest.fixture
def mirror(listener: RecordingListener) -> AccountMirror:
    return mirror_of(listener)


def kinds(listener: RecordingListener) -> list[ExecType]:
    return [kind for kind, _ in listener.kinds]


def test_what_comes_between_a_log_in_and_the_end_of_its_lists_is_no_news(
    mirror: AccountMirror, listener: RecordingListener
) -> None:
    mirror.begin_session(trading_day_of(EPOCH))
    feed(mirror, NEW_ROW)
    feed(mirror, NEW_ROW.replace("100 100 0 5 ARCA Accepted", "100 40 0 5 ARCA Partial"))
    assert [event.is_snapshot for event in listener.events] == [True, True]
    assert order(mirror, 7).is_from_snapshot, "an earlier life may have acted on it"
    mirror.complete()
    feed(mirror, NEW_ROW.replace("%ORDER 7 70", "%ORDER 8 71"))
    assert not listener.events[-1].is_snapshot
    assert not order(mirror, 8).is_from_snapshot


# --- arrival in other orders -------------------------------------------------------------------------------------


def test_a_status_never_goes_back(mirror: AccountMirror, listener: RecordingListener) -> None:
    canceled = NEW_ROW.replace("100 100 0 5 ARCA Accepted", "100 0 100 5 ARCA Canceled")
    feed(mirror, [NEW_ROW, canceled, NEW_ROW, canceled])
    assert order(mirror, 7).status is OrdStatus.CANCELED
    assert kinds(listener) == [ExecType.NEW, ExecType.CANCELED]
    assert mirror.working_orders(ABCD) == []


def test_an_accept_line_raises_an_order_that_is_being_sent(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, [NEW_ROW.replace("Accepted", "Sending"), "%OrderAct 7 Accept Buy ABCD 100 5 ARCA 10:00:00  70"])
    assert order(mirror, 7).status is OrdStatus.NEW
    feed(mirror, [NEW_ROW, NEW_ROW.replace("Accepted", "Sending")])
    assert kinds(listener) == [ExecType.PENDING_NEW, ExecType.NEW]


def test_an_accept_line_before_the_first_row_counts(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, ["%OrderAct 7 Accept Buy ABCD 100 5 ARCA 10:00:00  70", NEW_ROW.replace("Accepted", "Sending")])
    assert kinds(listener) == [ExecType.NEW]


def test_a_fill_and_its_price_before_the_first_row(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(
        mirror, ["%OrderAct 7 Execute Buy ABCD 100 4.99 ARCA 10:00:00  70", "%TRADE 1 ABCD B 100 4.99 ARCA 10:00:00 7"]
    )
    assert listener.events == []
    feed(mirror, NEW_ROW)
    assert (order(mirror, 7).status, order(mirror, 7).cum_qty) == (OrdStatus.FILLED, 100)
    assert kinds(listener) == [ExecType.TRADE]


def test_a_cancel_line_alone_cancels(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, [NEW_ROW, "%OrderAct 7 Canceled Buy ABCD 100 5 ARCA 10:00:01 RT:Cxl-by-client 70"])
    done = order(mirror, 7)
    assert (done.status, done.leaves_qty, done.canceled_qty) == (OrdStatus.CANCELED, 0, 100)
    feed(mirror, NEW_ROW.replace("100 100 0 5 ARCA Accepted", "100 0 70 5 ARCA Canceled"))
    assert (done.status, done.cum_qty, done.canceled_qty) == (OrdStatus.CANCELED, 30, 70)
    assert kinds(listener) == [ExecType.NEW, ExecType.CANCELED, ExecType.TRADE]


def test_a_cancel_line_before_the_first_row(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, ["%OrderAct 7 Canceled Buy ABCD 100 5 ARCA 10:00:01 RT:Cxl-by-Venue 70", NEW_ROW])
    assert order(mirror, 7).status is OrdStatus.CANCELED
    assert [(event.exec_type, event.text) for event in listener.events] == [(ExecType.CANCELED, "RT:Cxl-by-Venue")]


def test_a_late_fill_of_a_cancelled_order_wins(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(
        mirror,
        [
            NEW_ROW,
            NEW_ROW.replace("100 100 0 5 ARCA Accepted", "100 0 100 5 ARCA Canceled"),
            NEW_ROW.replace("100 100 0 5 ARCA Accepted", "100 0 0 5 ARCA Executed"),
        ],
    )
    assert (order(mirror, 7).status, order(mirror, 7).cum_qty) == (OrdStatus.FILLED, 100)
    assert kinds(listener)[-1] is ExecType.TRADE


def test_executions_before_the_row_that_enlarged_the_order(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, [NEW_ROW, "%TRADE 1 ABCD B 100 5 ARCA 10:00:01 7"])
    assert order(mirror, 7).status is OrdStatus.FILLED
    feed(mirror, NEW_ROW.replace("100 100 0 5 ARCA Accepted", "200 100 0 5 ARCA Partial"))
    grown = order(mirror, 7)
    assert (grown.status, grown.order_qty, grown.leaves_qty, grown.cum_qty) == (
        OrdStatus.PARTIALLY_FILLED,
        200,
        100,
        100,
    )
    assert mirror.working_orders(ABCD) == [grown]
    assert kinds(listener) == [ExecType.NEW, ExecType.TRADE, ExecType.REPLACED]


def test_partial_fills_of_a_child_count_for_its_parent(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(
        mirror,
        """
        %ORDER 70 126800001 XYZ B SLP:4 100 0 0 6 SMAT Triggered 09:31:00 0 ACCT1 USER1 CMDAPI DAY+ N/A
        %ORDER 71 126800001 XYZ B L 100 80 0 6 ARCA Partial 09:31:00 70 ACCT1 USER1 CMDAPI DAY N/A
        %TRADE 1 XYZ B 20 6 ARCA 09:31:00 71
        %TRADE 2 XYZ B 30 5.99 ARCA 09:31:01 71
        %TRADE 2 XYZ B 30 5.99 ARCA 09:31:01 71
        """,
    )
    parent, child = order(mirror, 70), order(mirror, 71)
    assert (child.cum_qty, child.leaves_qty, parent.cum_qty) == (50, 50, 50)
    assert parent.status is OrdStatus.TRIGGERED
    assert (listener.events[-1].last_qty, listener.events[-1].last_px) == (30, Decimal("5.99"))


def test_old_builds_say_executed_for_a_partial_fill(mirror: AccountMirror) -> None:
    feed(mirror, NEW_ROW.replace("100 100 0 5 ARCA Accepted", "100 60 0 5 ARCA Executed"))
    assert (order(mirror, 7).status, order(mirror, 7).cum_qty) == (OrdStatus.PARTIALLY_FILLED, 40)
    assert order(mirror, 7).is_working


def test_an_origoid_equal_to_the_own_id_is_no_parent(mirror: AccountMirror) -> None:
    feed(mirror, "%ORDER 56 1 +MSFT^GCI400 B L 1 1 0 116.35 COMP Accepted 20:14:11 56 ACCT1 USER1")
    assert not order(mirror, 56).is_child


def test_an_unknown_status_word_is_unknown(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, NEW_ROW.replace("Accepted", "Dreaming"))
    assert order(mirror, 7).status is OrdStatus.UNKNOWN
    assert not order(mirror, 7).is_working
    feed(mirror, NEW_ROW)
    assert kinds(listener) == [ExecType.STATUS, ExecType.NEW]


# --- refusals ----------------------------------------------------------------------------------------------------


def test_a_refusal_before_the_server_has_id_zero(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, "%OrderAct 0 Send_Rej SS TEST 100 5.25 ARCAE 04:25:00 Cannot route 456")
    assert [(refusal.cl_ord_id, refusal.text) for refusal in listener.refused] == [(456, "Cannot route")]
    assert mirror.order(OrderId(0)) is None


def test_a_reason_before_its_rejection_comes_with_it(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(
        mirror,
        [
            NEW_ROW.replace("Accepted", "Sending"),
            "%OrderAct 7 Send_Rej Buy ABCD 100 5 ARCA 10:00:00 Not Enough Buying Power 70",
            NEW_ROW.replace("100 100 0 5 ARCA Accepted", "100 0 0 5 ARCA Rejected"),
        ],
    )
    assert [(event.exec_type, event.text) for event in listener.events[1:]] == [
        (ExecType.REJECTED, "Not Enough Buying Power")
    ]
    assert order(mirror, 7).cum_qty == 0


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("ReplaceRej", ExecType.REPLACE_REJECTED),
        ("CancelRej", ExecType.CANCEL_REJECTED),
        ("TimeOut", ExecType.TIMED_OUT),
    ],
)
def test_refused_changes_are_told_and_change_nothing(
    mirror: AccountMirror, listener: RecordingListener, action: str, kind: ExecType
) -> None:
    feed(mirror, [NEW_ROW, f"%OrderAct 7 {action} Buy ABCD 100 5 ARCA 10:00:01 too late 70"])
    assert [(event.exec_type, event.text) for event in listener.events[1:]] == [(kind, "too late")]
    assert order(mirror, 7).status is OrdStatus.NEW
    assert order(mirror, 7).reason == ""


# --- other accounts, options, bounds -----------------------------------------------------------------------------


def test_rows_of_other_accounts_are_counted_and_ignored(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, [NEW_ROW.replace("ACCT1", "ACCT2"), NEW_ROW.replace("ACCT1", "acct1")])
    assert mirror.foreign_rows == 1
    assert len(listener.events) == 1


def test_option_orders_cannot_be_copied(mirror: AccountMirror) -> None:
    feed(mirror, NEW_ROW.replace(" B L ", " BO L "))
    assert order(mirror, 7).terms is None
    assert "option" in order(mirror, 7).undecodable


def test_the_same_client_id_twice_is_counted(mirror: AccountMirror) -> None:
    feed(mirror, [NEW_ROW, NEW_ROW.replace("%ORDER 7 ", "%ORDER 8 ")])
    assert mirror.repeated_cl_ord_ids == 1
    assert mirror.order_by_cl_ord_id(ClOrdId(70)) is order(mirror, 7)


def test_the_oldest_ended_order_makes_room() -> None:
    listener = RecordingListener()
    mirror = AccountMirror("ACCT1", listener, TypeTable(), orders_max=3)
    mirror.begin_session(trading_day_of(EPOCH))
    mirror.complete()
    feed(
        mirror,
        [
            NEW_ROW,
            NEW_ROW.replace("100 100 0 5 ARCA Accepted", "100 0 0 5 ARCA Executed").replace(
                "%ORDER 7 70", "%ORDER 8 71"
            ),
        ],
    )
    feed(mirror, [NEW_ROW.replace("%ORDER 7 70", f"%ORDER {number} {number}") for number in (9, 10)])
    assert mirror.order(OrderId(8)) is None
    assert [kept.order_id for kept in mirror.orders] == [7, 9, 10]


def test_a_new_day_forgets_the_old_one(mirror: AccountMirror) -> None:
    feed(mirror, [NEW_ROW, "%POS ABCD 2 100 5 0 0 0"])
    mirror.begin_session(trading_day_of(EPOCH))
    assert mirror.order_count == 1
    mirror.begin_session(trading_day_of(EPOCH.replace(day=3)))
    assert (mirror.order_count, mirror.net_qty(ABCD), mirror.positions) == (0, 0, ())


# --- positions and the rest --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "net"),
    [
        ("%POS ABCD 3 -300 2.45 0 0 0 2026/09/25-09:49:30 -12", -300),
        ("%POS ABCD 3 300 2.45 0 0 0 2026/09/25-09:49:30 -12", -300),
        ("%POS ABCD 2 100 10.3 0 0 0 2026/09/25-10:00:00", 100),
        ("%POS ABCD 2 0 0 0 0 -0.01 2026/10/02-05:33:00 0", 0),
    ],
)
def test_a_position_type_gives_its_sign(mirror: AccountMirror, line: str, net: int) -> None:
    feed(mirror, line)
    assert mirror.net_qty(ABCD) == net


def test_a_position_left_out_of_a_whole_list_is_flat(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, ["%POS ABCD 2 100 10.3 0 0 0", "%POS SOFI 2 5 10 0 0 0"])
    feed(mirror, [POS, "%POS SOFI 2 5 10 0 0 0"])
    assert mirror.net_qty(ABCD) == 100, "half a list says nothing"
    feed(mirror, "#POSEND")
    assert (mirror.net_qty(ABCD), mirror.net_qty(SOFI)) == (0, 5)
    assert len(listener.positions) == 3


def test_watch_rows_are_no_part_of_the_account(mirror: AccountMirror) -> None:
    feed(
        mirror,
        ["%IPOS ABCD 3 300 2.45 0 0 0 2026/09/25-09:49:30 -12", "%ITRADE 9001 ABCD SS 300 2.45 SAGEREB 09:49:30 7001"],
    )
    assert (mirror.net_qty(ABCD), mirror.executions) == (0, ())


def test_locates_buying_power_and_short_info(mirror: AccountMirror) -> None:
    feed(
        mirror,
        """
        %SLOrder 91 ABCD 100 0 100 0.01 Located LOCATE10 04:25:00 0 456
        %SLOrder 5002 ABCD 300 300 0 0 Offered LOC7 09:40:05 0 offer pending
        BP 40000.00 40000.00
        $SHORTINFO ABCD N 0 N 0 0 N N
        """,
    )
    assert mirror.located_qty(ABCD) == 100
    assert mirror.buying_power is not None
    assert mirror.buying_power.current == 40000
    state = mirror.short_state(ABCD)
    assert state is not None
    assert not state.is_shortable


def test_a_list_is_told_when_it_ends(mirror: AccountMirror, listener: RecordingListener) -> None:
    feed(mirror, [ORDER, NEW_ROW, "#OrderEnd"])
    assert listener.lists == 1
    assert [event.is_snapshot for event in listener.events] == [True]
