"""The first tables of notification."""

from alembic import op

from shared import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make room for notifications and for what they are about."""
    tables.create(op.execute)
    op.execute(
        "CREATE TABLE things ("
        " id uuid PRIMARY KEY,"
        " sequence bigint NOT NULL DEFAULT 0,"
        " gone boolean NOT NULL DEFAULT false)"
    )
    op.execute(
        "CREATE TABLE notifications ("
        " id uuid PRIMARY KEY,"
        " user_id uuid NOT NULL,"
        " type text NOT NULL,"
        " about uuid NOT NULL,"
        " title text NOT NULL,"
        " data jsonb NOT NULL,"
        " sequence bigint NOT NULL,"
        " created_at timestamptz NOT NULL,"
        " read_at timestamptz,"
        " CONSTRAINT told_once UNIQUE (user_id, type, about))"
    )
    op.execute("CREATE INDEX notifications_newest ON notifications (user_id, id DESC)")
    op.execute("CREATE INDEX notifications_about ON notifications (about)")
    op.execute(
        "CREATE INDEX notifications_unread ON notifications (user_id, id DESC)"
        " WHERE read_at IS NULL"
    )


def downgrade() -> None:
    """Undo it."""
    op.execute("DROP TABLE notifications")
    op.execute("DROP TABLE things")
    tables.drop(op.execute)
