"""A quiz on its way from the wish to its questions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Self
from uuid import UUID

from services.quiz.model.question import Difficulty, Type
from shared.problems import NotFound, Problem

GIVEN_UP: Final = "given-up"
"""The code of a failure of ours, after which the making may be begun again."""


class QuizNotFound(NotFound, code="quiz-not-found", title="There is no such quiz"):
    """It does not exist, or is somebody else's."""


class QuizNotReady(
    Problem, code="quiz-not-ready", status=HTTPStatus.CONFLICT, title="The quiz has no questions"
):
    """Its questions are still being made, or could not be made."""


class DocumentNotFound(NotFound, code="document-not-found", title="There is no such document"):
    """A quiz was asked for from a document that is not there, or not the caller's."""


class DocumentNotReady(
    Problem,
    code="document-not-ready",
    status=HTTPStatus.CONFLICT,
    title="The document cannot be asked about yet",
):
    """A quiz was asked for from a document that is not read and indexed yet."""


class Status(StrEnum):
    """Where a quiz is."""

    GENERATING = "generating"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why no question could be made."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Quiz:
    """One quiz of one owner; `version` rises with everything said about it."""

    id: UUID
    owner_id: UUID
    title: str
    document_ids: tuple[UUID, ...]
    requested: int
    types: tuple[Type, ...]
    created_at: datetime
    difficulty: Difficulty = Difficulty.MEDIUM
    status: Status = Status.GENERATING
    progress: int = 0
    made: int = 0
    reason: str | None = None
    failure: Failure | None = None
    version: int = 0

    def owned_by(self, user_id: UUID) -> Self:
        """Be found by nobody but the owner."""
        if self.owner_id != user_id:
            raise QuizNotFound(f"You have no quiz {self.id}.")
        return self

    def to_take(self) -> Self:
        """Be ready to be taken."""
        if self.status is not Status.READY:
            raise QuizNotReady(f"It is {self.status}.")
        return self

    @property
    def waits(self) -> bool:
        """Whether its questions are still to be made."""
        given_up = self.failure is not None and self.failure.code == GIVEN_UP
        return self.status is Status.GENERATING or given_up

    def moved(self, documents_done: int) -> Self | None:
        """Move on as documents are worked through; None if that is no progress."""
        progress = 99 * documents_done // len(self.document_ids)
        if self.status is not Status.GENERATING or progress <= self.progress:
            return None
        return replace(self, progress=progress)

    def with_questions(self, made: int, reason: str | None) -> Self:
        """Be ready to be taken."""
        return replace(
            self, status=Status.READY, progress=100, made=made, reason=reason, failure=None
        )

    def without_questions(self, failure: Failure) -> Self:
        """Have failed."""
        return replace(self, status=Status.FAILED, progress=100, failure=failure)

    def spoken_of(self, times: int = 1) -> Self:
        """Count what is said about it."""
        return replace(self, version=self.version + times)

    def as_asked_for(self) -> Self:
        """Look as it did when it was asked for, whatever became of it."""
        return replace(
            self, status=Status.GENERATING, progress=0, made=0, reason=None, failure=None
        )


def title_of(wish: str | None, now: datetime) -> str:
    """Name a quiz. Without a wish never after a document: that name must go when it is deleted."""
    return (wish or "").replace("\0", "").strip() or f"Quiz of {now:%d %B %Y, %H:%M}"


def distinct(document_ids: Sequence[UUID]) -> tuple[UUID, ...]:
    """Name each document once, in the order asked for."""
    return tuple(dict.fromkeys(document_ids))
