"""Words the quiz service owns, first edition."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from contracts.again import DescribeRebuild, StartRebuild
from contracts.task import TaskStatusUpdated
from shared.messages import Answer, Body, Command, Done, Event, Request


class QuestionType(StrEnum):
    """How a question is asked and answered."""

    SINGLE = "single"
    TRUE_FALSE = "true-false"
    CLOZE = "cloze"


class Difficulty(StrEnum):
    """How hard the questions are to answer: to recognise is easier than to recall."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class QuizStatus(StrEnum):
    """How far a quiz is."""

    GENERATING = "generating"
    READY = "ready"
    FAILED = "failed"


class AttemptStatus(StrEnum):
    """Whether an attempt can still be answered."""

    OPEN = "open"
    FINISHED = "finished"


class QuizEvent(Event):
    """What every event about a quiz carries."""

    quiz_id: UUID
    owner_id: UUID


class QuizGenerationStarted(QuizEvent, subject="evt.quiz.generation-started.v1", key="quiz_id"):
    """Questions are being made."""

    requested: int = Field(ge=1)


class QuizGenerationProgressed(
    QuizEvent, subject="evt.quiz.generation-progressed.v1", key="quiz_id"
):
    """A further document has been worked through; progress never falls."""

    progress: int = Field(ge=0, le=100)


class QuizGenerated(QuizEvent, subject="evt.quiz.generated.v1", key="quiz_id"):
    """The questions were made."""

    requested: int = Field(ge=1)
    made: int = Field(ge=0)


class QuizGenerationFailed(QuizEvent, subject="evt.quiz.generation-failed.v1", key="quiz_id"):
    """No question could be made."""

    code: str
    detail: str


class QuizDeleted(QuizEvent, subject="evt.quiz.deleted.v1", key="quiz_id"):
    """Its owner deleted it; its attempts are deleted with it."""


class QuestionsWithdrawn(Event, subject="evt.quiz.questions-withdrawn.v1", key="document_id"):
    """The questions about a deleted document were emptied and are not asked any more."""

    document_id: UUID
    owner_id: UUID
    questions: int = Field(ge=0)


class AttemptFinished(Event, subject="evt.quiz.attempt-finished.v1", key="attempt_id"):
    """Somebody finished a quiz and was graded."""

    attempt_id: UUID
    quiz_id: UUID
    user_id: UUID
    score: float
    max_score: float


class QuizTaskStatusUpdated(
    TaskStatusUpdated, subject="evt.quiz.task-status-updated.v1", key="task_id"
):
    """The making of a quiz made progress; the task is the quiz."""


class GenerateQuiz(Command, subject="cmd.quiz.generate.v1", key="quiz_id"):
    """Make the questions of a quiz that was asked for."""

    quiz_id: UUID


class Source(Body):
    """Where a question comes from: a half-open span of code points, and the words there."""

    document_id: UUID
    text_version: str
    page: int
    start: int
    end: int
    quote: str


class Option(Body):
    """One answer to choose from."""

    id: str
    text: str


class Question(Body):
    """A question as the caller may see it; `answer` only for the owner."""

    id: UUID
    type: QuestionType
    stem: str
    options: list[Option] | None = None
    points: float
    source: Source | None = None
    answer: str | None = None
    withdrawn: bool = False


class Quiz(Answer):
    """A quiz as the caller may see it."""

    id: UUID
    title: str
    status: QuizStatus
    requested: int
    made: int
    reason: str | None = Field(default=None, description="Why fewer were made than requested.")
    error: str | None = None
    document_ids: list[UUID]
    questions: list[Question] = []
    created_at: datetime


class QuizPage(Answer):
    """One page of a list of quizzes, without their questions."""

    items: list[Quiz]
    next_cursor: str | None = None


class GradedAnswer(Body):
    """How one response was graded."""

    question_id: UUID
    response: str | None
    correct: bool
    points: float
    feedback: str
    source: Source | None


class Attempt(Answer):
    """One attempt at a quiz; score and grades once finished."""

    id: UUID
    quiz_id: UUID
    status: AttemptStatus
    started_at: datetime
    finished_at: datetime | None = None
    score: float | None = None
    max_score: float
    responses: dict[UUID, str] = {}
    answers: list[GradedAnswer] = []


class AttemptPage(Answer):
    """One page of a list of attempts."""

    items: list[Attempt]
    next_cursor: str | None = None


class CreateQuiz(Request[Quiz], subject="req.quiz.create.v1"):
    """Ask for a quiz from documents of the caller's."""

    document_ids: list[UUID] = Field(min_length=1, max_length=50)
    count: int = Field(ge=1, le=100)
    types: list[QuestionType] = []
    difficulty: Difficulty | None = Field(default=None, description="Medium, if none is named.")
    title: str | None = None
    idempotency_key: str | None = None
    fingerprint: str | None = None


class DescribeQuiz(Request[Quiz], subject="req.quiz.describe.v1", key="quiz_id"):
    """What is the state of this quiz, and what does it ask?"""

    quiz_id: UUID


class ListQuizzes(Request[QuizPage], subject="req.quiz.list.v1"):
    """The caller's quizzes, newest first."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class DeleteQuiz(Request[Done], subject="req.quiz.delete.v1", key="quiz_id"):
    """Delete a quiz and its attempts."""

    quiz_id: UUID


class StartAttempt(Request[Attempt], subject="req.quiz.start-attempt.v1", key="quiz_id"):
    """Begin an attempt at a quiz."""

    quiz_id: UUID
    idempotency_key: str | None = None
    fingerprint: str | None = None


class AnswerQuestion(Request[Attempt], subject="req.quiz.answer.v1", key="attempt_id"):
    """Answer one question of an open attempt; the last answer counts."""

    attempt_id: UUID
    question_id: UUID
    response: str = Field(max_length=10_000)


class FinishAttempt(Request[Attempt], subject="req.quiz.finish-attempt.v1", key="attempt_id"):
    """Finish and grade; repeating it answers the same."""

    attempt_id: UUID


class DescribeAttempt(Request[Attempt], subject="req.quiz.describe-attempt.v1", key="attempt_id"):
    """What is the state of this attempt of the caller's?"""

    attempt_id: UUID


class ListAttempts(Request[AttemptPage], subject="req.quiz.list-attempts.v1", key="quiz_id"):
    """The caller's attempts at a quiz, newest first."""

    quiz_id: UUID
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class RebuildQuiz(StartRebuild, subject="req.quiz.rebuild.v1"):
    """Hear again which documents were deleted, and empty the questions about those."""


class DescribeQuizRebuild(DescribeRebuild, subject="req.quiz.describe-rebuild.v1"):
    """How far is the rebuild?"""
