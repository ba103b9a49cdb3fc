"""The queue in which reading files waits its turn."""

from alembic import op

from shared import tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make it."""
    tables.create_turns(op.execute)


def downgrade() -> None:
    """Undo it."""
    tables.drop_turns(op.execute)
