"""The first tables of operations."""

from alembic import op

from shared import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make room for dead letters."""
    tables.create(op.execute)
    op.execute(
        "CREATE TABLE letters ("
        " id uuid PRIMARY KEY,"
        " durable text NOT NULL,"
        " message_id text NOT NULL,"
        " generation integer NOT NULL,"
        " service text NOT NULL,"
        " type text NOT NULL,"
        " key text NOT NULL,"
        " correlation text NOT NULL,"
        " headers jsonb NOT NULL,"
        " body bytea NOT NULL,"
        " edited bytea,"
        " fingerprint text NOT NULL,"
        " kind text NOT NULL,"
        " code text NOT NULL,"
        " detail text NOT NULL,"
        " pointer text NOT NULL,"
        " attempts integer NOT NULL,"
        " state text NOT NULL,"
        " redrives integer NOT NULL,"
        " plan text,"
        " due_at timestamptz,"
        " first_seen timestamptz NOT NULL,"
        " last_seen timestamptz NOT NULL,"
        " ended_at timestamptz,"
        " CONSTRAINT one_for_each_listener UNIQUE (durable, message_id, generation))"
    )
    op.execute("CREATE INDEX letters_by_fingerprint ON letters (fingerprint, id DESC)")
    op.execute("CREATE INDEX letters_waiting ON letters (service, id DESC) WHERE state = 'waiting'")
    op.execute("CREATE INDEX letters_due ON letters (due_at) WHERE due_at IS NOT NULL")


def downgrade() -> None:
    """Undo it."""
    op.execute("DROP TABLE letters")
    tables.drop(op.execute)
