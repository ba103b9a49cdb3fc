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
from tests.unit.quiz.world import World

THREE = (Type.SINGLE, Type.TRUE_FALSE, Type.CLOZE)


class TestStart:
    async def test_only_a_ready_quiz_of_ones_own_can_be_taken(self, world: World) -> None:
        waiting = await world.asked(world.document(*THREE))
        made = await world.made(world.document(*THREE))

        with pytest.raises(QuizNotReady):
            await world.begun(waiting)
        with pytest.raises(QuizNotFound):
            await replace(world, user=new_id()).begun(made)
        attempt = await world.begun(made)
        assert (attempt.status, attempt.score, attempt.max_score) == ("open", None, 3)

    async def test_a_repeated_key_answers_the_first_attempt_as_it_was(self, world: World) -> None:
        quiz = await world.made(world.document(*THREE))
        other = await world.made(world.document(*THREE))
        asked = told.StartAttempt(quiz_id=quiz.id, idempotency_key="k", fingerprint="f")
        first = await world.attempts.start(asked, world.caller)
        await world.answer(first, quiz.questions[2].id, "nadir")

        again = await world.attempts.start(asked, world.caller)

        assert again == first
        with pytest.raises(KeyReused):
            changed = asked.model_copy(update={"fingerprint": "g"})
            await world.attempts.start(changed, world.caller)
        elsewhere = asked.model_copy(update={"quiz_id": other.id})
        assert (await world.attempts.start(elsewhere, world.caller)).id != first.id


class TestAnswer:
    async def test_the_last_answer_counts(self, world: World) -> None:
        quiz = await world.made(world.document(Type.CLOZE))
        attempt = await world.begun(quiz)

        for response in ("nadir", "  The ZENITH. "):
            await world.answer(attempt, quiz.questions[0].id, response)

        assert (await world.finish(attempt)).score == 1

    async def test_what_the_quiz_does_not_ask_or_offer_is_refused(self, world: World) -> None:
        quiz = await world.made(world.document(*THREE))
        attempt = await world.begun(quiz)

        with pytest.raises(QuestionNotFound):
            await world.answer(attempt, new_id(), "a")
        with pytest.raises(BadResponse, match="a, b, c, d"):
            await world.answer(attempt, quiz.questions[0].id, "zenith")

    async def test_a_gap_takes_words_and_no_essay(self, world: World) -> None:
        quiz = await world.made(world.document(Type.CLOZE))
        attempt = await world.begun(quiz)

        await world.answer(attempt, quiz.questions[0].id, "x" * 200)
        with pytest.raises(BadResponse, match="at most 200"):
            await world.answer(attempt, quiz.questions[0].id, "x" * 201)

    async def test_a_finished_or_foreign_attempt_takes_none(self, world: World) -> None:
        quiz = await world.made(world.document(*THREE))
        attempt = await world.begun(quiz)
        await world.finish(attempt)

        with pytest.raises(AttemptFinished):
            await world.answer(attempt, quiz.questions[0].id, "a")
        with pytest.raises(AttemptNotFound):
            await replace(world, user=new_id()).answer(attempt, quiz.questions[0].id, "a")

    async def test_a_withdrawn_question_takes_none_and_counts_for_nothing(
        self, world: World
    ) -> None:
        gone, kept = world.document(Type.CLOZE), world.document(Type.CLOZE)
        quiz = await world.made(gone, kept, count=2)
        attempt = await world.begun(quiz)
        for question in quiz.questions:
            await world.answer(attempt, question.id, "zenith")

        await world.forget(gone)

        with pytest.raises(QuestionGone):
            await world.answer(attempt, quiz.questions[0].id, "zenith")
        finished = await world.finish(attempt)
        assert (finished.score, finished.max_score) == (1, 1)
        assert list(finished.responses) == [quiz.questions[1].id]

    async def test_characters_that_no_database_holds_are_left_out(self, world: World) -> None:
        quiz = await world.made(world.document(Type.CLOZE))
        attempt = await world.begun(quiz)

        answered = await world.answer(attempt, quiz.questions[0].id, "zen\0ith")

        assert list(answered.responses.values()) == ["zenith"]


class TestFinish:
    async def test_it_grades_explains_and_cites(self, world: World) -> None:
        quiz = await world.made(document := world.document(*THREE))
        attempt = await world.begun(quiz)
        single, true_false, cloze = quiz.questions
        await world.answer(attempt, single.id, single.answer or "")
        await world.answer(attempt, cloze.id, "nadir")

        finished = await world.finish(attempt)

        assert (finished.status, finished.score, finished.max_score) == ("finished", 1, 3)
        by_id = {one.question_id: one for one in finished.answers}
        assert by_id[single.id].feedback == "Right: zenith (page 1)."
        assert by_id[true_false.id].feedback == "Not answered. Right is: False (page 2)."
        assert by_id[cloze.id].feedback == "Not 'nadir': right is zenith (page 3)."
        assert [one.correct for one in finished.answers] == [True, False, False]
        assert all(one.source and one.source.document_id == document for one in finished.answers)

    async def test_finishing_again_answers_the_same_and_says_nothing(self, world: World) -> None:
        quiz = await world.made(world.document(*THREE))
        attempt = await world.begun(quiz)

        first = await world.finish(attempt)
        again = await world.finish(attempt)

        assert again == first
        assert world.said(told.AttemptFinished) == [
            told.AttemptFinished(
                attempt_id=attempt.id, quiz_id=quiz.id, user_id=world.user, score=0, max_score=3
            )
        ]

    async def test_looking_back_tells_the_same_to_nobody_else(self, world: World) -> None:
        quiz = await world.made(world.document(*THREE))
        attempt = await world.begun(quiz)
        finished = await world.finish(attempt)
        asked = told.DescribeAttempt(attempt_id=attempt.id)

        assert await world.attempts.describe(asked, world.caller) == finished
        with pytest.raises(AttemptNotFound):
            await world.attempts.describe(asked, replace(world, user=new_id()).caller)


class TestList:
    async def test_pages_of_attempts_meet(self, world: World) -> None:
        quiz = await world.made(world.document(*THREE))
        begun = [(await world.begun(quiz)).id for _ in range(3)]

        asked = told.ListAttempts(quiz_id=quiz.id, limit=2)
        first = await world.attempts.list(asked, world.caller)
        rest = await world.attempts.list(
            asked.model_copy(update={"cursor": first.next_cursor}), world.caller
        )

        assert [one.id for one in [*first.items, *rest.items]] == begun[::-1]
        assert rest.next_cursor is None
