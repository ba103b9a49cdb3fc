"""What quiz needs from outside, in its own words."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from services.quiz.model.attempt import Attempt
from services.quiz.model.draft import Made, Wanted
from services.quiz.model.question import Question
from services.quiz.model.quiz import Quiz
from services.quiz.model.repetition import Wish
from services.quiz.model.slice import Slice
from shared.cause import Cause
from shared.messages import Message


class CannotGenerate(Exception):
    """No questions could be made of a text; the code says why, and trying again would not help."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Text:
    """A document's text, pages and headings as a file of ours, and which text it is."""

    path: Path
    version: str


class Documents(Protocol):
    """The documents that the actor may read."""

    async def ready(self, document_id: UUID, cause: Cause) -> bool:
        """Say whether it can be asked about; `DocumentNotFound` if there is none."""
        ...

    def text(self, document_id: UUID, cause: Cause) -> AbstractAsyncContextManager[Text]:
        """Hold its text for a while; `DocumentNotFound`, or `DocumentNotReady`."""
        ...


class Generator(Protocol):
    """Makes questions from a text. The same text and wish make the same questions."""

    async def make(self, text: Path, wanted: Wanted) -> Made:
        """Make at most as many as wanted, best first; `CannotGenerate` if the text defies it."""
        ...


class Transaction(Protocol):
    """Changes and messages that happen together or not at all."""

    async def hold_documents(self, document_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Let nobody else forget these until the end, and name those that are forgotten already."""
        ...

    async def forget_document(self, document_id: UUID) -> int:
        """Remember that it is gone, empty its questions and responses to them; count those."""
        ...

    async def quiz(self, quiz_id: UUID, *, hold: bool = False) -> Quiz:
        """Fetch one, and if held let nobody else change it; `QuizNotFound` otherwise."""
        ...

    async def put_quiz(self, quiz: Quiz) -> None:
        """Store it as it is now."""
        ...

    async def quizzes(self, wanted: Slice, *, of: UUID) -> list[Quiz]:
        """Fetch a part of somebody's, newest first."""
        ...

    async def remove_quiz(self, quiz_id: UUID) -> None:
        """Leave nothing of it: questions, attempts."""
        ...

    async def questions(self, quiz_id: UUID) -> list[Question]:
        """Fetch what it asks, in order."""
        ...

    async def put_questions(self, quiz_id: UUID, questions: Sequence[Question]) -> None:
        """Store what it asks, in order."""
        ...

    async def attempt(self, attempt_id: UUID, *, hold: bool = False) -> Attempt:
        """Fetch one, and if held let nobody else change it; `AttemptNotFound` otherwise."""
        ...

    async def put_attempt(self, attempt: Attempt) -> None:
        """Store it as it is now."""
        ...

    async def attempts(self, wanted: Slice, *, quiz_id: UUID, of: UUID) -> list[Attempt]:
        """Fetch a part of somebody's at one quiz, newest first."""
        ...

    async def granted(self, wish: Wish) -> UUID | None:
        """Find what a repeated wish made; `KeyReused` if its key stood for another one."""
        ...

    async def grant(self, wish: Wish, made: UUID) -> UUID:
        """Remember what a wish made, or find what the same wish made a moment before."""
        ...

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        """Say something if, and only if, this all happens."""
        ...


class Stock(Protocol):
    """What is stored, whoever it belongs to."""

    async def living(self, quiz_ids: Sequence[UUID]) -> set[UUID]:
        """Tell which of these quizzes are there."""
        ...

    async def cited(self) -> set[UUID]:
        """Name every document that a question tells of."""
        ...


class Store(Protocol):
    """Where quizzes live."""

    def begin(self, cause: Cause) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that commits at the end of its block."""
        ...
