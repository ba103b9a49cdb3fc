"""Asking for quizzes, looking at them, forgetting them; each verb is one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from contracts import quiz as told
from services.quiz.model.question import Difficulty, Type
from services.quiz.model.quiz import (
    DocumentNotFound,
    DocumentNotReady,
    Quiz,
    distinct,
    title_of,
)
from services.quiz.model.repetition import Wish
from services.quiz.model.slice import Slice
from services.quiz.ports import Documents, Store
from services.quiz.service.telling import caller_of, speak, tell_quiz
from shared.cause import Cause, new_id
from shared.cursor import Listing
from shared.messages import Done


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Quizzes:
    """The verbs about quizzes as such."""

    store: Store
    documents: Documents
    now: Callable[[], datetime] = _now

    async def create(self, asked: told.CreateQuiz, cause: Cause) -> told.Quiz:
        """Begin a quiz from documents of the caller's that are ready; one, however often asked."""
        quiz = self._asked_for(asked, caller_of(cause))
        wish = _wish(asked, quiz)
        if wish and (earlier := await self._granted(wish, cause)):
            return earlier
        for document_id in quiz.document_ids:
            if not await self.documents.ready(document_id, cause):
                raise DocumentNotReady(f"Document {document_id} is not ready.")
        async with self.store.begin(cause) as tx:
            if wish and (made := await tx.grant(wish, quiz.id)) != quiz.id:
                return tell_quiz((await tx.quiz(made)).as_asked_for())
            for gone in await tx.hold_documents(quiz.document_ids):
                raise DocumentNotFound(f"You have no document {gone}.")
            about = {"quiz_id": quiz.id, "owner_id": quiz.owner_id}
            started = told.QuizGenerationStarted(**about, requested=quiz.requested)
            await speak(tx, quiz, started)
            await tx.say(told.GenerateQuiz(quiz_id=quiz.id))
        return tell_quiz(quiz)

    async def describe(self, asked: told.DescribeQuiz, cause: Cause) -> told.Quiz:
        """Tell how a quiz of the caller's stands, and what it asks."""
        async with self.store.begin(cause) as tx:
            quiz = (await tx.quiz(asked.quiz_id)).owned_by(caller_of(cause))
            return tell_quiz(quiz, await tx.questions(quiz.id))

    async def list(self, asked: told.ListQuizzes, cause: Cause) -> told.QuizPage:
        """Tell a page of the caller's quizzes."""
        owner = caller_of(cause)
        listing = Listing("quizzes", owner)
        wanted = Slice(asked.limit + 1, listing.place_of(asked.cursor))
        async with self.store.begin(cause) as tx:
            found = await tx.quizzes(wanted, of=owner)
        page = found[: asked.limit]
        return told.QuizPage(
            items=[tell_quiz(one) for one in page],
            next_cursor=listing.after(page[-1].id) if len(found) > len(page) else None,
        )

    async def delete(self, asked: told.DeleteQuiz, cause: Cause) -> Done:
        """Forget a quiz of the caller's, with its questions and attempts."""
        async with self.store.begin(cause) as tx:
            quiz = (await tx.quiz(asked.quiz_id, hold=True)).owned_by(caller_of(cause))
            await tx.remove_quiz(quiz.id)
            gone = told.QuizDeleted(quiz_id=quiz.id, owner_id=quiz.owner_id)
            await tx.say(gone, sequence=quiz.version + 1)
        return Done()

    def _asked_for(self, asked: told.CreateQuiz, owner_id: UUID) -> Quiz:
        now = self.now()
        return Quiz(
            id=new_id(),
            owner_id=owner_id,
            title=title_of(asked.title, now),
            document_ids=distinct(asked.document_ids),
            requested=asked.count,
            types=tuple(Type(type_) for type_ in asked.types) or tuple(Type),
            created_at=now,
            difficulty=Difficulty(asked.difficulty or Difficulty.MEDIUM),
        )

    async def _granted(self, wish: Wish, cause: Cause) -> told.Quiz | None:
        """Find what the wish made before, without asking for documents that may be gone by now."""
        async with self.store.begin(cause) as tx:
            made = await tx.granted(wish)
            return tell_quiz((await tx.quiz(made)).as_asked_for()) if made else None


def _wish(asked: told.CreateQuiz, quiz: Quiz) -> Wish | None:
    if asked.idempotency_key is None:
        return None
    fields = asked.model_dump_json(exclude={"idempotency_key", "fingerprint"})
    fingerprint = asked.fingerprint or sha256(fields.encode()).hexdigest()
    return Wish(quiz.owner_id, "quiz", asked.idempotency_key, fingerprint, quiz.created_at)
