"""Editions remember which vectors were made for them, as they do for the text index."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Vectors that are there get their name at the first look."""
    op.execute("ALTER TABLE editions ADD COLUMN vector_index uuid")


def downgrade() -> None:
    op.execute("ALTER TABLE editions DROP COLUMN vector_index")
