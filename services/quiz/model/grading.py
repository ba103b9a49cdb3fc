"""How a response is judged, and what is said about it."""

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from services.quiz.model.question import Question, Type

_QUOTES = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{EN DASH}": "-",
        "\N{HYPHEN}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{MINUS SIGN}": "-",
        "\N{SOFT HYPHEN}": None,
        "\N{ZERO WIDTH SPACE}": None,
    }
)
_ARTICLE = re.compile(r"^(the|an|a) ")


@dataclass(frozen=True, slots=True)
class Grade:
    """What a response to one question was worth."""

    question_id: UUID
    correct: bool
    points: float


def grade(question: Question, response: str | None) -> Grade:
    """Judge a response; none is wrong."""
    correct = response is not None and _right(question, response)
    return Grade(question.id, correct, question.points if correct else 0.0)


def feedback(question: Question, response: str | None) -> str:
    """Say what is right, and where that stands."""
    if question.source is None:
        return "This question was withdrawn: its document was deleted."
    place = f"page {question.source.page}"
    right = question.words_of(question.answer)
    if response is None:
        return f"Not answered. Right is: {right} ({place})."
    if _right(question, response):
        return f"Right: {right} ({place})."
    return f"Not {question.words_of(response)!r}: right is {right} ({place})."


def plain(words: str) -> str:
    """Reduce words to what counts in a gap: no case, no article, one kind of space and quote."""
    composed = unicodedata.normalize("NFKC", words).translate(_QUOTES).casefold()
    composed = unicodedata.normalize("NFKC", composed)
    return _ARTICLE.sub("", " ".join(composed.split()).strip(" .,;:!?\"'"))


def _right(question: Question, response: str) -> bool:
    if question.type is not Type.CLOZE:
        return response == question.answer
    return plain(response) in {plain(words) for words in (question.answer, *question.accepted)}
