"""Short sales: what a follower may spend on locates, the tasks, and the ledger of locates."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the two tables; what is there stays."""
    for name, default in (
        ("auto_accept_max_price", "0.25"),
        ("locate_cap_per_order", "50"),
        ("locate_cap_per_symbol_day", "100"),
        ("locate_cap_per_day", "250"),
    ):
        op.add_column("followers", sa.Column(name, sa.String, nullable=False, server_default=default))
    op.add_column("followers", sa.Column("price_inquiries", sa.Boolean, nullable=False, server_default=sa.true()))
    op.create_table(
        "short_sale_tasks",
        sa.Column("task_id", sa.String, primary_key=True),
        sa.Column("trading_day", sa.String, nullable=False),
        sa.Column("follower_id", sa.String, nullable=False),
        sa.Column("follower", sa.String, nullable=False),
        sa.Column("master_order_id", sa.Integer, nullable=False),
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("max_sell", sa.Integer),
        sa.Column("deficit", sa.Integer),
        sa.Column("located_quantity", sa.Integer, nullable=False),
        sa.Column("cost", sa.String, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("created_at", sa.String, nullable=False),
        sa.Column("updated_at", sa.String, nullable=False),
    )
    op.create_index("short_sale_tasks_day", "short_sale_tasks", ["trading_day", "created_at"])
    op.create_table(
        "locate_ledger",
        sa.Column("entry_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("trading_day", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("follower_id", sa.String, nullable=False),
        sa.Column("symbol", sa.String, nullable=False),
        sa.Column("task_id", sa.String, nullable=False),
        sa.Column("master_order_id", sa.Integer, nullable=False),
        sa.Column("route", sa.String, nullable=False),
        sa.Column("order_qty", sa.Integer, nullable=False),
        sa.Column("located_qty", sa.Integer, nullable=False),
        sa.Column("price", sa.String, nullable=False),
        sa.Column("minimum_charge", sa.String, nullable=False),
        sa.Column("charge", sa.String, nullable=False),
        sa.Column("locate_id", sa.Integer),
        sa.Column("cl_ord_id", sa.Integer),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("occurred_at", sa.String, nullable=False),
        sa.Column("updated_at", sa.String, nullable=False),
    )
    op.create_index("locate_ledger_day", "locate_ledger", ["trading_day", "entry_id"])


def downgrade() -> None:
    """Undo it."""
    op.drop_table("locate_ledger")
    op.drop_table("short_sale_tasks")
    for name in (
        "price_inquiries",
        "locate_cap_per_day",
        "locate_cap_per_symbol_day",
        "locate_cap_per_order",
        "auto_accept_max_price",
    ):
        op.drop_column("followers", name)
