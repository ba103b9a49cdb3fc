"""Asking for quizzes, looking at them, forgetting them."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from contracts import quiz as told
from contracts.task import TaskState
from services.quiz.model.question import Difficulty, Type
from services.quiz.model.quiz import DocumentNotFound, DocumentNotReady, QuizNotFound
from services.quiz.model.repetition import KeyReused
from shared.cause import Cause, new_id
from shared.cursor import BadCursor
from shared.problems import NotFound
from tests.unit.quiz.house import House


class TestCreate:
    async def test_a_quiz_is_begun_and_said_so(self, house: House) -> None:
        document = house.document(Type.SINGLE)

        quiz = await house.asked(document, document, count=5, title="  Stars ")

        assert (quiz.status, quiz.title, quiz.requested) == ("generating", "Stars", 5)
        assert quiz.document_ids == [document]
        assert await house.described(quiz.id) == quiz
        [started] = house.said(told.QuizGenerationStarted)
        assert (started.quiz_id, started.owner_id, started.requested) == (quiz.id, house.user, 5)
        [state] = house.said(told.QuizTaskStatusUpdated)
        assert (state.task_id, state.status, state.progress) == (quiz.id, TaskState.RUNNING, 0)
        assert house.said(told.GenerateQuiz) == [told.GenerateQuiz(quiz_id=quiz.id)]

    @pytest.mark.parametrize("wish", [None, *Difficulty])
    async def test_its_questions_are_made_as_hard_as_wished(
        self, house: House, wish: Difficulty | None
    ) -> None:
        quiz = await house.asked(house.document(Type.CLOZE), difficulty=wish)

        await house.generate(quiz.id)

        [wanted] = house.generator.asked
        assert wanted.difficulty is (wish or Difficulty.MEDIUM)

    async def test_no_other_difficulty_can_be_asked_for(self, house: House) -> None:
        with pytest.raises(ValidationError):
            await house.asked(house.document(), difficulty="impossible")

    async def test_a_title_nobody_gave_names_no_document(self, house: House) -> None:
        assert (await house.asked(house.document())).title == "Quiz of 21 November 2026, 12:00"

    async def test_a_title_is_kept_without_characters_that_no_database_holds(
        self, house: House
    ) -> None:
        assert (await house.asked(house.document(), title="St\0ars")).title == "Stars"

    async def test_a_foreign_or_missing_document_is_not_found(self, house: House) -> None:
        foreign = house.document()
        house.documents.owners[foreign] = new_id()

        for missing in (foreign, new_id()):
            with pytest.raises(DocumentNotFound) as refused:
                await house.asked(house.document(), missing)
            assert (refused.value.code, refused.value.status) == ("document-not-found", 404)

        assert house.store.said == []

    async def test_a_document_on_its_way_is_refused(self, house: House) -> None:
        house.documents.unready.add(document := house.document())

        with pytest.raises(DocumentNotReady) as refused:
            await house.asked(document)

        assert (refused.value.code, refused.value.status) == ("document-not-ready", 409)

    async def test_a_document_whose_deletion_was_heard_is_not_found(self, house: House) -> None:
        await house.forget(document := house.document())
        house.documents.owners[document] = house.user

        with pytest.raises(DocumentNotFound):
            await house.asked(document)

    async def test_nobody_cannot_ask(self, house: House) -> None:
        with pytest.raises(NotFound):
            await house.quizzes.list(told.ListQuizzes(), Cause())


class TestRepetition:
    async def test_the_same_key_answers_the_first_result_again(self, house: House) -> None:
        document = house.document(Type.SINGLE)
        first = await house.asked(document, idempotency_key="k")
        await house.generate(first.id)
        await house.forget(document)

        again = await house.asked(document, idempotency_key="k")

        assert again == first
        assert len(house.said(told.GenerateQuiz)) == 1

    async def test_other_fields_under_the_same_key_are_refused(self, house: House) -> None:
        document = house.document(Type.SINGLE)
        await house.asked(document, idempotency_key="k")

        with pytest.raises(KeyReused) as refused:
            await house.asked(document, idempotency_key="k", count=7)

        assert (refused.value.code, refused.value.status) == ("idempotency-key-reused", 422)

    async def test_the_fingerprint_that_was_sent_is_what_counts(self, house: House) -> None:
        document = house.document(Type.SINGLE)
        first = await house.asked(document, idempotency_key="k", fingerprint="f")

        again = await house.asked(document, idempotency_key="k", fingerprint="f", count=7)

        assert again == first

    async def test_what_was_deleted_is_not_made_again(self, house: House) -> None:
        first = await house.asked(document := house.document(), idempotency_key="k")
        await house.quizzes.delete(told.DeleteQuiz(quiz_id=first.id), house.caller)

        with pytest.raises(QuizNotFound):
            await house.asked(document, idempotency_key="k")

    async def test_keys_of_different_people_are_different(self, house: House) -> None:
        first = await house.asked(house.document(), idempotency_key="k")
        other = replace(house, user=new_id())

        assert (await other.asked(other.document(), idempotency_key="k")).id != first.id


class TestLooking:
    async def test_nobody_else_sees_lists_or_deletes_it(self, house: House) -> None:
        quiz = await house.made(house.document(Type.SINGLE))
        stranger = replace(house, user=new_id())

        with pytest.raises(QuizNotFound):
            await stranger.described(quiz.id)
        with pytest.raises(QuizNotFound):
            await stranger.quizzes.delete(told.DeleteQuiz(quiz_id=quiz.id), stranger.caller)
        assert (await stranger.quizzes.list(told.ListQuizzes(), stranger.caller)).items == []

    async def test_pages_meet_and_hold_no_questions(self, house: House) -> None:
        document = house.document(Type.SINGLE)
        made = [(await house.made(document)).id for _ in range(5)]

        found, cursor = [], None
        for _ in range(3):
            page = await house.quizzes.list(told.ListQuizzes(limit=2, cursor=cursor), house.caller)
            found += page.items
            cursor = page.next_cursor

        assert [one.id for one in found] == made[::-1]
        assert cursor is None
        assert all(one.questions == [] and one.made == 1 for one in found)

    @pytest.mark.parametrize("cursor", ["x", "not a cursor", "\N{SNOWMAN}", "AAAA"])
    async def test_a_cursor_of_somebody_elses_making_is_refused(
        self, house: House, cursor: str
    ) -> None:
        with pytest.raises(BadCursor, match="next_cursor"):
            await house.quizzes.list(told.ListQuizzes(cursor=cursor), house.caller)


class TestDelete:
    async def test_it_takes_everything_along_and_says_so(self, house: House) -> None:
        quiz = await house.made(house.document(Type.SINGLE))
        await house.begun(quiz)

        await house.quizzes.delete(told.DeleteQuiz(quiz_id=quiz.id), house.caller)

        with pytest.raises(QuizNotFound):
            await house.described(quiz.id)
        assert house.store.state.attempts == {}
        sequences = [
            sequence
            for message, sequence in house.store.said
            if isinstance(message, told.QuizEvent | told.QuizTaskStatusUpdated)
        ]
        assert sorted(set(sequences)) == list(range(1, max(sequences) + 1))
        assert house.said(told.QuizDeleted) == [
            told.QuizDeleted(quiz_id=quiz.id, owner_id=house.user)
        ]
