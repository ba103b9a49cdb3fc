"""What each person has is kept, not counted again with every document that they bring."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE holdings (
            owner_id  uuid PRIMARY KEY,
            documents bigint NOT NULL,
            size      bigint NOT NULL
        )""")
    op.execute("LOCK TABLE documents IN SHARE ROW EXCLUSIVE MODE")
    op.execute("""
        INSERT INTO holdings (owner_id, documents, size)
        SELECT owner_id, count(*), sum(size) FROM documents WHERE NOT deleted GROUP BY owner_id""")
    op.execute("""
        CREATE FUNCTION keep_holdings() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO holdings AS kept (owner_id, documents, size) VALUES (
                NEW.owner_id,
                (NOT NEW.deleted)::int - coalesce((NOT OLD.deleted)::int, 0),
                CASE WHEN NEW.deleted THEN 0 ELSE NEW.size END
                - CASE WHEN coalesce(OLD.deleted, true) THEN 0 ELSE OLD.size END)
            ON CONFLICT (owner_id) DO UPDATE SET documents = kept.documents + excluded.documents,
                                                 size = kept.size + excluded.size;
            RETURN NULL;
        END $$""")
    op.execute("""
        CREATE TRIGGER documents_brought AFTER INSERT ON documents FOR EACH ROW
        WHEN (NOT NEW.deleted) EXECUTE FUNCTION keep_holdings()""")
    op.execute("""
        CREATE TRIGGER documents_changed AFTER UPDATE ON documents FOR EACH ROW
        WHEN (OLD.deleted <> NEW.deleted OR OLD.size <> NEW.size)
        EXECUTE FUNCTION keep_holdings()""")


def downgrade() -> None:
    op.execute("DROP TRIGGER documents_changed ON documents")
    op.execute("DROP TRIGGER documents_brought ON documents")
    op.execute("DROP FUNCTION keep_holdings")
    op.execute("DROP TABLE holdings")
