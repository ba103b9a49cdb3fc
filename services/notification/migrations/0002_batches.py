"""What people want to be told, and what of their documents is in work."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make room for preferences, and count what is brought together."""
    op.execute(
        "ALTER TABLE things"
        " ADD COLUMN owner_id uuid,"
        " ADD COLUMN status text NOT NULL DEFAULT '',"
        " ADD COLUMN progress integer NOT NULL DEFAULT 0,"
        " ADD COLUMN counted boolean NOT NULL DEFAULT false,"
        " ADD COLUMN ended boolean NOT NULL DEFAULT false,"
        " ADD COLUMN waiting boolean NOT NULL DEFAULT false"
    )
    op.execute("CREATE INDEX things_counted ON things (owner_id, ended) WHERE counted")
    op.execute(
        "CREATE TABLE summaries ("
        " owner_id uuid PRIMARY KEY,"
        " told jsonb NOT NULL,"
        " told_at timestamptz NOT NULL)"
    )
    op.execute("CREATE TABLE preferences ( user_id uuid PRIMARY KEY, families jsonb NOT NULL)")


def downgrade() -> None:
    """Undo it."""
    op.execute("DROP TABLE preferences")
    op.execute("DROP TABLE summaries")
    op.execute("DROP INDEX things_counted")
    op.execute(
        "ALTER TABLE things DROP COLUMN owner_id, DROP COLUMN status, DROP COLUMN progress,"
        " DROP COLUMN counted, DROP COLUMN ended, DROP COLUMN waiting"
    )
