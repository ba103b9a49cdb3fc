"""What was made of each document, so that it can be said again when the event is long gone."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Keep it with the job; what was told lately still stands in the outbox."""
    op.execute("ALTER TABLE jobs ADD COLUMN made jsonb")
    op.execute("""
        UPDATE jobs SET made = told.made FROM (
            SELECT DISTINCT ON (body::jsonb ->> 'document_id')
                (body::jsonb ->> 'document_id')::uuid AS document_id,
                jsonb_build_object(
                    'version', body::jsonb -> 'version',
                    'object_id', body::jsonb -> 'passages_object_id',
                    'passages', body::jsonb -> 'passages',
                    'text_version', body::jsonb -> 'text_version',
                    'model', body::jsonb -> 'model') AS made
            FROM outbox WHERE address = 'evt.indexing.completed.v1'
            ORDER BY body::jsonb ->> 'document_id', id DESC
        ) AS told
        WHERE jobs.document_id = told.document_id AND jobs.stage <> 'forgotten'""")


def downgrade() -> None:
    """Undo it."""
    op.execute("ALTER TABLE jobs DROP COLUMN made")
