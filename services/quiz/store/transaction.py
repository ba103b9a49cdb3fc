"""One transaction in PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

from services.quiz.model.attempt import Attempt, AttemptNotFound
from services.quiz.model.question import Question
from services.quiz.model.quiz import Quiz, QuizNotFound
from services.quiz.model.repetition import Wish
from services.quiz.model.slice import Slice
from services.quiz.store import rows, statements
from shared.rebuilds import Rebuildable


class PostgresTransaction(Rebuildable):
    """What the port promises, in SQL."""

    async def hold_documents(self, document_ids: Sequence[UUID]) -> frozenset[UUID]:
        wanted = {"ids": sorted(set(document_ids))}
        found = await self._session.execute(statements.HOLD_DOCUMENTS, wanted)
        return frozenset(row["id"] for row in found.mappings() if row["gone"])

    async def forget_document(self, document_id: UUID) -> int:
        where = {"id": document_id}
        await self._session.execute(statements.FORGET_DOCUMENT, where)
        asked = await self._session.execute(statements.COUNT_QUESTIONS, where)
        await self._session.execute(statements.FORGET_RESPONSES, where)
        await self._session.execute(statements.EMPTY_QUESTIONS, where)
        return int(asked.scalar_one())

    async def quiz(self, quiz_id: UUID, *, hold: bool = False) -> Quiz:
        statement = statements.HOLD_QUIZ if hold else statements.QUIZ
        found = await self._session.execute(statement, {"id": quiz_id})
        row = found.mappings().one_or_none()
        if row is None:
            raise QuizNotFound(f"You have no quiz {quiz_id}.")
        return rows.to_quiz(row)

    async def put_quiz(self, quiz: Quiz) -> None:
        await self._session.execute(statements.PUT_QUIZ, rows.of_quiz(quiz))

    async def quizzes(self, wanted: Slice, *, of: UUID) -> list[Quiz]:
        where = {"owner_id": of, "before": wanted.before, "limit": wanted.limit}
        found = await self._session.execute(statements.QUIZZES, where)
        return [rows.to_quiz(row) for row in found.mappings()]

    async def remove_quiz(self, quiz_id: UUID) -> None:
        await self._session.execute(statements.REMOVE_QUIZ, {"id": quiz_id})

    async def questions(self, quiz_id: UUID) -> list[Question]:
        found = await self._session.execute(statements.QUESTIONS, {"quiz_id": quiz_id})
        return [rows.to_question(row) for row in found.mappings()]

    async def put_questions(self, quiz_id: UUID, questions: Sequence[Question]) -> None:
        for ordinal, question in enumerate(questions):
            row = rows.of_question(quiz_id, ordinal, question)
            await self._session.execute(statements.PUT_QUESTION, row)

    async def attempt(self, attempt_id: UUID, *, hold: bool = False) -> Attempt:
        statement = statements.HOLD_ATTEMPT if hold else statements.ATTEMPT
        found = await self._session.execute(statement, {"id": attempt_id})
        row = found.mappings().one_or_none()
        if row is None:
            raise AttemptNotFound(f"You have no attempt {attempt_id}.")
        return rows.to_attempt(row)

    async def put_attempt(self, attempt: Attempt) -> None:
        await self._session.execute(statements.PUT_ATTEMPT, rows.of_attempt(attempt))

    async def attempts(self, wanted: Slice, *, quiz_id: UUID, of: UUID) -> list[Attempt]:
        where = {
            "quiz_id": quiz_id,
            "user_id": of,
            "before": wanted.before,
            "limit": wanted.limit,
        }
        found = await self._session.execute(statements.ATTEMPTS, where)
        return [rows.to_attempt(row) for row in found.mappings()]

    async def granted(self, wish: Wish) -> UUID | None:
        where = {
            "user_id": wish.user_id,
            "kind": wish.kind,
            "key": wish.key,
            "before": wish.forgotten_before,
        }
        row = (await self._session.execute(statements.WISH, where)).mappings().one_or_none()
        if row is None:
            return None
        wish.same_as(row["fingerprint"])
        made: UUID = row["made"]
        return made

    async def grant(self, wish: Wish, made: UUID) -> UUID:
        before = {"before": wish.forgotten_before}
        await self._session.execute(statements.FORGET_WISHES, before)
        row = {
            "user_id": wish.user_id,
            "kind": wish.kind,
            "key": wish.key,
            "fingerprint": wish.fingerprint,
            "made": made,
            "granted_at": wish.at,
        }
        granted = await self._session.execute(statements.GRANT, row)
        if granted.scalar_one_or_none() is not None:
            return made
        return await self.granted(wish) or made
