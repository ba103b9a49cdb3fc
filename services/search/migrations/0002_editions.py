"""Editions of the indexes, so that new ones grow beside those that are served."""

from alembic import op

from shared import tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Each edition's vectors get a schema of their own; those there are become the first one's."""
    tables.create_rebuilds(op.execute)
    op.execute("""
        CREATE TABLE editions (
            generation integer PRIMARY KEY,
            stage      text NOT NULL,
            text_index uuid NOT NULL,
            model      text NOT NULL,
            dimensions integer NOT NULL,
            outgrown   boolean NOT NULL,
            retired_at timestamptz
        )""")
    op.execute("ALTER TABLE documents DROP COLUMN text_index")
    # The text index of before is of another format: this edition is known not to be whole.
    op.execute("""
        INSERT INTO editions (generation, stage, text_index, model, dimensions, outgrown)
        SELECT 0, 'served', gen_random_uuid(), model, 384, false FROM vector_documents
        GROUP BY model ORDER BY count(*) DESC LIMIT 1""")
    op.execute("CREATE SCHEMA edition_0")
    for table in ("vectors", "vector_documents"):
        op.execute(f"ALTER TABLE {table} SET SCHEMA edition_0")


def downgrade() -> None:
    """Undo it; the first edition's vectors are lost with the others', and made again by 0001."""
    op.execute("""
        DO $$ DECLARE edition record; BEGIN
            FOR edition IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'edition\\_%' LOOP
                EXECUTE format('DROP SCHEMA %I CASCADE', edition.nspname);
            END LOOP;
        END $$""")
    op.execute("""
        CREATE TABLE vector_documents (
            document_id uuid PRIMARY KEY, owner_id uuid NOT NULL, version integer NOT NULL,
            text_version text NOT NULL, title text NOT NULL, tags text[] NOT NULL,
            collection_id uuid, model text NOT NULL, passages integer NOT NULL
        )""")
    op.execute("""
        CREATE TABLE vectors (
            passage_id uuid PRIMARY KEY, document_id uuid NOT NULL, owner_id uuid NOT NULL,
            place bigint NOT NULL, ordinal integer NOT NULL, page integer NOT NULL,
            starts integer NOT NULL, ends integer NOT NULL, heading text, text text NOT NULL,
            embedding vector(384) NOT NULL
        )""")
    op.execute("ALTER TABLE documents ADD COLUMN text_index uuid")
    op.execute("DROP TABLE editions")
    tables.drop_rebuilds(op.execute)
