"""The first tables of identity."""

from alembic import op

from shared import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create(op.execute)
    op.execute("""
        CREATE TABLE people (
            id            uuid PRIMARY KEY,
            email         text NOT NULL UNIQUE,
            name          text NOT NULL,
            role          text NOT NULL,
            password_hash text NOT NULL,
            created_at    timestamptz NOT NULL
        )""")
    op.execute("""
        CREATE TABLE sessions (
            id         uuid PRIMARY KEY,
            user_id    uuid NOT NULL REFERENCES people,
            created_at timestamptz NOT NULL,
            ended_at   timestamptz
        )""")
    op.execute("CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL")
    op.execute("""
        CREATE TABLE renewals (
            token_hash bytea PRIMARY KEY,
            session_id uuid NOT NULL REFERENCES sessions,
            expires_at timestamptz NOT NULL,
            used_at    timestamptz
        )""")
    op.execute("CREATE INDEX renewals_session ON renewals (session_id)")
    op.execute("CREATE INDEX renewals_expiry ON renewals (expires_at)")
    op.execute("""
        CREATE TABLE idempotency_keys (
            key         text PRIMARY KEY,
            user_id     uuid NOT NULL,
            fingerprint bytea NOT NULL,
            created_at  timestamptz NOT NULL
        )""")
    op.execute("""
        CREATE TABLE signing_keys (
            kid        text PRIMARY KEY,
            jwk        jsonb NOT NULL,
            private    bytea NOT NULL,
            sealed     boolean NOT NULL,
            created_at timestamptz NOT NULL
        )""")


def downgrade() -> None:
    for table in ("signing_keys", "idempotency_keys", "renewals", "sessions", "people"):
        op.execute(f"DROP TABLE {table}")
    tables.drop(op.execute)
