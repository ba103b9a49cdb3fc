"""What is known of a file whose pages are still being read, or read again."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE documents
            ADD COLUMN checkpoints uuid[] NOT NULL DEFAULT '{}',
            ADD COLUMN reading     integer""")


def downgrade() -> None:
    op.execute("ALTER TABLE documents DROP COLUMN checkpoints, DROP COLUMN reading")
