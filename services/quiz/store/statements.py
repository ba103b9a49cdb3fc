"""What is said to PostgreSQL."""

from typing import Final

from sqlalchemy import ARRAY, TEXT, UUID, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

_UUIDS: Final = ARRAY(UUID(as_uuid=True))

# In one order for everybody, so that two who hold several never wait for each other.
HOLD_DOCUMENTS: Final = text(
    "INSERT INTO documents (id) SELECT id FROM unnest(CAST(:ids AS uuid[])) AS id ORDER BY id"
    " ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING id, gone"
).bindparams(bindparam("ids", type_=_UUIDS))
FORGET_DOCUMENT: Final = text(
    "INSERT INTO documents (id, gone) VALUES (:id, true) ON CONFLICT (id) DO UPDATE SET gone = true"
)
COUNT_QUESTIONS: Final = text("SELECT count(*) FROM questions WHERE document_id = :id")
FORGET_RESPONSES: Final = text(
    "UPDATE quiz_attempts SET responses = responses - asked.ids FROM"
    " (SELECT quiz_id, array_agg(CAST(id AS text)) AS ids FROM questions"
    " WHERE document_id = :id GROUP BY quiz_id) AS asked"
    " WHERE quiz_attempts.quiz_id = asked.quiz_id"
)
EMPTY_QUESTIONS: Final = text(
    "UPDATE questions SET stem = '', options = '[]', answer = '', accepted = '{}',"
    " document_id = NULL, text_version = NULL, page = NULL, quote_start = NULL, quote_end = NULL,"
    " quote = NULL, fact_start = NULL, fact_end = NULL WHERE document_id = :id"
)
QUIZ: Final = text("SELECT * FROM quizzes WHERE id = :id")
HOLD_QUIZ: Final = text("SELECT * FROM quizzes WHERE id = :id FOR UPDATE")
PUT_QUIZ: Final = text(
    "INSERT INTO quizzes (id, owner_id, title, document_ids, requested, types, difficulty,"
    " created_at, status, progress, made, reason, failure_code, failure_detail, version)"
    " VALUES (:id, :owner_id, :title, :document_ids, :requested, :types, :difficulty, :created_at,"
    " :status, :progress, :made, :reason, :failure_code, :failure_detail, :version)"
    " ON CONFLICT (id) DO UPDATE SET status = excluded.status, progress = excluded.progress,"
    " made = excluded.made, reason = excluded.reason, failure_code = excluded.failure_code,"
    " failure_detail = excluded.failure_detail, version = excluded.version"
).bindparams(bindparam("document_ids", type_=_UUIDS), bindparam("types", type_=ARRAY(TEXT)))
QUIZZES: Final = text(
    "SELECT * FROM quizzes WHERE owner_id = :owner_id"
    " AND (CAST(:before AS uuid) IS NULL OR id < CAST(:before AS uuid))"
    " ORDER BY id DESC LIMIT :limit"
)
LIVING: Final = text("SELECT id FROM quizzes WHERE id = ANY(:ids)").bindparams(
    bindparam("ids", type_=_UUIDS)
)
CITED: Final = text("SELECT DISTINCT document_id FROM questions WHERE document_id IS NOT NULL")
REMOVE_QUIZ: Final = text("DELETE FROM quizzes WHERE id = :id")
QUESTIONS: Final = text("SELECT * FROM questions WHERE quiz_id = :quiz_id ORDER BY ordinal")
PUT_QUESTION: Final = text(
    "INSERT INTO questions (id, quiz_id, ordinal, type, stem, options, answer, accepted, points,"
    " document_id, text_version, page, quote_start, quote_end, quote, fact_start, fact_end)"
    " VALUES (:id, :quiz_id, :ordinal, :type, :stem, :options, :answer, :accepted, :points,"
    " :document_id, :text_version, :page, :quote_start, :quote_end, :quote, :fact_start,"
    " :fact_end)"
).bindparams(bindparam("options", type_=JSONB), bindparam("accepted", type_=ARRAY(TEXT)))
ATTEMPT: Final = text("SELECT * FROM quiz_attempts WHERE id = :id")
HOLD_ATTEMPT: Final = text("SELECT * FROM quiz_attempts WHERE id = :id FOR UPDATE")
PUT_ATTEMPT: Final = text(
    "INSERT INTO quiz_attempts"
    " (id, quiz_id, user_id, started_at, responses, finished_at, score, max_score, grades)"
    " VALUES (:id, :quiz_id, :user_id, :started_at, :responses, :finished_at, :score, :max_score,"
    " :grades)"
    " ON CONFLICT (id) DO UPDATE SET responses = excluded.responses,"
    " finished_at = excluded.finished_at, score = excluded.score,"
    " max_score = excluded.max_score, grades = excluded.grades"
).bindparams(
    bindparam("responses", type_=JSONB), bindparam("grades", type_=JSONB(none_as_null=True))
)
ATTEMPTS: Final = text(
    "SELECT * FROM quiz_attempts WHERE quiz_id = :quiz_id AND user_id = :user_id"
    " AND (CAST(:before AS uuid) IS NULL OR id < CAST(:before AS uuid))"
    " ORDER BY id DESC LIMIT :limit"
)
FORGET_WISHES: Final = text("DELETE FROM wishes WHERE granted_at < :before")
WISH: Final = text(
    "SELECT fingerprint, made FROM wishes"
    " WHERE user_id = :user_id AND kind = :kind AND key = :key AND granted_at >= :before"
)
# Waits for another transaction that grants the same wish just now.
GRANT: Final = text(
    "INSERT INTO wishes (user_id, kind, key, fingerprint, made, granted_at)"
    " VALUES (:user_id, :kind, :key, :fingerprint, :made, :granted_at)"
    " ON CONFLICT (user_id, kind, key) DO NOTHING RETURNING made"
)
