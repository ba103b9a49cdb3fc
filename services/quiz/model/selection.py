"""Which of all questions made are asked, and why fewer than wanted."""

from collections.abc import Sequence
from itertools import zip_longest

from services.quiz.model.question import Question


def fair_share(wanted: int, documents: int) -> int:
    """Ask of each document twice its share and a few more, to make up for poorer ones."""
    return min(wanted, 2 * -(-wanted // documents) + 2)


def choose(by_document: Sequence[Sequence[Question]], wanted: int) -> list[Question]:
    """Take the best of each document in turn, then put them in reading order."""
    ranked = [
        question
        for round_ in zip_longest(*by_document)
        for question in round_
        if question is not None
    ]
    chosen = {question.id for question in ranked[:wanted]}
    return [
        question
        for questions in by_document
        for question in sorted(questions, key=_place)
        if question.id in chosen
    ]


def why_fewer(made: int, wanted: int, notes: Sequence[str]) -> str | None:
    """Say why there are fewer than wanted; None if there are not."""
    if made >= wanted:
        return None
    asked = f"{made} of {wanted} questions were made"
    return "; ".join([asked, *(note.rstrip(".") for note in notes)]) + "."


def _place(question: Question) -> int:
    return question.source.quoted.start if question.source else 0
