"""Everything that quiz answers, one line each."""

from contracts.orphans import FindQuizOrphans, Sweeping, WhichQuizzesLive
from contracts.quiz import (
    AnswerQuestion,
    CreateQuiz,
    DeleteQuiz,
    DescribeAttempt,
    DescribeQuiz,
    FinishAttempt,
    ListAttempts,
    ListQuizzes,
    StartAttempt,
)
from services.quiz.service.attempts import Attempts
from services.quiz.service.inventory import Inventory
from services.quiz.service.quizzes import Quizzes
from shared.bus import Bus


def bind(
    bus: Bus, quizzes: Quizzes, attempts: Attempts, inventory: Inventory, sweeping: Sweeping
) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(CreateQuiz, quizzes.create)
    bus.answer(DescribeQuiz, quizzes.describe)
    bus.answer(ListQuizzes, quizzes.list)
    bus.answer(DeleteQuiz, quizzes.delete)
    bus.answer(StartAttempt, attempts.start)
    bus.answer(AnswerQuestion, attempts.answer)
    bus.answer(FinishAttempt, attempts.finish)
    bus.answer(DescribeAttempt, attempts.describe)
    bus.answer(ListAttempts, attempts.list)
    bus.answer(WhichQuizzesLive, inventory.which_live)
    bus.answer(FindQuizOrphans, sweeping.find)
