"""The whole service on real servers: asked, killed in the middle, its documents deleted."""

import random
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest

from contracts import quiz as told
from shared.cause import Cause, new_id
from shared.messages import Event, Request
from shared.problems import Refused
from tests.integration.quiz.conftest import Learner
from tests.integration.shared.service_process import ServiceProcess
from tests.unit.quiz.prose import STARS
from tests.waiting import until, until_found

E = TypeVar("E", bound=Event)
ME = Cause(actor=new_id())


async def asked_for(learner: Learner, *documents: UUID, count: int = 6) -> told.Quiz:
    wish = told.CreateQuiz(document_ids=list(documents), count=count)
    return await learner.bus.ask(wish, ME)


async def made(learner: Learner, quiz: told.Quiz, within: float = 120.0) -> told.Quiz:
    async def ended() -> bool:
        return (await described(learner, quiz)).status != told.QuizStatus.GENERATING

    await until_found(ended, within)
    return await described(learner, quiz)


async def described(learner: Learner, quiz: told.Quiz) -> told.Quiz:
    return await learner.bus.ask(told.DescribeQuiz(quiz_id=quiz.id), ME)


async def is_rebuilt(learner: Learner) -> bool:
    return (await learner.bus.ask(told.DescribeQuizRebuild(), Cause())).done


def heard_of(learner: Learner, kind: type[E]) -> list[E]:
    """Pick what was stored of one class: a relay that was killed publishes again under one id."""
    by_id = {
        cause.causation: event
        for event, cause in zip(learner.ear.heard, learner.ear.causes, strict=True)
    }
    return [event for event in by_id.values() if isinstance(event, kind)]


class TestQuiz:
    async def test_a_quiz_is_made_taken_and_graded_and_every_source_is_true(
        self, quiz: ServiceProcess, learner: Learner
    ) -> None:
        document = learner.library.add(ME.actor or new_id(), STARS)
        text = learner.library.texts[document]

        async with quiz.running():
            one = await made(learner, await asked_for(learner, document))
            attempt = await learner.bus.ask(told.StartAttempt(quiz_id=one.id), ME)
            for question in one.questions:
                answer = told.AnswerQuestion(
                    attempt_id=attempt.id, question_id=question.id, response=question.answer or ""
                )
                await learner.bus.ask(answer, ME)
            finished = await learner.bus.ask(told.FinishAttempt(attempt_id=attempt.id), ME)
            again = await learner.bus.ask(told.FinishAttempt(attempt_id=attempt.id), ME)
            await until(lambda: bool(heard_of(learner, told.AttemptFinished)))

        assert (one.status, one.made) == ("ready", 6)
        assert {question.type for question in one.questions} == set(told.QuestionType)
        for question in one.questions:
            source = question.source
            assert source is not None
            assert (source.document_id, source.text_version) == (
                document,
                learner.library.version(document),
            )
            assert text[source.start : source.end] == source.quote
            assert source.page == (1 if source.start < text.index("\n\n", len(text) // 2) else 2)
        assert (finished.score, finished.max_score) == (6, 6)
        assert again == finished

    async def test_killed_in_the_middle_it_makes_one_set_and_says_each_thing_once(
        self, quiz: ServiceProcess, learner: Learner
    ) -> None:
        documents = [learner.library.add(ME.actor or new_id(), STARS) for _ in range(3)]

        async with quiz.running() as process:
            one = await asked_for(learner, *documents, count=9)
            await until(lambda: bool(heard_of(learner, told.QuizGenerationProgressed)), within=60)
            process.kill()
            await process.wait()
        async with quiz.running():
            one = await made(learner, one)
            await until(lambda: bool(heard_of(learner, told.QuizGenerated)))

        assert (one.status, one.made, len(one.questions)) == ("ready", 9, 9)
        asked = [question.source.document_id for question in one.questions if question.source]
        assert [asked.count(document) for document in documents] == [3, 3, 3]
        assert len(heard_of(learner, told.QuizGenerated)) == 1
        progress = [state.progress for state in heard_of(learner, told.QuizTaskStatusUpdated)]
        assert progress == sorted(set(progress))

    async def test_a_deleted_document_leaves_no_word_of_it(
        self, quiz: ServiceProcess, learner: Learner
    ) -> None:
        owner = ME.actor or new_id()
        gone, kept = learner.library.add(owner, STARS), learner.library.add(owner, STARS)

        async with quiz.running():
            one = await made(learner, await asked_for(learner, gone, kept))
            await learner.library.delete(gone)
            await until(lambda: bool(heard_of(learner, told.QuestionsWithdrawn)))
            after = await described(learner, one)
            with pytest.raises(Refused) as refused:
                await asked_for(learner, gone)

        withdrawn = [question for question in after.questions if question.withdrawn]
        assert len(withdrawn) == 3
        assert all(question.stem == "" and question.source is None for question in withdrawn)
        assert (refused.value.code, refused.value.status) == ("document-not-found", 404)

    async def test_a_deletion_that_never_came_counts_after_a_rebuild(
        self, quiz: ServiceProcess, learner: Learner
    ) -> None:
        owner = ME.actor or new_id()
        gone, kept = learner.library.add(owner, STARS), learner.library.add(owner, STARS)

        async with quiz.running():
            one = await made(learner, await asked_for(learner, gone, kept))
            learner.library.forget(gone)
            assert not any(question.withdrawn for question in one.questions)

            begun = await learner.bus.ask(told.RebuildQuiz(), Cause())
            asked = await learner.library.say_again_once()
            await until_found(lambda: is_rebuilt(learner))
            state = await learner.bus.ask(told.DescribeQuizRebuild(), Cause())
            after = await described(learner, one)

        assert (begun.generation, begun.done) == (1, False)
        assert (asked.listener, asked.generation) == ("quiz", 1)
        assert (state.handled, state.expected, state.failed) == (1, 1, 0)
        left = [question for question in after.questions if not question.withdrawn]
        assert len(left) == len(after.questions) - 3 == 3
        assert {question.source and question.source.document_id for question in left} == {kept}
        assert all(not question.stem for question in after.questions if question.withdrawn)

    @pytest.mark.parametrize("seed", [1, 2])
    async def test_told_shuffled_and_again_and_again_it_ends_the_same(
        self, quiz: ServiceProcess, learner: Learner, seed: int
    ) -> None:
        owner = ME.actor or new_id()
        gone, kept = learner.library.add(owner, STARS), learner.library.add(owner, STARS)

        async with quiz.running():
            asked = [await asked_for(learner, gone, kept), await asked_for(learner, kept, gone)]
            news = [learner.library.tell_deleted(gone, owner) for _ in range(3)]
            news += [learner.library.tell_deleted(new_id(), owner) for _ in range(2)]
            random.Random(seed).shuffle(news)  # noqa: S311  # an order, not a secret
            for saying in news:
                await saying
            ended = [await made(learner, one) for one in asked]
            await until(lambda: len(heard_of(learner, told.QuestionsWithdrawn)) == len(news))
            ended = [await described(learner, one) for one in ended]

        for one in ended:
            left = [question for question in one.questions if not question.withdrawn]
            assert {question.source and question.source.document_id for question in left} == {kept}
            assert all(not question.stem for question in one.questions if question.withdrawn)
        assert len(heard_of(learner, told.QuizGenerated)) == len(asked)

    async def test_nobody_else_finds_anything_of_it(
        self, quiz: ServiceProcess, learner: Learner
    ) -> None:
        document = learner.library.add(ME.actor or new_id(), STARS)
        stranger = Cause(actor=new_id())

        async with quiz.running():
            one = await made(learner, await asked_for(learner, document))
            attempt = await learner.bus.ask(told.StartAttempt(quiz_id=one.id), ME)
            codes = []
            requests: list[Request[Any]] = [
                told.CreateQuiz(document_ids=[document], count=1),
                told.DescribeQuiz(quiz_id=one.id),
                told.DeleteQuiz(quiz_id=one.id),
                told.StartAttempt(quiz_id=one.id),
                told.ListAttempts(quiz_id=one.id),
                told.DescribeAttempt(attempt_id=attempt.id),
                told.FinishAttempt(attempt_id=attempt.id),
            ]
            for request in requests:
                with pytest.raises(Refused) as refused:
                    await learner.bus.ask(request, stranger)
                codes.append((refused.value.status, refused.value.code))

        assert codes == [
            (404, "document-not-found"),
            *[(404, "quiz-not-found")] * 4,
            *[(404, "attempt-not-found")] * 2,
        ]

    async def test_the_generating_child_goes_when_idle_and_dies_with_its_parent(
        self, quiz: ServiceProcess, learner: Learner
    ) -> None:
        document = learner.library.add(ME.actor or new_id(), STARS)

        async with quiz.running(generate_idle_seconds="0.2") as process:
            await made(learner, await asked_for(learner, document))
            await until(lambda: children_of(process.pid) == [])
        async with quiz.running() as process:
            await made(learner, await asked_for(learner, document))
            [child] = children_of(process.pid)
            process.kill()
            await process.wait()
            await until(lambda: not Path(f"/proc/{child}").exists())


def children_of(pid: int) -> list[int]:
    """List the processes that a process has started and that still run."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text(encoding="utf-8").split()]
