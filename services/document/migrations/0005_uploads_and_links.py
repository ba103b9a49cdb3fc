"""Files that their owners announce and send directly, and links that work without a token."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE uploads (
            id            uuid PRIMARY KEY,
            owner_id      uuid NOT NULL,
            filename      text NOT NULL,
            media_type    text NOT NULL,
            size          bigint NOT NULL,
            sha256        text NOT NULL,
            title         text,
            tags          text[] NOT NULL,
            collection_id uuid,
            expires_at    timestamptz NOT NULL,
            key           text,
            fingerprint   text,
            object_id     uuid,
            part_size     bigint,
            document_id   uuid
        )""")
    op.execute("CREATE UNIQUE INDEX uploads_keyed ON uploads (owner_id, key)")
    op.execute("CREATE INDEX uploads_old ON uploads (expires_at)")
    op.execute("CREATE INDEX uploads_of ON uploads (document_id)")
    op.execute("""
        CREATE TABLE links (
            id          uuid PRIMARY KEY,
            owner_id    uuid NOT NULL,
            document_id uuid NOT NULL REFERENCES documents (id),
            secret      bytea NOT NULL,
            created_at  timestamptz NOT NULL,
            expires_at  timestamptz NOT NULL,
            key         text,
            fingerprint text
        )""")
    op.execute("CREATE UNIQUE INDEX links_keyed ON links (owner_id, key)")
    op.execute("CREATE INDEX links_of ON links (document_id, id)")
    op.execute("CREATE INDEX links_old ON links (expires_at)")


def downgrade() -> None:
    for table in ("links", "uploads"):
        op.execute(f"DROP TABLE {table}")
