"""Collections of documents, and the idempotency keys that made them."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make room for them; nobody could name one before, so every document is in none."""
    op.execute("""
        CREATE TABLE collections (
            id         uuid PRIMARY KEY,
            owner_id   uuid NOT NULL,
            name       text NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        )""")
    op.execute("CREATE INDEX collections_listed ON collections (owner_id, id DESC)")
    op.execute("""
        ALTER TABLE documents ADD CONSTRAINT documents_collected
        FOREIGN KEY (collection_id) REFERENCES collections (id)""")
    op.execute("""
        CREATE INDEX documents_in_collection ON documents (collection_id, id DESC)
        WHERE collection_id IS NOT NULL""")
    op.execute("""
        CREATE TABLE collection_keys (
            user_id       uuid NOT NULL,
            key           text NOT NULL,
            created_at    timestamptz NOT NULL,
            fingerprint   text,
            collection_id uuid NOT NULL,
            PRIMARY KEY (user_id, key)
        )""")


def downgrade() -> None:
    """Undo it; documents are in no collection again."""
    op.execute("DROP TABLE collection_keys")
    op.execute("DROP INDEX documents_in_collection")
    op.execute("ALTER TABLE documents DROP CONSTRAINT documents_collected")
    op.execute("UPDATE documents SET collection_id = NULL WHERE collection_id IS NOT NULL")
    op.execute("DROP TABLE collections")
