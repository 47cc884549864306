"""The history's statements, as the driver takes them: rows come in thousands."""

from typing import Final

from das_copy_trader.domain.identifiers import FollowerId
from das_copy_trader.persistence import tables

MASTER: Final = FollowerId("")
"""Stands in steps where a follower's id does, for what the master did."""


def _columns(names: list[str]) -> str:
    return f"({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})"


def _upsert(table: str, names: list[str], keys: list[str], kept: list[str]) -> str:
    changed = [name for name in names if name not in keys and name not in kept]
    sets = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return f"INSERT INTO {table} {_columns(names)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}"


_REPLICATION_COLUMNS: Final = [column.name for column in tables.replications.columns]
_LINK_COLUMNS: Final = [column.name for column in tables.order_links.columns]
_STEP_COLUMNS: Final = [column.name for column in tables.replication_steps.columns][1:]
_ALERT_COLUMNS: Final = [column.name for column in tables.alerts.columns][1:]
DECIDED_AT: Final = _REPLICATION_COLUMNS.index("decided_at")
"""Where a row of `replications` has the moment of the first decision, which later changes keep."""

UPSERT_REPLICATION: Final = _upsert(
    "replications", _REPLICATION_COLUMNS, ["trading_day", "master_order_id"], ["decided_at", "decided_us"]
)
UPSERT_LINK: Final = _upsert("order_links", _LINK_COLUMNS, ["trading_day", "master_order_id", "follower_id"], [])
ADD_REPLICATION: Final = f"INSERT OR IGNORE INTO replications {_columns(_REPLICATION_COLUMNS)}"
ADD_LINK: Final = f"INSERT OR IGNORE INTO order_links {_columns(_LINK_COLUMNS)}"
"""The same two, where what is known already stays as it is."""
INSERT_STEP: Final = f"INSERT INTO replication_steps {_columns(_STEP_COLUMNS)}"
INSERT_ALERT: Final = f"INSERT INTO alerts {_columns(_ALERT_COLUMNS)}"

FORGET: Final = tuple(
    f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {column} < ? LIMIT ?)"  # noqa: S608 - our own names
    for table, column in (
        ("replication_steps", "trading_day"),
        ("order_links", "trading_day"),
        ("replications", "trading_day"),
        ("alerts", "raised_at"),
    )
)
