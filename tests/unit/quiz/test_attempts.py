"""Taking quizzes."""

from dataclasses import replace

import pytest

from contracts import quiz as told
from services.quiz.model.attempt import AttemptFinished, AttemptNotFound
from services.quiz.model.question import (
    BadResponse,
    QuestionGone,
    QuestionNotFound,
    Type,
)
from services.quiz.model.quiz import QuizNotFound, QuizNotReady
from services.quiz.model.repetition import KeyReused
from shared.cause import new_id
from tests.unit.quiz.house import House

THREE = (Type.SINGLE, Type.TRUE_FALSE, Type.CLOZE)


class TestStart:
    async def test_only_a_ready_quiz_of_ones_own_can_be_taken(self, house: House) -> None:
        waiting = await house.asked(house.document(*THREE))
        made = await house.made(house.document(*THREE))

        with pytest.raises(QuizNotReady):
            await house.begun(waiting)
        with pytest.raises(QuizNotFound):
            await replace(house, user=new_id()).begun(made)
        attempt = await house.begun(made)
        assert (attempt.status, attempt.score, attempt.max_score) == ("open", None, 3)

    async def test_a_repeated_key_answers_the_first_attempt_as_it_was(self, house: House) -> None:
        quiz = await house.made(house.document(*THREE))
        other = await house.made(house.document(*THREE))
        asked = told.StartAttempt(quiz_id=quiz.id, idempotency_key="k", fingerprint="f")
        first = await house.attempts.start(asked, house.caller)
        await house.answer(first, quiz.questions[2].id, "nadir")

        again = await house.attempts.start(asked, house.caller)

        assert again == first
        with pytest.raises(KeyReused):
            changed = asked.model_copy(update={"fingerprint": "g"})
            await house.attempts.start(changed, house.caller)
        elsewhere = asked.model_copy(update={"quiz_id": other.id})
        assert (await house.attempts.start(elsewhere, house.caller)).id != first.id


class TestAnswer:
    async def test_the_last_answer_counts(self, house: House) -> None:
        quiz = await house.made(house.document(Type.CLOZE))
        attempt = await house.begun(quiz)

        for response in ("nadir", "  The ZENITH. "):
            await house.answer(attempt, quiz.questions[0].id, response)

        assert (await house.finish(attempt)).score == 1

    async def test_what_the_quiz_does_not_ask_or_offer_is_refused(self, house: House) -> None:
        quiz = await house.made(house.document(*THREE))
        attempt = await house.begun(quiz)

        with pytest.raises(QuestionNotFound):
            await house.answer(attempt, new_id(), "a")
        with pytest.raises(BadResponse, match="a, b, c, d"):
            await house.answer(attempt, quiz.questions[0].id, "zenith")

    async def test_a_gap_takes_words_and_no_essay(self, house: House) -> None:
        quiz = await house.made(house.document(Type.CLOZE))
        attempt = await house.begun(quiz)

        await house.answer(attempt, quiz.questions[0].id, "x" * 200)
        with pytest.raises(BadResponse, match="at most 200"):
            await house.answer(attempt, quiz.questions[0].id, "x" * 201)

    async def test_a_finished_or_foreign_attempt_takes_none(self, house: House) -> None:
        quiz = await house.made(house.document(*THREE))
        attempt = await house.begun(quiz)
        await house.finish(attempt)

        with pytest.raises(AttemptFinished):
            await house.answer(attempt, quiz.questions[0].id, "a")
        with pytest.raises(AttemptNotFound):
            await replace(house, user=new_id()).answer(attempt, quiz.questions[0].id, "a")

    async def test_a_withdrawn_question_takes_none_and_counts_for_nothing(
        self, house: House
    ) -> None:
        gone, kept = house.document(Type.CLOZE), house.document(Type.CLOZE)
        quiz = await house.made(gone, kept, count=2)
        attempt = await house.begun(quiz)
        for question in quiz.questions:
            await house.answer(attempt, question.id, "zenith")

        await house.forget(gone)

        with pytest.raises(QuestionGone):
            await house.answer(attempt, quiz.questions[0].id, "zenith")
        finished = await house.finish(attempt)
        assert (finished.score, finished.max_score) == (1, 1)
        assert list(finished.responses) == [quiz.questions[1].id]

    async def test_characters_that_no_database_holds_are_left_out(self, house: House) -> None:
        quiz = await house.made(house.document(Type.CLOZE))
        attempt = await house.begun(quiz)

        answered = await house.answer(attempt, quiz.questions[0].id, "zen\0ith")

        assert list(answered.responses.values()) == ["zenith"]


class TestFinish:
    async def test_it_grades_explains_and_cites(self, house: House) -> None:
        quiz = await house.made(document := house.document(*THREE))
        attempt = await house.begun(quiz)
        single, true_false, cloze = quiz.questions
        await house.answer(attempt, single.id, single.answer or "")
        await house.answer(attempt, cloze.id, "nadir")

        finished = await house.finish(attempt)

        assert (finished.status, finished.score, finished.max_score) == ("finished", 1, 3)
        by_id = {one.question_id: one for one in finished.answers}
        assert by_id[single.id].feedback == "Right: zenith (page 1)."
        assert by_id[true_false.id].feedback == "Not answered. Right is: False (page 2)."
        assert by_id[cloze.id].feedback == "Not 'nadir': right is zenith (page 3)."
        assert [one.correct for one in finished.answers] == [True, False, False]
        assert all(one.source and one.source.document_id == document for one in finished.answers)

    async def test_finishing_again_answers_the_same_and_says_nothing(self, house: House) -> None:
        quiz = await house.made(house.document(*THREE))
        attempt = await house.begun(quiz)

        first = await house.finish(attempt)
        again = await house.finish(attempt)

        assert again == first
        assert house.said(told.AttemptFinished) == [
            told.AttemptFinished(
                attempt_id=attempt.id, quiz_id=quiz.id, user_id=house.user, score=0, max_score=3
            )
        ]

    async def test_looking_back_tells_the_same_to_nobody_else(self, house: House) -> None:
        quiz = await house.made(house.document(*THREE))
        attempt = await house.begun(quiz)
        finished = await house.finish(attempt)
        asked = told.DescribeAttempt(attempt_id=attempt.id)

        assert await house.attempts.describe(asked, house.caller) == finished
        with pytest.raises(AttemptNotFound):
            await house.attempts.describe(asked, replace(house, user=new_id()).caller)


class TestList:
    async def test_pages_of_attempts_meet(self, house: House) -> None:
        quiz = await house.made(house.document(*THREE))
        begun = [(await house.begun(quiz)).id for _ in range(3)]

        asked = told.ListAttempts(quiz_id=quiz.id, limit=2)
        first = await house.attempts.list(asked, house.caller)
        rest = await house.attempts.list(
            asked.model_copy(update={"cursor": first.next_cursor}), house.caller
        )

        assert [one.id for one in [*first.items, *rest.items]] == begun[::-1]
        assert rest.next_cursor is None
