"""The first tables of storage."""

from alembic import op

from shared import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create(op.execute)
    op.execute("""
        CREATE TABLE objects (
            id             uuid PRIMARY KEY,
            owner_id       uuid NOT NULL,
            kind           text NOT NULL,
            media_type     text NOT NULL,
            incoming       text NOT NULL UNIQUE,
            sealed         text NOT NULL UNIQUE,
            created_at     timestamptz NOT NULL,
            expires_at     timestamptz NOT NULL,
            repeat_key     text,
            state          text NOT NULL,
            version        integer NOT NULL,
            upload_id      text,
            size           bigint NOT NULL,
            sha256         text NOT NULL,
            refusal_code   text,
            refusal_detail text,
            quarantined    boolean NOT NULL,
            erased         boolean NOT NULL
        )""")
    op.execute("""
        CREATE UNIQUE INDEX objects_repeated ON objects (owner_id, repeat_key)
        WHERE repeat_key IS NOT NULL AND state <> 'deleted'""")
    op.execute("CREATE INDEX objects_unclaimed ON objects (expires_at) WHERE state = 'expected'")


def downgrade() -> None:
    op.execute("DROP TABLE objects")
    tables.drop(op.execute)
