"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    _configuration()
    _history()


def downgrade() -> None:
    """Undo it."""
    op.drop_table("alerts")
    op.drop_table("order_links")
    op.drop_table("replications")
    op.drop_table("env_config")
    op.drop_table("blacklist")
    op.drop_table("multipliers")
    op.drop_table("followers")
    op.drop_table("master")


def _configuration() -> None:
    op.create_table(
        "master",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("broker_id", sa.String, nullable=False),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("username", sa.String, nullable=False),
        sa.Column("account_id", sa.String, nullable=False),
        sa.Column("locate_routes", sa.Text, nullable=False),
        sa.Column("order_route", sa.String),
        sa.Column("sealed_password", sa.Text),
    )
    op.create_table(
        "followers",
        sa.Column("follower_id", sa.String, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("broker_id", sa.String, nullable=False),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("port", sa.Integer, nullable=False),
        sa.Column("username", sa.String, nullable=False),
        sa.Column("account_id", sa.String, nullable=False),
        sa.Column("locate_routes", sa.Text, nullable=False),
        sa.Column("order_route", sa.String),
        sa.Column("sealed_password", sa.Text),
        sa.Column("base_multiplier", sa.String, nullable=False),
        sa.Column("max_locate_price", sa.String, nullable=False),
        sa.Column("locate_retry_timeout", sa.Integer, nullable=False),
        sa.Column("auto_accept_locates", sa.Boolean, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("guard_closing", sa.Boolean, nullable=False),
    )
    op.create_table(
        "multipliers",
        sa.Column("follower_id", sa.String, primary_key=True),
        sa.Column("symbol", sa.String, primary_key=True),
        sa.Column("multiplier", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("updated_at", sa.String, nullable=False),
    )
    op.create_table(
        "blacklist",
        sa.Column("entry_id", sa.Integer, primary_key=True),
        sa.Column("follower_id", sa.String, nullable=False),
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("allow_closing", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("blacklist_pair", "blacklist", ["follower_id", "symbol"], unique=True)
    op.create_table(
        "env_config",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sealed_content", sa.Text, nullable=False),
        sa.Column("updated_at", sa.String, nullable=False),
    )


def _history() -> None:
    op.create_table(
        "replications",
        sa.Column("trading_day", sa.String, primary_key=True),
        sa.Column("master_order_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("side", sa.String, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("ord_type", sa.String, nullable=False),
        sa.Column("price", sa.String),
        sa.Column("stop_price", sa.String),
        sa.Column("decided_at", sa.String, nullable=False),
    )
    op.create_index("replications_decided_at", "replications", ["decided_at"])
    op.create_table(
        "order_links",
        sa.Column("trading_day", sa.String, primary_key=True),
        sa.Column("master_order_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("follower_id", sa.String, primary_key=True),
        sa.Column("cl_ord_id", sa.Integer),
        sa.Column("follower_order_id", sa.Integer),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("cum_qty", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("updated_at", sa.String, nullable=False),
    )
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Integer, primary_key=True),
        sa.Column("raised_at", sa.String, nullable=False),
        sa.Column("level", sa.String, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("follower_id", sa.String),
        sqlite_autoincrement=True,
    )
    op.create_index("alerts_raised_at", "alerts", ["raised_at"])
