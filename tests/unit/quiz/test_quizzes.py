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
from tests.unit.quiz.world import World


class TestCreate:
    async def test_a_quiz_is_begun_and_said_so(self, world: World) -> None:
        document = world.document(Type.SINGLE)

        quiz = await world.asked(document, document, count=5, title="  Stars ")

        assert (quiz.status, quiz.title, quiz.requested) == ("generating", "Stars", 5)
        assert quiz.document_ids == [document]
        assert await world.described(quiz.id) == quiz
        [started] = world.said(told.QuizGenerationStarted)
        assert (started.quiz_id, started.owner_id, started.requested) == (quiz.id, world.user, 5)
        [state] = world.said(told.QuizTaskStatusUpdated)
        assert (state.task_id, state.status, state.progress) == (quiz.id, TaskState.RUNNING, 0)
        assert world.said(told.GenerateQuiz) == [told.GenerateQuiz(quiz_id=quiz.id)]

    @pytest.mark.parametrize("wish", [None, *Difficulty])
    async def test_its_questions_are_made_as_hard_as_wished(
        self, world: World, wish: Difficulty | None
    ) -> None:
        quiz = await world.asked(world.document(Type.CLOZE), difficulty=wish)

        await world.generate(quiz.id)

        [wanted] = world.generator.asked
        assert wanted.difficulty is (wish or Difficulty.MEDIUM)

    async def test_no_other_difficulty_can_be_asked_for(self, world: World) -> None:
        with pytest.raises(ValidationError):
            await world.asked(world.document(), difficulty="impossible")

    async def test_a_title_nobody_gave_names_no_document(self, world: World) -> None:
        assert (await world.asked(world.document())).title == "Quiz of 21 November 2026, 12:00"

    async def test_a_title_is_kept_without_characters_that_no_database_holds(
        self, world: World
    ) -> None:
        assert (await world.asked(world.document(), title="St\0ars")).title == "Stars"

    async def test_a_foreign_or_missing_document_is_not_found(self, world: World) -> None:
        foreign = world.document()
        world.documents.owners[foreign] = new_id()

        for missing in (foreign, new_id()):
            with pytest.raises(DocumentNotFound) as refused:
                await world.asked(world.document(), missing)
            assert (refused.value.code, refused.value.status) == ("document-not-found", 404)

        assert world.store.said == []

    async def test_a_document_on_its_way_is_refused(self, world: World) -> None:
        world.documents.unready.add(document := world.document())

        with pytest.raises(DocumentNotReady) as refused:
            await world.asked(document)

        assert (refused.value.code, refused.value.status) == ("document-not-ready", 409)

    async def test_a_document_whose_deletion_was_heard_is_not_found(self, world: World) -> None:
        await world.forget(document := world.document())
        world.documents.owners[document] = world.user

        with pytest.raises(DocumentNotFound):
            await world.asked(document)

    async def test_nobody_cannot_ask(self, world: World) -> None:
        with pytest.raises(NotFound):
            await world.quizzes.list(told.ListQuizzes(), Cause())


class TestRepetition:
    async def test_the_same_key_answers_the_first_result_again(self, world: World) -> None:
        document = world.document(Type.SINGLE)
        first = await world.asked(document, idempotency_key="k")
        await world.generate(first.id)
        await world.forget(document)

        again = await world.asked(document, idempotency_key="k")

        assert again == first
        assert len(world.said(told.GenerateQuiz)) == 1

    async def test_other_fields_under_the_same_key_are_refused(self, world: World) -> None:
        document = world.document(Type.SINGLE)
        await world.asked(document, idempotency_key="k")

        with pytest.raises(KeyReused) as refused:
            await world.asked(document, idempotency_key="k", count=7)

        assert (refused.value.code, refused.value.status) == ("idempotency-key-reused", 422)

    async def test_the_fingerprint_that_was_sent_is_what_counts(self, world: World) -> None:
        document = world.document(Type.SINGLE)
        first = await world.asked(document, idempotency_key="k", fingerprint="f")

        again = await world.asked(document, idempotency_key="k", fingerprint="f", count=7)

        assert again == first

    async def test_what_was_deleted_is_not_made_again(self, world: World) -> None:
        first = await world.asked(document := world.document(), idempotency_key="k")
        await world.quizzes.delete(told.DeleteQuiz(quiz_id=first.id), world.caller)

        with pytest.raises(QuizNotFound):
            await world.asked(document, idempotency_key="k")

    async def test_keys_of_different_people_are_different(self, world: World) -> None:
        first = await world.asked(world.document(), idempotency_key="k")
        other = replace(world, user=new_id())

        assert (await other.asked(other.document(), idempotency_key="k")).id != first.id


class TestLooking:
    async def test_nobody_else_sees_lists_or_deletes_it(self, world: World) -> None:
        quiz = await world.made(world.document(Type.SINGLE))
        stranger = replace(world, user=new_id())

        with pytest.raises(QuizNotFound):
            await stranger.described(quiz.id)
        with pytest.raises(QuizNotFound):
            await stranger.quizzes.delete(told.DeleteQuiz(quiz_id=quiz.id), stranger.caller)
        assert (await stranger.quizzes.list(told.ListQuizzes(), stranger.caller)).items == []

    async def test_pages_meet_and_hold_no_questions(self, world: World) -> None:
        document = world.document(Type.SINGLE)
        made = [(await world.made(document)).id for _ in range(5)]

        found, cursor = [], None
        for _ in range(3):
            page = await world.quizzes.list(told.ListQuizzes(limit=2, cursor=cursor), world.caller)
            found += page.items
            cursor = page.next_cursor

        assert [one.id for one in found] == made[::-1]
        assert cursor is None
        assert all(one.questions == [] and one.made == 1 for one in found)

    @pytest.mark.parametrize("cursor", ["x", "not a cursor", "\N{SNOWMAN}", "AAAA"])
    async def test_a_cursor_of_somebody_elses_making_is_refused(
        self, world: World, cursor: str
    ) -> None:
        with pytest.raises(BadCursor, match="next_cursor"):
            await world.quizzes.list(told.ListQuizzes(cursor=cursor), world.caller)


class TestDelete:
    async def test_it_takes_everything_along_and_says_so(self, world: World) -> None:
        quiz = await world.made(world.document(Type.SINGLE))
        await world.begun(quiz)

        await world.quizzes.delete(told.DeleteQuiz(quiz_id=quiz.id), world.caller)

        with pytest.raises(QuizNotFound):
            await world.described(quiz.id)
        assert world.store.state.attempts == {}
        sequences = [
            sequence
            for message, sequence in world.store.said
            if isinstance(message, told.QuizEvent | told.QuizTaskStatusUpdated)
        ]
        assert sorted(set(sequences)) == list(range(1, max(sequences) + 1))
        assert world.said(told.QuizDeleted) == [
            told.QuizDeleted(quiz_id=quiz.id, owner_id=world.user)
        ]
