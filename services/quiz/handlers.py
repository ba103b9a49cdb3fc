"""Everything that enters quiz, one line each."""

from contracts.document import DocumentDeleted, DocumentsSaidAgain
from contracts.quiz import GenerateQuiz
from contracts.rebuilding import Rebuilding
from services.quiz.service.making import Making
from shared.bus import Bus


def bind(bus: Bus, making: Making, rebuilding: Rebuilding) -> None:
    """Bind what we hear to what we do."""
    bus.on(GenerateQuiz, making.generate, batch=1, give_up=making.give_up)
    bus.on(DocumentDeleted, making.withdraw)
    bus.on(DocumentsSaidAgain, rebuilding.expect)
