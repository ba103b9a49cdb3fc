"""One go at a quiz: responses while it is open, a score once it is finished."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Self
from uuid import UUID

from services.quiz.model.grading import Grade, grade
from services.quiz.model.question import Question, QuestionNotFound
from shared.problems import NotFound, Problem


class AttemptNotFound(NotFound, code="attempt-not-found", title="There is no such attempt"):
    """It does not exist, or is somebody else's."""


class AttemptFinished(
    Problem,
    code="attempt-finished",
    status=HTTPStatus.CONFLICT,
    title="The attempt is finished",
):
    """A finished attempt takes no more answers."""


class AttemptOpen(
    Problem, code="attempt-open", status=HTTPStatus.CONFLICT, title="The attempt is not finished"
):
    """An open attempt has no score yet."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt was worth; it stays whatever becomes of the questions."""

    finished_at: datetime
    score: float
    max_score: float
    grades: tuple[Grade, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One person's go at one quiz."""

    id: UUID
    quiz_id: UUID
    user_id: UUID
    started_at: datetime
    responses: Mapping[UUID, str] = field(default_factory=dict)
    result: Result | None = None

    def owned_by(self, user_id: UUID) -> Self:
        """Be found by nobody but the one whose go it is."""
        if self.user_id != user_id:
            raise AttemptNotFound(f"You have no attempt {self.id}.")
        return self

    def answered(self, questions: Iterable[Question], question_id: UUID, response: str) -> Self:
        """Take a response to one of the quiz's questions; the last one counts."""
        if self.result is not None:
            raise AttemptFinished("Start another one.")
        question = next((one for one in questions if one.id == question_id), None)
        if question is None:
            raise QuestionNotFound(f"This quiz has no question {question_id}.")
        response = response.replace("\0", "")
        question.check(response)
        return replace(self, responses={**self.responses, question_id: response})

    def graded(self) -> Result:
        """Tell what it was worth; only a finished one can."""
        if self.result is None:
            raise AttemptOpen("Finish it first.")
        return self.result

    def finished(self, questions: Iterable[Question], at: datetime) -> Self:
        """Be graded, on the questions that are still asked. The first time counts."""
        if self.result is not None:
            return self
        asked = [one for one in questions if not one.withdrawn]
        grades = tuple(grade(one, self.responses.get(one.id)) for one in asked)
        result = Result(
            finished_at=at,
            score=sum(one.points for one in grades),
            max_score=sum(one.points for one in asked),
            grades=grades,
        )
        return replace(self, result=result)

    def as_begun(self) -> Self:
        """Look as it did when it was begun."""
        return replace(self, responses={}, result=None)
