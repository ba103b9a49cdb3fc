"""The first tables of document."""

from alembic import op

from shared import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create(op.execute)
    op.execute("""
        CREATE TABLE documents (
            id            uuid PRIMARY KEY,
            owner_id      uuid NOT NULL,
            object_id     uuid NOT NULL UNIQUE,
            filename      text NOT NULL,
            title         text NOT NULL,
            media_type    text NOT NULL,
            size          bigint NOT NULL,
            sha256        text NOT NULL,
            tags          text[] NOT NULL,
            collection_id uuid,
            created_at    timestamptz NOT NULL,
            updated_at    timestamptz NOT NULL,
            version       integer NOT NULL,
            sequence      integer NOT NULL,
            stored        boolean NOT NULL,
            cancelled     boolean NOT NULL,
            deleted       boolean NOT NULL,
            failure       jsonb,
            text          jsonb,
            text_objects  uuid[] NOT NULL,
            indexing      integer,
            passages      integer,
            status        text NOT NULL
        )""")
    op.execute("CREATE INDEX documents_listed ON documents (owner_id, id DESC) WHERE NOT deleted")
    op.execute("""
        CREATE TABLE history (
            document_id uuid NOT NULL REFERENCES documents (id),
            place       bigint GENERATED ALWAYS AS IDENTITY,
            id          uuid NOT NULL,
            type        text NOT NULL,
            time        timestamptz NOT NULL,
            data        jsonb NOT NULL,
            PRIMARY KEY (document_id, place)
        )""")
    op.execute("""
        CREATE TABLE upload_keys (
            user_id     uuid NOT NULL,
            key         text NOT NULL,
            created_at  timestamptz NOT NULL,
            holder      uuid,
            held_until  timestamptz,
            document_id uuid,
            fingerprint text,
            PRIMARY KEY (user_id, key)
        )""")
    op.execute("CREATE INDEX upload_keys_of ON upload_keys (document_id)")
    op.execute("CREATE INDEX upload_keys_old ON upload_keys (created_at)")


def downgrade() -> None:
    for table in ("upload_keys", "history", "documents"):
        op.execute(f"DROP TABLE {table}")
    tables.drop(op.execute)
