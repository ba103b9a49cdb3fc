"""The first tables of quiz."""

from alembic import op

from shared import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make room for quizzes, questions, attempts, and what must not be done twice."""
    tables.create(op.execute)
    op.execute("CREATE TABLE documents ( id uuid PRIMARY KEY, gone boolean NOT NULL DEFAULT false)")
    op.execute(
        "CREATE TABLE quizzes ("
        " id uuid PRIMARY KEY,"
        " owner_id uuid NOT NULL,"
        " title text NOT NULL,"
        " document_ids uuid[] NOT NULL,"
        " requested integer NOT NULL,"
        " types text[] NOT NULL,"
        " created_at timestamptz NOT NULL,"
        " status text NOT NULL,"
        " progress integer NOT NULL,"
        " made integer NOT NULL,"
        " reason text,"
        " failure_code text,"
        " failure_detail text,"
        " version bigint NOT NULL)"
    )
    op.execute("CREATE INDEX quizzes_newest ON quizzes (owner_id, id DESC)")
    op.execute(
        "CREATE TABLE questions ("
        " id uuid PRIMARY KEY,"
        " quiz_id uuid NOT NULL REFERENCES quizzes (id) ON DELETE CASCADE,"
        " ordinal integer NOT NULL,"
        " type text NOT NULL,"
        " stem text NOT NULL,"
        " options jsonb NOT NULL,"
        " answer text NOT NULL,"
        " accepted text[] NOT NULL,"
        " points double precision NOT NULL,"
        " document_id uuid,"
        " text_version text,"
        " page integer,"
        " quote_start integer,"
        " quote_end integer,"
        " quote text,"
        " fact_start integer,"
        " fact_end integer,"
        " CONSTRAINT asked_once UNIQUE (quiz_id, ordinal))"
    )
    op.execute("CREATE INDEX questions_document ON questions (document_id)")
    op.execute(
        "CREATE TABLE quiz_attempts ("
        " id uuid PRIMARY KEY,"
        " quiz_id uuid NOT NULL REFERENCES quizzes (id) ON DELETE CASCADE,"
        " user_id uuid NOT NULL,"
        " started_at timestamptz NOT NULL,"
        " responses jsonb NOT NULL,"
        " finished_at timestamptz,"
        " score double precision,"
        " max_score double precision,"
        " grades jsonb)"
    )
    op.execute("CREATE INDEX quiz_attempts_newest ON quiz_attempts (quiz_id, user_id, id DESC)")
    op.execute(
        "CREATE TABLE wishes ("
        " user_id uuid NOT NULL,"
        " kind text NOT NULL,"
        " key text NOT NULL,"
        " fingerprint text NOT NULL,"
        " made uuid NOT NULL,"
        " granted_at timestamptz NOT NULL DEFAULT now(),"
        " PRIMARY KEY (user_id, kind, key))"
    )
    op.execute("CREATE INDEX wishes_granted ON wishes (granted_at)")


def downgrade() -> None:
    """Undo it."""
    for table in ("wishes", "quiz_attempts", "questions", "quizzes", "documents"):
        op.execute(f"DROP TABLE {table}")
    tables.drop(op.execute)
