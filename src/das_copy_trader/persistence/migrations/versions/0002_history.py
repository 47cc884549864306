"""History: stage times and reasons beside what was copied, and every step in its order."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table of steps; what is there stays."""
    for column in (
        sa.Column("trail_amount", sa.String),
        sa.Column("time_in_force", sa.String, nullable=False, server_default=""),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("decided_us", sa.Float),
    ):
        op.add_column("replications", column)
    op.create_index("replications_symbol", "replications", ["symbol", "decided_at"])
    for column in (sa.Column("sent_us", sa.Float), sa.Column("acked_us", sa.Float)):
        op.add_column("order_links", column)
    op.create_table(
        "replication_steps",
        sa.Column("step_id", sa.Integer, primary_key=True),
        sa.Column("trading_day", sa.String, nullable=False),
        sa.Column("master_order_id", sa.Integer, nullable=False),
        sa.Column("follower_id", sa.String, nullable=False),
        sa.Column("occurred_at", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("order_id", sa.Integer),
        sa.Column("cl_ord_id", sa.Integer),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("filled_quantity", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("replication_steps_order", "replication_steps", ["trading_day", "master_order_id", "step_id"])


def downgrade() -> None:
    """Undo it."""
    op.drop_table("replication_steps")
    with op.batch_alter_table("order_links") as links:
        links.drop_column("acked_us")
        links.drop_column("sent_us")
    op.drop_index("replications_symbol", "replications")
    with op.batch_alter_table("replications") as replications:
        for name in ("decided_us", "reason", "time_in_force", "trail_amount"):
            replications.drop_column(name)
