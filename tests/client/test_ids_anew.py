"""A platform that begins its ids anew while they are known: another order, not a change of the old one."""

from das_copy_trader.domain.enums import OrdStatus
from das_copy_trader.domain.identifiers import ClOrdId, OrderId, Symbol
from tests.client.support import RecordingListener, feed, mirror_of

OLD = "%ORDER 7 70 ABCD B L 100 100 0 5 ARCA Accepted 10:00:00 0 ACCT1 USER1 CMDAPI DAY+ N/A"
NEW = "%ORDER 7 71 SOFI S L 40 40 0 9 ARCA Accepted 11:00:00 0 ACCT1 USER1 CMDAPI DAY+ N/A"


def test_a_row_of_another_symbol_is_another_order_whether_the_old_one_works_or_not() -> None:
    for ending in ([], [OLD.replace("100 100 0 5 ARCA Accepted", "100 0 100 5 ARCA Canceled")]):
        listener = RecordingListener()
        mirror = mirror_of(listener)
        feed(mirror, [OLD, *ending])
        former = mirror.order(OrderId(7))
        feed(mirror, [NEW])
        order = mirror.order(OrderId(7))
        assert order is not None
        assert order is not former
        assert (order.symbol, order.order_qty, order.status) == ("SOFI", 40, OrdStatus.NEW)
        assert mirror.working_orders(Symbol("ABCD")) == []
        assert mirror.working_orders(Symbol("SOFI")) == [order]
        assert mirror.order_by_cl_ord_id(ClOrdId(70)) is None
        assert mirror.order_by_cl_ord_id(ClOrdId(71)) is order
        assert mirror.order_count == 1
        assert listener.events[-1].order is order
