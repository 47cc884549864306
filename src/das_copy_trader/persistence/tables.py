"""The tables. Money and multipliers are texts (SQLite has no decimals), moments are UTC texts in ISO 8601."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text, TypeDecorator
from sqlalchemy.engine import Dialect


class DecimalText(TypeDecorator[Decimal]):
    """A Decimal, digit by digit as it was."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """To the text."""
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """From the text."""
        return None if value is None else Decimal(value)


class MomentText(TypeDecorator[datetime]):
    """A moment with its zone, kept in UTC; texts sort as the moments do."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To the text."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """From the text."""
        return None if value is None else datetime.fromisoformat(value)


metadata: Final = MetaData()


def _account_columns() -> list[Column[object]]:
    return [
        Column("broker_id", String, nullable=False),
        Column("host", String, nullable=False),
        Column("port", Integer, nullable=False),
        Column("username", String, nullable=False),
        Column("account_id", String, nullable=False),
        Column("locate_routes", Text, nullable=False),
        Column("order_route", String),
        Column("sealed_password", Text),
    ]


master: Final = Table(
    "master", metadata, Column("id", Integer, primary_key=True, autoincrement=False), *_account_columns()
)

followers: Final = Table(
    "followers",
    metadata,
    Column("follower_id", String, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", String, nullable=False),
    *_account_columns(),
    Column("base_multiplier", DecimalText, nullable=False),
    Column("max_locate_price", DecimalText, nullable=False),
    Column("locate_retry_timeout", Integer, nullable=False),
    Column("auto_accept_locates", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("guard_closing", Boolean, nullable=False),
    Column("auto_accept_max_price", DecimalText, nullable=False),
    Column("locate_cap_per_order", DecimalText, nullable=False),
    Column("locate_cap_per_symbol_day", DecimalText, nullable=False),
    Column("locate_cap_per_day", DecimalText, nullable=False),
    Column("price_inquiries", Boolean, nullable=False),
    Column("replace_quantity", String, nullable=False, server_default="total"),
)

multipliers: Final = Table(
    "multipliers",
    metadata,
    Column("follower_id", String, primary_key=True),
    Column("symbol", String, primary_key=True),
    Column("multiplier", DecimalText, nullable=False),
    Column("source", String, nullable=False),
    Column("updated_at", MomentText, nullable=False),
)

blacklist: Final = Table(
    "blacklist",
    metadata,
    Column("entry_id", Integer, primary_key=True),
    Column("follower_id", String, nullable=False),
    Column("symbol", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("allow_closing", Boolean, nullable=False),
    Column("created_at", MomentText, nullable=False),
    Index("blacklist_pair", "follower_id", "symbol", unique=True),
    sqlite_autoincrement=True,
)

env_config: Final = Table(
    "env_config",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sealed_content", Text, nullable=False),
    Column("updated_at", MomentText, nullable=False),
)

replications: Final = Table(
    "replications",
    metadata,
    Column("trading_day", String, primary_key=True),
    Column("master_order_id", Integer, primary_key=True, autoincrement=False),
    Column("symbol", String, nullable=False),
    Column("side", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("ord_type", String, nullable=False),
    Column("price", DecimalText),
    Column("stop_price", DecimalText),
    Column("decided_at", MomentText, nullable=False),
    Column("trail_amount", DecimalText),
    Column("time_in_force", String, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("decided_us", Float),
    Index("replications_decided_at", "decided_at"),
    Index("replications_symbol", "symbol", "decided_at"),
)

order_links: Final = Table(
    "order_links",
    metadata,
    Column("trading_day", String, primary_key=True),
    Column("master_order_id", Integer, primary_key=True, autoincrement=False),
    Column("follower_id", String, primary_key=True),
    Column("cl_ord_id", Integer),
    Column("follower_order_id", Integer),
    Column("outcome", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("cum_qty", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("updated_at", MomentText, nullable=False),
    Column("sent_us", Float),
    Column("acked_us", Float),
)

replication_steps: Final = Table(
    "replication_steps",
    metadata,
    Column("step_id", Integer, primary_key=True),
    Column("trading_day", String, nullable=False),
    Column("master_order_id", Integer, nullable=False),
    Column("follower_id", String, nullable=False),
    Column("occurred_at", MomentText, nullable=False),
    Column("kind", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("order_id", Integer),
    Column("cl_ord_id", Integer),
    Column("quantity", Integer, nullable=False),
    Column("filled_quantity", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("line", Text, nullable=False),
    Index("replication_steps_order", "trading_day", "master_order_id", "step_id"),
    sqlite_autoincrement=True,
)

alerts: Final = Table(
    "alerts",
    metadata,
    Column("alert_id", Integer, primary_key=True),
    Column("raised_at", MomentText, nullable=False),
    Column("level", String, nullable=False),
    Column("message", Text, nullable=False),
    Column("follower_id", String),
    Index("alerts_raised_at", "raised_at"),
    sqlite_autoincrement=True,
)

short_sale_tasks: Final = Table(
    "short_sale_tasks",
    metadata,
    Column("task_id", String, primary_key=True),
    Column("trading_day", String, nullable=False),
    Column("follower_id", String, nullable=False),
    Column("follower", String, nullable=False),
    Column("master_order_id", Integer, nullable=False),
    Column("symbol", String, nullable=False),
    Column("status", String, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("max_sell", Integer),
    Column("deficit", Integer),
    Column("located_quantity", Integer, nullable=False),
    Column("cost", DecimalText, nullable=False),
    Column("error", Text, nullable=False),
    Column("created_at", MomentText, nullable=False),
    Column("updated_at", MomentText, nullable=False),
    Index("short_sale_tasks_day", "trading_day", "created_at"),
)

locate_ledger: Final = Table(
    "locate_ledger",
    metadata,
    Column("entry_id", Integer, primary_key=True, autoincrement=False),
    Column("trading_day", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("status", String, nullable=False),
    Column("follower_id", String, nullable=False),
    Column("symbol", String, nullable=False),
    Column("task_id", String, nullable=False),
    Column("master_order_id", Integer, nullable=False),
    Column("route", String, nullable=False),
    Column("order_qty", Integer, nullable=False),
    Column("located_qty", Integer, nullable=False),
    Column("price", DecimalText, nullable=False),
    Column("minimum_charge", DecimalText, nullable=False),
    Column("charge", DecimalText, nullable=False),
    Column("locate_id", Integer),
    Column("cl_ord_id", Integer),
    Column("note", Text, nullable=False),
    Column("occurred_at", MomentText, nullable=False),
    Column("updated_at", MomentText, nullable=False),
    Index("locate_ledger_day", "trading_day", "entry_id"),
)

MASTER_ROW_ID: Final = 1
ENV_CONFIG_ROW_ID: Final = 1
