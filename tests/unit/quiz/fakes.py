"""Fakes of quiz's ports, held to the same behaviour as the real ones."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from services.quiz.model.attempt import Attempt, AttemptNotFound
from services.quiz.model.draft import Made, Wanted
from services.quiz.model.question import Question
from services.quiz.model.quiz import DocumentNotFound, DocumentNotReady, Quiz, QuizNotFound
from services.quiz.model.repetition import Wish
from services.quiz.model.slice import Slice
from services.quiz.ports import CannotGenerate, Text, Transaction
from shared.boxes import AlreadyHandled
from shared.cause import Cause
from shared.messages import Message

T = TypeVar("T", Quiz, Attempt)


@dataclass
class State:
    """What a store holds."""

    gone: set[UUID] = field(default_factory=set)
    quizzes: dict[UUID, Quiz] = field(default_factory=dict)
    questions: dict[UUID, list[Question]] = field(default_factory=dict)
    attempts: dict[UUID, Attempt] = field(default_factory=dict)
    wishes: dict[tuple[UUID, str, str], tuple[Wish, UUID]] = field(default_factory=dict)

    def draft(self) -> "State":
        return State(*(copy(part) for part in vars(self).values()))


@dataclass
class FakeStore:
    """A store in memory; a block that fails leaves nothing behind."""

    state: State = field(default_factory=State)
    said: list[tuple[Message, int]] = field(default_factory=list)
    handled: set[tuple[str, str]] = field(default_factory=set)

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Transaction]:
        draft = _FakeTransaction(self.state.draft())
        key = (cause.delivery.durable, cause.delivery.message_id) if cause.delivery else None
        if key in self.handled:
            raise AlreadyHandled
        yield draft
        if key:
            self.handled.add(key)
        self.state = draft.state
        self.said.extend(draft.said)


@dataclass
class _FakeTransaction:
    state: State
    said: list[tuple[Message, int]] = field(default_factory=list)

    async def hold_documents(self, document_ids: Sequence[UUID]) -> frozenset[UUID]:
        return frozenset(self.state.gone.intersection(document_ids))

    async def forget_document(self, document_id: UUID) -> int:
        self.state.gone.add(document_id)
        emptied: set[UUID] = set()
        for quiz_id, questions in self.state.questions.items():
            of_it = {
                one.id for one in questions if one.source and one.source.document_id == document_id
            }
            emptied |= of_it
            self.state.questions[quiz_id] = [
                one.emptied() if one.id in of_it else one for one in questions
            ]
        for attempt in list(self.state.attempts.values()):
            kept = {id_: word for id_, word in attempt.responses.items() if id_ not in emptied}
            self.state.attempts[attempt.id] = replace(attempt, responses=kept)
        return len(emptied)

    async def quiz(self, quiz_id: UUID, *, hold: bool = False) -> Quiz:
        if quiz_id not in self.state.quizzes:
            raise QuizNotFound
        return self.state.quizzes[quiz_id]

    async def put_quiz(self, quiz: Quiz) -> None:
        self.state.quizzes[quiz.id] = quiz

    async def quizzes(self, wanted: Slice, *, of: UUID) -> list[Quiz]:
        mine = [one for one in self.state.quizzes.values() if one.owner_id == of]
        return _part(mine, wanted)

    async def remove_quiz(self, quiz_id: UUID) -> None:
        self.state.quizzes.pop(quiz_id, None)
        self.state.questions.pop(quiz_id, None)
        for attempt in list(self.state.attempts.values()):
            if attempt.quiz_id == quiz_id:
                del self.state.attempts[attempt.id]

    async def questions(self, quiz_id: UUID) -> list[Question]:
        return list(self.state.questions.get(quiz_id, []))

    async def put_questions(self, quiz_id: UUID, questions: Sequence[Question]) -> None:
        self.state.questions[quiz_id] = list(questions)

    async def attempt(self, attempt_id: UUID, *, hold: bool = False) -> Attempt:
        if attempt_id not in self.state.attempts:
            raise AttemptNotFound
        return self.state.attempts[attempt_id]

    async def put_attempt(self, attempt: Attempt) -> None:
        self.state.attempts[attempt.id] = attempt

    async def attempts(self, wanted: Slice, *, quiz_id: UUID, of: UUID) -> list[Attempt]:
        mine = [
            one
            for one in self.state.attempts.values()
            if one.user_id == of and one.quiz_id == quiz_id
        ]
        return _part(mine, wanted)

    async def granted(self, wish: Wish) -> UUID | None:
        earlier = self.state.wishes.get((wish.user_id, wish.kind, wish.key))
        if earlier is None or earlier[0].at < wish.forgotten_before:
            return None
        wish.same_as(earlier[0].fingerprint)
        return earlier[1]

    async def grant(self, wish: Wish, made: UUID) -> UUID:
        earlier = await self.granted(wish)
        if earlier is None:
            self.state.wishes[wish.user_id, wish.kind, wish.key] = (wish, made)
        return earlier or made

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        self.said.append((message, sequence))


@dataclass
class FakeDocuments:
    """Documents as they stand now, by whose they are; what is not in here is gone."""

    owners: dict[UUID, UUID] = field(default_factory=dict)
    unready: set[UUID] = field(default_factory=set)

    async def ready(self, document_id: UUID, cause: Cause) -> bool:
        if cause.actor is None or self.owners.get(document_id) != cause.actor:
            raise DocumentNotFound(f"You have no document {document_id}.")
        return document_id not in self.unready

    @asynccontextmanager
    async def text(self, document_id: UUID, cause: Cause) -> AsyncGenerator[Text]:
        if not await self.ready(document_id, cause):
            raise DocumentNotReady
        yield Text(Path(str(document_id)), f"version of {document_id}")


@dataclass
class FakeGenerator:
    """Made questions by the name of the text; what is not in here cannot be asked about."""

    made: dict[str, Made] = field(default_factory=dict)
    asked: list[Wanted] = field(default_factory=list)

    async def make(self, text: Path, wanted: Wanted) -> Made:
        self.asked.append(wanted)
        if text.name not in self.made:
            raise CannotGenerate("timed-out", "It took too long.")
        made = self.made[text.name]
        return replace(made, drafts=made.drafts[: wanted.count])


def _part(found: list[T], wanted: Slice) -> list[T]:
    newest = sorted(found, key=lambda one: one.id, reverse=True)
    before = [one for one in newest if wanted.before is None or one.id < wanted.before]
    return before[: wanted.limit]
