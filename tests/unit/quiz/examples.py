"""Quizzes, questions and drafts to try things on."""

from datetime import UTC, datetime
from uuid import UUID

from services.quiz.model.draft import Draft
from services.quiz.model.question import Question, Span, Type
from services.quiz.model.quiz import Quiz
from shared.cause import new_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SENTENCE = "The pole of the upper hemisphere is called the zenith."


def a_quiz(owner: UUID | None = None, *documents: UUID, requested: int = 3) -> Quiz:
    return Quiz(
        id=new_id(),
        owner_id=owner or new_id(),
        title="Stars",
        document_ids=documents or (new_id(),),
        requested=requested,
        types=tuple(Type),
        created_at=NOON,
    )


def a_draft(type_: Type = Type.SINGLE, *, place: int = 0) -> Draft:
    options = {
        Type.SINGLE: ("nadir", "zenith", "flux", "pole"),
        Type.TRUE_FALSE: ("True", "False"),
        Type.CLOZE: (),
    }[type_]
    answer = {Type.SINGLE: "zenith", Type.TRUE_FALSE: "False", Type.CLOZE: "zenith"}[type_]
    start = 100 * place
    return Draft(
        type=type_,
        stem=f"The pole of the upper hemisphere is called the _____ ({place}).",
        options=options,
        key=options.index(answer) if options else -1,
        answer=answer,
        accepted=("the top point",) if type_ is Type.CLOZE else (),
        page=1 + place,
        quoted=Span(start, start + len(SENTENCE)),
        quote=SENTENCE,
        fact=Span(start + 47, start + 53),
    )


def a_question(
    quiz: Quiz, document: UUID | None = None, type_: Type = Type.SINGLE, *, place: int = 0
) -> Question:
    return a_draft(type_, place=place).question(quiz.id, document or quiz.document_ids[0], "v1")
