"""The first tables of indexing."""

from alembic import op

from shared import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make room for jobs, for embeddings by content, and for which document uses which."""
    tables.create(op.execute)
    op.execute(
        "CREATE TABLE jobs ("
        " document_id uuid PRIMARY KEY,"
        " owner_id uuid NOT NULL,"
        " stage text NOT NULL DEFAULT 'new',"
        " version integer NOT NULL DEFAULT 0,"
        " passages integer NOT NULL DEFAULT 0,"
        " progress integer NOT NULL DEFAULT 0,"
        " told integer NOT NULL DEFAULT 0,"
        " sequence bigint NOT NULL DEFAULT 0,"
        " objects uuid[] NOT NULL DEFAULT '{}',"
        " changed_at timestamptz NOT NULL DEFAULT now())"
    )
    op.execute(
        "CREATE TABLE embeddings ("
        " model text NOT NULL,"
        " content text NOT NULL,"
        " vector bytea NOT NULL,"
        " PRIMARY KEY (model, content))"
    )
    op.execute(
        "CREATE TABLE uses ("
        " document_id uuid NOT NULL,"
        " model text NOT NULL,"
        " content text NOT NULL,"
        " PRIMARY KEY (document_id, model, content))"
    )
    op.execute("CREATE INDEX uses_by_content ON uses (model, content)")


def downgrade() -> None:
    """Undo it."""
    for table in ("uses", "embeddings", "jobs"):
        op.execute(f"DROP TABLE {table}")
    tables.drop(op.execute)
