"""Our values in the words of the contracts."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from contracts import quiz as told
from contracts.task import TaskState
from services.quiz.model.attempt import Attempt
from services.quiz.model.grading import Grade, feedback
from services.quiz.model.question import Question, Source
from services.quiz.model.quiz import Quiz, Status
from services.quiz.ports import Transaction
from shared.cause import Cause
from shared.problems import NotFound

_STATE: Final = {
    Status.GENERATING: TaskState.RUNNING,
    Status.READY: TaskState.COMPLETED,
    Status.FAILED: TaskState.FAILED,
}


def caller_of(cause: Cause) -> UUID:
    """Name who asks; quizzes belong to persons."""
    if cause.actor is None:
        raise NotFound("Quizzes belong to a person; nobody is signed in.")
    return cause.actor


async def speak(tx: Transaction, quiz: Quiz, *events: told.QuizEvent) -> None:
    """Store a quiz and say what happened to it, and how its making stands, in order."""
    state = told.QuizTaskStatusUpdated(
        task_id=quiz.id,
        owner_id=quiz.owner_id,
        type="quiz",
        status=_STATE[quiz.status],
        stage=quiz.status,
        progress=quiz.progress,
        message=quiz.reason or "",
    )
    said = [*events, state]
    await tx.put_quiz(quiz.spoken_of(len(said)))
    for number, event in enumerate(said, start=quiz.version + 1):
        await tx.say(event, sequence=number)


def tell_quiz(quiz: Quiz, questions: Sequence[Question] = ()) -> told.Quiz:
    """Tell its owner of a quiz: sources and answers too."""
    return told.Quiz(
        id=quiz.id,
        title=quiz.title,
        status=told.QuizStatus(quiz.status),
        requested=quiz.requested,
        made=quiz.made,
        reason=quiz.reason,
        error=f"{quiz.failure.code}: {quiz.failure.detail}" if quiz.failure else None,
        document_ids=list(quiz.document_ids),
        questions=[_question(one) for one in questions],
        created_at=quiz.created_at,
    )


def tell_attempt(attempt: Attempt, questions: Sequence[Question]) -> told.Attempt:
    """Tell of an attempt; once it is finished with grades, feedback and sources."""
    result = attempt.result
    if result is None:
        worth = sum(one.points for one in questions if not one.withdrawn)
        return told.Attempt(
            id=attempt.id,
            quiz_id=attempt.quiz_id,
            status=told.AttemptStatus.OPEN,
            started_at=attempt.started_at,
            max_score=worth,
            responses=dict(attempt.responses),
        )
    by_id = {one.id: one for one in questions}
    return told.Attempt(
        id=attempt.id,
        quiz_id=attempt.quiz_id,
        status=told.AttemptStatus.FINISHED,
        started_at=attempt.started_at,
        finished_at=result.finished_at,
        score=result.score,
        max_score=result.max_score,
        responses=dict(attempt.responses),
        answers=[_graded(one, by_id[one.question_id], attempt) for one in result.grades],
    )


def _question(one: Question) -> told.Question:
    return told.Question(
        id=one.id,
        type=told.QuestionType(one.type),
        stem=one.stem,
        options=[told.Option(id=option.id, text=option.text) for option in one.options] or None,
        points=one.points,
        source=_source(one.source),
        answer=one.answer or None,
        withdrawn=one.withdrawn,
    )


def _graded(grade: Grade, question: Question, attempt: Attempt) -> told.GradedAnswer:
    response = attempt.responses.get(question.id)
    return told.GradedAnswer(
        question_id=question.id,
        response=response,
        correct=grade.correct,
        points=grade.points,
        feedback=feedback(question, response),
        source=_source(question.source),
    )


def _source(source: Source | None) -> told.Source | None:
    if source is None:
        return None
    return told.Source(
        document_id=source.document_id,
        text_version=source.text_version,
        page=source.page,
        start=source.quoted.start,
        end=source.quoted.end,
        quote=source.quote,
    )
