"""Our values as rows, and rows as our values."""

from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import RowMapping

from services.quiz.model.attempt import Attempt, Result
from services.quiz.model.grading import Grade
from services.quiz.model.question import Difficulty, Option, Question, Source, Span, Type
from services.quiz.model.quiz import Failure, Quiz, Status

Row = Mapping[str, object]


def of_quiz(quiz: Quiz) -> Row:
    """Lay a quiz out as a row."""
    return {
        "id": quiz.id,
        "owner_id": quiz.owner_id,
        "title": quiz.title,
        "document_ids": list(quiz.document_ids),
        "requested": quiz.requested,
        "types": [type_.value for type_ in quiz.types],
        "created_at": quiz.created_at,
        "difficulty": quiz.difficulty.value,
        "status": quiz.status.value,
        "progress": quiz.progress,
        "made": quiz.made,
        "reason": quiz.reason,
        "failure_code": quiz.failure and quiz.failure.code,
        "failure_detail": quiz.failure and quiz.failure.detail,
        "version": quiz.version,
    }


def to_quiz(row: RowMapping) -> Quiz:
    """Read a quiz from its row."""
    code, detail = row["failure_code"], row["failure_detail"]
    return Quiz(
        id=row["id"],
        owner_id=row["owner_id"],
        title=row["title"],
        document_ids=tuple(row["document_ids"]),
        requested=row["requested"],
        types=tuple(Type(type_) for type_ in row["types"]),
        created_at=row["created_at"],
        difficulty=Difficulty(row["difficulty"]),
        status=Status(row["status"]),
        progress=row["progress"],
        made=row["made"],
        reason=row["reason"],
        failure=Failure(code, detail) if code is not None else None,
        version=row["version"],
    )


def of_question(quiz_id: UUID, ordinal: int, question: Question) -> Row:
    """Lay a question out as a row."""
    source = question.source
    return {
        "id": question.id,
        "quiz_id": quiz_id,
        "ordinal": ordinal,
        "type": question.type.value,
        "stem": question.stem,
        "options": [asdict(option) for option in question.options],
        "answer": question.answer,
        "accepted": list(question.accepted),
        "points": question.points,
        "document_id": source and source.document_id,
        "text_version": source and source.text_version,
        "page": source and source.page,
        "quote_start": source and source.quoted.start,
        "quote_end": source and source.quoted.end,
        "quote": source and source.quote,
        "fact_start": source and source.fact.start,
        "fact_end": source and source.fact.end,
    }


def to_question(row: RowMapping) -> Question:
    """Read a question from its row."""
    return Question(
        id=row["id"],
        type=Type(row["type"]),
        stem=row["stem"],
        options=tuple(Option(**option) for option in row["options"]),
        answer=row["answer"],
        accepted=tuple(row["accepted"]),
        source=_source(row) if row["document_id"] is not None else None,
        points=row["points"],
    )


def of_attempt(attempt: Attempt) -> Row:
    """Lay an attempt out as a row."""
    result = attempt.result
    return {
        "id": attempt.id,
        "quiz_id": attempt.quiz_id,
        "user_id": attempt.user_id,
        "started_at": attempt.started_at,
        "responses": {str(id_): response for id_, response in attempt.responses.items()},
        "finished_at": result and result.finished_at,
        "score": result and result.score,
        "max_score": result and result.max_score,
        "grades": result and [_of_grade(grade) for grade in result.grades],
    }


def to_attempt(row: RowMapping) -> Attempt:
    """Read an attempt from its row."""
    return Attempt(
        id=row["id"],
        quiz_id=row["quiz_id"],
        user_id=row["user_id"],
        started_at=row["started_at"],
        responses={UUID(id_): response for id_, response in row["responses"].items()},
        result=_result(row) if row["finished_at"] is not None else None,
    )


def _source(row: RowMapping) -> Source:
    return Source(
        document_id=row["document_id"],
        text_version=row["text_version"],
        page=row["page"],
        quoted=Span(row["quote_start"], row["quote_end"]),
        quote=row["quote"],
        fact=Span(row["fact_start"], row["fact_end"]),
    )


def _result(row: RowMapping) -> Result:
    grades = tuple(
        Grade(UUID(one["question_id"]), one["correct"], one["points"]) for one in row["grades"]
    )
    return Result(row["finished_at"], row["score"], row["max_score"], grades)


def _of_grade(grade: Grade) -> Row:
    return {
        "question_id": str(grade.question_id),
        "correct": grade.correct,
        "points": grade.points,
    }
