"""Everything that quiz answers, one line each."""

from contracts.orphans import FindQuizOrphans, Sweeping, WhichQuizzesLive
from contracts.quiz import (
    AnswerQuestion,
    CreateQuiz,
    DeleteQuiz,
    DescribeAttempt,
    DescribeQuiz,
    DescribeQuizRebuild,
    FinishAttempt,
    ListAttempts,
    ListQuizzes,
    RebuildQuiz,
    StartAttempt,
)
from contracts.rebuilding import Rebuilding
from services.quiz.service.attempts import Attempts
from services.quiz.service.inventory import Inventory
from services.quiz.service.quizzes import Quizzes
from shared.bus import Bus


def bind(bus: Bus, quizzes: Quizzes, attempts: Attempts) -> None:
    """Bind what people ask to what we do."""
    bus.answer(CreateQuiz, quizzes.create)
    bus.answer(DescribeQuiz, quizzes.describe)
    bus.answer(ListQuizzes, quizzes.list)
    bus.answer(DeleteQuiz, quizzes.delete)
    bus.answer(StartAttempt, attempts.start)
    bus.answer(AnswerQuestion, attempts.answer)
    bus.answer(FinishAttempt, attempts.finish)
    bus.answer(DescribeAttempt, attempts.describe)
    bus.answer(ListAttempts, attempts.list)


def bind_operators(
    bus: Bus, inventory: Inventory, sweeping: Sweeping, rebuilding: Rebuilding
) -> None:
    """Bind what operators and other services ask."""
    bus.answer(WhichQuizzesLive, inventory.which_live)
    bus.answer(FindQuizOrphans, sweeping.find)
    bus.answer(RebuildQuiz, rebuilding.start)
    bus.answer(DescribeQuizRebuild, rebuilding.describe)
