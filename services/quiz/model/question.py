"""One question: what is asked, what is right, and the words of a document that say so."""

from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Self
from uuid import UUID

from shared.problems import NotFound, Problem

LONGEST: Final = 200
"""Characters of what fills a gap; a hundred of them, told 3 times, still fit into one answer."""


class QuestionNotFound(NotFound, code="question-not-found", title="There is no such question"):
    """The quiz does not ask it."""


class QuestionGone(
    Problem,
    code="question-withdrawn",
    status=HTTPStatus.CONFLICT,
    title="The question was withdrawn",
):
    """Its document was forgotten, and with it what was asked."""


class BadResponse(
    Problem,
    code="bad-response",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="The response does not fit the question",
):
    """A response to a choice that is none of its options."""


class Type(StrEnum):
    """How a question is asked and answered."""

    SINGLE = "single"
    TRUE_FALSE = "true-false"
    CLOZE = "cloze"

    @property
    def recalls(self) -> bool:
        """Whether the answer must be recalled: it is not there to be recognised."""
        return self is Type.CLOZE


class Difficulty(StrEnum):
    """How hard the questions of a quiz are to answer.

    To recall an answer is harder than to recognise it among others; both draw on the same memory
    (Haist, Shimamura and Squire 1992, doi:10.1037/0278-7393.18.4.691). So it is the type that makes
    a question about one fact easier or harder.
    """

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"

    def burden(self, type_: Type) -> int:
        """Rank a type for this wish: the lowest is asked as long as it can be, equals mix."""
        if self is Difficulty.MEDIUM:
            return 0
        return int(type_.recalls is (self is Difficulty.EASY))


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points in a document's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where it stands: a document's text in one version, the quote there, the fact in the quote."""

    document_id: UUID
    text_version: str
    page: int
    quoted: Span
    quote: str
    fact: Span
    """The words that the question is about, as a range of the document's text."""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is stored; `source` is None once it is withdrawn."""

    id: UUID
    type: Type
    stem: str
    options: tuple[Option, ...]
    answer: str
    """The response that is right: an option's id, or the words of a gap."""
    accepted: tuple[str, ...]
    """Other ways to write the words of a gap."""
    source: Source | None
    points: float = 1.0

    @property
    def withdrawn(self) -> bool:
        """Whether it is asked no more."""
        return self.source is None

    def emptied(self) -> Self:
        """Be withdrawn, and hold no word of the document any more."""
        return replace(self, stem="", options=(), answer="", accepted=(), source=None)

    def check(self, response: str) -> None:
        """Raise if nobody could answer this question like that."""
        if self.withdrawn:
            raise QuestionGone("Its document was deleted.")
        if self.options and response not in {option.id for option in self.options}:
            known = ", ".join(option.id for option in self.options)
            raise BadResponse(f"Respond with the id of an option: {known}.")
        if len(response) > LONGEST:
            raise BadResponse(f"A gap takes at most {LONGEST} characters.")

    def words_of(self, response: str) -> str:
        """Say a response in words: an option's text, or the response itself."""
        return next((one.text for one in self.options if one.id == response), response)
