"""The queue in which files wait for their check."""

from alembic import op

from shared import tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make it."""
    tables.create_turns(op.execute)


def downgrade() -> None:
    """Undo it."""
    tables.drop_turns(op.execute)
