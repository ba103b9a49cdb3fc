"""Quizzes: made from documents, each question with its source."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from contracts.quiz import (
    Attempt,
    AttemptPage,
    CreateQuiz,
    DeleteQuiz,
    DescribeQuiz,
    Difficulty,
    ListAttempts,
    ListQuizzes,
    QuestionType,
    Quiz,
    QuizPage,
    StartAttempt,
)
from services.gateway.dependencies import SignedIn
from services.gateway.openapi import ALWAYS, problems, shown
from services.gateway.routes.words import Cursor, IdempotencyKey, Inbound, Limit, Text

_SOURCE: Final = {
    "document_id": "019aa1b2-0000-7000-8000-000000000002",
    "text_version": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "page": 12,
    "start": 20_480,
    "end": 20_540,
    "quote": "Short waves are scattered more than long ones.",
}
_QUIZ: Final[dict[str, Any]] = {
    "id": "019aa1b2-0000-7000-8000-000000000003",
    "title": "Optics",
    "status": "ready",
    "requested": 5,
    "made": 4,
    "reason": "The text supports no more questions.",
    "error": None,
    "document_ids": ["019aa1b2-0000-7000-8000-000000000002"],
    "questions": [
        {
            "id": "019aa1b2-0000-7000-8000-000000000004",
            "type": "single",
            "stem": "Which waves are scattered more?",
            "options": [{"id": "a", "text": "short ones"}, {"id": "b", "text": "long ones"}],
            "points": 1,
            "source": _SOURCE,
            "answer": "a",
            "withdrawn": False,
        }
    ],
    "created_at": "2026-11-21T09:00:00Z",
}
ATTEMPT: Final[dict[str, Any]] = {
    "id": "019aa1b2-0000-7000-8000-000000000005",
    "quiz_id": "019aa1b2-0000-7000-8000-000000000003",
    "status": "finished",
    "started_at": "2026-11-21T09:01:00Z",
    "finished_at": "2026-11-21T09:02:00Z",
    "score": 1,
    "max_score": 1,
    "responses": {"019aa1b2-0000-7000-8000-000000000004": "a"},
    "answers": [
        {
            "question_id": "019aa1b2-0000-7000-8000-000000000004",
            "response": "a",
            "correct": True,
            "points": 1,
            "feedback": "Right.",
            "source": _SOURCE,
        }
    ],
}
_OPEN: Final = {**ATTEMPT, "status": "open", "finished_at": None, "score": None, "answers": []}
_LISTED: Final = {"items": [{**_QUIZ, "questions": []}], "next_cursor": None}

router = APIRouter(prefix="/api/v1/quizzes", tags=["quizzes"])


class NewQuiz(Inbound):
    """What a quiz should be about."""

    document_ids: list[UUID] = Field(
        min_length=1, max_length=50, examples=[["019aa1b2-0000-7000-8000-000000000002"]]
    )
    count: int = Field(
        ge=1,
        le=100,
        description="How many questions; fewer if the text has less.",
        examples=[5],
    )
    types: list[QuestionType] = Field(
        default=[], max_length=10, description="All, if none named.", examples=[["single", "cloze"]]
    )
    difficulty: Difficulty | None = Field(
        default=None,
        description="Easy prefers true/false and single choice, hard prefers gaps, medium mixes.",
        examples=["medium"],
    )
    title: Annotated[Text, Field(min_length=1, max_length=300)] | None = Field(
        default=None, examples=["Optics"]
    )


@router.post(
    "",
    status_code=202,
    responses={
        202: shown({**_QUIZ, "status": "generating", "made": 0, "questions": []}),
        **ALWAYS,
        **problems(404, 409, 413),
    },
)
async def create(body: NewQuiz, visit: SignedIn, key: IdempotencyKey = None) -> Quiz:
    """Ask for a quiz; it is made in the background."""
    asked = CreateQuiz(
        document_ids=body.document_ids,
        count=body.count,
        types=body.types,
        difficulty=body.difficulty,
        title=body.title,
        idempotency_key=key,
        fingerprint=body.fingerprint() if key else None,
    )
    return await visit.ask(asked)


@router.get("", responses={200: shown(_LISTED), **ALWAYS})
async def list_quizzes(visit: SignedIn, limit: Limit = 20, cursor: Cursor = None) -> QuizPage:
    """My quizzes, newest first, without their questions."""
    return await visit.ask(ListQuizzes(limit=limit, cursor=cursor))


@router.get("/{quiz_id}", responses={200: shown(_QUIZ), **ALWAYS, **problems(404)})
async def describe(quiz_id: UUID, visit: SignedIn) -> Quiz:
    """The state of a quiz, and what it asks."""
    return await visit.ask(DescribeQuiz(quiz_id=quiz_id))


@router.delete(
    "/{quiz_id}",
    status_code=204,
    response_class=Response,
    responses={**ALWAYS, **problems(404)},
)
async def delete(quiz_id: UUID, visit: SignedIn) -> None:
    """Delete a quiz and its attempts."""
    await visit.ask(DeleteQuiz(quiz_id=quiz_id))


@router.post(
    "/{quiz_id}/attempts",
    status_code=201,
    responses={201: shown(_OPEN), **ALWAYS, **problems(404, 409)},
)
async def start(quiz_id: UUID, visit: SignedIn, key: IdempotencyKey = None) -> Attempt:
    """Begin an attempt at a quiz."""
    asked = StartAttempt(
        quiz_id=quiz_id, idempotency_key=key, fingerprint=str(quiz_id) if key else None
    )
    return await visit.ask(asked)


@router.get(
    "/{quiz_id}/attempts",
    responses={200: shown({"items": [ATTEMPT], "next_cursor": None}), **ALWAYS, **problems(404)},
)
async def list_attempts(
    quiz_id: UUID, visit: SignedIn, limit: Limit = 20, cursor: Cursor = None
) -> AttemptPage:
    """My attempts at a quiz, newest first."""
    return await visit.ask(ListAttempts(quiz_id=quiz_id, limit=limit, cursor=cursor))
