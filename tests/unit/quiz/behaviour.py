"""What every store of quizzes promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.quiz import QuizDeleted
from services.quiz.model.attempt import Attempt, AttemptNotFound
from services.quiz.model.question import Difficulty, Type
from services.quiz.model.quiz import Failure, QuizNotFound
from services.quiz.model.repetition import KeyReused, Wish
from services.quiz.model.slice import Slice
from services.quiz.ports import Store
from shared.boxes import AlreadyHandled
from shared.cause import Cause, Delivery, new_id
from tests.unit.quiz.examples import NOON, a_question, a_quiz

CAUSE = Cause()


class StoreBehaviour:
    """Inherit, provide `store`, and be held to it."""

    async def test_a_quiz_is_found_again_as_it_was_put_last(self, store: Store) -> None:
        quiz = a_quiz(None, new_id(), new_id())
        later = replace(quiz, version=4).with_questions(2, "2 of 3 questions were made.")
        hard = replace(a_quiz(), difficulty=Difficulty.HARD)
        failed = replace(hard, failure=Failure("no-questions", "Nothing to ask."))

        async with store.begin(CAUSE) as tx:
            for one in (quiz, later, failed):
                await tx.put_quiz(one)

        async with store.begin(CAUSE) as tx:
            assert await tx.quiz(quiz.id) == later
            assert await tx.quiz(quiz.id, hold=True) == later
            assert await tx.quiz(failed.id) == failed
            with pytest.raises(QuizNotFound):
                await tx.quiz(new_id())

    async def test_questions_come_back_in_order(self, store: Store) -> None:
        quiz = a_quiz()
        asked = [
            a_question(quiz, type_=type_, place=place)
            for place, type_ in enumerate((Type.CLOZE, Type.TRUE_FALSE, Type.SINGLE))
        ]

        async with store.begin(CAUSE) as tx:
            await tx.put_quiz(quiz)
            await tx.put_questions(quiz.id, asked)

        async with store.begin(CAUSE) as tx:
            assert await tx.questions(quiz.id) == asked
            assert await tx.questions(new_id()) == []

    async def test_attempts_are_found_again_open_and_finished(self, store: Store) -> None:
        quiz = a_quiz()
        asked = [a_question(quiz, type_=Type.CLOZE), a_question(quiz, place=1)]
        begun = Attempt(new_id(), quiz.id, quiz.owner_id, NOON)
        answered = begun.answered(asked, asked[0].id, "Zenith")
        finished = answered.finished(asked, NOON + timedelta(minutes=5))

        async with store.begin(CAUSE) as tx:
            await tx.put_quiz(quiz)
            await tx.put_questions(quiz.id, asked)
        for attempt in (begun, answered, finished):
            async with store.begin(CAUSE) as tx:
                await tx.put_attempt(attempt)
            async with store.begin(CAUSE) as tx:
                assert await tx.attempt(begun.id, hold=True) == attempt

        async with store.begin(CAUSE) as tx:
            with pytest.raises(AttemptNotFound):
                await tx.attempt(new_id())

    async def test_pages_come_newest_first_and_meet_without_gap(self, store: Store) -> None:
        quizzes = [a_quiz(owner := new_id())]
        quizzes += [a_quiz(owner) for _ in range(4)]
        attempts = [Attempt(new_id(), quizzes[0].id, owner, NOON) for _ in range(3)]
        async with store.begin(CAUSE) as tx:
            for quiz in [*quizzes, a_quiz()]:
                await tx.put_quiz(quiz)
            for attempt in [*attempts, Attempt(new_id(), quizzes[0].id, new_id(), NOON)]:
                await tx.put_attempt(attempt)

        async with store.begin(CAUSE) as tx:
            first = await tx.quizzes(Slice(3), of=owner)
            second = await tx.quizzes(Slice(3, before=first[-1].id), of=owner)
            at_one = await tx.attempts(Slice(9), quiz_id=quizzes[0].id, of=owner)
            rest = await tx.attempts(Slice(9, attempts[1].id), quiz_id=quizzes[0].id, of=owner)

        assert first + second == quizzes[::-1]
        assert at_one == attempts[::-1]
        assert rest == attempts[:1]

    async def test_a_removed_quiz_takes_questions_and_attempts_along(self, store: Store) -> None:
        removed, kept = a_quiz(), a_quiz()
        async with store.begin(CAUSE) as tx:
            for quiz in (removed, kept):
                await tx.put_quiz(quiz)
                await tx.put_questions(quiz.id, [a_question(quiz)])
            await tx.put_attempt(mine := Attempt(new_id(), removed.id, new_id(), NOON))
            await tx.put_attempt(other := Attempt(new_id(), kept.id, new_id(), NOON))
            await tx.remove_quiz(removed.id)

        async with store.begin(CAUSE) as tx:
            assert await tx.questions(removed.id) == []
            assert len(await tx.questions(kept.id)) == 1
            assert await tx.attempt(other.id) == other
            with pytest.raises(QuizNotFound):
                await tx.quiz(removed.id)
            with pytest.raises(AttemptNotFound):
                await tx.attempt(mine.id)

    async def test_a_forgotten_document_leaves_no_word_and_every_score(self, store: Store) -> None:
        quiz = a_quiz(None, gone := new_id(), kept := new_id())
        asked = [a_question(quiz, gone, Type.CLOZE), a_question(quiz, kept, place=1)]
        attempt = Attempt(new_id(), quiz.id, quiz.owner_id, NOON)
        attempt = attempt.answered(asked, asked[0].id, "zenith").answered(asked, asked[1].id, "a")
        attempt = attempt.finished(asked, NOON)
        async with store.begin(CAUSE) as tx:
            await tx.put_quiz(quiz)
            await tx.put_questions(quiz.id, asked)
            await tx.put_attempt(attempt)

        async with store.begin(CAUSE) as tx:
            assert await tx.hold_documents([gone, kept]) == frozenset()
            assert await tx.forget_document(gone) == 1
            assert await tx.forget_document(gone) == 0
            assert await tx.forget_document(new_id()) == 0

        async with store.begin(CAUSE) as tx:
            assert await tx.questions(quiz.id) == [asked[0].emptied(), asked[1]]
            assert await tx.hold_documents([gone, kept]) == frozenset([gone])
            left = await tx.attempt(attempt.id)
            assert left == replace(attempt, responses={asked[1].id: "a"})

    async def test_a_wish_is_granted_once_for_a_day(self, store: Store) -> None:
        wish = Wish(new_id(), "quiz", "key", "fields", NOON)
        first, second = new_id(), new_id()

        async with store.begin(CAUSE) as tx:
            assert await tx.granted(wish) is None
            assert await tx.grant(wish, first) == first
        async with store.begin(CAUSE) as tx:
            soon = replace(wish, at=NOON + timedelta(hours=23))
            assert await tx.granted(soon) == first
            assert await tx.grant(soon, second) == first
            for other in (replace(soon, user_id=new_id()), replace(soon, kind="attempt")):
                assert await tx.granted(other) is None
            with pytest.raises(KeyReused):
                await tx.grant(replace(soon, fingerprint="other fields"), second)

        async with store.begin(CAUSE) as tx:
            late = replace(wish, at=NOON + timedelta(hours=25))
            assert await tx.granted(late) is None
            assert await tx.grant(late, second) == second

    async def test_an_error_takes_change_and_message_with_it(self, store: Store) -> None:
        quiz = a_quiz()

        with pytest.raises(ZeroDivisionError):  # the block is what is tested
            async with store.begin(CAUSE) as tx:
                await tx.put_quiz(quiz)
                await tx.say(QuizDeleted(quiz_id=quiz.id, owner_id=quiz.owner_id))
                _ = 1 / 0

        async with store.begin(CAUSE) as tx:
            with pytest.raises(QuizNotFound):
                await tx.quiz(quiz.id)

    async def test_a_message_is_taken_once(self, store: Store) -> None:
        heard = Cause(delivery=Delivery("quiz-document-deleted-v1", str(new_id())))
        async with store.begin(heard) as tx:
            await tx.put_quiz(a_quiz())

        with pytest.raises(AlreadyHandled):
            async with store.begin(heard) as tx:
                await tx.put_quiz(a_quiz())
