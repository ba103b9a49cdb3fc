"""The first tables of search."""

from alembic import op

from shared import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create(op.execute)
    op.execute("""
        CREATE TABLE documents (
            document_id        uuid PRIMARY KEY,
            owner_id           uuid NOT NULL,
            version            integer NOT NULL,
            text_version       text NOT NULL,
            passages_object_id uuid,
            text_index         uuid,
            gone               boolean NOT NULL,
            sequence           integer NOT NULL,
            updated_at         timestamptz NOT NULL DEFAULT now()
        )""")
    op.execute("""
        CREATE TABLE vector_documents (
            document_id   uuid PRIMARY KEY,
            owner_id      uuid NOT NULL,
            version       integer NOT NULL,
            text_version  text NOT NULL,
            title         text NOT NULL,
            tags          text[] NOT NULL,
            collection_id uuid,
            model         text NOT NULL,
            passages      integer NOT NULL
        )""")
    op.execute("CREATE INDEX vector_documents_owner ON vector_documents (owner_id)")
    op.execute("""
        CREATE TABLE vectors (
            passage_id  uuid PRIMARY KEY,
            document_id uuid NOT NULL,
            owner_id    uuid NOT NULL,
            place       bigint NOT NULL,
            ordinal     integer NOT NULL,
            page        integer NOT NULL,
            starts      integer NOT NULL,
            ends        integer NOT NULL,
            heading     text,
            text        text NOT NULL,
            embedding   vector(384) NOT NULL
        )""")
    # An exact scan reads every vector of an owner: they stay in the row, the text makes way.
    op.execute("ALTER TABLE vectors ALTER COLUMN embedding SET STORAGE PLAIN")
    op.execute("CREATE INDEX vectors_owner ON vectors (owner_id, document_id)")
    op.execute("CREATE INDEX vectors_document ON vectors (document_id)")
    # Half the precision finds the same neighbours in half the memory and time; scores are exact.
    op.execute("""
        CREATE INDEX vectors_meaning ON vectors
        USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops)""")


def downgrade() -> None:
    for table in ("vectors", "vector_documents", "documents"):
        op.execute(f"DROP TABLE {table}")
    tables.drop(op.execute)
