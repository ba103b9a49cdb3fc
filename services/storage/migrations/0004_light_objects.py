"""An index for refused files that came along in a message, whose bytes a kill may have left."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make it."""
    op.execute("""
        CREATE INDEX objects_refused_along ON objects (expires_at)
        WHERE state = 'refused' AND incoming = sealed AND NOT erased AND NOT quarantined""")


def downgrade() -> None:
    """Undo it."""
    op.execute("DROP INDEX objects_refused_along")
