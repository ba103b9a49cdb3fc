"""The making of a quiz's questions, and their end when a document is forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from contracts import quiz as told
from contracts.document import DocumentDeleted
from services.quiz.model.draft import Wanted
from services.quiz.model.question import Question
from services.quiz.model.quiz import (
    GIVEN_UP,
    DocumentNotFound,
    DocumentNotReady,
    Failure,
    Quiz,
    QuizNotFound,
)
from services.quiz.model.selection import choose, fair_share, why_fewer
from services.quiz.ports import CannotGenerate, Documents, Generator, Store, Transaction
from services.quiz.service.telling import speak
from shared.cause import Cause


@dataclass(frozen=True, slots=True)
class _Yield:
    """What one document gave: questions, best first, and why there are not more."""

    document_id: UUID
    questions: Sequence[Question] = ()
    note: str = ""
    failure: Failure | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Making:
    """The verbs about what quizzes ask."""

    store: Store
    documents: Documents
    generator: Generator

    async def generate(self, heard: told.GenerateQuiz, cause: Cause) -> None:
        """Make a quiz's questions, document by document; they appear all at once, at the end."""
        quiz = await self._waiting(heard.quiz_id, cause)
        yields = await self._from_all(quiz, cause) if quiz else []
        async with self.store.begin(cause) as tx:
            await _conclude(tx, heard.quiz_id, yields)

    async def give_up(self, heard: told.GenerateQuiz, cause: Cause) -> None:
        """Fail a quiz whose making failed again and again, so that nobody waits for it."""
        async with self.store.begin(cause) as tx:
            quiz = await _unfinished(tx, heard.quiz_id, hold=True)
            if quiz is not None and quiz.failure is None:
                await _fail(tx, quiz, Failure(GIVEN_UP, "It failed again and again; ask again."))

    async def withdraw(self, heard: DocumentDeleted, cause: Cause) -> None:
        """Empty every question of a forgotten document, and take none from it any more."""
        async with self.store.begin(cause) as tx:
            await tx.hold_documents([heard.document_id])
            emptied = await tx.forget_document(heard.document_id)
            withdrawn = told.QuestionsWithdrawn(
                document_id=heard.document_id, owner_id=heard.owner_id, questions=emptied
            )
            await tx.say(withdrawn, sequence=1)

    async def _waiting(self, quiz_id: UUID, cause: Cause) -> Quiz | None:
        async with self.store.begin(cause.midway()) as tx:
            return await _unfinished(tx, quiz_id)

    async def _from_all(self, quiz: Quiz, cause: Cause) -> list[_Yield]:
        in_its_owners_name = replace(cause.midway(), actor=quiz.owner_id)
        yields: list[_Yield] = []
        for document_id in quiz.document_ids:
            yields.append(await self._from_document(document_id, quiz, in_its_owners_name))
            async with self.store.begin(cause.midway()) as tx:
                await _progress(tx, quiz.id, len(yields))
        return yields

    async def _from_document(self, document_id: UUID, quiz: Quiz, cause: Cause) -> _Yield:
        share = fair_share(quiz.requested, len(quiz.document_ids))
        wanted = Wanted(share, quiz.types, f"{quiz.id}/{document_id}", quiz.difficulty)
        try:
            async with self.documents.text(document_id, cause) as text:
                made = await self.generator.make(text.path, wanted)
                version = text.version
        except DocumentNotFound:
            return _Yield(document_id, note="a document was deleted meanwhile")
        except DocumentNotReady:
            return _Yield(document_id, note="a document is being read again")
        except CannotGenerate as cannot:
            return _Yield(document_id, (), cannot.detail, Failure(cannot.code, cannot.detail))
        questions = [draft.question(quiz.id, document_id, version) for draft in made.drafts]
        return _Yield(document_id, questions, made.note)


async def _unfinished(tx: Transaction, quiz_id: UUID, *, hold: bool = False) -> Quiz | None:
    try:
        quiz = await tx.quiz(quiz_id, hold=hold)
    except QuizNotFound:
        return None
    return quiz if quiz.waits else None


async def _progress(tx: Transaction, quiz_id: UUID, documents: int) -> None:
    quiz = await _unfinished(tx, quiz_id, hold=True)
    moved = quiz and quiz.moved(documents)
    if moved:
        about = {"quiz_id": moved.id, "owner_id": moved.owner_id}
        await speak(tx, moved, told.QuizGenerationProgressed(**about, progress=moved.progress))


async def _conclude(tx: Transaction, quiz_id: UUID, yields: Sequence[_Yield]) -> None:
    """Keep the best questions of documents that are still there, or fail for want of any."""
    gone = await tx.hold_documents([one.document_id for one in yields])
    quiz = await _unfinished(tx, quiz_id, hold=True)
    if quiz is None:
        return
    left = [one for one in yields if one.document_id not in gone]
    questions = choose([one.questions for one in left], quiz.requested)
    if not questions:
        await _fail(tx, quiz, _failure(left))
        return
    notes = list(dict.fromkeys(one.note for one in left if one.note))
    made, wanted = len(questions), quiz.requested
    await tx.put_questions(quiz.id, questions)
    await speak(
        tx,
        quiz.with_questions(made, why_fewer(made, wanted, notes)),
        told.QuizGenerated(quiz_id=quiz.id, owner_id=quiz.owner_id, requested=wanted, made=made),
    )


async def _fail(tx: Transaction, quiz: Quiz, failure: Failure) -> None:
    failed = told.QuizGenerationFailed(
        quiz_id=quiz.id, owner_id=quiz.owner_id, code=failure.code, detail=failure.detail
    )
    await speak(tx, quiz.without_questions(failure), failed)


def _failure(left: Sequence[_Yield]) -> Failure:
    if not left:
        return Failure("document-deleted", "Every document of it was deleted.")
    for one in left:
        if one.failure is not None:
            return one.failure
    notes = "; ".join(dict.fromkeys(one.note for one in left if one.note))
    return Failure("no-questions", notes or "No sentence makes a question that stands alone.")
