"""Quiz with fakes around it, and one person with documents."""

from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from contracts import quiz as told
from contracts.document import DocumentDeleted
from services.quiz.model.draft import Made
from services.quiz.model.question import Type
from services.quiz.service.attempts import Attempts
from services.quiz.service.making import Making
from services.quiz.service.quizzes import Quizzes
from shared.cause import Cause, Delivery, new_id
from shared.messages import Message
from tests.unit.quiz.examples import NOON, a_draft
from tests.unit.quiz.fakes import FakeDocuments, FakeGenerator, FakeStore

M = TypeVar("M", bound=Message)


@dataclass
class World:
    """The verbs on fakes."""

    store: FakeStore = field(default_factory=FakeStore)
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    generator: FakeGenerator = field(default_factory=FakeGenerator)
    user: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.quizzes = Quizzes(self.store, self.documents, lambda: NOON)
        self.attempts = Attempts(self.store, lambda: NOON)
        self.making = Making(self.store, self.documents, self.generator)

    @property
    def caller(self) -> Cause:
        return Cause(actor=self.user)

    def document(self, *types: Type, note: str = "") -> UUID:
        """Have a document that gives questions of these types."""
        id_ = new_id()
        self.documents.owners[id_] = self.user
        drafts = tuple(a_draft(type_, place=place) for place, type_ in enumerate(types))
        self.generator.made[str(id_)] = Made(drafts, note)
        return id_

    async def asked(self, *documents: UUID, count: int = 3, **more: object) -> told.Quiz:
        wish = told.CreateQuiz.model_validate(
            {"document_ids": list(documents), "count": count, **more}
        )
        return await self.quizzes.create(wish, self.caller)

    async def generate(self, quiz_id: UUID, cause: Cause | None = None) -> None:
        await self.making.generate(told.GenerateQuiz(quiz_id=quiz_id), cause or heard())

    async def made(self, *documents: UUID, count: int = 3) -> told.Quiz:
        """Have a quiz made."""
        quiz = await self.asked(*documents, count=count)
        await self.generate(quiz.id)
        return await self.described(quiz.id)

    async def described(self, quiz_id: UUID) -> told.Quiz:
        return await self.quizzes.describe(told.DescribeQuiz(quiz_id=quiz_id), self.caller)

    async def forget(self, document: UUID, cause: Cause | None = None) -> None:
        """Hear that a document was deleted, after which its owner tells nothing of it."""
        self.documents.owners.pop(document, None)
        event = DocumentDeleted(document_id=document, owner_id=self.user)
        await self.making.withdraw(event, cause or heard())

    async def begun(self, quiz: told.Quiz) -> told.Attempt:
        return await self.attempts.start(told.StartAttempt(quiz_id=quiz.id), self.caller)

    async def answer(self, attempt: told.Attempt, question: UUID, response: str) -> told.Attempt:
        asked = told.AnswerQuestion(attempt_id=attempt.id, question_id=question, response=response)
        return await self.attempts.answer(asked, self.caller)

    async def finish(self, attempt: told.Attempt) -> told.Attempt:
        return await self.attempts.finish(told.FinishAttempt(attempt_id=attempt.id), self.caller)

    def said(self, kind: type[M]) -> list[M]:
        return [message for message, _ in self.store.said if isinstance(message, kind)]


def heard(message_id: str | None = None) -> Cause:
    """The cause of something heard."""
    return Cause(delivery=Delivery("durable", message_id or str(new_id())))
