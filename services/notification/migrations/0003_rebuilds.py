"""What is needed to hear again which documents are gone, and what the others are called."""

from alembic import op

from shared import tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make it."""
    tables.create_rebuilds(op.execute)


def downgrade() -> None:
    """Undo it."""
    tables.drop_rebuilds(op.execute)
