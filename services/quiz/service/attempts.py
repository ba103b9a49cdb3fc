"""Taking quizzes: begin, answer, finish, look back; each verb is one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from contracts import quiz as told
from services.quiz.model.attempt import Attempt
from services.quiz.model.repetition import Wish
from services.quiz.model.slice import Slice
from services.quiz.ports import Store, Transaction
from services.quiz.service.telling import caller_of, tell_attempt
from shared.cause import Cause, new_id
from shared.cursor import Listing, fitting


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Attempts:
    """The verbs about attempts at quizzes."""

    store: Store
    now: Callable[[], datetime] = _now

    async def start(self, asked: told.StartAttempt, cause: Cause) -> told.Attempt:
        """Begin a go at a quiz of the caller's; one, however often asked under a key."""
        user = caller_of(cause)
        attempt = Attempt(new_id(), asked.quiz_id, user, self.now())
        async with self.store.begin(cause) as tx:
            quiz = (await tx.quiz(asked.quiz_id, hold=True)).owned_by(user).to_take()
            if asked.idempotency_key is not None:
                made = await tx.grant(_wish(asked, attempt), attempt.id)
                if made != attempt.id:
                    begun = (await tx.attempt(made)).as_begun()
                    return tell_attempt(begun, await tx.questions(quiz.id))
            await tx.put_attempt(attempt)
            return tell_attempt(attempt, await tx.questions(quiz.id))

    async def answer(self, asked: told.AnswerQuestion, cause: Cause) -> told.Attempt:
        """Take a response in an open attempt of the caller's."""
        async with self.store.begin(cause) as tx:
            attempt = await _own(tx, asked.attempt_id, cause, hold=True)
            questions = await tx.questions(attempt.quiz_id)
            attempt = attempt.answered(questions, asked.question_id, asked.response)
            await tx.put_attempt(attempt)
            return tell_attempt(attempt, questions)

    async def finish(self, asked: told.FinishAttempt, cause: Cause) -> told.Attempt:
        """Grade an attempt of the caller's, once."""
        async with self.store.begin(cause) as tx:
            attempt = await _own(tx, asked.attempt_id, cause, hold=True)
            questions = await tx.questions(attempt.quiz_id)
            if attempt.result is None:
                attempt = attempt.finished(questions, self.now())
                await tx.put_attempt(attempt)
                await tx.say(_finished(attempt), sequence=1)
            return tell_attempt(attempt, questions)

    async def describe(self, asked: told.DescribeAttempt, cause: Cause) -> told.Attempt:
        """Tell how an attempt of the caller's stands."""
        async with self.store.begin(cause) as tx:
            attempt = await _own(tx, asked.attempt_id, cause)
            return tell_attempt(attempt, await tx.questions(attempt.quiz_id))

    async def list(self, asked: told.ListAttempts, cause: Cause) -> told.AttemptPage:
        """Tell a page of the caller's attempts at a quiz."""
        user = caller_of(cause)
        listing = Listing("attempts", user, (asked.quiz_id,))
        wanted = Slice(asked.limit + 1, listing.place_of(asked.cursor))
        async with self.store.begin(cause) as tx:
            quiz = (await tx.quiz(asked.quiz_id)).owned_by(user)
            found = await tx.attempts(wanted, quiz_id=quiz.id, of=user)
            questions = await tx.questions(quiz.id)
        page = fitting([tell_attempt(one, questions) for one in found[: asked.limit]])
        return told.AttemptPage(
            items=page,
            next_cursor=listing.after(page[-1].id) if len(found) > len(page) else None,
        )


async def _own(tx: Transaction, attempt_id: UUID, cause: Cause, *, hold: bool = False) -> Attempt:
    return (await tx.attempt(attempt_id, hold=hold)).owned_by(caller_of(cause))


def _wish(asked: told.StartAttempt, attempt: Attempt) -> Wish:
    return Wish(
        user_id=attempt.user_id,
        kind=f"attempt/{attempt.quiz_id}",
        key=asked.idempotency_key or "",
        fingerprint=asked.fingerprint or "",
        at=attempt.started_at,
    )


def _finished(attempt: Attempt) -> told.AttemptFinished:
    result = attempt.graded()
    return told.AttemptFinished(
        attempt_id=attempt.id,
        quiz_id=attempt.quiz_id,
        user_id=attempt.user_id,
        score=result.score,
        max_score=result.max_score,
    )
