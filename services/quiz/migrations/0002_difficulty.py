"""How hard the questions of a quiz are wished for."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Keep the wish; who wished for nothing gets a mixture."""
    op.execute("ALTER TABLE quizzes ADD COLUMN difficulty text NOT NULL DEFAULT 'medium'")


def downgrade() -> None:
    """Undo it."""
    op.execute("ALTER TABLE quizzes DROP COLUMN difficulty")
