"""What a follower's platform takes the quantity of a replace for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: followers that are there keep the meaning that was measured."""
    op.add_column("followers", sa.Column("replace_quantity", sa.String, nullable=False, server_default="total"))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("followers", "replace_quantity")
