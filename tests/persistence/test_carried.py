"""What copies of earlier days have left comes back from what was kept of them."""

from datetime import timedelta

import msgspec

from das_copy_trader.domain.enums import Side
from das_copy_trader.domain.identifiers import FollowerId, Symbol
from das_copy_trader.engine.copied_position import CarriedPosition
from das_copy_trader.persistence.journal import Journal
from das_copy_trader.services.journal import Journal as JournalPort
from tests.persistence.test_history import DAY, NOW, database, journal, record, result

__all__ = ["database", "journal"]

MSFT = Symbol("MSFT")


async def test_only_earlier_days_and_only_what_is_left(journal: JournalPort) -> None:
    minute = timedelta(minutes=1)
    journal.note_replication(record(1, result("f1", filled_quantity=17), result("f2", filled_quantity=0)))
    journal.note_replication(record(2, result("f1", filled_quantity=17), at=NOW + minute))
    sold = msgspec.structs.replace(record(3, result("f1", filled_quantity=10), at=NOW + 2 * minute), side=Side.SELL)
    journal.note_replication(sold)
    journal.note_replication(record(4, result("f3", filled_quantity=5), at=NOW + 3 * minute, symbol="IBM"))
    gone = msgspec.structs.replace(
        record(5, result("f3", filled_quantity=5), at=NOW + 4 * minute, symbol="IBM"), side=Side.SELL
    )
    journal.note_replication(gone)
    journal.note_replication(record(1, result("f1", filled_quantity=50), at=NOW + timedelta(days=1)))
    if isinstance(journal, Journal):
        await journal.flush()
    left = {(FollowerId("f1"), MSFT): CarriedPosition(17 + 17 - 10, 3)}
    assert await journal.carried(DAY + timedelta(days=1)) == left
    assert await journal.carried(DAY) == {}
