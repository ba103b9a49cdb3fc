"""How questions are made, counted, and withdrawn; once, and in any order."""

import random

import pytest

from contracts import quiz as told
from contracts.document import DocumentDeleted
from contracts.task import TaskState
from services.quiz.model.question import Type
from shared.boxes import AlreadyHandled
from shared.cause import new_id
from tests.unit.quiz.world import World, heard

THREE = (Type.SINGLE, Type.TRUE_FALSE, Type.CLOZE)


class TestGenerate:
    async def test_a_quiz_becomes_ready_with_its_questions_and_their_sources(
        self, world: World
    ) -> None:
        quiz = await world.made(document := world.document(*THREE))

        assert (quiz.status, quiz.requested, quiz.made, quiz.reason) == ("ready", 3, 3, None)
        assert [one.type for one in quiz.questions] == [type_.value for type_ in THREE]
        single, true_false, cloze = quiz.questions
        assert single.options is not None
        assert {one.id: one.text for one in single.options}[single.answer or ""] == "zenith"
        assert true_false.options is not None
        assert len(true_false.options) == 2
        assert (cloze.options, cloze.answer) == (None, "zenith")
        assert single.source is not None
        assert single.source.document_id == document
        assert single.source.text_version == f"version of {document}"
        assert single.source.end - single.source.start == len(single.source.quote)

    async def test_what_happens_is_said_in_order_with_rising_versions(self, world: World) -> None:
        await world.made(world.document(*THREE), world.document(*THREE), count=5)

        names = [
            (type(message).__name__, sequence) for message, sequence in world.store.said if sequence
        ]
        assert names == [
            ("QuizGenerationStarted", 1),
            ("QuizTaskStatusUpdated", 2),
            ("QuizGenerationProgressed", 3),
            ("QuizTaskStatusUpdated", 4),
            ("QuizGenerationProgressed", 5),
            ("QuizTaskStatusUpdated", 6),
            ("QuizGenerated", 7),
            ("QuizTaskStatusUpdated", 8),
        ]
        progress = [one.progress for one in world.said(told.QuizTaskStatusUpdated)]
        assert progress == [0, 49, 99, 100]
        assert world.said(told.QuizTaskStatusUpdated)[-1].status is TaskState.COMPLETED

    async def test_every_document_has_its_share(self, world: World) -> None:
        documents = [world.document(*THREE), world.document(Type.CLOZE), world.document(*THREE)]

        quiz = await world.made(*documents, count=6)

        asked = [one.source.document_id for one in quiz.questions if one.source]
        assert [asked.count(one) for one in documents] == [3, 1, 2]

    async def test_fewer_than_wanted_are_made_with_the_reason(self, world: World) -> None:
        quiz = await world.made(world.document(*THREE, note="4 sentences stand alone"), count=10)

        assert (quiz.made, quiz.requested) == (3, 10)
        assert quiz.reason == "3 of 10 questions were made; 4 sentences stand alone."
        [generated] = world.said(told.QuizGenerated)
        assert (generated.made, generated.requested) == (3, 10)

    async def test_without_any_question_it_fails_and_says_why(self, world: World) -> None:
        quiz = await world.made(world.document(note="no sentence stands alone"))

        assert (quiz.status, quiz.error) == ("failed", "no-questions: no sentence stands alone")
        [failed] = world.said(told.QuizGenerationFailed)
        assert (failed.code, failed.detail) == ("no-questions", "no sentence stands alone")
        assert world.said(told.QuizTaskStatusUpdated)[-1].status is TaskState.FAILED

    async def test_one_text_that_defies_the_generator_leaves_the_others(self, world: World) -> None:
        defiant = world.document()
        del world.generator.made[str(defiant)]

        quiz = await world.made(defiant, world.document(*THREE), count=4)
        alone = await world.made(defiant)

        assert (quiz.made, quiz.reason) == (3, "3 of 4 questions were made; It took too long.")
        assert (alone.status, alone.error) == ("failed", "timed-out: It took too long.")

    async def test_a_second_command_makes_no_second_set(self, world: World) -> None:
        quiz = await world.made(world.document(*THREE))
        said = len(world.store.said)

        await world.generate(quiz.id)

        assert await world.described(quiz.id) == quiz
        assert len(world.store.said) == said

    async def test_begun_again_after_a_kill_it_makes_the_same_and_repeats_no_progress(
        self, world: World
    ) -> None:
        killed, undisturbed = World(user=world.user), world
        documents = [world.document(*THREE), world.document(*THREE)]
        for one in (killed, undisturbed):
            one.documents.owners = dict(world.documents.owners)
            one.generator.made = dict(world.generator.made)
        quiz = await killed.asked(*documents, count=6)
        killed.documents.unready.add(documents[1])
        make, made = killed.generator.make, []

        async def die_at_second(*arguments: object) -> object:
            made.append(arguments)
            if len(made) == 2:
                raise KeyboardInterrupt
            return await make(*arguments)  # type: ignore[arg-type]

        killed.documents.unready.clear()
        killed.generator.make = die_at_second  # type: ignore[assignment,method-assign]
        with pytest.raises(KeyboardInterrupt):
            await killed.generate(quiz.id)
        assert (await killed.described(quiz.id)).questions == []
        await killed.generate(quiz.id)

        progress = [one.progress for one in killed.said(told.QuizGenerationProgressed)]
        assert progress == [49, 99]
        assert (await killed.described(quiz.id)).made == 6

    async def test_given_up_it_fails_and_may_still_be_made_when_said_again(
        self, world: World
    ) -> None:
        quiz = await world.asked(world.document(*THREE))
        command = told.GenerateQuiz(quiz_id=quiz.id)

        for _ in range(2):
            await world.making.give_up(command, heard())
        failed = await world.described(quiz.id)
        await world.generate(quiz.id)

        assert (failed.status, failed.error) == (
            "failed",
            "given-up: It failed again and again; ask again.",
        )
        assert len(world.said(told.QuizGenerationFailed)) == 1
        made = await world.described(quiz.id)
        assert (made.status, made.made, made.error) == ("ready", 3, None)

    async def test_a_finished_quiz_is_not_given_up(self, world: World) -> None:
        quiz = await world.made(world.document(*THREE))

        await world.making.give_up(told.GenerateQuiz(quiz_id=quiz.id), heard())

        assert await world.described(quiz.id) == quiz

    async def test_a_deleted_quiz_is_not_made(self, world: World) -> None:
        quiz = await world.asked(world.document(*THREE))
        await world.quizzes.delete(told.DeleteQuiz(quiz_id=quiz.id), world.caller)

        await world.generate(quiz.id)

        assert world.said(told.QuizGenerated) == []
        assert world.store.state.questions == {}


class TestWithdraw:
    async def test_questions_of_a_forgotten_document_are_emptied(self, world: World) -> None:
        gone, kept = world.document(*THREE), world.document(*THREE)
        quiz = await world.made(gone, kept, count=6)

        await world.forget(gone)

        after = await world.described(quiz.id)
        emptied, left = after.questions[:3], after.questions[3:]
        assert left == quiz.questions[3:]
        assert all(
            (one.withdrawn, one.stem, one.options, one.answer, one.source)
            == (True, "", None, None, None)
            for one in emptied
        )
        assert "zenith" not in str([one.model_dump() for one in emptied])
        assert world.said(told.QuestionsWithdrawn) == [
            told.QuestionsWithdrawn(document_id=gone, owner_id=world.user, questions=3)
        ]

    async def test_finished_scores_stay_and_hold_no_word_of_it(self, world: World) -> None:
        quiz = await world.made(document := world.document(*THREE))
        attempt = await world.begun(quiz)
        for question in quiz.questions:
            await world.answer(attempt, question.id, question.answer or "")
        finished = await world.finish(attempt)
        assert (finished.score, finished.max_score) == (3, 3)

        await world.forget(document)

        after = await world.finish(attempt)
        assert (after.score, after.max_score) == (3, 3)
        assert "zenith" not in after.model_dump_json()
        assert all(one.source is None and one.correct for one in after.answers)

    @pytest.mark.parametrize("all_of_them", [True, False])
    async def test_a_document_deleted_before_its_questions_are_made_gives_none(
        self, world: World, *, all_of_them: bool
    ) -> None:
        documents = [world.document(*THREE), world.document(*THREE)]
        quiz = await world.asked(*documents, count=6)

        for document in documents if all_of_them else documents[:1]:
            await world.forget(document)
        await world.generate(quiz.id)

        after = await world.described(quiz.id)
        if all_of_them:
            assert after.error == "document-deleted: Every document of it was deleted."
        else:
            assert after.made == 3
            assert {one.source.document_id for one in after.questions if one.source} == {
                documents[1]
            }

    @pytest.mark.parametrize("seed", range(30))
    async def test_every_order_with_every_repetition_ends_the_same(self, seed: int) -> None:
        shuffler = random.Random(seed)  # noqa: S311  # an order, not a secret
        world = World()
        gone, kept = world.document(*THREE), world.document(*THREE)
        quizzes = [await world.asked(gone, kept, count=6), await world.asked(gone, count=3)]
        world.documents.owners.pop(gone)
        deleted = DocumentDeleted(document_id=gone, owner_id=world.user)
        steps = [("delete", heard("deletion"))]
        steps += [(str(quiz.id), heard(str(quiz.id))) for quiz in quizzes]
        steps = steps * 2 + [(str(quizzes[0].id), heard())]
        shuffler.shuffle(steps)

        for name, cause in steps:
            try:
                if name == "delete":
                    await world.making.withdraw(deleted, cause)
                else:
                    quiz = next(one for one in quizzes if str(one.id) == name)
                    await world.making.generate(told.GenerateQuiz(quiz_id=quiz.id), cause)
            except AlreadyHandled:
                continue

        both, only = [await world.described(quiz.id) for quiz in quizzes]
        left = [one for one in both.questions if not one.withdrawn]
        assert {one.source.document_id for one in left if one.source} == {kept}
        assert len(left) == 3
        assert [one for one in only.questions if not one.withdrawn] == []
        assert len(world.said(told.QuizGenerated)) + len(world.said(told.QuizGenerationFailed)) == 2
        assert len(world.said(told.QuestionsWithdrawn)) == 1


async def test_an_unknown_quiz_is_nothing_to_make(world: World) -> None:
    await world.generate(new_id())

    assert world.store.said == []
