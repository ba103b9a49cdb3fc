"""Attempts: answer question after question, then be graded."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from contracts.quiz import AnswerQuestion, Attempt, DescribeAttempt, FinishAttempt
from services.gateway.dependencies import SignedIn
from services.gateway.openapi import ALWAYS, problems, shown
from services.gateway.routes.quizzes import ATTEMPT
from services.gateway.routes.words import Inbound, Text

router = APIRouter(prefix="/api/v1/attempts", tags=["quizzes"])


class Response(Inbound):
    """An option's id, or the words that fill the gap."""

    response: Text = Field(max_length=10_000, examples=["a"])


@router.get("/{attempt_id}", responses={200: shown(ATTEMPT), **ALWAYS, **problems(404)})
async def describe(attempt_id: UUID, visit: SignedIn) -> Attempt:
    """The state of an attempt of mine."""
    return await visit.ask(DescribeAttempt(attempt_id=attempt_id))


@router.put(
    "/{attempt_id}/answers/{question_id}",
    responses={200: shown(ATTEMPT), **ALWAYS, **problems(404, 409, 413)},
)
async def answer(attempt_id: UUID, question_id: UUID, body: Response, visit: SignedIn) -> Attempt:
    """Answer one question; the last answer counts."""
    asked = AnswerQuestion(attempt_id=attempt_id, question_id=question_id, response=body.response)
    return await visit.ask(asked)


@router.post(
    "/{attempt_id}/finish",
    responses={200: shown(ATTEMPT), **ALWAYS, **problems(404, 409)},
)
async def finish(attempt_id: UUID, visit: SignedIn) -> Attempt:
    """Finish and be graded; repeating it answers the same."""
    return await visit.ask(FinishAttempt(attempt_id=attempt_id))
